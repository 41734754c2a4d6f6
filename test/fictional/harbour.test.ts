/** Harbour Berths does what its pages say. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, readPages } from "../support/fictional/ask.ts";
import { startHarbour } from "../support/fictional/harbour.ts";
import type { Fictional } from "../support/fictional/server.ts";

let source: Fictional;
beforeAll(async () => {
  source = await startHarbour();
});
afterAll(() => source.close());

const get = (path: string, key = source.environment.HARBOUR_KEY ?? "") =>
  ask(source, `/api${path}`, { headers: { "x-harbour-key": key } });

describe("Harbour Berths", () => {
  it.each([
    ["berths", "/berths", 3],
    ["vessels", "/vessels", 4],
    ["port_calls", "/port-calls", 6],
  ])("lists all of %s in numbered pages, with their number", async (table, path, pages) => {
    const rows: unknown[] = [];
    for (let page = 1; page <= pages; page++) {
      const { json } = await get(`${path}?page=${page}&per_page=50`);
      expect(json).toMatchObject({ page, per_page: 50, total_pages: pages, total_count: source.truth(table).length });
      rows.push(...json.data);
    }
    expect(rows).toEqual(source.truth(table));
    expect((await get(`${path}?page=${pages + 1}&per_page=50`)).json.data).toEqual([]);
    expect(source.requests.at(-2)).toMatchObject({ table, path: `/api${path}`, status: 200 });
  });

  it("gives 20 per page by itself, and refuses more than 50", async () => {
    expect((await get("/vessels")).json.data).toHaveLength(20);
    expect((await get("/vessels?per_page=51")).status).toBe(400);
    expect((await get("/vessels?page=0")).status).toBe(400);
  });

  it("wants the key in its header", async () => {
    expect((await get("/berths", "another")).status).toBe(401);
    expect((await ask(source, "/api/berths")).json.error.code).toBe("key_required");
    const bearer = { authorization: `Bearer ${source.environment.HARBOUR_KEY}` };
    expect((await ask(source, "/api/berths", { headers: bearer })).status).toBe(401);
  });

  it("includes entries that equal updated_since, in the order of updated_at", async () => {
    const calls = source.truth("port_calls") as { call_id: string; updated_at: string }[];
    const times = calls.map(({ updated_at }) => updated_at);
    expect([...times].sort()).toEqual(times);
    const shared = times.find((time, index) => times[index - 1] === time) ?? "";
    expect(shared).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const { json } = await get(`/port-calls?per_page=50&updated_since=${shared}`);
    expect(json.data.map(({ call_id }: { call_id: string }) => call_id)).toEqual(
      calls
        .filter(({ updated_at }) => updated_at >= shared)
        .slice(0, 50)
        .map(({ call_id }) => call_id),
    );
    expect(json.data[0].updated_at).toBe(shared);
    expect((await get("/port-calls?updated_since=yesterday")).status).toBe(400);
  });

  it("needs both columns of the berths' key, and one of the others'", () => {
    const distinct = (table: string, columns: string[]) =>
      new Set(source.truth(table).map((row) => JSON.stringify(columns.map((column) => row[column])))).size;
    expect(distinct("berths", ["berth_no"])).toBe(26);
    expect(distinct("berths", ["quay"])).toBe(5);
    expect(distinct("berths", ["quay", "berth_no"])).toBe(source.truth("berths").length);
    expect(distinct("vessels", ["imo"])).toBe(source.truth("vessels").length);
    expect(distinct("port_calls", ["call_id"])).toBe(source.truth("port_calls").length);
  });

  it("writes exact numbers as text, and an unknown owner as null", () => {
    const vessels = source.truth("vessels");
    for (const { gross_tonnage } of vessels) expect(gross_tonnage).toMatch(/^\d+\.\d\d$/);
    expect(vessels.some(({ owner }) => owner === null)).toBe(true);
    expect(vessels.some(({ owner }) => typeof owner === "object" && owner !== null)).toBe(true);
  });

  it("shows its pages with its own address, each field of each table in one of them", async () => {
    const pages = await readPages(source);
    expect([...pages.keys()]).toEqual(["/docs/berths-and-vessels", "/docs/conventions", "/docs/", "/docs/port-calls"]);
    const all = [...pages.values()].join("\n");
    expect(all).not.toContain("{{");
    expect(all).toContain(`${source.baseUrl}/api`);
    for (const table of ["berths", "vessels", "port_calls"]) {
      for (const column of Object.keys(source.truth(table)[0] ?? {}))
        expect(all, column).toContain(`<code>${column}</code>`);
    }
    expect((await ask(source, "/docs/nothing")).status).toBe(404);
  });

  it("is the same at each start", async () => {
    const again = await startHarbour();
    expect(again.truth("port_calls")).toEqual(source.truth("port_calls"));
    await again.close();
  });
});
