/** Opening a warehouse file. Within a process all handles of a file share one DuckDB instance; other processes are kept out. */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { messageOf, UserError } from "../errors.ts";
import { newCatalog, readCatalog } from "./catalog.ts";
import { createMeta, readMeta } from "./meta.ts";
import type { Naming } from "./naming.ts";
import { runQuery } from "./query.ts";
import { readRows, readTables } from "./read.ts";
import { type Cell, SCHEMA, type SyncWriter, type Warehouse } from "./warehouse.ts";
import { createWriter } from "./writer.ts";

export interface WarehouseOptions {
  /** Opens for reading only, beside other readers. The file must exist. */
  readOnly?: boolean;
  /** Rows and bytes (roughly) that are folded in memory before they go to disk. */
  limits?: { rows: number; bytes: number };
}

const DEFAULT_LIMITS = { rows: 8_000, bytes: 12 * 1024 * 1024 };

/**
 * What DuckDB may hold in memory, and how much it logs before it writes the log into the tables. Beyond the one it
 * spills to disk; a small log is written often and costs half the speed.
 */
const DUCKDB_OPTIONS = {
  memory_limit: "128MB",
  threads: "2",
  checkpoint_threshold: "64MB",
  enable_external_access: "false",
};

/**
 * Opens the file at `path`, or makes it and its directory. `state.json` beside it mirrors the state for people and for
 * the platform's own tools. Throws `UserError` when another process has it open.
 */
export async function openWarehouse(path: string, options: WarehouseOptions = {}): Promise<Warehouse> {
  const file = resolve(path);
  const { readOnly = false, limits = DEFAULT_LIMITS } = options;
  if (!readOnly) await mkdir(dirname(file), { recursive: true });
  const instance = await openInstance(file, readOnly);
  const connections = new Set<DuckDBConnection>();
  let writing = false;
  let closed = false;

  const connect = async (): Promise<DuckDBConnection> => {
    if (closed) throw new Error(`the warehouse ${file} is closed`);
    const connection = await instance.connect();
    connections.add(connection);
    return connection;
  };
  const release = (connection: DuckDBConnection): void => {
    if (connections.delete(connection)) connection.closeSync();
  };
  const using = async <T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> => {
    const connection = await connect();
    try {
      return await work(connection);
    } finally {
      release(connection);
    }
  };
  async function* rows(table: string, deleted: boolean): AsyncGenerator<Cell> {
    const connection = await connect();
    try {
      yield* readRows(connection, table, deleted);
    } finally {
      release(connection);
    }
  }
  const begin = async ({ naming }: { naming: Naming }): Promise<SyncWriter> => {
    if (readOnly) throw new Error(`the warehouse ${file} is open for reading only`);
    if (writing) throw new Error(`a sync is already writing to ${file}`);
    writing = true;
    const connection = await connect();
    const savedCatalog = (await readMeta(connection, "catalog")) ?? "";
    const catalog = savedCatalog === "" ? newCatalog(naming) : readCatalog(savedCatalog);
    const writer = createWriter({
      connection,
      catalog,
      savedCatalog,
      limits,
      onState: (stateJson) => writeAtomically(join(dirname(file), "state.json"), stateJson),
      onFinish: () => {
        writing = false;
        release(connection);
      },
    });
    if (catalog.naming !== naming) {
      catalog.warn(
        `names stay as the first sync had them (${catalog.naming}), not ${naming}: open a new warehouse to change`,
      );
    }
    return writer;
  };

  await using((connection) => oneByOne(() => prepare(connection, readOnly))).catch((error: unknown) => {
    instance.closeSync();
    throw error;
  });
  return {
    path: file,
    begin,
    rows: (table) => rows(table, false),
    deletedRows: (table) => rows(table, true),
    tables: () => using(readTables),
    query: (sql, limit) =>
      using(async (connection) => {
        await connection.run(`USE ${SCHEMA}`).catch(() => undefined);
        return runQuery(connection, sql, limit);
      }),
    state: () => using((connection) => readMeta(connection, "state")),
    close: async () => {
      if (closed) return;
      closed = true;
      for (const connection of [...connections]) release(connection);
      instance.closeSync();
    },
  };
}

async function openInstance(file: string, readOnly: boolean): Promise<DuckDBInstance> {
  try {
    // Never `create`: a second instance of the same file in one process loses what the first one wrote.
    return await DuckDBInstance.fromCache(
      file,
      readOnly ? { ...DUCKDB_OPTIONS, access_mode: "READ_ONLY" } : DUCKDB_OPTIONS,
    );
  } catch (cause) {
    const message = messageOf(cause);
    const holder = /PID (\d+)/.exec(message)?.[1];
    if (holder === undefined) {
      throw new UserError(`cannot open the warehouse ${file}: ${message.split("\n")[0]}`, {
        hint: readOnly ? "run a sync first" : "move the file away to start afresh",
        cause,
      });
    }
    throw new UserError(`the warehouse ${file} is in use by process ${holder}`, {
      hint: `wait until it has ended, or end it: kill ${holder}`,
      cause,
    });
  }
}

let turn: Promise<unknown> = Promise.resolve();

/** Handles that are opened at the same time share an instance: whoever comes second finds it set and locked. */
function oneByOne<T>(work: () => Promise<T>): Promise<T> {
  const mine = turn.then(work);
  turn = mine.catch(() => undefined);
  return mine;
}

/** Settings hold for the whole instance and are locked, so that no query can lift them. */
async function prepare(connection: DuckDBConnection, readOnly: boolean): Promise<void> {
  const locked = await connection.runAndReadAll("SELECT current_setting('lock_configuration')");
  if (locked.getRows()[0]?.[0] !== true) {
    await connection.run("SET GLOBAL TimeZone = 'UTC'");
    await connection.run("SET GLOBAL preserve_insertion_order = false");
    await connection.run("SET GLOBAL lock_configuration = true");
  }
  if (readOnly) return;
  await connection.run(`CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`);
  await createMeta(connection);
}

/** A reader, or a crash, sees the old text or the new one. */
async function writeAtomically(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, `${text}\n`);
  await rename(temporary, path);
}
