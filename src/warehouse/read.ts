/** Reading tables back: rows as canonical text, and the list of tables. */
import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
} from "@duckdb/node-api";
import { UserError } from "../errors.ts";
import { canonicalValue } from "./canonical.ts";
import { type Catalog, DELETED_COLUMN, ID_COLUMN, newCatalog, readCatalog, type TableState } from "./catalog.ts";
import { readMeta } from "./meta.ts";
import { qualified } from "./schema-changes.ts";
import { identifierKey, quoteIdentifier } from "./sql.ts";
import { toWhole } from "./text.ts";
import type { StoredType } from "./types.ts";
import type { Value } from "./values.ts";
import type { Cell, WarehouseTable } from "./warehouse.ts";

const DAY_MICROS = 86_400_000_000n;

/** Rows of a table by its name in the warehouse or in the connector. Throws `UserError` when there is none. */
export async function* readRows(connection: DuckDBConnection, name: string, deleted: boolean): AsyncGenerator<Cell> {
  const table = lookUp(await loadCatalog(connection), name);
  const columns = table.columns.filter((column) => !column.generated);
  const list = columns.map((column) => quoteIdentifier(column.name)).join(", ");
  const wanted = `${quoteIdentifier(DELETED_COLUMN)} IS ${deleted ? "" : "NOT "}TRUE`;
  const result = await connection.stream(`SELECT ${list === "" ? "1" : list} FROM ${qualified(table)} WHERE ${wanted}`);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    for (const values of chunk.getRows()) {
      const cell: Cell = {};
      columns.forEach((column, i) => {
        cell[column.name] = cellText(values[i] ?? null, column.stored ?? "VARCHAR");
      });
      yield cell;
    }
  }
}

export async function readTables(connection: DuckDBConnection): Promise<WarehouseTable[]> {
  const catalog = await loadCatalog(connection);
  const tables: WarehouseTable[] = [];
  for (const table of [...catalog.tables.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const deleted = quoteIdentifier(DELETED_COLUMN);
    const counts = await connection.runAndReadAll(
      `SELECT count(*) FILTER (${deleted} IS NOT TRUE), count(*) FILTER (${deleted} IS TRUE) FROM ${qualified(table)}`,
    );
    const [rows, gone] = counts.getRows()[0] ?? [];
    const described = await connection.runAndReadAll(`DESCRIBE ${qualified(table)}`);
    tables.push({
      name: table.name,
      columns: described.getRows().map((row) => ({ name: String(row[0]), type: String(row[1]) })),
      json: table.columns.filter(({ stored }) => stored === "JSON").map((column) => column.name),
      primaryKey: primaryKey(table),
      rows: Number(rows),
      deleted: Number(gone),
    });
  }
  return tables;
}

/** As the file has it at this moment; nothing before the first sync. */
async function loadCatalog(connection: DuckDBConnection): Promise<Catalog> {
  const json = await readMeta(connection, "catalog");
  return json === undefined ? newCatalog("fivetran") : readCatalog(json);
}

function lookUp(catalog: Catalog, name: string): TableState {
  const table = catalog.tables.get(identifierKey(name)) ?? catalog.bySource.get(name);
  if (table !== undefined) return table;
  const names = [...catalog.tables.values()].map((known) => known.name);
  throw new UserError(`the warehouse has no table "${name}"`, {
    hint: names.length === 0 ? "it is empty: run a sync first" : `it has ${names.join(", ")}`,
  });
}

function primaryKey(table: TableState): string[] {
  return table.columns.filter((column) => column.key).map((column) => (column.generated ? ID_COLUMN : column.name));
}

function cellText(value: DuckDBValue, type: StoredType): string | null {
  const plain = plainValue(value);
  return plain === null ? null : canonicalValue(plain, type);
}

/** The value in memory (see `values.ts`) for one of DuckDB's. */
function plainValue(value: DuckDBValue): Value | null {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return value;
  if (typeof value === "bigint") return toWhole(value);
  if (value instanceof DuckDBDecimalValue) return toWhole(value.value);
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) return toWhole(value.micros);
  if (value instanceof DuckDBDateValue) return toWhole(BigInt(value.days) * DAY_MICROS);
  return value instanceof DuckDBBlobValue ? value.bytes : String(value);
}
