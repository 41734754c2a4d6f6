/**
 * Columns from a record's properties. Types follow what is stated; names only decide where the description leaves a
 * number open: money is exact, ids are whole.
 */
import type { Column, ColumnType } from "../../../artifacts/blueprint.ts";
import { snake } from "../../http/describe/names.ts";
import { isObject, type Located } from "../../http/describe/pointer.ts";
import { nestedShape } from "./nested-shape.ts";
import { placeOf, type Shape, shapeOf } from "./schema.ts";

export interface DescribedColumn {
  column: Column;
  shape: Shape;
  node: Located | undefined;
  /** Set where the type does not rest on what is stated: on the column's name, or on nothing. */
  guessed?: string;
}

/** Room for any sum of money and for rates with nine decimals. */
export const MONEY = { precision: 38, scale: 9 } as const;

export const MONEY_NAME =
  /(^|_)(amount|price|cost|total|subtotal|balance|fee|tax|discount|revenue|payment|paid|refund|charge|salary|budget|credit|debit|vat|tip|deposit|net|gross)(_|$)/;
/** Totals of things, which are counted and not paid. */
const COUNT_NAME =
  /(^|_)(count|counts|number|num|pages|items|seconds|minutes|hours|days|percent|percentage|ratio|rate)(_|$)/;
const ID_NAME = /(^|_)(id|gid)$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/;
const ZONE = /(Z|[+-]\d{2}:?\d{2})$/;
const MAX_INT64 = 2 ** 63;
const MAX_VALUES = 100;
const MAX_DESCRIPTION = 500;

/** The columns of a record, in the description's order. Fields that are only written are none. */
export function describeColumns(record: Shape): DescribedColumn[] {
  const columns: DescribedColumn[] = [];
  for (const [name, ref] of record.properties) {
    const shape = shapeOf(ref);
    if (shape.writeOnly || name === "") continue;
    const { guessed, ...typed } = typeOf(name, shape);
    const values = enumerated(shape, typed.type);
    const inside = typed.type === "json" ? nestedShape(ref, typeInside) : undefined;
    const description = shape.description?.replace(/\s+/g, " ").trim();
    columns.push({
      column: {
        name,
        ...typed,
        nullable: shape.nullable || !record.required.has(name),
        ...(inside ? { shape: inside } : {}),
        ...(description ? { description: description.slice(0, MAX_DESCRIPTION) } : {}),
        ...(values ? { values } : {}),
      },
      shape,
      node: placeOf(ref),
      ...(guessed === undefined ? {} : { guessed }),
    });
  }
  return columns;
}

type Typed = Pick<Column, "type" | "precision" | "scale" | "format"> & { guessed?: string };

function typeOf(name: string, shape: Shape): Typed {
  const types = [...shape.types].filter((type) => type !== "null");
  const [only] = types;
  if (types.length === 2 && types.includes("integer") && types.includes("number")) return numberType(name, shape);
  if (types.length === 0) return { type: "json", ...unknownType(name, shape) };
  if (types.length !== 1) return { type: "json" };
  switch (only) {
    case "boolean":
      return { type: "boolean" };
    case "integer":
      return integerType(name, shape);
    case "number":
      return numberType(name, shape);
    case "string":
      return stringType(name, shape);
    default:
      return { type: "json" };
  }
}

/** Somebody's own word for a type, such as `datetime` or `blob`, is no word of JSON Schema. */
function unknownType(name: string, { sources }: Shape): { guessed?: string } {
  const words = sources.flatMap(({ value }) =>
    isObject(value) && value.type !== undefined ? [value.type].flat() : [],
  );
  const stated = words.filter((word): word is string => typeof word === "string" && word !== "null");
  if (stated.length === 0) return {};
  return {
    guessed: `${name} is of a type that no description has (${stated.join(", ")}), so its values are kept as JSON`,
  };
}

function integerType(name: string, shape: Shape): Typed {
  const epoch = epochOf(name, shape);
  if (epoch !== undefined) return { type: "timestamp", format: epoch };
  return { type: wideInteger(shape) ? "bigint" : "integer" };
}

/** Whether whole numbers may be beyond 64 bits. */
function wideInteger(shape: Pick<Shape, "format" | "maximum">): boolean {
  const format = shape.format?.toLowerCase() ?? "";
  return /^(uint64|bigint|biginteger|big-integer|int128|uint128)$/.test(format) || (shape.maximum ?? 0) >= MAX_INT64;
}

/**
 * The type of a value inside of an object or a list. Numbers stay what JSON makes of them, text that of a number stays
 * text: only a column of its own is made exact because it is named like money.
 */
function typeInside(shape: Shape): ColumnType | undefined {
  const types = [...shape.types].filter((type) => type !== "null");
  if (types.length > 0 && types.every((type) => type === "integer" || type === "number")) {
    if (types.includes("number")) return "number";
    return wideInteger(shape) ? "bigint" : "integer";
  }
  if (types.length !== 1) return undefined;
  if (types[0] === "boolean") return "boolean";
  if (types[0] !== "string") return undefined;
  const { type } = stringType("", shape);
  return type === "decimal" ? "string" : type;
}

function numberType(name: string, shape: Shape): Typed {
  const epoch = epochOf(name, shape);
  if (epoch !== undefined) return { type: "timestamp", format: epoch };
  const format = shape.format?.toLowerCase() ?? "";
  if (/^(decimal|decimal128|money|currency|big-?decimal)$/.test(format)) return { type: "decimal", ...MONEY };
  if (/^(u?int(8|16|32|64)?|integer|long)$/.test(format)) return integerType(name, shape);
  // Somebody who writes float or double has said what the number is.
  if (/^(float|double|float32|float64)$/.test(format)) return { type: "number" };
  const plain = snake(name);
  if (MONEY_NAME.test(plain) && !COUNT_NAME.test(plain)) {
    return { type: "decimal", ...MONEY, guessed: `${name} is taken as exact because it is named like money` };
  }
  const whole = shape.example === undefined || Number.isInteger(shape.example);
  if (ID_NAME.test(plain) && whole) {
    return { type: "integer", guessed: `${name} is taken as a whole number because it is named like an id` };
  }
  return { type: "number" };
}

/** Text stays text unless a format or an example says more; base64 and int64 as text are passed on as they come. */
function stringType(name: string, shape: Shape): Typed {
  const format = shape.format?.toLowerCase() ?? "";
  const example = typeof shape.example === "string" ? shape.example.trim() : undefined;
  const local = example !== undefined && DATE_TIME.test(example) && !ZONE.test(example);
  if (/^(date-?time|datetime|timestamp|iso-?8601|rfc-?3339)$/.test(format)) {
    return { type: local ? "local_timestamp" : "timestamp" };
  }
  if (/^(date-time-local|local-date-?time|partial-date-?time)$/.test(format)) return { type: "local_timestamp" };
  if (/^(date|full-date)$/.test(format)) return { type: "date" };
  if (/^(decimal|decimal128|money|currency|big-?decimal)$/.test(format)) return { type: "decimal", ...MONEY };
  const open = format === "" || format === "string";
  if (open && example !== undefined && DATE_TIME.test(example) && !Number.isNaN(Date.parse(example))) {
    return {
      type: local ? "local_timestamp" : "timestamp",
      guessed: `${name} is taken as a time because of its example`,
    };
  }
  if (open && /iso.?8601|rfc.?3339/i.test(shape.description ?? "") && /(_at|_on|date|time)$/.test(snake(name))) {
    const type: ColumnType = /\bdate only\b|yyyy-mm-dd(?!t)/i.test(shape.description ?? "") ? "date" : "timestamp";
    return { type };
  }
  return { type: "string" };
}

/** Numbers are times only where the format or the words say so; names like `created` alone prove nothing. */
function epochOf(name: string, shape: Shape): "epoch_seconds" | "epoch_milliseconds" | undefined {
  const words = shape.description ?? "";
  const format = shape.format?.toLowerCase() ?? "";
  const stated = /^(unix-?time(stamp)?|epoch|timestamp|unixtime|epoch-?millis|utc-millisec)/.test(format);
  const told = /\b(unix|epoch|posix)\b|since\s+(the\s+)?(epoch|1970)|milliseconds since|seconds since/i.test(words);
  const timeName = /(_at|_on|_ts|time|date|timestamp|created|updated|modified|since|until|expires?|start|end)$/.test(
    snake(name),
  );
  if (!stated && !(told && timeName)) return undefined;
  const large = typeof shape.example === "number" && shape.example > 1e11;
  return /milli|\bms\b/i.test(`${format} ${words}`) || large ? "epoch_milliseconds" : "epoch_seconds";
}

function enumerated(shape: Shape, type: ColumnType): (string | number | boolean)[] | undefined {
  if (type === "json" || shape.values === undefined || shape.values.length > MAX_VALUES) return undefined;
  const values = shape.values.filter((value): value is string | number | boolean =>
    ["string", "number", "boolean"].includes(typeof value),
  );
  return values.length > 0 ? values : undefined;
}
