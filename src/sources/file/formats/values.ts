/** The text of a field as a value of a column's type, with every digit. */
import type { Column } from "../../../artifacts/blueprint.ts";
import { keepsDigits } from "../../../warehouse/text.ts";
import { parseExactly } from "../../answers/exact.ts";
import type { Json } from "../../record.ts";

export const INTEGER = /^(?:0|-?[1-9]\d*)$/;
export const NUMBER = /^-?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
export const DECIMAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;
const MOMENT = String.raw`\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?`;
export const TIMESTAMP = new RegExp(`^${MOMENT} ?(?:Z|[+-]\\d\\d(?::?\\d\\d)?)$`);
export const LOCAL_TIMESTAMP = new RegExp(`^${MOMENT}$`);
export const DATE = /^\d{4}-\d\d-\d\d$/;
const MAX_INT64 = 2n ** 63n - 1n;

/** Undefined when the text is no value of that type. */
export function valueOfText(text: string, column: Column): Json | undefined {
  const plain = column.format === undefined || column.format === "iso8601";
  switch (column.type) {
    case "integer":
      return INTEGER.test(text) && isInt64(text) ? integerOf(text) : undefined;
    case "bigint":
      return INTEGER.test(text) ? integerOf(text) : undefined;
    case "number":
      return NUMBER.test(text) && keepsDigits(text) ? Number(text) : undefined;
    case "decimal":
      return DECIMAL.test(text) ? text : undefined;
    case "boolean":
      return /^(true|false)$/i.test(text) ? text.toLowerCase() === "true" : undefined;
    case "date":
      return !plain || (DATE.test(text) && isDay(text)) ? text : undefined;
    case "timestamp":
      return !plain || TIMESTAMP.test(text) ? text : undefined;
    case "local_timestamp":
      return !plain || LOCAL_TIMESTAMP.test(text) ? text : undefined;
    case "json":
      return parseExactly(text);
    case "string":
    case "binary":
      return text;
  }
}

export function isInt64(text: string): boolean {
  const value = BigInt(text);
  return value <= MAX_INT64 && value >= -MAX_INT64 - 1n;
}

function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function integerOf(text: string): Json {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}
