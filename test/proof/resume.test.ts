/** Kills: a connector whose state runs ahead of its rows is found out, in a first sync and in a later one. */
import { expect, test } from "vitest";
import type { Blueprint } from "../../src/artifacts/blueprint.ts";
import { checkResume } from "../../src/proof/checks/resume.ts";
import { describeDdl } from "../sources/database/fixtures.ts";
import { fileBlueprint } from "../support/file-blueprint.ts";
import type { GeneratedProof } from "../support/prove-generated.ts";
import { stagesOf } from "../support/stages.ts";
import { verifies } from "../support/verifies.ts";
import { ORDERS } from "./deep-blueprint.ts";

async function blamed(
  blueprint: Blueprint,
  defect?: GeneratedProof["defect"],
  target: "fivetran" | "lakeflow" = "fivetran",
): Promise<string[]> {
  const stages = await stagesOf({ blueprint, target, ...(defect === undefined ? {} : { defect }) });
  const results = await checkResume(stages);
  expect(results.map(({ table }) => table)).toEqual(blueprint.tables.map(({ name }) => name));
  return results.filter(({ verdict }) => verdict === "fail").map(({ summary }) => summary);
}

test(verifies("proof.checks", "resume: no correct connector is blamed"), async () => {
  expect(await blamed(ORDERS)).toEqual([]);
}, 60_000);

test(verifies("proof.checks", "resume: a connector that saves before it sends is found"), async () => {
  const saves = "        state[table.name] = saved\n        op.checkpoint(state)\n";
  const sends = "        rows += write_page(table, page)\n";
  const only = "        # Only now: what is saved covers rows that have to be written before.\n";
  const defect = { file: "sync.py", from: `${sends}${only}${saves}`, to: `${saves}${sends}` };
  // In the order of the cursor, so that the state moves on with each page.
  const [orders, ...others] = ORDERS.tables;
  const advance = { ...orders?.advance, order: "ascending", sort_params: { sort: "updated_at" } };
  const ordered = { ...ORDERS, tables: [{ ...orders, advance }, ...others] } as Blueprint;
  expect((await blamed(ordered, defect)).join()).toMatch(/killed at .*missing/);
}, 60_000);

/** A table that is read in many portions. */
async function inPortions(): Promise<Blueprint> {
  const ddl = "CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT, updated_at DATETIME NOT NULL);";
  const { blueprint } = await describeDdl("sqlite", ddl);
  const tables = blueprint.tables.map((table) => ({ ...table, read: { ...table.read, batch: 7 } }));
  return { ...blueprint, tables } as Blueprint;
}

test(verifies("proof.checks", "resume: the end of a micro-batch is not the end of a table"), async () => {
  const small = await inPortions();
  const defect = { file: `${small.name}.py`, from: "at_end = False\n", to: "at_end = True\n" };
  expect((await blamed(small, defect, "lakeflow")).join()).toMatch(/read in small portions: .*missing/);
}, 60_000);

test(verifies("proof.checks", "resume: only a later sync shows that its rows come in no order"), async () => {
  const small = await inPortions();
  const defect = { file: "reading.py", from: '{changes.since}\\n{changes.order}"', to: '{changes.since}"' };
  expect((await blamed(small, defect)).join()).toMatch(
    /killed in a later sync.*missing|killed in a later sync.*other values/,
  );
}, 60_000);

test(verifies("proof.checks", "resume: rows that were sent and are gone before the next sync"), async () => {
  const files = fileBlueprint({}, [{ deletes: { kind: "files" } }]);
  expect(await blamed(files)).toEqual([]);
  const promise =
    '        if more:\n            known.update(more)\n            saved = {"files": dict(known)}\n            yield [], saved\n';
  const defect = { file: "reading.py", from: promise, to: "        yield records, saved\n" };
  expect((await blamed(files, defect)).join()).toMatch(/rows deleted at the source before the next sync: .*too many/);
}, 60_000);
