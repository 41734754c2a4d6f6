/** For random blueprints: a reader that follows the contracts gets the truth, before and after changes. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { RestBlueprint as Blueprint, RestTable as Table } from "../../../src/artifacts/blueprint.ts";
import { simulateRest } from "../../../src/sources/rest/simulate/simulate.ts";
import type { Change, Simulator } from "../../../src/sources/simulator.ts";
import { arbitraryBlueprint } from "../../support/arbitrary-rest.ts";
import { decimalColumns, rowText, tagRow } from "../../support/exact-json.ts";
import {
  isFlagged,
  nextSince,
  plainText,
  readAll,
  readFeed,
  readTable,
  type TaggedRow,
} from "../../support/reference-reader.ts";
import { runs, thorough } from "../../support/thorough.ts";

const ask = (url: URL) => fetch(url);

it("gives a naive reader exactly the truth, no row lost or doubled", { timeout: 120_000 }, async () => {
  const property = fc.asyncProperty(arbitraryBlueprint, fc.integer({ min: 0, max: 1000 }), async (blueprint, seed) => {
    await using(blueprint, seed, async (simulator) => {
      const readings = await readAll(blueprint, { baseUrl: simulator.baseUrl, ask });
      for (const table of blueprint.tables) {
        const rows = readings.get(table.name)?.rows ?? [];
        expect(texts(rows.filter((row) => !isFlagged(table, row)))).toEqual(truthTexts(table, simulator));
        expect(rows.length).toBeGreaterThan(20);
        expect(rows.length).toBeLessThanOrEqual(600);
      }
    });
  });
  await fc.assert(property, { numRuns: thorough ? 30 : 5 });
});

it("gives a reader that goes on from its cursor the truth after changes", { timeout: 120_000 }, async () => {
  const kinds = fc.constantFrom<Change["kind"]>("insert", "update", "tie", "late", "delete");
  const changes = fc.array(fc.tuple(kinds, fc.nat(), fc.integer({ min: 1, max: 4 })), { minLength: 1, maxLength: 6 });
  const property = fc.asyncProperty(arbitraryBlueprint, changes, async (blueprint, plan) => {
    await using(blueprint, 5, async (simulator) => {
      const kept = await firstSync(blueprint, simulator);
      for (const [kind, at, count] of plan) {
        const table = blueprint.tables[at % blueprint.tables.length] as Table;
        const before = simulator.deleted(table.name).length;
        const touched = simulator.change({ kind, table: table.name, count });
        expect(touched.length).toBeLessThanOrEqual(count);
        if (kind === "delete") expect(simulator.deleted(table.name).length - before).toBe(touched.length);
      }
      await nextSync(blueprint, simulator, kept);
      for (const table of blueprint.tables) {
        const hidden = new Set(
          simulator.deleted(table.name).map((key) => keyText(table, tagRow(key, decimalColumns(table)))),
        );
        // What no source shows stays; everything else must be as it is there.
        const shown = table.deletes.kind !== "none";
        const rows = [...(kept.get(table.name)?.values() ?? [])].filter(
          (row) => shown || !hidden.has(keyText(table, row)),
        );
        expect(texts(rows)).toEqual(truthTexts(table, simulator));
      }
    });
  });
  await fc.assert(property, { numRuns: thorough ? 40 : 5 });
});

it("makes the same corpus of the same seed, and another of another", { timeout: 60_000 }, async () => {
  const property = fc.asyncProperty(arbitraryBlueprint, fc.integer(), async (blueprint, seed) => {
    const [one, same, other] = await Promise.all(
      [seed, seed, seed + 1].map((value) => simulateRest(blueprint, { seed: value })),
    );
    const name = blueprint.tables[0]?.name ?? "";
    expect(same?.truth(name)).toEqual(one?.truth(name));
    // Running keys are the same from seed to seed; only free values differ.
    const free = blueprint.tables[0]?.columns.filter(({ type }) => type === "string" || type === "number") ?? [];
    const keys = blueprint.tables[0]?.primary_key ?? [];
    if (free.some((column) => !keys.includes(column.name) && column.values === undefined)) {
      expect(other?.truth(name)).not.toEqual(one?.truth(name));
    }
    await Promise.all([one, same, other].map((simulator) => simulator?.close()));
  });
  await fc.assert(property, { numRuns: runs(20) });
});

type Kept = Map<string, Map<string, TaggedRow>>;

async function using(blueprint: Blueprint, seed: number, use: (simulator: Simulator) => Promise<void>): Promise<void> {
  const simulator = await simulateRest(blueprint, { seed });
  try {
    await use(simulator);
  } finally {
    await simulator.close();
  }
}

function texts(rows: readonly TaggedRow[]): string[] {
  return rows.map(rowText).sort();
}

function truthTexts(table: Table, simulator: Simulator): string[] {
  // A parent's decimals would need the parent's columns; keys here are no decimals.
  return texts(simulator.truth(table.name).map((row) => tagRow(row, decimalColumns(table))));
}

function keyText(table: Table, row: TaggedRow): string {
  return JSON.stringify(table.primary_key.map((column) => plainText(row[column] ?? null)));
}

/** Everything that was ever listed, flagged rows included: parents have to be known to be asked for. */
async function firstSync(blueprint: Blueprint, simulator: Simulator): Promise<Kept> {
  const readings = await readAll(blueprint, { baseUrl: simulator.baseUrl, ask });
  const kept: Kept = new Map();
  for (const table of blueprint.tables) {
    const rows = readings.get(table.name)?.rows ?? [];
    kept.set(table.name, new Map(rows.map((row) => [keyText(table, row), row])));
  }
  return kept;
}

async function nextSync(blueprint: Blueprint, simulator: Simulator, kept: Kept): Promise<void> {
  for (const table of blueprint.tables) {
    const rows = kept.get(table.name) as Map<string, TaggedRow>;
    const parents = await listedParents(blueprint, table, { simulator, kept });
    const since = nextSince(table, [...rows.values()]);
    const source = { table, baseUrl: simulator.baseUrl, ask, ...(since === undefined ? {} : { since }) };
    const { rows: read } = await readTable({ ...source, parents });
    if (table.deletes.kind === "absence") rows.clear();
    for (const row of read) rows.set(keyText(table, row), row);
    for (const key of await readFeed({ table, baseUrl: simulator.baseUrl, ask })) rows.delete(keyText(table, key));
  }
  for (const table of blueprint.tables) {
    const rows = kept.get(table.name) as Map<string, TaggedRow>;
    for (const [key, row] of rows) if (isFlagged(table, row)) rows.delete(key);
  }
}

/** Parents that are gone are not asked for: the stand-in would answer 404. */
async function listedParents(
  blueprint: Blueprint,
  table: Table,
  context: { simulator: Simulator; kept: Kept },
): Promise<TaggedRow[]> {
  const parent = blueprint.tables.find((candidate) => candidate.name === table.read.parent?.table);
  if (parent === undefined) return [];
  const gone = new Set(
    context.simulator.deleted(parent.name).map((key) => keyText(parent, tagRow(key, decimalColumns(parent)))),
  );
  const rows = [...(context.kept.get(parent.name)?.values() ?? [])];
  return rows.filter((row) => parent.deletes.kind === "flag" || !gone.has(keyText(parent, row)));
}
