/**
 * A JSON Schema from recorded values, all of them merged. It says what was seen and no more: no field is required, nothing
 * is an enumeration, and a format is named only where every value has it.
 */
import { parse } from "lossless-json";
import { snake } from "../../../http/describe/names.ts";
import { escapeToken, isObject, type JsonObject } from "../../../http/describe/pointer.ts";
import { MONEY_NAME } from "../columns.ts";

/** The text of an answer, and where it stands in the stored document. */
export interface RecordedBody {
  pointer: string;
  text: string;
}

/** A value that was seen, and where. Whole numbers are `bigint`, numbers written with a fraction or an exponent `number`. */
export interface Sample {
  value: unknown;
  body: RecordedBody;
  tokens: readonly (string | number)[];
}

/** Told of every schema that is made: its pointer, and a value it was made from. */
export type OnSchema = (pointer: string, sample: Sample) => void;

const MAX_DEPTH = 16;
const INT64 = 2n ** 63n;
const ZONED = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?(Z|[+-]\d{2}:?\d{2})$/;
const LOCAL = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?$/;
const DAY = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const LIKE_TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/;
const TIME_NAME = /(^|_)(at|on|ts|time|timestamp|created|updated|modified)$/;
/** What is measured is whole by chance. */
const MEASURED =
  /(^|_)(rating|score|percent|percentage|ratio|rate|average|avg|mean|lat|latitude|lng|lon|longitude|weight|height|width|length|depth|distance|temperature|hours|factor|probability)(_|$)/;
const FREE_KEY = /^(\d+|[0-9a-f]{24}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i;

/** The value of a JSON text with its whole numbers exact; undefined when it is no JSON. */
export function parseRecorded(text: string): unknown {
  const number = (digits: string): unknown => (/^-?\d+$/.test(digits) ? BigInt(digits) : Number(digits));
  try {
    return parse(text, undefined, number);
  } catch {
    // Keys that come twice are refused there and accepted by everybody else.
    return parsePlain(text);
  }
}

function parsePlain(text: string): unknown {
  try {
    return JSON.parse(text, (_, value: unknown) => (Number.isSafeInteger(value) ? BigInt(value as number) : value));
  } catch {
    return undefined;
  }
}

/** `pointer` is where the schema will stand; `name` is that of the field it is for. */
export function inferSchema(
  samples: readonly Sample[],
  { pointer, name = "", depth = 0 }: { pointer: string; name?: string; depth?: number },
  onSchema: OnSchema,
): JsonObject {
  const real = samples.filter(({ value }) => value !== null);
  const first = real[0] ?? samples[0];
  if (first !== undefined) onSchema(pointer, first);
  const nullable = real.length < samples.length;
  const inner = { pointer, name, depth };
  const objects = real.filter(({ value }) => isObject(value));
  const arrays = real.filter(({ value }) => Array.isArray(value));
  const plain = real.filter(({ value }) => typeof value !== "object");
  const own = plainSchema(
    plain.map(({ value }) => value),
    name,
  );
  const types = [
    ...(own.type === undefined ? [] : [own.type].flat()),
    ...(objects.length > 0 ? ["object"] : []),
    ...(arrays.length > 0 ? ["array"] : []),
    ...(nullable ? ["null"] : []),
  ];
  return {
    ...(types.length === 0 ? {} : { type: types.length === 1 ? types[0] : types }),
    ...(types.filter((type) => type !== "null").length === 1 ? own.rest : {}),
    ...(objects.length > 0 && depth < MAX_DEPTH ? objectSchema(objects, inner, onSchema) : {}),
    ...(arrays.length > 0 && depth < MAX_DEPTH ? arraySchema(arrays, inner, onSchema) : {}),
  };
}

interface Place {
  pointer: string;
  name: string;
  depth: number;
}

function objectSchema(samples: readonly Sample[], place: Place, onSchema: OnSchema): JsonObject {
  const byKey = new Map<string, Sample[]>();
  for (const { value, body, tokens } of samples) {
    for (const [key, member] of Object.entries(value as JsonObject)) {
      const known = byKey.get(key) ?? [];
      known.push({ value: member, body, tokens: [...tokens, key] });
      byKey.set(key, known);
    }
  }
  const depth = place.depth + 1;
  if (byKey.size > 0 && [...byKey.keys()].every((key) => FREE_KEY.test(key))) {
    const inner = { pointer: `${place.pointer}/additionalProperties`, depth };
    return { additionalProperties: inferSchema([...byKey.values()].flat(), inner, onSchema) };
  }
  const properties = [...byKey].map(([key, seen]): [string, JsonObject] => {
    const inner = { pointer: `${place.pointer}/properties/${escapeToken(key)}`, name: key, depth };
    return [key, inferSchema(seen, inner, onSchema)];
  });
  return { properties: Object.fromEntries(properties) };
}

function arraySchema(samples: readonly Sample[], place: Place, onSchema: OnSchema): JsonObject {
  const items = samples.flatMap(({ value, body, tokens }) =>
    (value as unknown[]).map((item, index) => ({ value: item, body, tokens: [...tokens, index] })),
  );
  if (items.length === 0) return {};
  const inner = { pointer: `${place.pointer}/items`, depth: place.depth + 1 };
  return { items: inferSchema(items, inner, onSchema) };
}

/** Types, format and an example of values that are neither objects nor lists. */
export function plainSchema(values: readonly unknown[], name: string): { type: unknown; rest: JsonObject } {
  if (values.length === 0) return { type: undefined, rest: {} };
  const types = new Set(values.map(plainType));
  if (types.has("number")) types.delete("integer");
  const [type] = types;
  if (types.size > 1) return { type: [...types], rest: {} };
  if (type === "integer") return wholeNumbers(values, name);
  if (type === "string") return { type, rest: textFacts(values as string[]) };
  return { type, rest: { example: values[0] } };
}

function plainType(value: unknown): string {
  if (typeof value === "bigint") return "integer";
  return typeof value === "number" ? "number" : typeof value === "boolean" ? "boolean" : "string";
}

function wholeNumbers(values: readonly unknown[], name: string): { type: string; rest: JsonObject } {
  const numbers = values.map((value) => BigInt(value as bigint));
  const [first = 0n] = numbers;
  const example = { example: Number(first) };
  const plain = snake(name);
  if (numbers.some((value) => value >= INT64 || value < -INT64)) return { type: "integer", rest: { format: "bigint" } };
  if (TIME_NAME.test(plain) && numbers.every((value) => value > 946_684_800n && value < 4_102_444_800n)) {
    return { type: "integer", rest: { format: "unixtime", ...example } };
  }
  if (TIME_NAME.test(plain) && numbers.every((value) => value > 946_684_800_000n && value < 4_102_444_800_000n)) {
    return { type: "integer", rest: { format: "epoch-millis", ...example } };
  }
  const type = MONEY_NAME.test(plain) || MEASURED.test(plain) ? "number" : "integer";
  return { type, rest: example };
}

function textFacts(values: readonly string[]): JsonObject {
  const [example = ""] = values;
  const all = (form: RegExp) => values.every((value) => form.test(value) && !Number.isNaN(Date.parse(value)));
  if (all(ZONED)) return { format: "date-time", example };
  if (all(LOCAL)) return { format: "date-time-local", example };
  if (all(DAY)) return { format: "date", example };
  // An example in the form of a time would be taken as one, and not all values are.
  const usual = values.find((value) => !LIKE_TIME.test(value));
  return usual === undefined ? { format: "text" } : { example: usual.slice(0, 200) };
}
