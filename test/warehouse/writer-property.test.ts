import fc from "fast-check";
import { expect, it } from "vitest";
import { canonicalJsonText } from "../../src/warehouse/json-text.ts";
import type { DeclaredTable, Operation, WireValue } from "../../src/warehouse/warehouse.ts";
import { runs } from "../support/thorough.ts";
import { rowsOf, temporaryWarehouse } from "../targets/fivetran/run-fixture.ts";

/**
 * The rules, row by row, as plainly as they can be said. Values are the texts that they are in a column of text; a
 * column that sees numbers only is compared as numbers.
 */
interface Model {
  rows: Map<string, { cells: Map<string, string>; deleted: boolean }>;
  state: string | undefined;
}

const COLUMNS = ["a", "b", "c"] as const;

type Step = Operation | { kind: "checkpoint" };

const value: fc.Arbitrary<WireValue> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 5 }).map((n): WireValue => ({ type: "long", value: n })) },
  { weight: 2, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.constantFrom(0.5, 1.25).map((n): WireValue => ({ type: "double", value: n })) },
  { weight: 1, arbitrary: fc.constantFrom("x", "", "7").map((text): WireValue => ({ type: "string", value: text })) },
  { weight: 1, arbitrary: fc.constantFrom("3", "y").map((text): WireValue => ({ type: "unspecified", value: text })) },
);
const cells = fc.record({ a: value, b: value, c: value }, { requiredKeys: [] });
const key = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom("p", "q"));

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: rowOperation("upsert") },
  { weight: 3, arbitrary: rowOperation("update") },
  { weight: 3, arbitrary: key.map((id): Step => ({ kind: "delete", table: "t", row: keyRow(id) })) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: "truncate", table: "t" }) },
  { weight: 2, arbitrary: fc.constant<Step>({ kind: "checkpoint" }) },
);
const sync = fc.record({
  steps: fc.array(step, { maxLength: 40 }),
  /** Operations handed over at once. */
  batch: fc.integer({ min: 1, max: 7 }),
  keep: fc.boolean(),
});

const TABLE: DeclaredTable = {
  name: "t",
  columns: [
    { name: "k", type: "unspecified", primaryKey: true },
    { name: "l", type: "string", primaryKey: true },
  ],
};

it("agrees with the rules applied row by row, whatever is flushed when", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(sync, { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 1, max: 12 }),
      async (syncs, rows) => {
        const warehouse = await temporaryWarehouse({ limits: { rows, bytes: 1e9 } });
        let model: Model = { rows: new Map(), state: undefined };
        for (const [index, { steps, batch, keep }] of syncs.entries()) {
          const writer = await warehouse.begin({ naming: "fivetran" });
          await writer.declare([TABLE]);
          let saved = copy(model);
          const pending: Operation[] = [];
          for (const [at, one] of steps.entries()) {
            if (one.kind !== "checkpoint") {
              applyToModel(model, one);
              pending.push(one);
              if (pending.length >= batch) await writer.apply(pending.splice(0));
              continue;
            }
            await writer.apply(pending.splice(0));
            model.state = `{"at":"${index}.${at}"}`;
            await writer.checkpoint(model.state);
            saved = copy(model);
          }
          await writer.apply(pending);
          await writer.finish({ keep });
          if (!keep) model = saved;
          expect(await warehouse.state()).toBe(model.state);
          for (const which of ["rows", "deletedRows"] as const) {
            expect(loosen(await rowsOf(warehouse, "t", which))).toEqual(
              loosen(modelRows(model, which === "deletedRows")),
            );
          }
        }
        await warehouse.close();
      },
    ),
    { numRuns: runs(60) },
  );
}, 240_000);

function rowOperation(kind: "upsert" | "update"): fc.Arbitrary<Step> {
  return fc.tuple(key, cells).map(([id, given]): Step => {
    const row = keyRow(id);
    for (const [name, cell] of Object.entries(given)) row.set(name, cell ?? null);
    return { kind, table: "t", row };
  });
}

function keyRow([k, l]: [number, string]): Map<string, WireValue> {
  return new Map<string, WireValue>([
    ["k", { type: "long", value: k }],
    ["l", { type: "string", value: l }],
  ]);
}

function applyToModel({ rows }: Model, operation: Operation): void {
  if (operation.kind === "truncate") {
    for (const row of rows.values()) row.deleted = true;
    return;
  }
  const given = operation.row as Map<string, WireValue>;
  const id = `${given.get("k")?.value}/${given.get("l")?.value}`;
  const known = rows.get(id);
  if (operation.kind === "delete") {
    if (known !== undefined) known.deleted = true;
    return;
  }
  const target = operation.kind === "upsert" ? { cells: new Map<string, string>(), deleted: false } : known;
  if (target === undefined) return;
  for (const [name, cell] of given) {
    if (cell === null) target.cells.delete(name);
    else target.cells.set(name, String(cell.value));
  }
  if (operation.kind === "upsert") rows.set(id, target);
}

function copy({ rows, state }: Model): Model {
  const copied = [...rows].map(([id, row]) => [id, { cells: new Map(row.cells), deleted: row.deleted }] as const);
  return { rows: new Map(copied), state };
}

function modelRows({ rows }: Model, deleted: boolean): Record<string, string | null>[] {
  return [...rows.values()]
    .filter((row) => row.deleted === deleted)
    .map((row) => Object.fromEntries(["k", "l", ...COLUMNS].map((name) => [name, row.cells.get(name) ?? null])));
}

/** A column that was never made is null; JSON's numbers have one form. */
function loosen(rows: Record<string, string | null>[]): string[] {
  return rows
    .map((row) => JSON.stringify(["k", "l", ...COLUMNS].map((name) => row[name] ?? null)))
    .map((text) => canonicalJsonText(text) ?? text)
    .sort();
}
