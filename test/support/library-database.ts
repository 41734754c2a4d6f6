/** A small SQLite database whose tables advance in three ways: by a column that a trigger sets, whole, and without a key. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import sqlite from "node-sqlite3-wasm";

const numbers = (most: number) => `WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ${most})`;

const STATEMENTS = [
  `CREATE TABLE members (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, deleted_at DATETIME, updated_at DATETIME NOT NULL)`,
  "CREATE INDEX members_updated ON members (updated_at)",
  `CREATE TRIGGER members_touch AFTER UPDATE ON members BEGIN
     UPDATE members SET updated_at = strftime('%Y-%m-%d %H:%M:%S', 'now') WHERE id = NEW.id; END`,
  `CREATE TABLE loans (id INTEGER PRIMARY KEY, member_id INTEGER NOT NULL REFERENCES members (id), book TEXT NOT NULL,
     returned_at DATETIME, updated_at DATETIME)`,
  "CREATE TABLE visits (member_id INTEGER NOT NULL, at DATETIME NOT NULL, door TEXT)",
  "CREATE VIEW current_members AS SELECT id, name FROM members WHERE deleted_at IS NULL",
  `${numbers(40)} INSERT INTO members SELECT n, 'Member ' || n, CASE n % 7 WHEN 0 THEN NULL ELSE 'm' || n || '@library.example' END,
     CASE n % 10 WHEN 0 THEN '2024-03-01 08:00:00' END, strftime('%Y-%m-%d %H:%M:%S', '2024-05-01', '+' || (n / 3) || ' minutes') FROM s`,
  `${numbers(90)} INSERT INTO loans SELECT n, n % 40 + 1, 'Book ' || (n % 17),
     CASE n % 3 WHEN 0 THEN NULL ELSE strftime('%Y-%m-%d %H:%M:%S', '2023-02-01', '+' || n || ' hours') END,
     CASE n % 11 WHEN 0 THEN NULL ELSE strftime('%Y-%m-%d %H:%M:%S', '2024-01-01', '+' || n || ' minutes') END FROM s`,
  `${numbers(25)} INSERT INTO visits SELECT n % 40 + 1, strftime('%Y-%m-%d %H:%M:%S', '2024-01-01', '+' || n || ' minutes'), 'north' FROM s`,
];

/** Rows of each table, deleted members included. */
export const LIBRARY_ROWS: Readonly<Record<string, number>> = { members: 40, loans: 90, visits: 25 };

export async function makeLibraryDatabase(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, "");
  const database = new sqlite.Database(path);
  for (const statement of STATEMENTS) database.exec(statement);
  database.close();
}
