/** The records of one file, whatever its format, by a route that shares no code with any connector. */
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { Column } from "../../../artifacts/blueprint.ts";
import type { FileRead } from "../../../artifacts/kinds/file.ts";
import { atPath, isRecord, parseExactly } from "../../answers/exact.ts";
import type { Json, Record_ } from "../../record.ts";
import { createDecoder } from "../text.ts";
import { type CsvFormat, csvRows, headerNames } from "./csv.ts";
import { parquetRecords, withParquet } from "./parquet.ts";
import { valueOfText } from "./values.ts";

/** What is wrong with a file; the message names the record. */
export class BadFile extends Error {}

/** Records in order. `columns`: those that the files have. Throws `BadFile`. */
export async function* recordsOf(
  bytes: Readable,
  { content, compression }: Pick<FileRead, "content" | "compression">,
  columns: readonly Column[],
): AsyncGenerator<Record_> {
  if (content.format === "parquet") {
    yield* parquetFile(bytes);
    return;
  }
  const plain = compression === "gzip" ? unzipped(bytes) : bytes;
  if (content.format === "csv") yield* csvRecords(plain, content, columns);
  else if (content.format === "ndjson") yield* jsonLines(plain);
  else yield* jsonList(plain, content.records);
}

/** The bytes of a gzip file; errors of either stream reach the reader. */
export function unzipped(bytes: Readable): Readable {
  const unzip = createGunzip();
  bytes.once("error", (error) => unzip.destroy(error));
  return bytes.pipe(unzip);
}

async function* csvRecords(bytes: Readable, format: CsvFormat, columns: readonly Column[]): AsyncGenerator<Record_> {
  const byName = new Map(columns.map((column) => [column.name, column]));
  let names = format.header ? undefined : columns.map(({ name }) => name);
  let line = 0;
  for await (const row of csvRows(bytes, format)) {
    if (names === undefined) {
      names = headerNames(row);
      continue;
    }
    line += 1;
    yield csvRecord(row, { names, byName, nulls: format.nulls, line });
  }
}

interface RowContext {
  names: readonly string[];
  byName: ReadonlyMap<string, Column>;
  nulls: readonly string[];
  line: number;
}

function csvRecord(row: readonly string[], { names, byName, nulls, line }: RowContext): Record_ {
  const record: Record_ = Object.fromEntries([...byName.keys()].map((name) => [name, null]));
  const rest: Record_ = {};
  for (const [index, text] of row.entries()) {
    const name = names[index];
    const column = name === undefined ? undefined : byName.get(name);
    if (column === undefined) {
      rest[name ?? `field ${index + 1}`] = text;
      continue;
    }
    if (nulls.includes(text) || (text === "" && column.type !== "string")) continue;
    const value = valueOfText(text, column);
    if (value === undefined)
      throw new BadFile(
        `record ${line}: ${column.name} is ${JSON.stringify(text.slice(0, 80))}, which is no ${column.type}`,
      );
    record[column.name] = value;
  }
  return { ...record, _rest: Object.keys(rest).length === 0 ? null : rest };
}

async function* jsonLines(bytes: Readable): AsyncGenerator<Record_> {
  let number = 0;
  for await (const line of linesOf(bytes)) {
    if (line.trim() === "") continue;
    number += 1;
    const record = parseExactly(line);
    if (!isRecord(record)) throw new BadFile(`record ${number} is no JSON object: ${line.slice(0, 80)}`);
    yield record;
  }
}

async function* linesOf(bytes: Readable): AsyncGenerator<string> {
  const decode = createDecoder("utf-8");
  let held = "";
  for await (const chunk of bytes) {
    held += decode(chunk as Buffer);
    const lines = held.split("\n");
    held = lines.pop() ?? "";
    yield* lines;
  }
  yield held + decode(undefined);
}

async function* jsonList(bytes: Readable, path: string): AsyncGenerator<Record_> {
  const decode = createDecoder("utf-8");
  let text = "";
  for await (const chunk of bytes) text += decode(chunk as Buffer);
  text += decode(undefined);
  if (text.trim() === "") return;
  const document = parseExactly(text);
  if (document === undefined) throw new BadFile("it is not JSON");
  const list: Json | undefined = atPath(document, path);
  if (!Array.isArray(list)) throw new BadFile(`there is no list at "${path}"`);
  for (const [index, record] of list.entries()) {
    if (!isRecord(record)) throw new BadFile(`record ${index + 1} is no JSON object`);
    yield record;
  }
}

async function* parquetFile(bytes: Readable): AsyncGenerator<Record_> {
  // Held in memory: what reads the copy must be done before the copy goes.
  const records = await withParquet(bytes, async ({ connection, from }) => {
    const found: Record_[] = [];
    for await (const record of parquetRecords(connection, from)) found.push(record);
    return found;
  });
  yield* records ?? [];
}
