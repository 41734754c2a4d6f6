/** A database's values as records hold them: exact, and written in one way. */
import type { Column } from "../../../artifacts/blueprint.ts";
import { parseExactly } from "../../answers/exact.ts";
import type { Json } from "../../record.ts";
import type { SqlValue } from "./session.ts";

/** A value of PostgreSQL or MySQL (text or its bytes), or of SQLite (typed), as the column's type has it. */
export function toJson(value: SqlValue, column: Pick<Column, "type">): Json {
  if (value === null) return null;
  if (typeof value === "number" || typeof value === "bigint") return fromNumber(value, column);
  if (column.type === "binary") return toBase64(value);
  if (typeof value !== "string" && column.type === "string" && !isText(value))
    return `x'${Buffer.from(value).toString("hex")}'`;
  const text = typeof value === "string" ? value : Buffer.from(value).toString("utf8");
  return fromText(text, column);
}

function fromText(text: string, { type }: Pick<Column, "type">): Json {
  switch (type) {
    case "boolean":
      return text === "t" || text === "true" || text === "1";
    case "integer":
    case "bigint":
      return /^-?\d+$/.test(text) ? whole(BigInt(text)) : text;
    case "number":
      return text.trim() !== "" && (text === "NaN" || !Number.isNaN(Number(text))) ? Number(text) : text;
    case "timestamp":
      return isoTime(text).replace(/(\+00(:?00)?|Z)?$/, "Z");
    case "local_timestamp":
      return isoTime(text);
    case "json":
      return parseExactly(text) ?? text;
    default:
      return text;
  }
}

/** SQLite's numbers: its integers have 64 bits, its other numbers are doubles. */
function fromNumber(value: number | bigint, { type }: Pick<Column, "type">): Json {
  switch (type) {
    case "boolean":
      return value === 1 || value === 1n;
    case "string":
    case "decimal":
      return pythonText(value);
    case "number":
      return Number(value);
    default:
      return typeof value === "bigint" ? whole(value) : value;
  }
}

/** How Python writes a double: what a connector makes of a number in a column of texts. */
function pythonText(value: number | bigint): string {
  if (typeof value === "bigint") return String(value);
  if (!Number.isFinite(value)) return value > 0 ? "inf" : value < 0 ? "-inf" : "nan";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16))
    return value.toExponential().replace(/e([+-])(\d)$/, (_, sign: string, digit: string) => `e${sign}0${digit}`);
  return Number.isInteger(value) ? `${Object.is(value, -0) ? "-0" : value}.0` : String(value);
}

function isoTime(text: string): string {
  return text.replace(/^(\d{4}-\d\d-\d\d) /, "$1T");
}

function whole(value: bigint): Json {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function toBase64(value: string | Uint8Array): string {
  if (typeof value !== "string") return Buffer.from(value).toString("base64");
  return value.startsWith("\\x") ? Buffer.from(value.slice(2), "hex").toString("base64") : value;
}

/** Servers give texts as bytes, too; SQLite only what is stored as bytes. */
function isText(value: Uint8Array): boolean {
  return Buffer.isBuffer(value);
}
