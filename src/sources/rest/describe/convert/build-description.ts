/**
 * Puts recorded operations together as an OpenAPI 3.1 description, and keeps for every place of it where in the stored
 * document it comes from.
 */
import type { Pagination } from "../../../../artifacts/reading.ts";
import {
  type Conversion,
  escapeToken,
  type JsonObject,
  type Origin,
  type Recorded,
  valueAt,
} from "../../../http/describe/pointer.ts";
import { inferSchema, parseRecorded, plainSchema, type RecordedBody, type Sample } from "./infer-schema.ts";
import { placeInJson } from "./json-place.ts";

export interface RecordedParameter {
  name: string;
  in: "query" | "path" | "header";
  /** Pointer into the stored document. */
  pointer: string;
  /** As text, in the order they were seen; empty where none is known. */
  values: string[];
  description?: string;
  /** Sent with every request, with this value. */
  fixed?: string;
}

export interface RecordedAnswer {
  body: RecordedBody;
  media: string;
  /** Of a `Link` header that names a next page. */
  link: string | undefined;
}

export interface RecordedOperation {
  /** In lower case. */
  method: string;
  path: string;
  /** Of the request, in the stored document. */
  pointer: string;
  summary: string;
  description: string;
  descriptionPointer: string | undefined;
  parameters: RecordedParameter[];
  answers: RecordedAnswer[];
  /** Names of schemes that are used together; empty: stated to need none; undefined: nothing is said. */
  security: { schemes: string[]; pointer: string } | undefined;
  /** Where it is not the common one. */
  server: { url: string; pointer: string } | undefined;
  recorded: Pick<Recorded, "always" | "bound">;
  /** The request before, and the one after. */
  paging: { value: Pagination; note: string; places: Origin[] } | undefined;
}

export interface RecordedScheme {
  /** A security scheme as OpenAPI has it. */
  scheme: JsonObject;
  pointer: string;
}

export interface RecordedSource {
  from: Conversion["from"];
  /** The stored document, parsed. */
  stored: unknown;
  title: { text: string; pointer: string };
  description: { text: string; pointer: string } | undefined;
  server: { url: string; pointer: string } | undefined;
  schemes: ReadonlyMap<string, RecordedScheme>;
  operations: readonly RecordedOperation[];
  leftOut: Conversion["leftOut"];
}

/** Pointer of the converted description -> place in the stored document, made when it is asked for. */
type Places = Map<string, () => Origin>;

export function buildDescription(source: RecordedSource): { root: JsonObject; conversion: Conversion } {
  const places: Places = new Map();
  const whole = (pointer: string) => (): Origin => ({ pointer, value: valueAt(source.stored, pointer) });
  places.set("", whole(""));
  places.set("/info/title", whole(source.title.pointer));
  if (source.description !== undefined) places.set("/info/description", whole(source.description.pointer));
  if (source.server !== undefined) places.set("/servers", whole(source.server.pointer));
  for (const [name, { pointer }] of source.schemes) {
    places.set(`/components/securitySchemes/${escapeToken(name)}`, whole(pointer));
  }
  const paths = new Map<string, JsonObject>();
  const recorded = new Map<string, Recorded>();
  for (const operation of source.operations) {
    const item = paths.get(operation.path) ?? {};
    if (item[operation.method] !== undefined) continue;
    item[operation.method] = operationNode(operation, { places, whole });
    paths.set(operation.path, item);
    if (operation.method !== "get") continue;
    recorded.set(operation.path, recordedOf(operation, places));
  }
  const root = {
    openapi: "3.1.0",
    info: {
      title: source.title.text,
      version: "1",
      ...(source.description === undefined ? {} : { description: source.description.text }),
    },
    ...(source.server === undefined ? {} : { servers: [{ url: source.server.url }] }),
    components: {
      securitySchemes: Object.fromEntries([...source.schemes].map(([name, { scheme }]) => [name, scheme])),
    },
    paths: Object.fromEntries(paths),
  };
  const origin = (pointer: string) => nearestPlace(places, pointer)();
  return { root, conversion: { from: source.from, origin, leftOut: source.leftOut, recorded } };
}

function recordedOf(operation: RecordedOperation, places: Places): Recorded {
  const { paging } = operation;
  const base = { ...operation.recorded, answers: operation.answers.length };
  if (paging === undefined) return { ...base, paging: undefined };
  const pointers = paging.places.map((origin, index) => {
    const pointer = `/paths/${escapeToken(operation.path)}/get/x-recorded/${index}`;
    places.set(pointer, () => origin);
    return pointer;
  });
  return { ...base, paging: { value: paging.value, note: paging.note, pointers } };
}

/** The place itself, else the nearest one around it. */
function nearestPlace(places: Places, pointer: string): () => Origin {
  for (let at = pointer; ; at = at.slice(0, at.lastIndexOf("/"))) {
    const found = places.get(at);
    if (found !== undefined) return found;
    if (at === "") throw new Error("a converted description without a place for its top");
  }
}

interface Keeper {
  places: Places;
  whole: (pointer: string) => () => Origin;
}

function operationNode(operation: RecordedOperation, { places, whole }: Keeper): JsonObject {
  const at = `/paths/${escapeToken(operation.path)}/${operation.method}`;
  places.set(at, whole(operation.pointer));
  if (operation.descriptionPointer !== undefined) places.set(`${at}/description`, whole(operation.descriptionPointer));
  if (operation.security !== undefined) places.set(`${at}/security`, whole(operation.security.pointer));
  if (operation.server !== undefined) places.set(`${at}/servers`, whole(operation.server.pointer));
  for (const [index, { pointer }] of operation.parameters.entries()) {
    places.set(`${at}/parameters/${index}`, whole(pointer));
  }
  return {
    summary: operation.summary,
    ...(operation.description === "" ? {} : { description: operation.description }),
    parameters: operation.parameters.map(parameterNode),
    ...(operation.security === undefined ? {} : { security: securityOf(operation.security.schemes) }),
    ...(operation.server === undefined ? {} : { servers: [{ url: operation.server.url }] }),
    responses: responsesOf(operation, { at, places, whole }),
  };
}

function securityOf(schemes: readonly string[]): JsonObject[] {
  return schemes.length === 0 ? [] : [Object.fromEntries(schemes.map((name) => [name, []]))];
}

function parameterNode(parameter: RecordedParameter): JsonObject {
  const { name, values, description = "", fixed } = parameter;
  const schema = parameterSchema(values, name);
  return {
    name,
    in: parameter.in,
    required: parameter.in === "path" || fixed !== undefined,
    ...(description === "" ? {} : { description }),
    schema: fixed === undefined ? schema : { type: "string", default: fixed },
  };
}

/** Parameters are written as text; what they stand for shows in their form. */
function parameterSchema(values: readonly string[], name: string): JsonObject {
  const typed = values.map((value): unknown => {
    if (/^-?\d{1,18}$/.test(value)) return BigInt(value);
    if (/^(true|false)$/.test(value)) return value === "true";
    return /^-?\d+\.\d+$/.test(value) ? Number(value) : value;
  });
  const { type, rest } = plainSchema(typed, name);
  return { ...(type === undefined ? {} : { type }), ...rest };
}

function responsesOf(operation: RecordedOperation, keeper: Keeper & { at: string }): JsonObject {
  const { at, places, whole } = keeper;
  const [first] = operation.answers;
  if (first === undefined) return {};
  const media = first.media;
  const response = `${at}/responses/200`;
  const pointer = `${response}/content/${escapeToken(media)}/schema`;
  places.set(response, whole(operation.pointer));
  const samples = operation.answers.map(({ body }): Sample => ({ value: parseRecorded(body.text), body, tokens: [] }));
  const schema = inferSchema(samples, { pointer }, (schemaPointer, sample) => {
    places.set(schemaPointer, () => sampleOrigin(sample));
  });
  const link = operation.answers.find((answer) => answer.link !== undefined)?.link;
  if (link !== undefined) places.set(`${response}/headers/Link`, whole(link));
  const described = Object.keys(schema).length > 0 ? schema : { description: "any JSON" };
  return {
    200: {
      description: "As recorded",
      ...(link === undefined ? {} : { headers: { Link: { schema: { type: "string" } } } }),
      content: { [media]: { schema: described } },
    },
  };
}

const MAX_EXCERPT = 300;

function sampleOrigin({ body, tokens }: Sample): Origin {
  const range = placeInJson(body.text, tokens);
  const place = { pointer: body.pointer, value: body.text };
  if (range === undefined) return place;
  return { ...place, excerpt: body.text.slice(range.start, Math.min(range.end, range.start + MAX_EXCERPT)) };
}
