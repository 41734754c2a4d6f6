/** Two versions of a connector on one stand-in: what they do alike is said in a line, what they do otherwise is found. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Behaviour, behaviourSchema } from "../../src/artifacts/behaviour.ts";
import type { RestBlueprint } from "../../src/artifacts/blueprint.ts";
import { type BehaviourRequest, compareBehaviour, compareOnRecording } from "../../src/proof/behaviour/behaviour.ts";
import { stateShape } from "../../src/proof/behaviour/state.ts";
import { nextSync } from "../../src/proof/bench.ts";
import { openSimulated } from "../../src/proof/sources.ts";
import { openWarehouse } from "../../src/warehouse/open.ts";
import { behaviourLines } from "../../src/wording/behaviour.ts";
import { writeGenerated } from "../support/prove-generated.ts";
import { makeBlueprint, type TableInput } from "../support/rest-blueprint.ts";
import { temporaryDirectory } from "../support/run-cli.ts";
import { verifies } from "../support/verifies.ts";

const ORDERS: TableInput = {
  name: "orders",
  columns: {
    id: "integer",
    region: { type: "string", nullable: false },
    placed_at: "timestamp",
    updated_at: "timestamp",
  },
  read: { pagination: { style: "page", page_param: "page", size_param: "size", size: 20 } },
  advance: { kind: "cursor", column: "updated_at", param: "since", order: "ascending" },
};
const CUSTOMERS: TableInput = { name: "customers", columns: { id: "integer", name: "string" } };
const PLACES: TableInput = { name: "places", columns: { id: "integer", name: "string" } };
const configuration = [{ key: "base_url", description: "Base address", secret: false, required: false }];
const blueprintOf = (...tables: TableInput[]) => makeBlueprint(tables, { configuration });

interface Side {
  blueprint: RestBlueprint;
  /** Places of `sync.py` that are changed. */
  edits?: readonly (readonly [from: string, to: string])[];
}

async function written({ blueprint, edits = [] }: Side) {
  const connector = await writeGenerated({ blueprint });
  const path = join(connector.directory, "sync.py");
  let code = await readFile(path, "utf8");
  for (const [from, to] of edits) {
    expect(code.split(from)).toHaveLength(2);
    code = code.replace(from, () => to);
  }
  await writeFile(path, code);
  return connector;
}

async function differenceOf(before: Side, after: Side): Promise<Behaviour> {
  return behaviourSchema.parse(await compareBehaviour(await requestOf(before, after)));
}

async function requestOf(before: Side, after: Side): Promise<BehaviourRequest> {
  const [old, now] = await Promise.all([written(before), written(after)]);
  const [target] = old.targets.parts;
  if (target === undefined) throw new Error("There is no target.");
  return {
    before: { directory: old.directory, blueprint: before.blueprint, target: target.target },
    after: { directory: now.directory, blueprint: after.blueprint, target: target.target },
    kind: old.kind,
    began: new Date(),
    now: () => new Date(),
    onProgress: () => {},
    onLog: () => {},
    signal: new AbortController().signal,
  };
}

/** What the source answered to one sync of the connector, as text. */
async function recordingOf({ before, kind, signal, began }: BehaviourRequest): Promise<string> {
  const source = await openSimulated({ blueprint: before.blueprint, kind, signal }, { seed: 7, now: began });
  const directory = await temporaryDirectory();
  const warehouse = await openWarehouse(join(directory, "warehouse.db"));
  const quiet = { onProgress: () => {}, onLog: () => {}, signal };
  await nextSync({ ...before, ...quiet, source, warehouse, syncs: [], label: "" }, "initial");
  await warehouse.close();
  await source.record(join(directory, "1-live.jsonl"));
  await source.close();
  return readFile(join(directory, "1-live.recording.jsonl"), "utf8");
}

const table = (found: Behaviour, name: string) => found.tables.find((one) => one.name === name);
const said = (found: Behaviour) => found.notices.map(({ kind, table: of, text }) => `${kind} ${of ?? "-"}: ${text}`);

describe(verifies("enhance.difference", "two versions of a connector on the same source"), () => {
  it("differ in nothing where they are alike, and what they did is counted", async () => {
    const blueprint = blueprintOf(ORDERS, CUSTOMERS);
    const found = await differenceOf({ blueprint }, { blueprint });
    expect(found).toMatchObject({ equal: true, notices: [], requests: [], goes_on: { outcome: "same" } });
    expect(found.syncs.map(({ version, name, status }) => `${version} ${name} ${status}`)).toEqual([
      "before initial succeeded",
      "before second succeeded",
      "after initial succeeded",
      "after second succeeded",
      "after going on second succeeded",
    ]);
    const rows = table(found, "orders")?.rows;
    expect(rows?.map(({ sync }) => sync)).toEqual(["initial", "second"]);
    expect(rows?.[0]?.after).toBeGreaterThan(30);
    expect(rows?.[1]?.after).toBeGreaterThan(rows?.[0]?.after ?? 0);
    expect(found.asked.before).toBe(found.asked.after);
    expect(Object.keys(found.state.after).length).toBeGreaterThan(0);
    expect(behaviourLines(found)).toEqual([
      expect.stringMatching(/^Nothing differs: 2 tables, rows, keys, types, \d+ req/),
    ]);
  });

  it("differ in keys, types, tables and lookback, and what forces a re-sync is called out", async () => {
    const orders = {
      ...ORDERS,
      primary_key: ["id", "region"],
      columns: { ...ORDERS.columns, placed_at: "string" as const },
      advance: { ...ORDERS.advance, lookback: 40 * 86_400 },
    };
    const found = await differenceOf(
      { blueprint: blueprintOf(ORDERS, CUSTOMERS) },
      { blueprint: blueprintOf(orders, PLACES) },
    );
    expect(found.source.shared).toBe(true);
    expect(found.tables.map(({ name, standing }) => [name, standing])).toEqual([
      ["customers", "gone"],
      ["orders", "changed"],
      ["places", "new"],
    ]);
    expect(table(found, "orders")).toMatchObject({
      key: { before: ["id"], after: ["id", "region"] },
      columns: { added: [], removed: [], retyped: [{ name: "placed_at", after: "VARCHAR" }] },
    });
    // What is written otherwise is not received otherwise.
    expect(table(found, "orders")?.rows.map(({ missing, different }) => [missing, different])).toEqual([
      [0, 0],
      [0, 0],
    ]);
    const lines = said(found).join("\n");
    expect(lines).toContain("re-sync orders: its key changes from (id) to (id, region)");
    expect(lines).toMatch(/re-sync orders: placed_at changes from [A-Z ]+ to VARCHAR/);
    expect(lines).toContain("gone customers: is not synced any more");
    const second = found.requests.find(({ sync, of }) => sync === "second" && of === "orders");
    expect(second?.after.records).toBeGreaterThan(second?.before.records ?? 0);
    const since = second?.params.find(({ name }) => name === "since");
    expect(Date.parse(since?.before ?? "") - Date.parse(since?.after ?? "")).toBe(40 * 86_400_000);
    expect(behaviourLines(found).join("\n")).toMatch(/places is new: \d+ rows, key id/);
  });

  it("are compared on the newer description where the new one fails on the older one, which is said", async () => {
    // A key that the older description lets be null.
    const named = { ...ORDERS, columns: { ...ORDERS.columns, name: "string" as const } };
    const orders = { ...named, primary_key: ["id", "name"] };
    const found = await differenceOf({ blueprint: blueprintOf(named) }, { blueprint: blueprintOf(orders) });
    expect(said(found)[0]).toMatch(
      /^unproven -: the versions could only be compared on a stand-in of the newer description, as the version after fails on the older one \(.*no value for its key/,
    );
    expect(found.goes_on.outcome).not.toBe("not-tried");
    expect(behaviourLines(found).join("\n")).toContain("Not proven: the versions could only be compared on");
  });

  it("differ where rows are lost and the saved state is not understood", async () => {
    const blueprint = blueprintOf(ORDERS, CUSTOMERS);
    const found = await differenceOf(
      { blueprint },
      {
        blueprint,
        edits: [
          ["enumerate(page, start=1)", "enumerate(page[:-1], start=1)"],
          ["state.get(table.name, {})", '{"cursor": state.get(table.name)}'],
          ["state[table.name] = saved", 'state[table.name] = saved.get("cursor")'],
        ],
      },
    );
    const lost = table(found, "orders")?.rows[0];
    expect(lost?.missing).toBeGreaterThan(0);
    expect(lost?.examples[0]).toMatch(/^missing: id=/);
    expect(found.state).toMatchObject({ same: false, before: { "orders.cursor": "time" }, after: { orders: "time" } });
    expect(found.goes_on.outcome).toBe("failed");
    const lines = said(found).join("\n");
    expect(lines).toMatch(/loss orders: \d+ of \d+ rows that came before do not come any more/);
    expect(lines).toContain("re-sync -: the new version does not go on from the saved state: ");
    expect(behaviourLines(found).join("\n")).toContain("saved state orders.cursor: nothing instead of time");
  });

  it("differ where the new one reads anew what the old one had saved", async () => {
    const blueprint = blueprintOf(ORDERS);
    const found = await differenceOf(
      { blueprint },
      {
        blueprint,
        edits: [
          ["state.get(table.name, {})", 'state.get(f"{table.name}_2", {})'],
          ["state[table.name] = saved", 'state[f"{table.name}_2"] = saved'],
        ],
      },
    );
    expect(found).toMatchObject({ equal: false, requests: [], goes_on: { outcome: "same" } });
    expect(said(found)).toEqual([
      expect.stringMatching(/^cost orders: going on from the saved state it sends \d+ rows/),
    ]);
  });
});

describe(verifies("enhance.difference", "two versions of a connector on the same recording"), () => {
  it("differ in the rows that the source really had; what was not recorded decides nothing", async () => {
    const blueprint = blueprintOf(ORDERS);
    const edits = [["enumerate(page, start=1)", "enumerate(page[1:], start=1)"]] as const;
    const request = await requestOf({ blueprint }, { blueprint, edits });
    const recording = { name: "1-live.recording.jsonl", text: await recordingOf(request) };
    const found = behaviourSchema.parse(await compareOnRecording(request, recording));
    expect(found).toMatchObject({ basis: "recorded", equal: false, requests: [], goes_on: { outcome: "not-tried" } });
    expect(table(found, "orders")?.rows).toMatchObject([{ sync: "initial", missing: 3, unexpected: 0 }]);
    expect(said(found)).toEqual([expect.stringMatching(/^loss orders: 3 of \d+ rows/)]);
    expect(behaviourLines(found)[0]).toContain("Compared on the recording 1-live.recording.jsonl");
    const { text } = recording;
    const shorter = { ...recording, text: text.split("\n").slice(0, 2).join("\n") };
    expect(await compareOnRecording(request, shorter)).toBeUndefined();
  });
});

describe("the shape of a saved state", () => {
  it("names places and kinds of values, and takes keys that are data together", () => {
    const state = { orders: { cursor: "2025-01-01T00:00:00Z", seen: 12 }, parts: { "1": "a", "2": null }, done: [] };
    expect(stateShape(JSON.stringify(state))).toEqual({
      done: "empty list",
      "orders.cursor": "time",
      "orders.seen": "whole number",
      "parts.*": "null or text",
    });
    expect(stateShape("{}")).toEqual({});
    expect(stateShape('{"a": "12", "b": "2025-01-01", "c": {}}')).toEqual({ a: "digits", b: "date", c: "empty" });
  });
});
