/** Changes between syncs: what each kind touches, and how the source shows it. */
import { describe, expect, it } from "vitest";
import type { Record_ } from "../../../src/sources/record.ts";
import type { Simulator } from "../../../src/sources/simulator.ts";
import { makeBlueprint, type TableInput } from "../../support/rest-blueprint.ts";
import { get, simulated } from "../../support/simulated.ts";

const cursor = { kind: "cursor", column: "updated_at", param: "since", lookback: 3600 };
const time = (row: Record_) => Date.parse(String(row.updated_at));
const highest = (simulator: Simulator) => Math.max(...simulator.truth("items").map(time));
const change = (
  simulator: Simulator,
  kind: "insert" | "update" | "tie" | "late" | "delete",
  count = 3,
  table = "items",
) => simulator.change({ kind, table, count });

async function incremental(table: TableInput = {}) {
  return await simulated(makeBlueprint([{ advance: cursor, ...table }]));
}

describe("with a cursor", () => {
  it("inserts later than everything", async () => {
    const simulator = await incremental();
    const [before, top] = [simulator.truth("items"), highest(simulator)];
    const rows = change(simulator, "insert");
    expect(rows).toHaveLength(3);
    for (const row of rows) expect(time(row)).toBeGreaterThanOrEqual(top);
    for (const row of rows) expect(time(row)).toBeLessThan(Date.now());
    expect(simulator.truth("items")).toEqual([...before, ...rows]);
  });

  it("updates a value and moves the rows later", async () => {
    const simulator = await incremental();
    const [before, top] = [simulator.truth("items"), highest(simulator)];
    const rows = change(simulator, "update");
    expect(rows).toHaveLength(3);
    for (const row of rows) {
      const old = before.find((candidate) => candidate.id === row.id);
      expect(row.name).not.toBe(old?.name);
      expect(time(row)).toBeGreaterThanOrEqual(top);
      expect(simulator.truth("items")).toContainEqual(row);
    }
    expect(simulator.truth("items")).toHaveLength(before.length);
  });

  it("ties on the highest value, even when the row that had it is gone", async () => {
    const simulator = await incremental();
    const top = highest(simulator);
    for (const row of change(simulator, "tie")) expect(time(row)).toBe(top);
    const count = simulator.truth("items").length;
    change(simulator, "delete", count);
    expect(highest(simulator)).toBeLessThanOrEqual(top);
    for (const row of change(simulator, "tie")) expect(time(row)).toBe(top);
  });

  it("comes late within the lookback: once exactly by it, never without one", async () => {
    const simulator = await incremental();
    const top = highest(simulator);
    const rows = change(simulator, "late");
    expect(rows).toHaveLength(3);
    expect(top - time(rows[0] as Record_)).toBe(3_600_000);
    for (const row of rows) expect(time(row)).toBeLessThanOrEqual(top);
    const without = await incremental({ advance: { ...cursor, lookback: 0 } });
    expect(change(without, "late")).toEqual([]);
    const days = await incremental({
      columns: { id: "integer", updated_at: "date" },
      advance: { ...cursor, format: "date" },
    });
    expect(change(days, "late")).toEqual([]);
  });

  it("neither updates nor ties rows whose cursor is their key, but inserts them", async () => {
    const simulator = await incremental({
      primary_key: ["id"],
      advance: { ...cursor, column: "id", format: "integer", lookback: 5 },
    });
    const ids = simulator.truth("items").map((row) => Number(row.id));
    expect(new Set(ids).size).toBe(ids.length);
    expect([change(simulator, "update"), change(simulator, "tie")]).toEqual([[], []]);
    for (const row of change(simulator, "insert")) expect(Number(row.id)).toBeGreaterThan(Math.max(...ids));
  });

  it("shows changes to whoever asks from the old highest value", async () => {
    const simulator = await incremental();
    const since = encodeURIComponent(new Date(highest(simulator) - 3_600_000).toISOString());
    const touched = [
      ...change(simulator, "insert"),
      ...change(simulator, "update"),
      ...change(simulator, "tie"),
      ...change(simulator, "late"),
    ];
    const ids = (await get(simulator, `/items?since=${since}`)).json.data.map((row: { id: number }) => row.id);
    expect(ids).toEqual(expect.arrayContaining(touched.map((row) => row.id)));
    expect(ids.length).toBeLessThan(simulator.truth("items").length);
  });
});

it("without a cursor inserts and updates, and has neither ties nor late rows", async () => {
  const simulator = await simulated(makeBlueprint([{ deletes: { kind: "absence" } }]));
  expect(change(simulator, "insert")).toHaveLength(3);
  expect(change(simulator, "update")).toHaveLength(3);
  expect([change(simulator, "tie"), change(simulator, "late")]).toEqual([[], []]);
  expect(() => change(simulator, "insert", 1, "nothing")).toThrow(/no table nothing/);
});

describe("deletes", () => {
  it.each(["none", "absence"])("%s: the row is gone from the listing", async (kind) => {
    const simulator = await simulated(makeBlueprint([{ deletes: { kind } }]));
    const rows = change(simulator, "delete");
    expect(rows).toHaveLength(3);
    const ids = (await get(simulator, "/items")).json.data.map((row: { id: number }) => row.id);
    for (const row of rows) expect(ids).not.toContain(row.id);
    expect(simulator.deleted("items")).toEqual(rows.map((row) => ({ id: row.id })));
    expect(simulator.truth("items")).toHaveLength(ids.length);
  });

  it.each<[string, string, string[], unknown]>([
    ["a boolean", "boolean", [], true],
    ["a time", "timestamp", [], expect.stringMatching(/^2025-/)],
    ["a stated text", "string", ["archived"], "archived"],
    ["a stated number", "integer", ["9"], 9],
  ])("flag: the row stays, says so with %s, and moves later", async (_name, type, values, shown) => {
    const columns = { id: "integer", updated_at: "timestamp", gone: { type } } as TableInput["columns"];
    const simulator = await incremental({
      ...(columns && { columns }),
      deletes: { kind: "flag", column: "gone", values },
    });
    const listed = async () => (await get(simulator, "/items")).json.data as Record_[];
    const before = await listed();
    const initially = before.filter((row) => !simulator.truth("items").some((live) => live.id === row.id));
    expect(initially.length).toBeGreaterThan(0);
    for (const row of initially) expect(row.gone).toEqual(shown);
    for (const row of simulator.truth("items")) expect(row.gone).not.toEqual(shown);
    expect(simulator.deleted("items")).toEqual([]);
    const top = Math.max(...before.map(time));
    const rows = change(simulator, "delete");
    for (const row of rows) {
      const now = (await listed()).find((candidate) => candidate.id === row.id) as Record_;
      expect(row.gone).not.toEqual(shown);
      expect(now.gone).toEqual(shown);
      expect(time(now)).toBeGreaterThanOrEqual(top);
      expect(simulator.truth("items").some((live) => live.id === row.id)).toBe(false);
    }
    expect(await listed()).toHaveLength(before.length);
  });

  it("feed: an endpoint lists the keys under its own names, from a time on", async () => {
    const deletes = { kind: "feed", path: "/gone", records: "gone", keys: { id: "item" }, column: "at", param: "from" };
    const simulator = await simulated(makeBlueprint([{ columns: { id: "bigint", name: "string" }, deletes }]));
    const before = (await get(simulator, "/gone")).body as { gone: { item: string }[] };
    const live = new Set(simulator.truth("items").map((row) => `#${row.id}`));
    expect(before.gone).toHaveLength(3);
    for (const { item } of before.gone) expect(live.has(item)).toBe(false);
    const rows = change(simulator, "delete");
    const after = (await get(simulator, "/gone")).body as { gone: { item: string; at: string }[] };
    const added = after.gone.slice(3);
    expect(added.map((entry) => entry.item)).toEqual(rows.map((row) => `#${row.id}`));
    const from = encodeURIComponent(added[0]?.at.slice(1) ?? "");
    expect(((await get(simulator, `/gone?from=${from}`)).body as typeof after).gone).toEqual(added);
    expect((await get(simulator, "/gone?from=never")).status).toBe(400);
    expect((await get(simulator, "/gone?page=2")).status).toBe(400);
    expect(simulator.requests[0]).toMatchObject({ table: "items", records: 3, path: "/v2/gone" });
    simulator.deny("items", 403);
    expect((await get(simulator, "/gone")).status).toBe(403);
  });
});

describe("parents and children", () => {
  const bind = [{ placeholder: "id", parent_column: "id", column: "parent_id" }];
  const child = (deletes: TableInput["deletes"]): TableInput => ({
    name: "parts",
    primary_key: ["parent_id", "id"],
    columns: { id: "integer", name: "string", gone: "boolean" },
    read: { path: "/items/{id}/parts", parent: { table: "items", bind } },
    ...(deletes && { deletes }),
  });
  const ofParents = (rows: Record_[], parents: Record_[]) =>
    rows.filter((row) => parents.some((parent) => parent.id === row.parent_id));

  it("delete the children with their parent, whose listing answers 404", async () => {
    const simulator = await simulated(makeBlueprint([{ deletes: { kind: "absence" } }, child({ kind: "absence" })]));
    const before = simulator.truth("parts");
    const gone = change(simulator, "delete", 12);
    const orphans = ofParents(before, gone);
    expect(orphans.length).toBeGreaterThan(0);
    expect(ofParents(simulator.truth("parts"), gone)).toEqual([]);
    expect(simulator.deleted("parts")).toHaveLength(orphans.length);
    expect((await get(simulator, `/items/${gone[0]?.id}/parts`)).status).toBe(404);
  });

  it("flag the children of a flagged parent, whose listing stays", async () => {
    const flag = { kind: "flag", column: "gone" };
    const columns = { id: "integer", name: "string", gone: "boolean" } as const;
    const simulator = await simulated(makeBlueprint([{ columns, deletes: flag }, child(flag)]));
    const before = simulator.truth("parts");
    const live = simulator.truth("items").map((row) => row.id);
    const flagged = ((await get(simulator, "/items")).json.data as Record_[]).filter(
      (row) => !live.includes(row.id ?? null),
    );
    expect(flagged.length).toBeGreaterThan(0);
    for (const { id } of flagged) expect((await get(simulator, `/items/${id}/parts`)).json.data).toEqual([]);
    const gone = change(simulator, "delete", 12);
    const parent = gone.find((row) => ofParents(before, [row]).length > 0);
    const listed = (await get(simulator, `/items/${parent?.id}/parts`)).json.data as Record_[];
    expect(listed.length).toBeGreaterThan(0);
    for (const row of listed) expect(row.gone).toBe(true);
  });

  it("spare parents whose children could not show their deletion", async () => {
    const simulator = await simulated(
      makeBlueprint([{ deletes: { kind: "absence" } }, child({ kind: "flag", column: "gone" })]),
    );
    const before = simulator.truth("parts");
    const gone = change(simulator, "delete", 12);
    expect(gone.length).toBeGreaterThan(0);
    expect(simulator.truth("parts")).toEqual(before);
  });

  it("put the first new child under the newest parent, and give a new parent its single record", async () => {
    const single: TableInput = {
      name: "detail",
      primary_key: ["parent_id"],
      columns: { note: "string" },
      read: { path: "/items/{id}", records: "", single: true, parent: { table: "items", bind } },
    };
    const simulator = await simulated(makeBlueprint([{}, child({ kind: "none" }), single]));
    const [parent] = change(simulator, "insert", 1);
    const [part] = change(simulator, "insert", 2, "parts");
    expect(part?.parent_id).toBe(parent?.id);
    expect((await get(simulator, `/items/${parent?.id}`)).status).toBe(200);
    expect(simulator.truth("detail").at(-1)?.parent_id).toBe(parent?.id);
  });
});
