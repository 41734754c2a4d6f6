/** SQLite: a file, opened so that it cannot be written. */
import { copyFile, mkdtemp, open, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sqlite from "node-sqlite3-wasm";
import { messageOf, UserError } from "../../../errors.ts";
import type { Session, SqlValue } from "./session.ts";

/** Place in the file's head, and value there, that say that changes go to a log beside the file first. */
const VERSIONS_AT = 18;
const LOGGED = 2;

export async function openSqlite(path: string): Promise<Session> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || !found.isFile()) {
    throw new UserError(`There is no database file at ${path === "" ? "the spec's path" : path}.`, {
      hint: "Set path under source to the SQLite file.",
    });
  }
  const readable = await readableFile(path);
  const database = new sqlite.Database(readable.path, { fileMustExist: true, readOnly: true });
  try {
    database.all("SELECT count(*) FROM sqlite_master");
  } catch (error) {
    database.close();
    await readable.remove();
    throw new UserError(`${path} cannot be read as a SQLite database: ${messageOf(error)}`, {
      hint: "Check that path under source is a SQLite file, complete and not encrypted.",
    });
  }
  const rowsOf = (found: unknown) => Object.values(found as Record<string, SqlValue>);
  return {
    rows: async (sql) => database.all(sql).map(rowsOf),
    stream: async function* (sql, size) {
      const statement = database.prepare(sql);
      try {
        let rows: SqlValue[][] = [];
        for (const row of statement.iterate()) {
          rows.push(rowsOf(row));
          if (rows.length < size) continue;
          yield rows;
          rows = [];
        }
        if (rows.length > 0) yield rows;
      } finally {
        statement.finalize();
      }
    },
    close: async () => {
      database.close();
      await readable.remove();
    },
  };
}

/**
 * The reader here does not know the log that a database may keep beside its file (`journal_mode = WAL`): such a file is
 * read as a copy that says it has none, which is true only while the log is empty.
 */
async function readableFile(path: string): Promise<{ path: string; remove: () => Promise<void> }> {
  if (!(await keepsLog(path))) return { path, remove: async () => {} };
  const log = await stat(`${path}-wal`).catch(() => undefined);
  if (log !== undefined && log.size > 0) {
    throw new UserError(`${path} has changes in its write-ahead log that are not in the file yet.`, {
      hint: `Move them there: sqlite3 ${path} "PRAGMA wal_checkpoint(TRUNCATE)".`,
    });
  }
  const directory = await mkdtemp(join(tmpdir(), "syncsmith-sqlite-"));
  const copy = join(directory, "copy.db");
  await copyFile(path, copy);
  const file = await open(copy, "r+");
  await file.write(Buffer.from([1, 1]), 0, 2, VERSIONS_AT);
  await file.close();
  return { path: copy, remove: () => rm(directory, { recursive: true, force: true }) };
}

async function keepsLog(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, VERSIONS_AT);
    return bytesRead === 2 && buffer.includes(LOGGED);
  } finally {
    await file.close();
  }
}
