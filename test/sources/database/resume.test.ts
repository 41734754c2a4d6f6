/** A sync that is broken off after any portion goes on without a loss: what was saved covers only what was given. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Blueprint } from "../../../src/artifacts/blueprint.ts";
import { databaseSource } from "../../../src/sources/database/database.ts";
import type { Simulator } from "../../../src/sources/simulator.ts";
import { describeDdl } from "./fixtures.ts";
import { type ReadRow, runClient, writeClient } from "./read-by-connector.ts";

const DDL = "CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT, updated_at DATETIME NOT NULL);";
const PORTION = 7;
const idsOf = (rows: readonly ReadRow[]) => rows.map(({ id }) => String(id));

describe("a sync that was broken off", () => {
  let source: Simulator;
  let directory: string;
  let all: string[];
  beforeAll(async () => {
    const { blueprint } = await describeDdl("sqlite", DDL);
    const tables = blueprint.tables.map((table) => ({
      ...table,
      read: { ...table.read, batch: PORTION },
    })) as Blueprint["tables"];
    const small = { ...blueprint, tables };
    source = await databaseSource.simulate(small, { seed: 3 });
    directory = await writeClient(small);
    all = source
      .truth("orders")
      .map(({ id }) => String(id))
      .sort();
  }, 60_000);
  afterAll(() => source.close());

  async function execute(statement: string): Promise<void> {
    const { default: sqlite } = await import("node-sqlite3-wasm");
    const database = new sqlite.Database(source.configuration.path ?? "");
    database.exec(statement);
    database.close();
  }

  /** Ids that neither came before the break after portion `n` nor after it, of a first sync or one that goes on from `from`. */
  async function lost(n: number, from: Record<string, string> = {}): Promise<string[]> {
    const run = { configuration: source.configuration, table: "orders" };
    const first = await runClient(directory, { ...run, saved: from });
    const saved = first.saved[n - 1] ?? {};
    const rest = await runClient(directory, { ...run, saved });
    const seen = new Set([...idsOf(first.rows.slice(0, n * PORTION)), ...idsOf(rest.rows)]);
    return all.filter((id) => !seen.has(id));
  }

  it.each([1, 4, 8])("loses nothing when it goes on after portion %i", async (n) => {
    expect(await lost(n)).toEqual([]);
  });

  it("would be seen to lose rows, were a value saved before its rows were given", async () => {
    const path = join(directory, "reading.py");
    const code = await readFile(path, "utf8");
    await writeFile(
      path,
      code.replace("for row in rows if row[-1] is not None]", "for row in [*rows, ('2025-01-01T00:00:00',)]]"),
    );
    expect(await lost(1)).not.toEqual([]);
    await writeFile(path, code);
  });

  it("loses nothing of a later sync that is broken off, and would be seen to, were its rows in no order", async () => {
    // The rows that come last by themselves are the ones that changed first.
    await execute(
      "UPDATE orders SET updated_at = strftime('%Y-%m-%dT%H:%M:%S', 1700000000 - 60 * (SELECT count(*) FROM orders AS o WHERE o.id < orders.id), 'unixepoch')",
    );
    const began = { value: "2000-01-01T00:00:00" };
    expect(await lost(2, began)).toEqual([]);
    const path = join(directory, "reading.py");
    const code = await readFile(path, "utf8");
    const unordered = code.replace('{changes.since}\\n{changes.order}"', '{changes.since}"');
    expect(unordered).not.toBe(code);
    await writeFile(path, unordered);
    expect(await lost(2, began)).not.toEqual([]);
    await writeFile(path, code);
  });

  it("does not pass a time that is still to come", async () => {
    await execute("INSERT INTO orders (id, updated_at) VALUES (1, '2999-01-01T00:00:00')");
    const { saved } = await runClient(directory, { configuration: source.configuration, table: "orders", saved: {} });
    expect((saved.at(-1)?.value ?? "9999") < "2999").toBe(true);
  });
});
