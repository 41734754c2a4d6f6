/** SQLite's stand-in: a file. Nothing can watch how a file is read, so it knows of no requests. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sqlite from "node-sqlite3-wasm";
import { quoteName } from "../engines/quote.ts";
import { sqliteFaults } from "./sqlite-faults.ts";
import type { Store, StoreOptions } from "./store.ts";

/** A table that is denied is not there under its name: a file knows no rights. */
const HIDDEN = "syncsmith hidden ";

export async function openSqliteStore(options: StoreOptions): Promise<Store> {
  const directory = await mkdtemp(join(tmpdir(), "syncsmith-sqlite-"));
  const path = join(directory, "source.db");
  let unkept: string[] = [];
  const write = (statements: readonly string[]) => {
    if (statements.length === 0) return;
    unkept.push(...statements);
    // Opened for each change: an open file would be locked for the connector's own SQLite.
    const database = new sqlite.Database(path);
    try {
      database.exec(`BEGIN;\n${statements.join(";\n")};\nCOMMIT;`);
    } finally {
      database.close();
    }
  };
  write(options.statements);
  return {
    configuration: { path },
    baseUrl: `sqlite:${path}`,
    write,
    requests: [],
    keep: (part) => {
      const content = unkept.map((statement) => `${statement};\n`).join("");
      unkept = [];
      return [{ path: `${part}.sql`, content }];
    },
    faults: sqliteFaults(path),
    deny: ({ read: { relation } }, denied) => {
      const [own, hidden] = [quoteName("sqlite", relation), quoteName("sqlite", HIDDEN + relation)];
      write([denied ? `ALTER TABLE ${own} RENAME TO ${hidden}` : `ALTER TABLE ${hidden} RENAME TO ${own}`]);
    },
    close: () => rm(directory, { recursive: true, force: true }),
  };
}
