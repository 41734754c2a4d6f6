/** Connectors for a REST source against its stand-in, with changes between syncs: rows are those that the source has. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Blueprint } from "../../../src/artifacts/blueprint.ts";
import { compareTable } from "../../../src/proof/rows.ts";
import { restSource } from "../../../src/sources/rest/rest.ts";
import type { Simulator } from "../../../src/sources/simulator.ts";
import { ensurePythonEnv } from "../../../src/system/python-env.ts";
import { createLakeflowTarget } from "../../../src/targets/lakeflow/lakeflow.ts";
import type { SyncResult, Target } from "../../../src/targets/target.ts";
import type { Warehouse } from "../../../src/warehouse/warehouse.ts";
import { makeBlueprint } from "../../support/rest-blueprint.ts";
import { temporaryWarehouse } from "./journal.ts";

const pages = { style: "page", page_param: "page", size_param: "per_page", size: 10 };
const cursor = { kind: "cursor", column: "updated_at", param: "updated_since", inclusive: true, lookback: 60 };
const flat = { id: "integer", name: "string" } as const;
const feed = { kind: "feed", path: "/fed/deleted", records: "data", keys: { id: "id" } };

/** A feed with and without a cursor, a flag with and without an order, ids in steps, and two kinds of cursor columns. */
const BLUEPRINT = makeBlueprint([
  {
    name: "fed",
    columns: { ...flat, updated_at: { type: "timestamp", nullable: false } },
    read: { pagination: pages },
    advance: cursor,
    deletes: { ...feed, column: "deleted_at", param: "since" },
  },
  {
    name: "flagged",
    columns: { ...flat, gone: "boolean", updated_at: { type: "timestamp", nullable: false } },
    read: { pagination: pages },
    advance: { ...cursor, order: "ascending", sort_params: { sort: "updated_at" } },
    deletes: { kind: "flag", column: "gone" },
  },
  {
    name: "nullable",
    columns: { ...flat, updated_at: { type: "timestamp", format: "epoch_milliseconds" } },
    read: { pagination: pages },
    advance: { ...cursor, format: "epoch_milliseconds", order: "ascending" },
  },
  {
    name: "stepped",
    columns: flat,
    advance: { kind: "steps", column: "id", from_param: "from", to_param: "to", start: 1, step: 50, empty_steps: 2 },
  },
]);

interface Setting {
  target: Target;
  directory: string;
  simulator: Simulator;
  warehouse: Warehouse;
}

async function setting(blueprint: Blueprint): Promise<Setting> {
  const target = createLakeflowTarget(await ensurePythonEnv());
  const directory = await mkdtemp(join(tmpdir(), "syncsmith-lakeflow-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const client = (of: Blueprint) => restSource.client(of, { single: false });
  for (const { path, content } of await target.generate(blueprint, { layout: "modular", client })) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
  const simulator = await restSource.simulate(blueprint, { seed: 5 });
  onTestFinished(() => simulator.close());
  return { target, directory, simulator, warehouse: await temporaryWarehouse() };
}

async function sync(
  { target, directory, simulator, warehouse }: Setting,
  request: { stateJson?: string; killAfterCheckpoint?: number } = {},
): Promise<SyncResult> {
  return await target.sync({
    directory,
    blueprint: BLUEPRINT,
    configuration: { ...simulator.configuration, max_records_per_batch: "25" },
    state: {},
    warehouse,
    name: "test",
    idleSeconds: 30,
    totalSeconds: 60,
    ...request,
  });
}

async function differences({ target, simulator, warehouse }: Setting): Promise<string[]> {
  const found: string[] = [];
  for (const table of BLUEPRINT.tables) {
    const compared = await compareTable({ warehouse, target }, table, { rows: simulator.truth(table.name) });
    found.push(...compared.examples.map((example) => `${table.name}: ${example}`));
  }
  return found;
}

test("rows stay those of the source, sync by sync, also when one was killed", async () => {
  const place = await setting(BLUEPRINT);
  const { simulator } = place;
  const first = await sync(place);
  expect(first.reason).toBeUndefined();
  expect(await differences(place)).toEqual([]);

  for (const table of ["fed", "flagged", "nullable"]) {
    for (const kind of ["update", "tie", "late", "insert"] as const) simulator.change({ kind, table, count: 4 });
  }
  for (const table of ["fed", "flagged"]) simulator.change({ kind: "delete", table, count: 3 });
  simulator.change({ kind: "insert", table: "stepped", count: 3 });
  const killed = await sync(place, { stateJson: JSON.stringify(first.state), killAfterCheckpoint: 3 });
  expect(killed.reason).toBe("killed after checkpoint 3, as asked");
  const second = await sync(place, { stateJson: killed.checkpoints.at(-1) ?? "" });
  expect(second.reason).toBeUndefined();
  expect(await differences(place)).toEqual([]);

  simulator.change({ kind: "delete", table: "fed", count: 1 });
  simulator.change({ kind: "tie", table: "flagged", count: 1 });
  const third = await sync(place, { stateJson: JSON.stringify(second.state) });
  expect(third.reason).toBeUndefined();
  expect(await differences(place)).toEqual([]);
});
