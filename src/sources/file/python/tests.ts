/** Tests of the client part, which come with the connector. */

import { FILE_COLUMNS, REST_COLUMN } from "../../../artifacts/kinds/file.ts";
import { render } from "../../../python/render.ts";
import type { FileBlueprint, FileTable } from "../configuration.ts";
import { nameOf } from "../pattern.ts";
import { encodeText } from "../text.ts";
import type { View } from "./view.ts";

/** A file of a table as the tests write it, and what its records are. */
interface Example {
  constant: string;
  /** Names of three files, in order. */
  names: string[];
  /** Python source: bytes of a file with two records. */
  two: string;
  /** Bytes with the first of them. */
  one: string;
}

const OTHER: ReadonlySet<string> = new Set([...FILE_COLUMNS, REST_COLUMN]);

export function clientTests(
  blueprint: FileBlueprint,
  { view, templates }: { view: View; templates: readonly string[] },
): { path: string; content: string }[] {
  const examples = blueprint.tables.flatMap((table, index) => exampleOf(table, view.tables[index]?.constant ?? ""));
  if (examples.length === 0) return [];
  const has = (test: (table: FileTable) => boolean) => {
    const index = blueprint.tables.findIndex((table) => test(table) && table.read.content.format !== "parquet");
    return index < 0 ? false : (view.tables[index]?.constant ?? false);
  };
  const tested = {
    ...view,
    examples,
    test_changes: has(({ advance }) => advance.kind === "files" && advance.by === "modified"),
    test_deletes: has(({ deletes }) => deletes.kind === "files"),
    test_replay: has(
      ({ advance, primary_key }) =>
        advance.kind === "files" &&
        advance.by === "modified" &&
        !primary_key.includes("_line") &&
        primary_key.length > 0,
    ),
    test_csv: csvExample(blueprint.tables, view),
  };
  return [
    { path: "tests/__init__.py", content: "" },
    { path: "tests/test_reading.py", content: render(templates, "tests/test_reading.py", tested) },
  ];
}

function exampleOf(table: FileTable, constant: string): Example[] {
  const { content, compression, pattern } = table.read;
  if (content.format === "parquet") return [];
  const names = ["1", "2", "3"].map((n) => nameOf(pattern, (_, digits) => (digits ? `2026-01-0${n}` : `part${n}`)));
  // A pattern without variable parts names one file.
  const distinct = [...new Set(names)];
  const bytes = (count: number) => {
    const source = literalBytes(fileText(table, count));
    return compression === "gzip" ? `gzip.compress(${source})` : source;
  };
  return [{ constant, names: distinct, two: bytes(2), one: bytes(1) }];
}

/** A file with a surplus field, and one whose last quotation is never closed. */
function csvExample(tables: readonly FileTable[], view: View): Record<string, string> | false {
  const index = tables.findIndex(({ read }) => read.content.format === "csv" && read.compression === "none");
  const table = tables[index];
  if (table?.read.content.format !== "csv") return false;
  const { delimiter, quote, encoding } = table.read.content;
  const plain = fileLines(table, 1).join("\n");
  const bytes = (text: string) => literalBytes(encodeText(text, encoding));
  return {
    constant: view.tables[index]?.constant ?? "",
    name: nameOf(table.read.pattern, (_, digits) => (digits ? "2026-01-01" : "part1")),
    ragged: bytes(`${plain}${delimiter}surplus\n`),
    broken: bytes(`${plain}\n${quote}never closed`),
  };
}

function fileText(table: FileTable, count: number): Buffer {
  const { content } = table.read;
  if (content.format === "csv")
    return encodeText(
      fileLines(table, count)
        .map((line) => `${line}\n`)
        .join(""),
      content.encoding,
    );
  const records = exampleRecords(table, count);
  if (content.format === "ndjson") return Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(""));
  const path = content.format === "json" ? content.records : "";
  const steps = path === "" ? [] : path.split(".");
  return Buffer.from(JSON.stringify(steps.reduceRight<unknown>((inner, step) => ({ [step]: inner }), records)));
}

function exampleRecords({ read, columns }: FileTable, count: number): Record<string, unknown>[] {
  const own = columns.filter(({ name }) => !OTHER.has(name) && !read.captured.includes(name));
  return Array.from({ length: count }, (_, index) =>
    Object.fromEntries(own.map(({ name, type }) => [name, exampleValue(type, index + 1)])),
  );
}

function fileLines(table: FileTable, count: number): string[] {
  const { content } = table.read;
  if (content.format !== "csv") throw new TypeError(`${table.name} is not delimited text`);
  const { delimiter, quote, header } = content;
  const field = (value: unknown) => {
    const text = typeof value === "object" ? JSON.stringify(value) : String(value);
    return /[\r\n]/.test(text) || text.includes(delimiter) || text.includes(quote)
      ? `${quote}${text.replaceAll(quote, quote + quote)}${quote}`
      : text;
  };
  const records = exampleRecords(table, count);
  const rows = [...(header ? [Object.keys(records[0] ?? {})] : []), ...records.map((record) => Object.values(record))];
  return rows.map((row) => row.map(field).join(delimiter));
}

function exampleValue(type: FileTable["columns"][number]["type"], n: number): unknown {
  switch (type) {
    case "boolean":
      return n % 2 === 1;
    case "integer":
    case "bigint":
      return n;
    case "number":
    case "decimal":
      return n + 0.5;
    case "date":
      return `2026-01-0${n}`;
    case "timestamp":
      return `2026-01-0${n}T08:30:00Z`;
    case "local_timestamp":
      return `2026-01-0${n}T08:30:00`;
    case "binary":
      return Buffer.from(`bytes ${n}`).toString("base64");
    case "json":
      return { n };
    case "string":
      return `text ${n}`;
  }
}

/** A Python literal of bytes. */
function literalBytes(bytes: Buffer): string {
  const text = [...bytes].map((byte) => {
    const character = String.fromCharCode(byte);
    if (character === "\n") return "\\n";
    if (character === '"' || character === "\\") return `\\${character}`;
    return byte >= 0x20 && byte < 0x7f ? character : `\\x${byte.toString(16).padStart(2, "0")}`;
  });
  return `b"${text.join("")}"`;
}
