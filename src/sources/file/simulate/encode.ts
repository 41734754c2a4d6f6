/** Files from records, written by this house's own writers or, for Parquet, by DuckDB. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Column, Shape } from "../../../artifacts/blueprint.ts";
import { REST_COLUMN } from "../../../artifacts/kinds/file.ts";
import { digits, type Exact, writeJson } from "../../http/simulate/exact.ts";
import type { Json, Record_ } from "../../record.ts";
import type { FileTable } from "../configuration.ts";
import { encodeText } from "../text.ts";

/** Marks a record whose last field is not written; never part of a row. */
export const SHORT = " short";

/** What one file of a table holds. `closed`: whether its last line ends like the others. */
export interface Content {
  records: readonly Record_[];
  closed: boolean;
  form?: FileForm;
}

export interface FileForm {
  /** Columns of the file; without it the table's own. */
  columns?: Column[];
  /** Columns whose values are written as text. */
  texts?: ReadonlySet<string>;
}

/** The bytes of some files of a table. `own`: the columns that its files have. */
export function encodeFiles(table: FileTable, own: readonly Column[], contents: readonly Content[]): Buffer[] {
  const { content, compression } = table.read;
  const plain =
    content.format === "parquet"
      ? encodeParquet(own, contents)
      : contents.map((one) => encodeLines(table, one.form?.columns ?? own, one));
  return compression === "gzip" && content.format !== "parquet" ? plain.map((body) => gzipSync(body)) : plain;
}

function encodeLines({ read: { content } }: FileTable, own: readonly Column[], given: Content): Buffer {
  const { records, closed, form } = given;
  const end = (lines: string[], newline: string) => lines.join(newline) + (closed && lines.length > 0 ? newline : "");
  if (content.format === "csv") {
    // A file has the columns that came later, or it has none of them.
    const added = Object.keys((records[0]?.[REST_COLUMN] ?? {}) as Record_).filter(
      (name) => !name.startsWith("field "),
    );
    const fieldsOf = (record: Record_) => {
      const written = record[SHORT] === true ? own.slice(0, -1) : own;
      const rest = (record[REST_COLUMN] ?? {}) as Record_;
      const beside = [...added, ...Object.keys(rest).filter((name) => !added.includes(name))];
      return [
        ...written.map(({ name }) => csvText(record[name] ?? null, content.nulls)),
        ...(record[SHORT] === true ? [] : beside.map((name) => String(rest[name] ?? ""))),
      ];
    };
    const lines = records.map((record) => csvLine(fieldsOf(record), content));
    const header = content.header ? [csvLine([...own.map(({ name }) => name), ...added], content)] : [];
    return encodeText(end([...header, ...lines], "\r\n"), content.encoding);
  }
  const exact = records.map((record) => exactRecord(record, own, form?.texts));
  if (content.format === "ndjson") return Buffer.from(end(exact.map(writeJson), "\n"));
  const steps = content.format === "json" && content.records !== "" ? content.records.split(".") : [];
  return Buffer.from(
    writeJson(steps.reduceRight<Exact>((inner, step) => ({ note: "other things", [step]: inner }), exact)),
  );
}

/** Decimals are digits in JSON, not text. */
function exactRecord(record: Record_, own: readonly Column[], texts?: ReadonlySet<string>): Exact {
  const entries = own.map(({ name, type }): [string, Exact] => {
    const value = record[name] ?? null;
    const isDigits = type === "decimal" && typeof value === "string" && texts?.has(name) !== true;
    return [name, isDigits ? digits(value) : value];
  });
  return Object.fromEntries(entries);
}

function csvText(value: Json, nulls: readonly string[]): string {
  if (value === null) return nulls[0] ?? "";
  if (typeof value === "object") return writeJson(value);
  return String(value);
}

function csvLine(fields: readonly string[], { delimiter, quote }: { delimiter: string; quote: string }): string {
  const quoted = fields.map((text) =>
    /[\r\n]/.test(text) ||
    text.includes(delimiter) ||
    text.includes(quote) ||
    text.startsWith(" ") ||
    text.startsWith("\ufeff")
      ? quote + text.replaceAll(quote, quote + quote) + quote
      : text,
  );
  // A line with nothing on it would be no record.
  return quoted.length === 1 && quoted[0] === "" ? quote + quote : quoted.join(delimiter);
}

/** What runs in a process of its own: the stand-in's changes are made at once, and DuckDB answers later. */
const WRITER = `
import { readFileSync } from "node:fs";
const { duckdb, statements } = JSON.parse(readFileSync(0, "utf8"));
const { DuckDBInstance } = await import(duckdb);
const connection = await (await DuckDBInstance.create()).connect();
for (const statement of statements) await connection.run(statement);
`;

function encodeParquet(own: readonly Column[], contents: readonly Content[]): Buffer[] {
  const folder = mkdtempSync(join(tmpdir(), "syncsmith-parquet-"));
  try {
    const paths = contents.map((_, index) => join(folder, `${index}.parquet`));
    const statements = contents.flatMap(({ records, form }, index) => {
      const columns = form?.columns ?? own;
      const types = columns.map((column) => `${sqlName(column.name)} ${duckdbType(column)}`).join(", ");
      const row = (record: Record_) =>
        `(${columns.map((column) => literal(record[column.name] ?? null, column)).join(", ")})`;
      return [
        `CREATE OR REPLACE TABLE t (${types})`,
        ...(records.length > 0 ? [`INSERT INTO t VALUES ${records.map(row).join(", ")}`] : []),
        `COPY t TO ${sqlText(paths[index] ?? "")} (FORMAT parquet)`,
      ];
    });
    const input = JSON.stringify({ duckdb: import.meta.resolve("@duckdb/node-api"), statements });
    execFileSync(process.execPath, ["--input-type=module", "-e", WRITER], { input, stdio: ["pipe", "ignore", "pipe"] });
    return paths.map((path) => readFileSync(path));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Parquet has no integers beyond 64 bits: those of `bigint` are unsigned here. */
function duckdbType({ type, precision, scale, shape }: Column): string {
  switch (type) {
    case "boolean":
      return "BOOLEAN";
    case "integer":
      return "BIGINT";
    case "bigint":
      return "UBIGINT";
    case "number":
      return "DOUBLE";
    case "decimal":
      return `DECIMAL(${precision ?? 38}, ${scale ?? 9})`;
    case "string":
      return "VARCHAR";
    case "date":
      return "DATE";
    case "timestamp":
      return "TIMESTAMPTZ";
    case "local_timestamp":
      return "TIMESTAMP";
    case "binary":
      return "BLOB";
    case "json":
      return shape === undefined ? "MAP(VARCHAR, BIGINT)" : shapeType(shape);
  }
}

function shapeType(shape: Shape): string {
  switch (shape.kind) {
    case "value":
      return duckdbType({ name: "value", type: shape.type, nullable: true });
    case "list":
      return `${shapeType(shape.items)}[]`;
    case "object":
      return `STRUCT(${shape.fields.map((field) => `${sqlName(field.name)} ${shapeType(field.shape)}`).join(", ")})`;
  }
}

function literal(value: Json, column: Column): string {
  if (value === null) return "NULL";
  if (column.type === "binary") return `from_base64(${sqlText(String(value))})`;
  if (column.type !== "json") return `CAST(${sqlText(String(value))} AS ${duckdbType(column)})`;
  if (column.shape !== undefined) return `CAST(CAST(${sqlText(writeJson(value))} AS JSON) AS ${duckdbType(column)})`;
  const entries = (value as { key: string; value: number }[]).map(({ key, value: held }) => `${sqlText(key)}: ${held}`);
  return `MAP {${entries.join(", ")}}::MAP(VARCHAR, BIGINT)`;
}

function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
