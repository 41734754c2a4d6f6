/** A file of DDL instead of a database: loaded into an embedded server, whose catalogue is then read. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import sqlite from "node-sqlite3-wasm";
import { messageOf, UserError } from "../../../errors.ts";
import { openSqlite } from "../live/sqlite.ts";
import type { Catalogue } from "./catalogue.ts";
import { postgresqlCatalogue } from "./postgresql.ts";
import { sqliteCatalogue } from "./sqlite.ts";

/** Lines of a dump that only its own client understands, or that set what an embedded server has no use for. */
const NOT_DDL =
  /^(\\.*|SET .*;|SELECT pg_catalog\.set_config\(.*|ALTER .* OWNER TO .*;|GRANT .*;|REVOKE .*;|CREATE EXTENSION .*;|COMMENT ON EXTENSION .*;)$/gim;

export async function postgresqlFromDdl(text: string, schemas: readonly string[] | undefined): Promise<Catalogue> {
  const server = await PGlite.create();
  try {
    await server.exec(text.replace(NOT_DDL, ""));
    const rows = async (sql: string) => (await server.query<unknown[]>(sql, [], { rowMode: "array" })).rows;
    const catalogue = await postgresqlCatalogue(rows, schemas);
    return { ...catalogue, version: "PostgreSQL, from a file of DDL" };
  } catch (error) {
    throw notLoaded(error);
  } finally {
    await server.close();
  }
}

export async function sqliteFromDdl(text: string): Promise<Catalogue> {
  const directory = await mkdtemp(join(tmpdir(), "syncsmith-ddl-"));
  try {
    const path = join(directory, "ddl.db");
    const database = new sqlite.Database(path);
    try {
      database.exec(text);
    } catch (error) {
      throw notLoaded(error);
    } finally {
      database.close();
    }
    const session = await openSqlite(path);
    try {
      return { ...(await sqliteCatalogue(session)), version: "SQLite, from a file of DDL" };
    } finally {
      await session.close();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function notLoaded(error: unknown): UserError {
  return new UserError(`The file of DDL cannot be loaded: ${messageOf(error)}`, {
    hint: "Give a plain dump of the schema: pg_dump --schema-only --no-owner --no-privileges, or sqlite3 FILE .schema.",
  });
}
