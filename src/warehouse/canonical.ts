/**
 * Canonical text: one spelling for each value, whether it comes from a source's record or from the warehouse, so that
 * the two compare as text. Numbers are plain digits without needless zeros, times ISO 8601 in UTC to the microsecond,
 * JSON has sorted keys, binary is base64. Anything that cannot be read as its type stays as it is.
 */
import type { Column, ColumnType } from "../artifacts/blueprint.ts";
import { canonicalJsonText } from "./json-text.ts";
import { dateText, isoText, parseMoment, plainNumber, shortestFloat, toWhole, type Whole } from "./text.ts";
import { decimalParts, NATURAL_TYPE, type StoredType } from "./types.ts";
import { decimalText, type Value } from "./values.ts";
import type { WireValue } from "./warehouse.ts";

/** A value of a source's record. `bigint` stands for integers beyond 2^53. */
type Json = null | boolean | number | bigint | string | Json[] | { [key: string]: Json };

/** A value of a source's record, as the column's type has it. */
export function canonicalJson(
  value: Json | undefined,
  columnType: ColumnType,
  column?: Pick<Column, "format">,
): string | null {
  if (value === null || value === undefined) return null;
  if (columnType === "json") return canonicalJsonText(jsonText(value)) ?? jsonText(value);
  if (typeof value === "object") return canonicalJsonText(jsonText(value)) ?? jsonText(value);
  if (isMoment(columnType) && column?.format !== undefined && column.format !== "iso8601") {
    const micros = epochMicros(String(value), column.format);
    if (micros !== undefined) return momentText(micros, columnType);
  }
  const text = typeof value === "number" ? floatCanonical(value) : String(value);
  return canonicalText(text, columnType);
}

/** Text of a value, or of a warehouse column that kept it as text, brought into the form of the type. Idempotent. */
export function canonicalText(text: string, columnType: ColumnType): string {
  switch (columnType) {
    case "integer":
    case "bigint":
    case "number":
    case "decimal":
      return plainNumber(text) ?? text;
    case "json":
      return canonicalJsonText(text) ?? text;
    case "date":
    case "timestamp":
    case "local_timestamp": {
      const moment = parseMoment(text);
      return moment === undefined ? text : momentText(moment.micros, columnType);
    }
    default:
      return text;
  }
}

/** A value as it came over the wire, in the form its type has in the warehouse. */
export function canonicalWire(value: WireValue): string | null {
  return value === null ? null : canonicalValue(value.value, NATURAL_TYPE[value.type]);
}

/** A value in memory (see `values.ts`) of a warehouse column. */
export function canonicalValue(value: Value, type: StoredType): string {
  if (typeof value === "string") return canonicalStored(value, type);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (typeof value === "boolean") return String(value);
  if (type === "FLOAT") return floatCanonical(singleValue(Number(value)));
  if (type === "DOUBLE") return floatCanonical(Number(value));
  if (type === "DATE") return dateText(value);
  if (type === "TIMESTAMP") return isoText(value);
  if (type === "TIMESTAMP WITH TIME ZONE") return `${isoText(value)}Z`;
  const decimal = decimalParts(type);
  return decimal === undefined ? String(value) : numberCanonical(decimalText(value, decimal.scale));
}

function canonicalStored(text: string, type: StoredType): string {
  if (type === "JSON") return canonicalJsonText(text) ?? text;
  return type === "VARCHAR" ? text : numberCanonical(text);
}

function numberCanonical(text: string): string {
  return plainNumber(text) ?? text;
}

/** Digits that every 32-bit float can be told by. */
const FLOAT_DIGITS = 9;

/**
 * The number that a 32-bit float stands for: itself where that is short (1049980.25), else the shortest that rounds to
 * it (0.1, not 0.10000000149011612).
 */
function singleValue(value: number): number {
  if (!Number.isFinite(value)) return value;
  const digits = value.toExponential().split("e")[0]?.replace(/[-.]/g, "").length ?? 0;
  return digits <= FLOAT_DIGITS ? value : shortestFloat(value);
}

function floatCanonical(value: number): string {
  return plainNumber(String(value)) ?? String(value);
}

function isMoment(type: ColumnType): type is "date" | "timestamp" | "local_timestamp" {
  return type === "date" || type === "timestamp" || type === "local_timestamp";
}

function momentText(micros: Whole, type: "date" | "timestamp" | "local_timestamp"): string {
  if (type === "date") return dateText(micros);
  return type === "timestamp" ? `${isoText(micros)}Z` : isoText(micros);
}

/** Microseconds of seconds or milliseconds written as a number, fractions included. */
function epochMicros(text: string, format: "epoch_seconds" | "epoch_milliseconds"): Whole | undefined {
  const [whole = "", fraction = ""] = plainNumber(text)?.split(".") ?? [];
  if (whole === "") return undefined;
  const digits = format === "epoch_seconds" ? 6 : 3;
  const micros = BigInt(whole.replace("-", "") + fraction.slice(0, digits).padEnd(digits, "0"));
  return toWhole(whole.startsWith("-") ? -micros : micros);
}

/** JSON text that keeps integers beyond 2^53. */
function jsonText(value: Json): string {
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return `[${value.map(jsonText).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)}:${jsonText(item)}`)
    .join(",")}}`;
}
