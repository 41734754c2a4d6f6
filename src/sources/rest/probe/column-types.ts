/** Column types read off values: whether a value fits a declared type, and which type a sample has. */
import type { Column, ColumnType } from "../../../artifacts/blueprint.ts";
import { digitsOf, type Literal } from "../../answers/exact.ts";
import { kindOf } from "../../answers/value-kinds.ts";

export type Typed = Pick<Column, "type" | "format" | "precision" | "scale">;

const MAX_PRECISION = 38;
const MAX_SCALE = 9;

/** Why a value that is not null does not fit the column: what it is instead. Undefined when it fits. */
export function misfit(column: Column, value: Literal): string | undefined {
  const kind = kindOf(value);
  return fits(column, value, kind) ? undefined : kind;
}

function fits(column: Column, value: Literal, kind: string): boolean {
  const whole = kind === "integer" || kind === "integer beyond 64 bits";
  switch (column.type) {
    case "boolean":
      return kind === "boolean";
    case "integer":
      return kind === "integer";
    case "bigint":
      return whole;
    case "number":
      return whole || kind === "number";
    case "decimal":
      return (
        (whole || kind === "number" || kind === "text of digits") &&
        fitsDecimal(column, digitsOf(value) ?? String(value))
      );
    case "string":
    case "binary":
      return typeof value === "string";
    case "date":
    case "timestamp":
    case "local_timestamp":
      return fitsMoment(column, kind);
    case "json":
      return true;
    default:
      return column.type satisfies never;
  }
}

function fitsMoment({ type, format = "iso8601" }: Column, kind: string): boolean {
  if (format !== "iso8601") return kind === "integer" || kind === "number" || kind === "text of digits";
  if (type === "date") return kind === "date";
  return kind === (type === "timestamp" ? "timestamp with a zone" : "timestamp without a zone");
}

function fitsDecimal({ precision, scale }: Column, digits: string): boolean {
  const parts = decimalParts(digits);
  if (parts === undefined) return true;
  if (scale !== undefined && parts.scale > scale) return false;
  return precision === undefined || parts.whole <= precision - (scale ?? 0);
}

/** The type that all values of a sample have; of a declared column, the nearest to what was declared. */
export function inferType(values: readonly Literal[], declared?: Column): Typed {
  const kinds = new Set(values.map(kindOf));
  const only = (...allowed: string[]) => kinds.size > 0 && [...kinds].every((kind) => allowed.includes(kind));
  if (only("boolean")) return { type: "boolean" };
  if (only("integer", "integer beyond 64 bits", "number")) return numberType(values, kinds, declared);
  if (only("text of digits", "integer", "number") && declared && ["number", "decimal"].includes(declared.type)) {
    return decimalOf(values, declared);
  }
  if (only("date")) return { type: "date" };
  if (only("timestamp with a zone")) return { type: "timestamp" };
  if (only("timestamp without a zone")) return { type: "local_timestamp" };
  if (values.every((value) => typeof value === "string")) return { type: "string" };
  return { type: "json" };
}

function numberType(values: readonly Literal[], kinds: ReadonlySet<string>, declared: Column | undefined): Typed {
  if (declared?.type === "decimal") return decimalOf(values, declared);
  if (!kinds.has("number")) {
    const epoch = declared === undefined ? undefined : epochFormat(values, declared.type);
    if (epoch !== undefined && declared !== undefined) return { type: declared.type, format: epoch };
    return { type: kinds.has("integer beyond 64 bits") ? "bigint" : "integer" };
  }
  const long = values.some((value) => (digitsOf(value) ?? "").replace(/\D/g, "").replace(/^0+/, "").length > 15);
  const plain = values.every((value) => decimalParts(digitsOf(value) ?? "") !== undefined);
  return long && plain ? decimalOf(values, undefined) : { type: "number" };
}

/** Whole numbers in the place of times: counted from 1970, where that gives years from 1973 to 2128. */
function epochFormat(values: readonly Literal[], type: ColumnType): "epoch_seconds" | "epoch_milliseconds" | undefined {
  if (type !== "timestamp" && type !== "local_timestamp" && type !== "date") return undefined;
  const numbers = values.map((value) => Number(digitsOf(value)));
  if (numbers.every((number) => number >= 1e8 && number < 5e9)) return "epoch_seconds";
  if (numbers.every((number) => number >= 1e11 && number < 5e12)) return "epoch_milliseconds";
  return undefined;
}

/** With room for more than the sample needs. */
function decimalOf(values: readonly Literal[], declared: Column | undefined): Typed {
  const parts = values.map((value) => decimalParts(digitsOf(value) ?? String(value)));
  const scale = Math.max(declared?.scale ?? MAX_SCALE, ...parts.map((part) => part?.scale ?? 0));
  return { type: "decimal", precision: MAX_PRECISION, scale: Math.min(scale, MAX_PRECISION) };
}

/** Digits before and after the point, without needless zeros; undefined with an exponent. */
function decimalParts(digits: string): { whole: number; scale: number } | undefined {
  const match = /^[+-]?(\d*)\.?(\d*)$/.exec(digits);
  if (match === null) return undefined;
  return { whole: (match[1] ?? "").replace(/^0+/, "").length, scale: (match[2] ?? "").replace(/0+$/, "").length };
}
