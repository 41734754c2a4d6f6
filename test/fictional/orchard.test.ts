/** Orchard Ledger does what it does, and its pages say otherwise where they are meant to. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, readPages } from "../support/fictional/ask.ts";
import { startOrchard } from "../support/fictional/orchard.ts";
import type { Fictional } from "../support/fictional/server.ts";

let source: Fictional;
let pages: Map<string, string>;
beforeAll(async () => {
  source = await startOrchard();
  pages = await readPages(source);
});
afterAll(() => source.close());

const get = async (path: string, token = source.environment.ORCHARD_TOKEN ?? "") =>
  ask(source, `/api/ledger${path}`, { headers: { authorization: `Bearer ${token}` } });
const page = (path: string) => (pages.get(path) ?? "").replace(/<[^>]+>/g, " ").replace(/\s+/g, " ");

async function all(path: string): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  let cursor = "";
  do {
    const { json } = await get(`${path}&page_size=100${cursor && `&cursor=${cursor}`}`);
    rows.push(...json.data);
    cursor = json.meta.next ?? "";
  } while (cursor !== "");
  return rows;
}

describe("Orchard Ledger", () => {
  it.each([
    ["trees", 4],
    ["harvests", 5],
    ["sales", 3],
  ])("lists all of %s with cursors, archived entries included", async (table, count) => {
    const before = source.requests.length;
    expect(await all(`/${table}?include_archived=true`)).toEqual(source.truth(table));
    expect(source.requests.slice(before)).toHaveLength(count);
  });

  it("wants its token", async () => {
    expect((await get("/trees", "another")).status).toBe(401);
    expect((await get("/trees?cursor=bm9uc2Vuc2U")).status).toBe(422);
    expect((await get("/nothing")).status).toBe(404);
  });

  it("says up to 500 per page, and gives 100", async () => {
    expect(page("/docs/lists")).toContain("maximum 500");
    expect((await get("/harvests?page_size=500")).json.data).toHaveLength(100);
    expect((await get("/harvests")).json.data).toHaveLength(50);
  });

  it("says next_cursor beside the data, and gives meta.next", async () => {
    expect(page("/docs/lists")).toContain('], "next_cursor": "YWZ0ZXI6NTA" }');
    const { json } = await get("/trees");
    expect(Object.keys(json)).toEqual(["data", "meta"]);
    expect(json.meta).toEqual({ count: 50, next: "YWZ0ZXI6NTA" });
  });

  it("says that modified_after is inclusive, and leaves out rows that equal it", async () => {
    expect(page("/docs/lists")).toContain("modified on or after this time");
    expect(page("/docs/lists")).toContain("The bound is inclusive");
    const times = source
      .truth("trees")
      .map(({ modified }) => String(modified))
      .sort();
    const highest = times.at(-1) ?? "";
    expect(times.filter((time) => time === highest).length).toBeGreaterThan(1);
    expect(await all(`/trees?include_archived=true&modified_after=${highest}`)).toEqual([]);
    const before = new Date(Date.parse(highest) - 1).toISOString();
    const last = await all(`/trees?include_archived=true&modified_after=${before}`);
    expect(last.map(({ modified }) => modified)).toEqual(times.filter((time) => time === highest));
  });

  it("says that entries come in order of modification, and they do when asked only", async () => {
    expect(page("/docs/lists")).toContain("Results are sorted by modification time, oldest first");
    expect(page("/docs/lists")).toContain("Default modified");
    const times = (rows: Record<string, unknown>[]) => rows.map(({ modified }) => String(modified));
    for (const filter of ["", "&modified_after=2025-03-01T00:00:00Z"]) {
      const plain = await all(`/sales?include_archived=true${filter}`);
      expect(times(plain)).not.toEqual(times(plain).sort());
      expect(plain.map(({ sale_no }) => sale_no)).toEqual(plain.map(({ sale_no }) => sale_no).sort());
      const sorted = times(await all(`/sales?include_archived=true&sort=modified${filter}`));
      expect(sorted).toEqual([...sorted].sort());
    }
  });

  it("hides archived entries, which a footnote says on a page that the spec does not list", async () => {
    const shown = await all("/harvests?sort=number");
    expect(shown).toEqual(source.truth("harvests").filter(({ archived }) => archived === false));
    expect(shown.length).toBeLessThan(source.truth("harvests").length);
    const naming = [...pages].filter(([, text]) => text.includes("include_archived")).map(([path]) => path);
    expect(naming).toEqual(["/docs/year-end.md"]);
    expect(JSON.stringify(source.spec())).not.toContain("year-end");
    for (const path of ["/docs/", "/docs/entries"]) expect(pages.get(path)).toContain("/docs/year-end.md");
  });

  it("says grower_id, and gives growerId; the other fields are as they are called", async () => {
    const text = page("/docs/entries");
    expect(text).toContain("grower_id");
    for (const table of ["trees", "harvests", "sales"]) {
      const columns = Object.keys(source.truth(table)[0] ?? {});
      for (const column of columns) expect(text.includes(column), column).toBe(column !== "growerId");
    }
  });

  it("serves Markdown as Markdown", async () => {
    const { headers } = await ask(source, "/docs/year-end.md");
    expect(headers.get("content-type")).toContain("text/markdown");
  });
});
