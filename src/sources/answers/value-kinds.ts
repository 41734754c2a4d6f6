/** Kinds of JSON values, finer than JSON has them. */
import { parseMoment } from "../../warehouse/text.ts";
import { digitsOf, type Literal } from "./exact.ts";

const MAX_INT64 = 9223372036854775807n;

/** What a value is, in words of types. `digits`: a text that is a plain number. */
export function kindOf(value: Literal): string {
  const digits = digitsOf(value);
  if (digits !== undefined)
    return isWhole(digits) ? (fitsInt64(digits) ? "integer" : "integer beyond 64 bits") : "number";
  if (typeof value === "boolean") return "boolean";
  if (typeof value !== "string") return Array.isArray(value) ? "list" : "object";
  if (isNumeric(value)) return "text of digits";
  const moment = parseMoment(value);
  if (moment === undefined) return "text";
  if (moment.dateOnly) return "date";
  return moment.zoned ? "timestamp with a zone" : "timestamp without a zone";
}

function isWhole(digits: string): boolean {
  return /^-?\d+$/.test(digits);
}

function isNumeric(text: string): boolean {
  return /^[+-]?(\d+(\.\d+)?|\.\d+)$/.test(text);
}

function fitsInt64(digits: string): boolean {
  const value = BigInt(digits);
  return value <= MAX_INT64 && value >= -MAX_INT64 - 1n;
}
