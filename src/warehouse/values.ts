/**
 * Values in memory, between wire and column. Booleans and strings are themselves; integers, and dates and times as
 * microseconds, are `Whole`; decimals are `Whole` in units of their scale; floats are numbers; binary is bytes.
 */
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DECIMAL,
  DOUBLE,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  type DuckDBValue,
  FLOAT,
  INTEGER,
  SMALLINT,
  TIMESTAMP,
  TIMESTAMPTZ,
  VARCHAR,
} from "@duckdb/node-api";
import {
  blobText,
  dateText,
  floatText,
  parseMoment,
  parseWhole,
  plainNumber,
  timestampText,
  toWhole,
  type Whole,
} from "./text.ts";
import { decimalParts, type StoredType, sqlType } from "./types.ts";
import type { WireScalar } from "./warehouse.ts";

export type Value = Exclude<WireScalar, null>;

/** Says that a value has no place in a column of the type. */
export const MISFIT = Symbol("misfit");

export type Converter = (value: Value) => Value | typeof MISFIT;

/**
 * A function from values of one type to values of another; undefined where they are the same values.
 * `onRounded` is called when a decimal loses digits after the point.
 */
export function converter(from: StoredType, to: StoredType, onRounded: () => void): Converter | undefined {
  if (from === to) return INTEGER_RANGES[to] === undefined ? undefined : (value) => toInteger(value, from, to);
  if (sqlType(to) === "VARCHAR") return sqlType(from) === "VARCHAR" ? undefined : (value) => valueText(value, from);
  if (to === "BOOLEAN") return toBoolean;
  if (to === "FLOAT" || to === "DOUBLE") return (value) => toFloat(value, from, to);
  if (INTEGER_RANGES[to] !== undefined) return (value) => toInteger(value, from, to);
  if (decimalParts(to) !== undefined) return (value) => toDecimal(value, from, { to, onRounded });
  if (to === "BLOB") return () => MISFIT;
  return (value) => toMoment(value, from, to);
}

/** The value as DuckDB would cast it to VARCHAR, with the one exception of `castSql`. */
export function valueText(value: Value, type: StoredType): string {
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return blobText(value);
  if (typeof value === "boolean") return String(value);
  if (type === "FLOAT" || type === "DOUBLE") return floatText(Number(value), type === "FLOAT" ? 32 : 64);
  if (type === "DATE") return dateText(value);
  if (type === "TIMESTAMP") return timestampText(value);
  if (type === "TIMESTAMP WITH TIME ZONE") return `${timestampText(value)}+00`;
  const decimal = decimalParts(type);
  return decimal === undefined ? String(value) : decimalText(value, decimal.scale);
}

/** A scaled integer with its point: `decimalText(150, 2)` is `1.50`. */
export function decimalText(scaled: Whole, scale: number): string {
  const negative = scaled < 0;
  const digits = String(scaled)
    .replace("-", "")
    .padStart(scale + 1, "0");
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return negative ? `-${text}` : text;
}

/** A function from values in memory to what the DuckDB client takes for a column of the type. */
export function binder(type: StoredType): (value: Value) => DuckDBValue {
  const decimal = decimalParts(type);
  if (decimal !== undefined) {
    return (value) => new DuckDBDecimalValue(BigInt(value as Whole), decimal.precision, decimal.scale);
  }
  switch (type) {
    case "BIGINT":
      return (value) => BigInt(value as Whole);
    case "DATE":
      return (value) => new DuckDBDateValue(Number(BigInt(value as Whole) / DAY));
    case "TIMESTAMP":
      return (value) => new DuckDBTimestampValue(BigInt(value as Whole));
    case "TIMESTAMP WITH TIME ZONE":
      return (value) => new DuckDBTimestampTZValue(BigInt(value as Whole));
    case "BLOB":
      return (value) => new DuckDBBlobValue(value as Uint8Array);
    default:
      return (value) => value as DuckDBValue;
  }
}

/** The column type as the DuckDB client names it. */
export function duckType(type: StoredType): DuckDBType {
  const decimal = decimalParts(type);
  return decimal === undefined ? (DUCK_TYPES[type] ?? VARCHAR) : DECIMAL(decimal.precision, decimal.scale);
}

const DUCK_TYPES: { readonly [type: string]: DuckDBType } = {
  BOOLEAN,
  SMALLINT,
  INTEGER,
  BIGINT,
  FLOAT,
  DOUBLE,
  DATE,
  TIMESTAMP,
  "TIMESTAMP WITH TIME ZONE": TIMESTAMPTZ,
  BLOB,
};
const DAY = 86_400_000_000n;
const INTEGER_RANGES: { readonly [type: string]: readonly [bigint, bigint] } = {
  SMALLINT: [-32768n, 32767n],
  INTEGER: [-2147483648n, 2147483647n],
  BIGINT: [-9223372036854775808n, 9223372036854775807n],
};

function toBoolean(value: Value): Value | typeof MISFIT {
  if (value === "true" || value === 1) return true;
  return value === "false" || value === 0 ? false : MISFIT;
}

function toInteger(value: Value, from: StoredType, to: StoredType): Value | typeof MISFIT {
  // The common case first: a safe integer always fits BIGINT.
  if (typeof value === "number" && to === "BIGINT" && from === "BIGINT") return value;
  const whole = wholeFrom(value, from);
  const range = INTEGER_RANGES[to];
  if (whole === undefined || range === undefined || whole < range[0] || whole > range[1]) return MISFIT;
  return whole;
}

function wholeFrom(value: Value, from: StoredType): Whole | undefined {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "string") return parseWhole(value);
  if (value instanceof Uint8Array || isMoment(from)) return undefined;
  const decimal = decimalParts(from);
  if (decimal !== undefined) return parseWhole(plainNumber(decimalText(value, decimal.scale)) ?? "");
  if (typeof value === "bigint") return toWhole(value);
  return Number.isInteger(value) ? toWhole(BigInt(value)) : undefined;
}

function toFloat(value: Value, from: StoredType, to: "FLOAT" | "DOUBLE"): Value | typeof MISFIT {
  if (value instanceof Uint8Array || isMoment(from)) return MISFIT;
  const decimal = decimalParts(from);
  const source =
    decimal === undefined || typeof value === "boolean" ? value : decimalText(value as Whole, decimal.scale);
  const number = typeof source === "string" ? parseFloatText(source) : Number(source);
  if (number === undefined) return MISFIT;
  return to === "FLOAT" ? Math.fround(number) : number;
}

function parseFloatText(text: string): number | undefined {
  const special = SPECIAL_FLOATS[text.trim().toLowerCase()];
  if (special !== undefined) return special;
  return plainNumber(text) === undefined ? undefined : Number(text);
}

const SPECIAL_FLOATS: { readonly [text: string]: number } = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
  "-inf": Number.NEGATIVE_INFINITY,
  "-infinity": Number.NEGATIVE_INFINITY,
};

function toDecimal(
  value: Value,
  from: StoredType,
  { to, onRounded }: { to: StoredType; onRounded: () => void },
): Value | typeof MISFIT {
  const parts = decimalParts(to);
  if (parts === undefined || value instanceof Uint8Array || isMoment(from)) return MISFIT;
  const plain = typeof value === "boolean" ? (value ? "1" : "0") : plainNumber(numberText(value, from));
  if (plain === undefined) return MISFIT;
  const [whole = "0", fraction = ""] = plain.split(".");
  const kept = fraction.slice(0, parts.scale).padEnd(parts.scale, "0");
  let scaled = BigInt((whole === "-" ? "-0" : whole).replace("-", "") + kept);
  if (fraction.length > parts.scale) {
    onRounded();
    if ((fraction[parts.scale] ?? "0") >= "5") scaled += 1n;
  }
  if (String(scaled).length > parts.precision && scaled !== 0n) return MISFIT;
  return toWhole(plain.startsWith("-") ? -scaled : scaled);
}

function numberText(value: string | number | bigint, from: StoredType): string {
  if (typeof value === "string") return value;
  const decimal = decimalParts(from);
  return decimal === undefined ? floatOrWholeText(value, from) : decimalText(value, decimal.scale);
}

function floatOrWholeText(value: number | bigint, from: StoredType): string {
  return from === "FLOAT" || from === "DOUBLE" ? floatText(Number(value), from === "FLOAT" ? 32 : 64) : String(value);
}

function toMoment(value: Value, from: StoredType, to: StoredType): Value | typeof MISFIT {
  let micros: Whole;
  if (typeof value === "string") {
    const moment = parseMoment(value);
    if (moment === undefined) return MISFIT;
    if (to === "TIMESTAMP" && moment.zoned) return MISFIT;
    micros = moment.micros;
  } else if (isMoment(from) && (typeof value === "number" || typeof value === "bigint")) {
    if (from === "TIMESTAMP WITH TIME ZONE" && to !== from) return MISFIT;
    micros = value;
  } else {
    return MISFIT;
  }
  return to === "DATE" && BigInt(micros) % DAY !== 0n ? MISFIT : micros;
}

function isMoment(type: StoredType): boolean {
  return type === "DATE" || type === "TIMESTAMP" || type === "TIMESTAMP WITH TIME ZONE";
}
