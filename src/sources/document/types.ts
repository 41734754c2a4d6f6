/** Which types the fields have here, and how the source writes their values. */
import type { Blueprint, Column, ColumnType, Kind } from "../../artifacts/blueprint.ts";
import { code, table } from "../../wording/markdown.ts";
import { count } from "../../wording/numbers.ts";

const TYPE_WORDS: { readonly [T in ColumnType]: string } = {
  boolean: "true or false",
  integer: "a whole number that fits 64 bits",
  bigint: "a whole number that may exceed 64 bits",
  number: "a 64-bit floating point number",
  decimal: "an exact decimal number",
  string: "text",
  date: "a day without a time",
  timestamp: "a moment with a time zone",
  local_timestamp: "a date and time without a zone",
  binary: "bytes",
  json: "a nested value, kept as JSON",
};

const FORMAT_WORDS = {
  iso8601: "text in ISO 8601",
  epoch_seconds: "seconds since 1970",
  epoch_milliseconds: "milliseconds since 1970",
} as const;

/** How values come where the type says nothing more. */
const CARRIED: { readonly [K in Kind]: string } = {
  rest: "as JSON carries it",
  graphql: "as JSON carries it",
  database: "as the database's own type",
  file: "as the file's format has it",
};

export function fieldTypes({ source, tables }: Blueprint): string {
  const columns = tables.flatMap((t) => t.columns);
  const rows = [...new Set(columns.map((column) => column.type))].map((type) => {
    const having = columns.filter((column) => column.type === type);
    return [code(type), TYPE_WORDS[type], written(source.kind, having), count(having.length)];
  });
  return table(["Type here", "What it holds", "As the source writes it", "Fields"], rows);
}

function written(kind: Kind, columns: readonly Column[]): string {
  const timed = columns.filter(({ type }) => type === "date" || type === "timestamp" || type === "local_timestamp");
  // A database has times of its own; text is only written where JSON or a text file carries it.
  if (timed.length === 0 || (kind === "database" && timed.every(({ format }) => format === undefined)))
    return CARRIED[kind];
  return [...new Set(timed.map((column) => FORMAT_WORDS[column.format ?? "iso8601"]))].join(", ");
}
