/** Columns as the runtime declares them, and how their values have to be written so that it loses none of them. */
import type { Column, ColumnType, Shape } from "../../../artifacts/blueprint.ts";
import type { TimestampName, ValueForm } from "../../../python/client-part.ts";

/** The most digits that the platform's decimals have. */
const MAX_PRECISION = 38;
/**
 * Where the source states no size: as many digits before the point as the largest amounts and 64-bit integers need, and
 * the rest after it. A value that has more is an error and never rounded.
 */
const DEFAULT_PRECISION = 38;
const DEFAULT_SCALE = 18;

/** Functions of the templates that write a value. */
export const WRITERS = [
  "truth_value",
  "whole_number",
  "wide_number",
  "float_number",
  "exact_number",
  "plain_text",
  "json_text",
  "day_text",
  "moment_text",
  "local_text",
  "base64_text",
  "nested_value",
] as const;
export type Writer = (typeof WRITERS)[number];

export interface PlannedColumn {
  name: string;
  /** Expression of its type: `DecimalType(38, 9)`. */
  type: string;
  writer?: Writer;
  /** Expression of the function that writes its values; absent where the runtime reads them as they are. */
  write?: string;
  /** What the function needs of the module `timestamps`. */
  reads?: TimestampName;
}

export function planColumn(column: Column, values: ValueForm): PlannedColumn {
  const type = typeOf(column);
  const plan = values === "json" ? writeOf(column) : nativeWriteOf(column);
  return { name: column.name, type, ...plan };
}

/** Whether the shape can be declared: the runtime builds rows by names, and has no type for any value. */
export function isDeclarable(shape: Shape): boolean {
  if (shape.kind === "value") return shape.type !== "json";
  if (shape.kind === "list") return isDeclarable(shape.items);
  const names = shape.fields.map(({ name }) => name.toLowerCase());
  if (names.length === 0 || new Set(names).size < names.length || names.includes("cls")) return false;
  return shape.fields.every((field) => isDeclarable(field.shape));
}

function typeOf(column: Column): string {
  if (column.type === "json") return column.shape && isNested(column) ? nestedType(column.shape) : "StringType()";
  if (column.type === "decimal") return decimalType(column);
  return PLAIN_TYPES[column.type];
}

/** `local_timestamp` is text: the runtime has no reader for timestamps without a zone. */
const PLAIN_TYPES: { readonly [type in Exclude<ColumnType, "json" | "decimal">]: string } = {
  boolean: "BooleanType()",
  integer: "LongType()",
  bigint: `DecimalType(${MAX_PRECISION}, 0)`,
  number: "DoubleType()",
  string: "StringType()",
  date: "DateType()",
  timestamp: "TimestampType()",
  local_timestamp: "StringType()",
  binary: "BinaryType()",
};

function sizeOf({ precision, scale }: Pick<Column, "precision" | "scale">): { precision: number; scale: number } {
  if (precision === undefined) return { precision: DEFAULT_PRECISION, scale: scale ?? DEFAULT_SCALE };
  return { precision, scale: scale ?? 0 };
}

function isWide(size: { precision: number; scale: number }): boolean {
  return size.precision > MAX_PRECISION || size.scale > size.precision;
}

function decimalType(column: Column): string {
  const size = sizeOf(column);
  return isWide(size) ? "StringType()" : `DecimalType(${size.precision}, ${size.scale})`;
}

function isNested({ shape }: Column): boolean {
  return shape !== undefined && shape.kind !== "value" && isDeclarable(shape);
}

/** Inside of objects times stay as the source writes them: nothing says how it does. */
function nestedType(shape: Shape): string {
  if (shape.kind === "list") return `ArrayType(${nestedType(shape.items)})`;
  if (shape.kind === "object") {
    const fields = shape.fields.map(
      ({ name, shape: inner }) => `StructField(${JSON.stringify(name)}, ${nestedType(inner)}),`,
    );
    return `StructType([${fields.join(" ")}])`;
  }
  if (shape.type === "decimal") return `DecimalType(${DEFAULT_PRECISION}, ${DEFAULT_SCALE})`;
  const known: readonly ColumnType[] = ["boolean", "integer", "bigint", "number"];
  return known.includes(shape.type) ? PLAIN_TYPES[shape.type as "boolean"] : "StringType()";
}

type Written = Pick<PlannedColumn, "writer" | "write" | "reads">;

function writeOf(column: Column): Written {
  switch (column.type) {
    case "boolean":
      return plain("truth_value");
    case "integer":
      return plain("whole_number");
    case "bigint":
      return plain("wide_number");
    case "number":
      return plain("float_number");
    case "decimal":
      return decimalWrite(column);
    case "string":
      return plain("plain_text");
    case "binary":
      return plain("base64_text");
    case "json":
      return jsonWrite(column);
    case "date":
      return timed("day_text", column, "parse_timestamp");
    case "timestamp":
      return timed("moment_text", column, "parse_utc");
    case "local_timestamp":
      return timed("local_text", column, "parse_timestamp");
  }
}

/** Values of a driver have their types already; those that JSON does not know have to be written all the same. */
function nativeWriteOf(column: Column): Written {
  switch (column.type) {
    case "date":
    case "timestamp":
    case "local_timestamp":
      return plain(
        { date: "day_text", timestamp: "moment_text", local_timestamp: "local_text" }[column.type] as Writer,
      );
    case "boolean":
    case "integer":
    case "number":
      return {};
    default:
      return writeOf(column);
  }
}

function plain(writer: Writer): Written {
  return { writer, write: writer };
}

function decimalWrite(column: Column): Written {
  const size = sizeOf(column);
  if (isWide(size)) return plain("plain_text");
  return {
    writer: "exact_number",
    write: `partial(exact_number, precision=${size.precision}, scale=${size.scale})`,
  };
}

function jsonWrite(column: Column): Written {
  if (!isNested(column)) return plain("json_text");
  return { writer: "nested_value", write: "nested_value" };
}

function timed(writer: Writer, column: Column, iso: TimestampName): Written {
  const reads =
    column.format === "epoch_seconds"
      ? "parse_epoch_seconds"
      : column.format === "epoch_milliseconds"
        ? "parse_epoch_milliseconds"
        : iso;
  return { writer, write: `partial(${writer}, ${reads})`, reads };
}
