/** The files of a simulated place and the rows in them. The same blueprint and seed give the same rows. */
import type { Column } from "../../../artifacts/blueprint.ts";
import { FILE_COLUMNS, REST_COLUMN } from "../../../artifacts/kinds/file.ts";
import { createRandom, type Random } from "../../http/simulate/random.ts";
import { makeShaped } from "../../http/simulate/shaped.ts";
import { keyValue, makeValue } from "../../http/simulate/values.ts";
import type { Json, Record_ } from "../../record.ts";
import type { FileTable } from "../configuration.ts";
import { matcherOf, nameOf } from "../pattern.ts";
import { isoOf } from "../stores/store.ts";
import { canEncode } from "../text.ts";
import { encodeFiles, type FileForm, SHORT } from "./encode.ts";
import type { Shelf } from "./shelf.ts";

export interface SimulatedFile {
  name: string;
  micros: bigint;
  records: Record_[];
  closed: boolean;
  /** Where it is not written as the table's files are. */
  form?: FileForm;
}

export interface TableState {
  table: FileTable;
  /** Columns that the files themselves have. */
  own: Column[];
  /** Columns of the key that the files themselves have. */
  ownKey: Column[];
  random: Random;
  files: SimulatedFile[];
  /** Number of the next row, and of the next file by name. */
  nextRow: number;
  nextName: number;
  deleted: Record_[];
  shelf: Shelf;
}

const FILES = 4;
const ROWS = [13, 7, 1, 9] as const;
const NULL_SHARE = 0.15;
const HOUR = 3_600_000_000n;
/** Leaves room for names and times that come late. */
const FIRST_NAME = 200;
const DAYS_AGO = 20n;

export interface TableOptions {
  seed: number;
  shelf: Shelf;
  /** Microseconds since 1970. */
  now: bigint;
  /** So many times the rows, in as many files. */
  scale: number;
}

export function createTable(table: FileTable, options: TableOptions): TableState {
  const beside = new Set<string>([...FILE_COLUMNS, REST_COLUMN, ...table.read.captured]);
  const own = table.columns.filter(({ name }) => !beside.has(name));
  const state: TableState = {
    table,
    own,
    ownKey: own.filter(({ name }) => table.primary_key.includes(name)),
    random: createRandom(options.seed, table.name),
    files: [],
    nextRow: 0,
    nextName: FIRST_NAME,
    deleted: [],
    shelf: options.shelf,
  };
  const first = (options.now / 1_000_000n) * 1_000_000n - DAYS_AGO * 24n * HOUR;
  const count = isVaried(state) ? FILES : 1;
  for (let i = 0; i < count; i++) {
    const length = (ROWS[i % ROWS.length] ?? 1) * options.scale;
    const records = Array.from({ length }, () => makeRecord(state));
    if (table.read.content.format === "csv") makeOdd(state, { records, index: i });
    state.files.push({ name: freshName(state), micros: first + BigInt(i) * HOUR, records, closed: i % 2 === 0 });
  }
  store(state, state.files);
  return state;
}

/** What delimited text can be wrong with: a row with more fields than the header, one with fewer, a column that came later. */
function makeOdd({ own, ownKey, table }: TableState, { records, index }: { records: Record_[]; index: number }): void {
  const [first, second] = records;
  const last = own.at(-1);
  const { content } = table.read;
  if (index === 0 && first !== undefined) {
    first[REST_COLUMN] = { [`field ${own.length + 1}`]: "left over", [`field ${own.length + 2}`]: "" };
    if (second !== undefined && last !== undefined && !ownKey.includes(last)) {
      second[last.name] = null;
      second[SHORT] = true;
    }
  } else if (index === 1 && content.format === "csv" && content.header) {
    const known = new Set(table.columns.map(({ name }) => name));
    let later = "came later";
    // A table described from files of a stand-in knows that name.
    while (known.has(later)) later = `${later} still`;
    for (const [at, record] of records.entries()) record[REST_COLUMN] = { [later]: `value ${at}` };
  }
}

/** Writes files of a table to the shelf. */
export function store(state: TableState, files: readonly SimulatedFile[]): void {
  const bodies = encodeFiles(state.table, state.own, files);
  for (const [index, { name, micros }] of files.entries())
    state.shelf.put(name, { body: bodies[index] ?? Buffer.alloc(0), micros });
}

/** Whether the pattern fits more than one name. */
export function isVaried({ table }: TableState): boolean {
  return /[*{]/.test(table.read.pattern);
}

/** A name after all others in the order of names; with `number`, one for that place. */
export function freshName(state: TableState, number?: number): string {
  const n = number ?? state.nextName++;
  const day = new Date(Date.UTC(2024, 0, 1 + n)).toISOString().slice(0, 10);
  const name = nameOf(state.table.read.pattern, (part, digits) => {
    if (digits) return day;
    return `${part === "*" || part === "**" ? "part" : part}-${String(n).padStart(5, "0")}`;
  });
  return name;
}

/** The rows of a file as they are in the destination. */
export function rowsOf({ table }: TableState, file: SimulatedFile): Record_[] {
  const captured = matcherOf(table.read.pattern)(file.name) ?? {};
  return file.records.map(({ [SHORT]: _, ...record }, index) => ({
    ...record,
    ...captured,
    _file: file.name,
    _line: index + 1,
    _modified: isoOf(file.micros),
    ...(table.read.content.format === "csv" ? { [REST_COLUMN]: record[REST_COLUMN] ?? null } : {}),
  }));
}

/** In the order in which later versions of a row replace earlier ones. */
export function filesInOrder({ files, table }: TableState): SimulatedFile[] {
  const byName = table.advance.kind === "files" && table.advance.by === "name";
  return files.toSorted((a, b) => {
    if (!byName && a.micros !== b.micros) return a.micros < b.micros ? -1 : 1;
    return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
  });
}

export function truthOf(state: TableState): Record_[] {
  const rows = filesInOrder(state).flatMap((file) => rowsOf(state, file));
  if (state.table.primary_key.length === 0) return rows;
  return [...new Map(rows.map((row) => [keyText(state, row), row])).values()];
}

export function keyText({ table }: TableState, row: Record_): string {
  return JSON.stringify(table.primary_key.map((name) => String(row[name])));
}

export function keyOf({ table }: TableState, row: Record_): Record_ {
  return Object.fromEntries(table.primary_key.map((name) => [name, row[name] ?? null]));
}

/** A new record, with a key of its own. */
export function makeRecord(state: TableState): Record_ {
  const ordinal = state.nextRow++;
  const record: Record_ = {};
  for (const [index, column] of state.own.entries()) {
    record[column.name] = state.ownKey.includes(column)
      ? storable(state, column, keyValue(column, ordinal))
      : valueFor(state, column, { ordinal, index });
  }
  return record;
}

/** A value that is not null for row 0, and can be written in the table's format. */
export function valueFor(state: TableState, column: Column, place: { ordinal: number; index: number }): Json {
  const { random, table } = state;
  const { content } = table.read;
  const nullable =
    column.nullable && (content.format !== "csv" || column.type !== "string" || content.nulls.length > 0);
  if (nullable && place.ordinal > 0 && random.chance(NULL_SHARE)) return null;
  return storable(state, column, makeValue(column, random, place));
}

function storable(state: TableState, column: Column, value: Json): Json {
  const { content } = state.table.read;
  if (content.format === "parquet") return storableInParquet(state, column, value);
  if (content.format !== "csv") return value;
  const text = String(value);
  if (content.nulls.includes(text) || !canEncode(text, content.encoding))
    return column.type === "string" ? `plain ${state.nextRow}` : value;
  return value;
}

function storableInParquet({ random }: TableState, column: Column, value: Json): Json {
  if (column.type === "bigint") {
    const clipped = BigInt.asUintN(64, BigInt(String(value)));
    return clipped <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(clipped) : clipped;
  }
  if (column.type !== "json") return value;
  if (column.shape === undefined)
    return [
      { key: "a", value: random.int(0, 99) },
      { key: "ü b", value: -1 },
    ];
  // Times inside of nested values come as text: as the one who reads them writes it.
  const leaf = (inner: Column): Json => {
    if (inner.type === "timestamp") return "2024-03-01T10:00:00+00:00";
    if (inner.type === "local_timestamp") return "2024-03-01T10:00:00";
    return makeValue(inner, random, { ordinal: 0, index: 0 });
  };
  return makeShaped(column.shape, random, { leaf, sparse: false });
}
