/** A few texts that belong to the warehouse as a whole, kept in the file beside the tables: catalog and state. */
import type { DuckDBConnection } from "@duckdb/node-api";

/** A schema of our own, so that the connector's tables are alone in theirs. */
export const META_SCHEMA = "_syncsmith";
const TABLE = `${META_SCHEMA}.meta`;

export type MetaKey = "catalog" | "state";

export async function createMeta(connection: DuckDBConnection): Promise<void> {
  await connection.run(`CREATE SCHEMA IF NOT EXISTS ${META_SCHEMA}`);
  await connection.run(`CREATE TABLE IF NOT EXISTS ${TABLE} (key VARCHAR, value VARCHAR)`);
}

export async function readMeta(connection: DuckDBConnection, key: MetaKey): Promise<string | undefined> {
  const exists = await connection.runAndReadAll(
    "SELECT 1 FROM duckdb_tables() WHERE schema_name = $1 AND table_name = 'meta'",
    [META_SCHEMA],
  );
  if (exists.currentRowCount === 0) return undefined;
  const reader = await connection.runAndReadAll(`SELECT value FROM ${TABLE} WHERE key = $1`, [key]);
  const value = reader.getRows()[0]?.[0];
  return typeof value === "string" ? value : undefined;
}

/** Within the transaction that is open, if one is. */
export async function writeMeta(connection: DuckDBConnection, key: MetaKey, value: string): Promise<void> {
  await connection.run(`DELETE FROM ${TABLE} WHERE key = $1`, [key]);
  await connection.run(`INSERT INTO ${TABLE} VALUES ($1, $2)`, [key, value]);
}
