/** Reads JSON without losing digits, and makes rows comparable: for judging what went over the wire. */
import type { Table } from "../../src/artifacts/blueprint.ts";
import type { Json, Record_ } from "../../src/sources/record.ts";

/** JSON whose numbers are `#` and their digits, and whose texts begin with `$`. */
export type Tagged = null | boolean | string | Tagged[] | { [key: string]: Tagged };

/** Throws `SyntaxError` for what is not JSON. */
export function parseTagged(text: string): Tagged {
  const tagged = text.replace(
    /("(?:[^"\\]|\\.)*")(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g,
    (token, string, colon) => {
      if (string === undefined) return `"#${token}"`;
      return colon === undefined ? `"$${string.slice(1)}` : token;
    },
  );
  return JSON.parse(tagged);
}

/** A row of the truth in the same form. Columns of type `decimal` are digits. */
export function tagRow(row: Record_, decimals: ReadonlySet<string>): { [column: string]: Tagged } {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, tag(value, decimals.has(name))]));
}

export function decimalColumns(table: Table): Set<string> {
  return new Set(table.columns.filter((column) => column.type === "decimal").map((column) => column.name));
}

/** Text of a row that is equal for equal rows, whatever the order of their members. */
export function rowText(row: Tagged): string {
  return JSON.stringify(row, (_key, value) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

function tag(value: Json, decimal: boolean): Tagged {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "bigint") return `#${value}`;
  if (typeof value === "number") return `#${JSON.stringify(value)}`;
  if (typeof value === "string") return decimal ? `#${value}` : `$${value}`;
  if (Array.isArray(value)) return value.map((member) => tag(member, false));
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, tag(member, false)]));
}
