/** What the templates ask about delimited text: its dialects, and the readers of values. */
import type { Column } from "../../../artifacts/blueprint.ts";
import { FILE_COLUMNS, REST_COLUMN } from "../../../artifacts/kinds/file.ts";
import type { FileTable } from "../configuration.ts";

const READERS = [
  "text",
  "integer",
  "bigint",
  "number",
  "decimal",
  "boolean",
  "date",
  "timestamp",
  "local_timestamp",
] as const;
type Reader = (typeof READERS)[number];
export type ValuesView = Record<Reader | "any", boolean>;

export interface CsvView {
  /** Whether some table differs from the usual dialect in these. */
  delimiter: boolean;
  quote: boolean;
  encoding: boolean;
  nulls: boolean;
  header: "all" | "some" | "none";
  /** The condition under which a text is a value. */
  filled: string;
}

/** Decimals whose size nobody stated. */
const PRECISION = 38;
const SCALE = 9;

export function csvView(tables: readonly FileTable[]): CsvView {
  const contents = tables.flatMap(({ read }) => (read.content.format === "csv" ? [read.content] : []));
  const headed = contents.filter(({ header }) => header).length;
  const nulls = contents.some((content) => content.nulls.length > 0);
  const text = readersOf(tables).has("text") ? "text or read is read_text" : "text";
  const inner = text === "text" ? text : `(${text})`;
  return {
    delimiter: contents.some(({ delimiter }) => delimiter !== ","),
    quote: contents.some(({ quote }) => quote !== '"'),
    encoding: contents.some(({ encoding }) => encoding !== "utf-8"),
    nulls,
    header: headed === contents.length ? "all" : headed > 0 ? "some" : "none",
    filled: nulls ? `text not in self.nulls and ${inner}` : text,
  };
}

export function valuesView(tables: readonly FileTable[]): ValuesView {
  const used = readersOf(tables);
  const entries = READERS.map((reader) => [reader, used.has(reader)] as const);
  return { ...(Object.fromEntries(entries) as Record<Reader, boolean>), any: used.size > 0 };
}

/** The Python expression that reads a column's text. */
export function readerOf(column: Column): string {
  const reader = kindOf(column);
  if (reader === undefined) return "json.loads";
  if (reader === "decimal") {
    const scale = column.scale ?? SCALE;
    return `read_decimal(${column.precision ?? PRECISION}, ${scale})`;
  }
  return NAMES[reader];
}

const NAMES: { readonly [R in Exclude<Reader, "decimal">]: string } = {
  text: "read_text",
  integer: "read_integer",
  bigint: "read_big_integer",
  number: "read_number",
  boolean: "read_boolean",
  date: "read_date",
  timestamp: "read_timestamp",
  local_timestamp: "read_local_timestamp",
};

function readersOf(tables: readonly FileTable[]): Set<Reader> {
  const own = tables
    .filter(({ read }) => read.content.format === "csv")
    .flatMap(({ read, columns }) =>
      columns.filter(({ name }) => !isBeside(name) && !read.captured.includes(name)).map(kindOf),
    );
  return new Set(own.filter((reader) => reader !== undefined));
}

function isBeside(name: string): boolean {
  return name === REST_COLUMN || FILE_COLUMNS.some((column) => column === name);
}

function kindOf({ type, format }: Column): Reader | undefined {
  if (type === "json") return undefined;
  // A count since 1970 is read by whoever makes a time of it.
  if (format !== undefined && format !== "iso8601") return "text";
  return type === "string" || type === "binary" ? "text" : type;
}
