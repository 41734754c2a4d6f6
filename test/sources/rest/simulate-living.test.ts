/** A stand-in that changes while it is read, asked by plain requests. */
import { describe, expect, it } from "vitest";
import { makeBlueprint, type TableInput } from "../../support/rest-blueprint.ts";
import { get, simulated } from "../../support/simulated.ts";
import { verifies } from "../../support/verifies.ts";

const HOUR = 3_600_000;
const since = { kind: "cursor", column: "updated_at", param: "since", order: "ascending" };
const table = (pagination: Record<string, unknown>, more: TableInput = {}) =>
  makeBlueprint([{ ...more, read: { pagination }, advance: more.advance ?? since }]);
type Rows = { id: number; updated_at: string }[];
const ids = (rows: Rows) => rows.map(({ id }) => id);
const offsets = { style: "offset", offset_param: "from", limit_param: "limit", limit: 10 };

describe(verifies("rest.simulated", "meanwhile: changes in the middle of a listing"), () => {
  it("are made before each answer for rows, and show in it; not for other requests, and not after the end", async () => {
    const simulator = await simulated(table(offsets));
    const asked: (string | undefined)[] = [];
    simulator.meanwhile?.(({ table: name }) => {
      asked.push(name);
      simulator.change({ kind: "insert", table: "items", count: 1 });
    });
    const before = simulator.truth("items").length;
    await get(simulator, "/items?from=0");
    await get(simulator, "/nothing");
    expect(simulator.truth("items").length).toBe(before + 1);
    simulator.meanwhile?.(undefined);
    await get(simulator, "/items?from=0");
    expect([asked, simulator.truth("items").length]).toEqual([["items"], before + 1]);
  });

  it("bear the time at the source, which its answers tell", async () => {
    const now = new Date(Date.now() - HOUR);
    const simulator = await simulated(table(offsets, { advance: { ...since, lookback: 60 } }), { now });
    simulator.meanwhile?.(() => {});
    const [inserted] = simulator.change({ kind: "insert", table: "items", count: 1 }) as Rows;
    const [late] = simulator.change({ kind: "late", table: "items", count: 1 }) as Rows;
    const [tied] = simulator.change({ kind: "tie", table: "items", count: 1 }) as Rows;
    const at = Date.parse(inserted?.updated_at ?? "");
    expect(Math.abs(at - now.getTime())).toBeLessThan(60_000);
    expect(at - Date.parse(late?.updated_at ?? "")).toBeGreaterThan(20_000);
    expect(at - Date.parse(late?.updated_at ?? "")).toBeLessThan(40_000);
    expect(Date.parse(tied?.updated_at ?? "")).toBe(at);
    const told = Date.parse((await fetch(`${simulator.baseUrl}/items`)).headers.get("date") ?? "");
    expect(Math.abs(told - now.getTime())).toBeLessThan(60_000);
  });

  it("may be rows of the future, after which whatever comes is of the present", async () => {
    const now = new Date(Date.now() - HOUR);
    const simulator = await simulated(table(offsets), { now });
    const ahead = () => simulator.change({ kind: "ahead", table: "items", count: 1 }) as Rows;
    expect(ahead(), "a source that does not live knows no present").toEqual([]);
    simulator.meanwhile?.(() => {});
    const [future] = ahead();
    expect(Date.parse(future?.updated_at ?? "") - now.getTime()).toBeGreaterThan(2 * 24 * HOUR - 60_000);
    const tomorrow = new Date(now.getTime() + 24 * HOUR).toISOString();
    expect(ids((await get(simulator, `/items?since=${tomorrow}`)).json.data)).toEqual([future?.id]);
    for (const kind of ["insert", "tie", "update"] as const) {
      const [row] = simulator.change({ kind, table: "items", count: 1 }) as Rows;
      expect(Math.abs(Date.parse(row?.updated_at ?? "") - now.getTime()), kind).toBeLessThan(60_000);
    }
  });

  it("are no rows of the future where the cursor is no time, or each range ends with the present", async () => {
    const start = new Date(Date.now() - 300 * 24 * HOUR).toISOString();
    const ranged = { ...since, start, window: { days: 30, end_param: "until" } };
    const numbered = { kind: "cursor", column: "version", param: "after", format: "integer" };
    const columns = { id: "integer", version: "integer" } as const;
    for (const blueprint of [table(offsets, { advance: ranged }), table(offsets, { columns, advance: numbered })]) {
      const simulator = await simulated(blueprint);
      simulator.meanwhile?.(() => {});
      expect(simulator.change({ kind: "ahead", table: "items", count: 1 })).toEqual([]);
    }
  });

  it("move rows over the edge of a page that is asked for by offset, and none where cursors name the row before", async () => {
    const shifting = await simulated(table(offsets));
    const order = ids((await get(shifting, "/items?from=0&limit=10")).json.data);
    const next = ids((await get(shifting, "/items?from=10&limit=10")).json.data);
    shifting.meanwhile?.(() => {});
    await get(shifting, "/items?from=0&limit=10");
    const [moved] = shifting.change({ kind: "update", table: "items", count: 1 }) as Rows;
    expect(order, "a row that was served").toContain(moved?.id);
    expect(ids((await get(shifting, "/items?from=10&limit=10")).json.data)).toEqual([
      ...next.slice(1),
      expect.any(Number),
    ]);

    const stable = await simulated(table({ style: "cursor", cursor_param: "after", next: "next" }));
    const first = (await get(stable, "/items")).json;
    const second = ids((await get(stable, `/items?after=${encodeURIComponent(first.next)}`)).json.data);
    stable.meanwhile?.(() => {});
    await get(stable, "/items");
    stable.change({ kind: "update", table: "items", count: 1 });
    expect(ids((await get(stable, `/items?after=${encodeURIComponent(first.next)}`)).json.data)).toEqual(second);
  });
});
