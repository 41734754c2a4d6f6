/**
 * Types of warehouse columns, and how they widen.
 *
 * The lattice: BOOLEAN < SMALLINT < INTEGER < BIGINT < DECIMAL < FLOAT < DOUBLE; DATE < TIMESTAMP < TIMESTAMPTZ; what
 * has no place in one of the two chains together becomes VARCHAR. FLOAT holds 24 bits, so that INTEGER and more meet
 * it in DOUBLE; decimals grow in digits, and become VARCHAR beyond 38. Casts are DuckDB's own, with one exception:
 * a whole float becomes text without `.0`, because JSON does not tell 1.0 from 1.
 */
import type { WireType } from "./warehouse.ts";

/** A column's type, spelled as DuckDB lists it. `JSON` is kept as VARCHAR and known as JSON only here. */
export type StoredType =
  | "BOOLEAN"
  | "SMALLINT"
  | "INTEGER"
  | "BIGINT"
  | "FLOAT"
  | "DOUBLE"
  | "DATE"
  | "TIMESTAMP"
  | "TIMESTAMP WITH TIME ZONE"
  | "BLOB"
  | "VARCHAR"
  | "JSON"
  | `DECIMAL(${number},${number})`;

export const MAX_DECIMAL_DIGITS = 38;

/** The type that a value of a wire type has by itself. A decimal without a declaration has no precision: it is text. */
export const NATURAL_TYPE: { readonly [type in WireType]: StoredType } = {
  unspecified: "VARCHAR",
  boolean: "BOOLEAN",
  short: "SMALLINT",
  int: "INTEGER",
  long: "BIGINT",
  decimal: "VARCHAR",
  float: "FLOAT",
  double: "DOUBLE",
  naive_date: "DATE",
  naive_datetime: "TIMESTAMP",
  utc_datetime: "TIMESTAMP WITH TIME ZONE",
  binary: "BLOB",
  xml: "VARCHAR",
  string: "VARCHAR",
  json: "JSON",
};

/** The narrowest type that holds the values of both. */
export function joinTypes(a: StoredType, b: StoredType): StoredType {
  if (a === b) return a;
  return joinNumbers(a, b) ?? joinTimes(a, b) ?? "VARCHAR";
}

/** The type as DuckDB is told it. */
export function sqlType(type: StoredType): string {
  return type === "JSON" ? "VARCHAR" : type;
}

/** SQL that turns an expression of one type into another the way `convertValue` does in memory. */
export function castSql(expression: string, from: StoredType, to: StoredType): string {
  if (sqlType(from) === sqlType(to)) return expression;
  if (sqlType(to) !== "VARCHAR" || (from !== "FLOAT" && from !== "DOUBLE"))
    return `CAST(${expression} AS ${sqlType(to)})`;
  const whole = `isfinite(${expression}) AND ${expression} = trunc(${expression}) AND abs(${expression}) < 1e15`;
  return `CASE WHEN ${whole} THEN CAST(CAST(${expression} AS BIGINT) AS VARCHAR) ELSE CAST(${expression} AS VARCHAR) END`;
}

/** Digits and scale of a decimal type; undefined for any other. */
export function decimalParts(type: StoredType): { precision: number; scale: number } | undefined {
  const match = /^DECIMAL\((\d+),(\d+)\)$/.exec(type);
  return match === null ? undefined : { precision: Number(match[1]), scale: Number(match[2]) };
}

const INTEGER_DIGITS: { readonly [type: string]: number } = { BOOLEAN: 1, SMALLINT: 5, INTEGER: 10, BIGINT: 19 };
const INTEGERS: readonly StoredType[] = ["BOOLEAN", "SMALLINT", "INTEGER", "BIGINT"];
const TIMES: readonly StoredType[] = ["DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"];

function joinNumbers(a: StoredType, b: StoredType): StoredType | undefined {
  if (!isNumber(a) || !isNumber(b)) return undefined;
  if (a === "DOUBLE" || b === "DOUBLE") return "DOUBLE";
  if (a === "FLOAT" || b === "FLOAT") {
    const other = a === "FLOAT" ? b : a;
    return other === "BOOLEAN" || other === "SMALLINT" ? "FLOAT" : "DOUBLE";
  }
  const scale = Math.max(decimalParts(a)?.scale ?? 0, decimalParts(b)?.scale ?? 0);
  if (decimalParts(a) === undefined && decimalParts(b) === undefined) return wider(INTEGERS, a, b);
  const precision = Math.max(integerDigits(a), integerDigits(b)) + scale;
  return precision <= MAX_DECIMAL_DIGITS ? `DECIMAL(${precision},${scale})` : "VARCHAR";
}

function joinTimes(a: StoredType, b: StoredType): StoredType | undefined {
  return TIMES.includes(a) && TIMES.includes(b) ? wider(TIMES, a, b) : undefined;
}

function isNumber(type: StoredType): boolean {
  return INTEGERS.includes(type) || type === "FLOAT" || type === "DOUBLE" || decimalParts(type) !== undefined;
}

function integerDigits(type: StoredType): number {
  const decimal = decimalParts(type);
  return decimal === undefined ? (INTEGER_DIGITS[type] ?? 0) : decimal.precision - decimal.scale;
}

function wider(chain: readonly StoredType[], a: StoredType, b: StoredType): StoredType {
  return chain.indexOf(a) > chain.indexOf(b) ? a : b;
}
