/** Where the stand-in for a database puts rows whose time is still to come, and what changes after them. */
import { expect, it, onTestFinished } from "vitest";
import { databaseSource } from "../../../src/sources/database/database.ts";
import type { Simulator } from "../../../src/sources/simulator.ts";
import { describeDdl } from "./fixtures.ts";

const HOUR = 3_600_000;
const TYPES = { moments: "TIMESTAMP", wall_clock: "DATETIME", days: "DATE", numbers: "INTEGER" };

it("puts rows in the future of every zone, and what comes after them in the present", async () => {
  const ddl = Object.entries(TYPES)
    .map(([name, type]) => `CREATE TABLE ${name} (id INTEGER PRIMARY KEY, note TEXT, updated_at ${type} NOT NULL);`)
    .join("\n");
  const { blueprint } = await describeDdl("sqlite", ddl);
  const tables = blueprint.tables.map((table) => ({
    ...table,
    advance: { kind: "column", column: "updated_at", lookback: table.name === "wall_clock" ? 60 : 0 },
    deletes: { kind: "none" },
  }));
  const simulator = await databaseSource.simulate({ ...blueprint, tables } as typeof blueprint, { seed: 5 });
  onTestFinished(() => simulator.close());
  for (const table of ["moments", "wall_clock", "days"]) {
    const ago = hoursAgo(simulator, table);
    expect(ago("update"), `${table} before`).toBeGreaterThan(1000);
    expect(ago("ahead"), `${table} ahead`).toBeLessThan(-14);
    for (const kind of ["insert", "update", "tie"] as const) {
      expect(ago(kind), `${table} ${kind}`).toBeGreaterThan(-0.1);
      expect(ago(kind), `${table} ${kind}`).toBeLessThan(24.1);
    }
  }
  const late = hoursAgo(simulator, "wall_clock")("late") * 3600;
  expect(late, "half of the lookback").toBeGreaterThan(25);
  expect(late).toBeLessThan(45);
  expect(simulator.change({ kind: "ahead", table: "numbers", count: 1 })).toEqual([]);
});

function hoursAgo(simulator: Simulator, table: string) {
  return (kind: "insert" | "update" | "tie" | "late" | "ahead"): number => {
    const [row] = simulator.change({ kind, table, count: 1 });
    const text = String(row?.updated_at).replace(/^(\S{10}T\S{8}).*$/, "$1Z");
    return (Date.now() - Date.parse(text)) / HOUR;
  };
}
