/** Reads a destination: PostgreSQL, a file of DuckDB's, or a database of MotherDuck's. Every value comes as text; nothing is ever written. */
import { access } from "node:fs/promises";
import { resolve } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { Client } from "pg";
import { messageOf, UserError } from "../../errors.ts";
import { isMotherduck, motherduckOf, type OpenDuckdb, openMotherduck } from "./motherduck.ts";
import { quoteLiteral, unopened } from "./reading.ts";

export interface Destination {
  /** Table -> its columns; empty when there is no such schema. */
  tables(schema: string): Promise<Map<string, Set<string>>>;
  /** Rows of one SELECT, as they come. */
  rows(sql: string): AsyncIterable<(string | null)[]>;
  close(): Promise<void>;
}

export interface Address {
  type: "postgresql" | "duckdb";
  /** A PostgreSQL address, a path, or `md:` and a name. Holds a password: it is in no message. */
  connection: string;
  /** What a path is relative to. */
  baseDirectory: string;
  /** Has MotherDuck's token. */
  environment: Readonly<Record<string, string | undefined>>;
}

export async function openDestination(address: Address): Promise<Destination> {
  const reader = address.type === "postgresql" ? await openPostgresql(address.connection) : await openDuckdb(address);
  return { ...reader, tables: (schema) => tablesOf(reader, schema) };
}

type Reader = Omit<Destination, "tables">;

async function tablesOf(reader: Reader, schema: string): Promise<Map<string, Set<string>>> {
  const tables = new Map<string, Set<string>>();
  const sql = `SELECT table_name, column_name FROM information_schema.columns WHERE table_catalog = current_database() AND table_schema = ${quoteLiteral(schema)}`;
  for await (const [table, column] of reader.rows(sql)) {
    const columns = tables.get(table ?? "") ?? new Set();
    tables.set(table ?? "", columns.add(column ?? ""));
  }
  return tables;
}

const CONNECT_MILLISECONDS = 15_000;
const STATEMENT_MILLISECONDS = 10 * 60_000;
const FETCH = 5_000;

async function openPostgresql(connectionString: string): Promise<Reader> {
  const client = postgresClient(connectionString);
  // A connection that breaks while nobody asks would end the process; whoever asks next is told.
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    await client.query("SET LOCAL timezone TO 'UTC'; SET LOCAL datestyle TO 'ISO'; SET LOCAL extra_float_digits TO 1");
    await client.query(`SET LOCAL statement_timeout TO ${STATEMENT_MILLISECONDS}`);
  } catch (error) {
    await client.end().catch(() => undefined);
    throw unopened(messageOf(error));
  }
  return {
    rows: (sql) => fetched(client, sql),
    close: () => client.end(),
  };
}

function postgresClient(connectionString: string): Client {
  try {
    return new Client({
      connectionString,
      connectionTimeoutMillis: CONNECT_MILLISECONDS,
      application_name: "syncsmith",
      // Everything as the server writes it: a double would bend bigint and numeric.
      types: { getTypeParser: () => (value: string) => value },
    });
  } catch {
    // The parser's own message has the whole address in it.
    throw unopened("its address cannot be read");
  }
}

async function* fetched(client: Client, sql: string): AsyncIterable<(string | null)[]> {
  try {
    await client.query(`DECLARE reading NO SCROLL CURSOR FOR ${sql}`);
    for (;;) {
      const { rows } = await client.query<(string | null)[]>({ text: `FETCH ${FETCH} FROM reading`, rowMode: "array" });
      if (rows.length === 0) break;
      yield* rows;
    }
    await client.query("CLOSE reading");
  } catch (error) {
    throw unread(messageOf(error));
  }
}

async function openDuckdb({ connection, baseDirectory, environment }: Address): Promise<Reader> {
  const { instance, duckdb } = isMotherduck(connection)
    ? await openMotherduck(motherduckOf(connection, environment))
    : await openFile(resolve(baseDirectory, connection));
  await duckdb.run("SET TimeZone = 'UTC'");
  return {
    rows: async function* (sql) {
      const result = await duckdb.stream(sql).catch((error: unknown) => {
        throw unread(messageOf(error));
      });
      for (;;) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) return;
        for (const row of chunk.getRows()) yield row.map((value) => (value === null ? null : String(value)));
      }
    },
    close: async () => {
      duckdb.closeSync();
      instance.closeSync();
    },
  };
}

async function openFile(path: string): Promise<OpenDuckdb> {
  const present = await access(path).then(
    () => true,
    () => false,
  );
  if (!present) throw unopened(`there is no file ${path}`);
  try {
    const options = { access_mode: "READ_ONLY", enable_external_access: "false", memory_limit: "256MB" };
    const instance = await DuckDBInstance.create(path, options);
    return { instance, duckdb: await instance.connect() };
  } catch (error) {
    throw unopened(messageOf(error).split("\n")[0] ?? "");
  }
}

function unread(why: string): UserError {
  return new UserError(`A query of the destination failed: ${why.split("\n")[0]}.`, {
    hint: "The account needs to read the schema of the connection, and information_schema.",
  });
}
