/** JSON of a source with every digit kept, and places in it. */
import { isLosslessNumber, LosslessNumber, parse } from "lossless-json";
import { keepsDigits, plainNumber } from "../../warehouse/text.ts";
import type { Json, Record_ } from "../record.ts";

/** Numbers keep every digit: integers beyond 2^53 as bigint, decimals that a float would change as their text. */
export function parseExactly(text: string): Json | undefined {
  try {
    return parse(text, null, (digits) => {
      const value = Number(digits);
      if (/^-?\d+$/.test(digits)) return Number.isSafeInteger(value) ? value : BigInt(digits);
      if (keepsDigits(digits)) return value;
      return /[eE]/.test(digits) ? (plainNumber(digits) ?? digits) : digits;
    }) as Json;
  } catch {
    return undefined;
  }
}

/** JSON whose numbers are their digits: a number and a text of digits stay apart. */
export type Literal = null | boolean | string | LosslessNumber | Literal[] | { [key: string]: Literal };

/** Undefined when the text is no JSON. */
export function parseLiterally(text: string): Literal | undefined {
  try {
    return parse(text) as Literal;
  } catch {
    return undefined;
  }
}

/** The same with numbers as their digits; a decimal that was kept as its text stays a text. */
export function literalOf(value: Json): Literal {
  if (typeof value === "number" || typeof value === "bigint") return new LosslessNumber(String(value));
  if (Array.isArray(value)) return value.map(literalOf);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, literalOf(member)]));
}

/** The digits of a number, as they were sent; undefined for anything else. */
export function digitsOf(value: Literal | undefined): string | undefined {
  return isLosslessNumber(value) ? value.value : undefined;
}

/** The value at a dotted path; undefined when there is none. */
export function atPath(value: Json, path: string): Json | undefined;
export function atPath(value: Literal, path: string): Literal | undefined;
export function atPath(value: unknown, path: string): unknown {
  let found = value;
  for (const step of path === "" ? [] : path.split(".")) {
    if (found === null || typeof found !== "object" || Array.isArray(found)) return undefined;
    found = Object.hasOwn(found, step) ? (found as Record<string, unknown>)[step] : undefined;
  }
  return found;
}

export function isRecord(value: Json | undefined): value is Record_ {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
