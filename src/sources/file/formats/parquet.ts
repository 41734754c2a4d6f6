/** Parquet files, read by DuckDB from a copy on this machine. */
import { createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBDecimalType,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBListType,
  DuckDBListValue,
  DuckDBMapType,
  DuckDBMapValue,
  DuckDBStructType,
  DuckDBStructValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from "@duckdb/node-api";
import type { Column, ColumnType, Shape } from "../../../artifacts/blueprint.ts";
import { keepsDigits } from "../../../warehouse/text.ts";
import type { Json, Record_ } from "../../record.ts";

/** What `use` makes of a copy of the file; undefined for an empty one. */
export async function withParquet<T>(
  bytes: Readable,
  use: (file: { connection: DuckDBConnection; from: string }) => Promise<T>,
): Promise<T | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "syncsmith-parquet-"));
  const path = join(folder, "copy.parquet");
  try {
    await pipeline(bytes, createWriteStream(path));
    if ((await stat(path)).size === 0) return undefined;
    const instance = await DuckDBInstance.create();
    const connection = await instance.connect();
    try {
      return await use({ connection, from: `read_parquet('${path.replaceAll("'", "''")}')` });
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Columns as the file declares them; undefined types are such as no connector can carry. */
export async function parquetColumns(
  connection: DuckDBConnection,
  from: string,
): Promise<(Column | { name: string; type: undefined })[]> {
  const result = await connection.run(`SELECT * FROM ${from} LIMIT 0`);
  const types = result.columnTypes();
  return result.columnNames().map((name, index) => columnOf(name, types[index] as DuckDBType));
}

export async function* parquetRecords(connection: DuckDBConnection, from: string): AsyncGenerator<Record_> {
  const result = await connection.stream(`SELECT * FROM ${from}`);
  const names = result.columnNames();
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    for (const row of chunk.getRows())
      yield Object.fromEntries(names.map((name, index) => [name, jsonOf(row[index] ?? null)]));
  }
}

const TYPES: { readonly [T in DuckDBTypeId]?: ColumnType } = {
  [DuckDBTypeId.BOOLEAN]: "boolean",
  [DuckDBTypeId.TINYINT]: "integer",
  [DuckDBTypeId.SMALLINT]: "integer",
  [DuckDBTypeId.INTEGER]: "integer",
  [DuckDBTypeId.BIGINT]: "integer",
  [DuckDBTypeId.UTINYINT]: "integer",
  [DuckDBTypeId.USMALLINT]: "integer",
  [DuckDBTypeId.UINTEGER]: "integer",
  [DuckDBTypeId.UBIGINT]: "bigint",
  [DuckDBTypeId.HUGEINT]: "bigint",
  [DuckDBTypeId.FLOAT]: "number",
  [DuckDBTypeId.DOUBLE]: "number",
  [DuckDBTypeId.VARCHAR]: "string",
  [DuckDBTypeId.DATE]: "date",
  [DuckDBTypeId.TIME]: "string",
  [DuckDBTypeId.TIMESTAMP]: "local_timestamp",
  [DuckDBTypeId.TIMESTAMP_S]: "local_timestamp",
  [DuckDBTypeId.TIMESTAMP_MS]: "local_timestamp",
  [DuckDBTypeId.TIMESTAMP_NS]: "local_timestamp",
  [DuckDBTypeId.TIMESTAMP_TZ]: "timestamp",
  [DuckDBTypeId.BLOB]: "binary",
};

function columnOf(name: string, type: DuckDBType): Column | { name: string; type: undefined } {
  if (type instanceof DuckDBDecimalType)
    return { name, type: "decimal", nullable: true, precision: type.width, scale: type.scale };
  if (type instanceof DuckDBStructType || type instanceof DuckDBListType || type instanceof DuckDBMapType) {
    const shape = shapeOf(type);
    return { name, type: "json", nullable: true, ...(shape === undefined ? {} : { shape }) };
  }
  const plain = TYPES[type.typeId];
  return plain === undefined ? { name, type: undefined } : { name, type: plain, nullable: true };
}

/** Undefined where something in it has no fixed members: a map. */
function shapeOf(type: DuckDBType): Shape | undefined {
  if (type instanceof DuckDBListType) {
    const items = shapeOf(type.valueType);
    return items && { kind: "list", items };
  }
  if (type instanceof DuckDBStructType) {
    const fields = type.entryNames.map((name, index) => ({
      name,
      shape: shapeOf(type.entryTypes[index] as DuckDBType),
    }));
    const known = fields.flatMap(({ name, shape }) => (shape === undefined ? [] : [{ name, shape }]));
    return known.length === fields.length ? { kind: "object", fields: known } : undefined;
  }
  const plain = TYPES[type.typeId];
  return plain === undefined ? undefined : { kind: "value", type: plain };
}

function jsonOf(value: DuckDBValue): Json {
  if (value === null || typeof value === "boolean" || typeof value === "number" || typeof value === "string")
    return value;
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (value instanceof DuckDBListValue) return value.items.map(nestedOf);
  if (value instanceof DuckDBStructValue)
    return Object.fromEntries(Object.entries(value.entries).map(([name, inner]) => [name, nestedOf(inner)]));
  if (value instanceof DuckDBMapValue)
    return value.entries.map(({ key, value: held }) => ({ key: nestedOf(key), value: nestedOf(held) }));
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString("base64");
  if (value instanceof DuckDBTimestampTZValue) return `${momentText(value.micros)}+00:00`;
  if (value instanceof DuckDBTimestampValue) return momentText(value.micros);
  if (value instanceof DuckDBTimestampNanosecondsValue) return momentText(value.nanos / 1000n);
  if (value instanceof DuckDBTimeValue) return timeText(value.micros);
  if (value instanceof DuckDBDecimalValue) return decimalOf(value.toString());
  return value.toString().replace(" ", "T");
}

/** Inside of another value, where JSON has no NaN and no infinities: they are text. */
function nestedOf(value: DuckDBValue): Json {
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : jsonOf(value);
}

function decimalOf(digits: string): Json {
  return keepsDigits(digits) ? Number(digits) : digits;
}

/** `23:59:59`, or with six digits of a fraction. */
function timeText(micros: bigint): string {
  return momentText(micros).slice("1970-01-01T".length);
}

/** Six digits of a fraction, or none. */
function momentText(micros: bigint): string {
  const seconds = micros / 1_000_000n - (micros % 1_000_000n < 0n ? 1n : 0n);
  const rest = micros - seconds * 1_000_000n;
  const head = new Date(Number(seconds * 1000n)).toISOString().slice(0, 19);
  return rest === 0n ? head : `${head}.${String(rest).padStart(6, "0")}`;
}
