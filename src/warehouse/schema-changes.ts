/** Brings the tables in the file to what the catalog says. Always apart from rows: DuckDB cannot alter a table that has them pending. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { type Catalog, DELETED_COLUMN, exists, SYNCED_COLUMN, type TableState, writeCatalog } from "./catalog.ts";
import { writeMeta } from "./meta.ts";
import { quoteIdentifier } from "./sql.ts";
import { castSql, type StoredType, sqlType } from "./types.ts";
import { SCHEMA } from "./warehouse.ts";

/** One transaction for all changes and the catalog. Does nothing when there are none and the catalog is as saved. */
export async function applySchemaChanges(
  connection: DuckDBConnection,
  catalog: Catalog,
  saved: string,
): Promise<string> {
  const json = writeCatalog(catalog);
  if (json === saved) return saved;
  const changes = [...catalog.tables.values()].map(planTable);
  await connection.run("BEGIN");
  try {
    for (const { statements } of changes) {
      for (const statement of statements) await connection.run(statement);
    }
    await writeMeta(connection, "catalog", json);
    await connection.run("COMMIT");
  } catch (error) {
    await connection.run("ROLLBACK");
    throw error;
  }
  for (const { done } of changes) done();
  return json;
}

/** `tester."orders"`. */
export function qualified(table: TableState): string {
  return `${SCHEMA}.${quoteIdentifier(table.name)}`;
}

/** What to run, and what is true once it has run: types may change again meanwhile. */
function planTable(table: TableState): { statements: string[]; done: () => void } {
  const target = table.columns.map((column) => (exists(column) ? (column.type ?? "VARCHAR") : undefined));
  const done = () => {
    table.stored = true;
    target.forEach((type, slot) => {
      const column = table.columns[slot];
      if (column !== undefined && type !== undefined) column.stored = type;
    });
  };
  return { statements: table.stored ? alterTable(table, target) : [createTable(table, target)], done };
}

function createTable(table: TableState, target: readonly (StoredType | undefined)[]): string {
  const columns = table.columns.flatMap(({ name }, slot) => {
    const type = target[slot];
    return type === undefined ? [] : [`${quoteIdentifier(name)} ${sqlType(type)}`];
  });
  const system = [`${quoteIdentifier(SYNCED_COLUMN)} TIMESTAMPTZ`, `${quoteIdentifier(DELETED_COLUMN)} BOOLEAN`];
  return `CREATE TABLE ${qualified(table)} (${[...columns, ...system].join(", ")})`;
}

function alterTable(table: TableState, target: readonly (StoredType | undefined)[]): string[] {
  return table.columns.flatMap(({ name, stored }, slot) => {
    const type = target[slot];
    const column = quoteIdentifier(name);
    if (type === undefined || (stored !== undefined && sqlType(stored) === sqlType(type))) return [];
    if (stored === undefined) return [`ALTER TABLE ${qualified(table)} ADD COLUMN ${column} ${sqlType(type)}`];
    const cast = castSql(column, stored, type);
    return [`ALTER TABLE ${qualified(table)} ALTER COLUMN ${column} SET DATA TYPE ${sqlType(type)} USING ${cast}`];
  });
}
