/** Generated connectors on the real SDK, against a stand-in that knows the truth. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Blueprint, blueprintOf, type Table } from "../../../src/artifacts/blueprint.ts";
import { compareTable, isEqual } from "../../../src/proof/rows.ts";
import type { Simulator } from "../../../src/sources/simulator.ts";
import { ensurePythonEnv } from "../../../src/system/python-env.ts";
import { syncFivetran } from "../../../src/targets/fivetran/debugger/sync.ts";
import { createFivetranTarget } from "../../../src/targets/fivetran/fivetran.ts";
import type { SyncRequest, SyncResult } from "../../../src/targets/target.ts";
import type { Warehouse } from "../../../src/warehouse/warehouse.ts";
import { arbitraryBlueprint } from "../../support/arbitrary-rest.ts";
import { simulated } from "../../support/simulated.ts";
import { thorough } from "../../support/thorough.ts";
import { archive, bazaar, clinic, desk, ledger, queue, shop, visits } from "./generate-blueprints.ts";
import { generated, type Layout } from "./generated.ts";
import { rowsOf, temporaryWarehouse } from "./run-fixture.ts";

interface Bench {
  simulator: Simulator;
  warehouse: Warehouse;
  /** Syncs on from where the last sync ended. */
  sync: (request?: Partial<SyncRequest>) => Promise<SyncResult>;
  /** What tables lack or have too much, in words; rows deleted where nothing shows deletes are forgiven. */
  differences: () => Promise<string[]>;
}

async function bench(blueprint: Blueprint, layout: Layout): Promise<Bench> {
  const { directory } = await generated(blueprint, layout);
  const simulator = await simulated(blueprintOf(blueprint, "rest"), { seed: 7 });
  const warehouse = await temporaryWarehouse();
  const python = await ensurePythonEnv();
  const target = createFivetranTarget(python);
  let state: Record<string, unknown> = {};
  return {
    simulator,
    warehouse,
    sync: async (request) => {
      const { configuration } = simulator;
      const limits = { idleSeconds: 60, totalSeconds: 120 };
      const result = await syncFivetran(
        { directory, configuration, state, warehouse, name: "sync", ...limits, ...request },
        python,
      );
      state = result.state;
      return result;
    },
    differences: async () => {
      const found: string[] = [];
      for (const table of blueprint.tables) {
        const comparison = await compareTable({ warehouse, target }, table, { rows: simulator.truth(table.name) });
        const wrong = comparison.missing + comparison.different;
        const forgiven = wrong === 0 && !showsDeletes(table);
        if (!isEqual(comparison) && !forgiven) found.push(`${table.name}: ${comparison.examples.join("; ")}`);
      }
      return found;
    },
  };
}

/** Ranges of ids are not asked for again, so that a flag in them is not seen either. */
function showsDeletes(table: Table): boolean {
  return table.deletes.kind !== "none" && !(table.deletes.kind === "flag" && table.advance.kind === "steps");
}

function isLong(advance: Table["advance"]): boolean {
  return advance.kind === "cursor" && advance.window !== undefined && advance.start === undefined;
}

function changeEverything({ simulator }: Bench, blueprint: Blueprint): void {
  for (const { name } of blueprint.tables) {
    for (const kind of ["insert", "update", "tie", "late", "delete"] as const) {
      try {
        simulator.change({ kind, table: name, count: 2 });
      } catch {
        // Not every table can change in every way; those that cannot say so.
      }
    }
  }
}

async function threeSyncs(blueprint: Blueprint, layout: Layout): Promise<void> {
  const run = await bench(blueprint, layout);
  const first = await run.sync();
  expect([first.reason, first.warnings]).toEqual([undefined, []]);
  expect(await run.differences()).toEqual([]);
  const second = await run.sync();
  expect(second.reason).toBeUndefined();
  expect(await run.differences()).toEqual([]);
  changeEverything(run, blueprint);
  expect((await run.sync()).reason).toBeUndefined();
  expect(await run.differences()).toEqual([]);
}

describe("rows equal the source's after a first, an idle and a third sync with changes of all kinds", {
  timeout: 60_000,
}, () => {
  // Those that are killed below are read three times only when everything is run.
  test.each([
    ...(thorough ? [["shop", "modular", shop] as const, ["archive", "modular", archive] as const] : []),
    ["ledger", "single", ledger],
    ["visits", "modular", visits],
    ["desk", "single", desk],
    ["bazaar", "modular", bazaar],
    ...(thorough ? [["bazaar", "single", bazaar] as const] : []),
    ["queue", "single", queue],
    ["clinic", "modular", clinic],
  ] as const)("%s, %s", async (_, layout, blueprint) => await threeSyncs(blueprint, layout));

  // Ranges from a start that nobody states are many; per parent they would be thousands.
  const quick = arbitraryBlueprint.filter((blueprint) => !blueprint.tables.some(({ advance }) => isLong(advance)));
  test.each(
    fc.sample(quick, { seed: 2026, numRuns: thorough ? 4 : 1 }).map((blueprint, index) => [index, blueprint] as const),
  )(
    "random source %i",
    async (index, blueprint) => await threeSyncs(blueprint, index % 2 === 0 ? "modular" : "single"),
  );
});

describe("killed at a checkpoint and run again, nothing is lost", { timeout: 60_000 }, () => {
  test.each([
    ["shop", shop, [1, 12, 31]],
    ["archive", archive, [2, 9]],
    ...(thorough ? [["desk", desk, [1, 7, 20]] as const, ["ledger", ledger, [1, 5]] as const] : []),
  ] as const)("%s", async (_, blueprint, kills) => {
    const run = await bench(blueprint, "modular");
    for (const killAfterCheckpoint of kills) {
      const killed = await run.sync({ killAfterCheckpoint });
      expect(killed.checkpoints.length).toBe(killAfterCheckpoint);
      run.simulator.change({ kind: "insert", table: blueprint.tables[0]?.name ?? "", count: 1 });
    }
    expect((await run.sync()).reason).toBeUndefined();
    expect(await run.differences()).toEqual([]);
  });
});

test("an incremental table asks for less the second time", { timeout: 60_000 }, async () => {
  const run = await bench(queue, "modular");
  await run.sync();
  const before = run.simulator.requests.length;
  await run.sync();
  const again = run.simulator.requests.slice(before).filter((request) => request.table === "jobs");
  expect(again.length).toBeLessThan(before);
  expect(again[0]?.query.map(([name]) => name)).toContain("after");
});

test("a refused credential ends the sync at once, names its key and shows no secret", { timeout: 60_000 }, async () => {
  const run = await bench(shop, "modular");
  const secret = "wrong-but-still-a-secret";
  const result = await run.sync({ configuration: { ...run.simulator.configuration, api_key: secret } });
  expect(result.reason).toMatch(/401.*api_key/);
  expect(run.simulator.requests).toHaveLength(1);
  expect(JSON.stringify([result.reason, result.logs])).not.toContain(secret);
});

test("children of a parent that vanished are skipped with a warning that names it", { timeout: 60_000 }, async () => {
  const run = await bench(desk, "modular");
  run.simulator.deny("comments", 404);
  const result = await run.sync();
  expect(result.reason).toBeUndefined();
  const warnings = result.logs.filter((line) => line.level === "warning" && line.text.includes("comments: skipped"));
  expect(warnings.length).toBe(run.simulator.truth("tickets").length);
  expect(warnings[0]?.text).toMatch(/ticket_id/);
  run.simulator.deny("comments", undefined);
  await run.sync();
  expect(await run.differences()).toEqual([]);
});

test("a pass that fails leaves a replaced table as it was", { timeout: 60_000 }, async () => {
  const run = await bench(clinic, "single");
  await run.sync();
  const before = await rowsOf(run.warehouse, "letters");
  expect(before.length).toBeGreaterThan(0);
  // Some parent's letters cannot be read any more, others can.
  run.simulator.deny("letters", 403);
  const failed = await run.sync();
  expect(failed.reason).toMatch(/403/);
  expect(await rowsOf(run.warehouse, "letters")).toEqual(before);
  run.simulator.deny("letters", 404);
  const emptied = await run.sync();
  expect(emptied.reason).toMatch(/Refusing to mark all of them as deleted/);
  expect(await rowsOf(run.warehouse, "letters")).toEqual(before);
});

test("the state holds positions and counts, never a credential", { timeout: 60_000 }, async () => {
  const run = await bench(ledger, "modular");
  const { state } = await run.sync();
  expect(state).toEqual({
    entries: { cursor: expect.stringMatching(/^\d{13}$/) },
    "entries:deletes": { cursor: expect.stringMatching(/Z$/) },
    accounts: { rows: run.simulator.truth("accounts").length },
  });
});
