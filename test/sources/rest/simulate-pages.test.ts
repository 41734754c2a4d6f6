/** Every style of pagination, followed by hand. */
import { describe, expect, it } from "vitest";
import { makeBlueprint, type TableInput } from "../../support/rest-blueprint.ts";
import { get, simulated } from "../../support/simulated.ts";
import { verifies } from "../../support/verifies.ts";

type Rows = { id: number }[];

function paged(pagination: Record<string, unknown>, table: TableInput = {}) {
  return makeBlueprint([{ ...table, read: { ...table.read, pagination } }]);
}

const ids = (rows: Rows) => rows.map((row) => row.id).sort((a, b) => a - b);
const truthIds = (simulator: Awaited<ReturnType<typeof simulated>>) => ids(simulator.truth("items") as Rows);

describe("none", () => {
  it("gives everything at once and refuses a page number", async () => {
    const simulator = await simulated(paged({ style: "none" }));
    expect(ids((await get(simulator, "/items")).json.data)).toEqual(truthIds(simulator));
    expect(await get(simulator, "/items?page=1")).toMatchObject({
      status: 400,
      json: { error: "unknown_parameter", message: "There is no parameter page." },
    });
  });
});

describe(verifies("rest.simulated", "pages by number"), () => {
  const style = {
    style: "page",
    page_param: "p",
    size_param: "n",
    size: 10,
    total_pages: "meta.pages",
    has_more: "meta.more",
  };

  it("counts from the stated start, honours the size, and states pages and whether there are more", async () => {
    const simulator = await simulated(paged(style));
    const first = await get(simulator, "/items?p=1&n=10");
    const pages = Math.ceil(truthIds(simulator).length / 10);
    expect(first.json.meta).toEqual({ pages, more: true });
    expect(pages).toBeGreaterThanOrEqual(3);
    const rows: Rows = [];
    for (let p = 1; p <= pages; p++) {
      const { json } = await get(simulator, `/items?p=${p}&n=10`);
      rows.push(...json.data);
      expect(json.meta.more).toBe(p < pages);
    }
    expect(ids(rows)).toEqual(truthIds(simulator));
    expect((await get(simulator, `/items?p=${pages + 1}&n=10`)).json).toEqual({
      data: [],
      meta: { pages, more: false },
    });
    expect((await get(simulator, "/items?p=1&n=4")).json.data).toHaveLength(4);
    expect((await get(simulator, "/items")).json.data).toHaveLength(5);
  });

  it.each(["p=0", "p=x", "p=-1", "p=1.5", "p=", "n=0", "n=many"])("refuses %s", async (query) => {
    const simulator = await simulated(paged(style));
    expect(await get(simulator, `/items?${query}`)).toMatchObject({ status: 400, json: { error: "bad_parameter" } });
  });

  it("counts from 0 where that is stated", async () => {
    const simulator = await simulated(paged({ style: "page", page_param: "p", start: 0 }));
    expect((await get(simulator, "/items?p=0")).json).toEqual((await get(simulator, "/items")).json);
    expect((await get(simulator, "/items?p=0")).json.data).toHaveLength(10);
  });

  it("serves no more than 100 of a big size, on at least three pages", async () => {
    const simulator = await simulated(paged({ ...style, size: 1000 }));
    expect((await get(simulator, "/items?p=1&n=1000")).json.data).toHaveLength(100);
    expect((await get(simulator, "/items?p=3&n=1000")).json.data.length).toBeGreaterThan(0);
    expect(truthIds(simulator).length).toBeLessThanOrEqual(300);
  });
});

describe("offset", () => {
  it("starts anywhere and states the total", async () => {
    const style = {
      style: "offset",
      offset_param: "skip",
      limit_param: "take",
      limit: 7,
      total: "total",
      has_more: "more",
    };
    const simulator = await simulated(paged(style));
    const all = truthIds(simulator);
    const rows: Rows = [];
    for (let skip = 0; skip < all.length; skip += 7) {
      const { json } = await get(simulator, `/items?skip=${skip}&take=7`);
      expect([json.total, json.more]).toEqual([all.length, skip + 7 < all.length]);
      rows.push(...json.data);
    }
    expect(ids(rows)).toEqual(all);
    expect((await get(simulator, "/items?skip=5&take=2")).json.data).toEqual(rows.slice(5, 7));
    expect((await get(simulator, `/items?skip=${all.length}&take=7`)).json.data).toEqual([]);
    expect((await get(simulator, "/items?skip=-1&take=7")).status).toBe(400);
  });
});

describe("cursor", () => {
  const style = { style: "cursor", cursor_param: "after", next: "page.next", size_param: "n", size: 10 };
  const read = { params: { kind: "a b" } };

  it("goes on with the same parameters, and refuses others and cursors it did not make", async () => {
    const simulator = await simulated(paged(style, { read }));
    const rows: Rows = [];
    let cursor = "";
    for (let page = 0; page < 50; page++) {
      const { json, status } = await get(
        simulator,
        `/items?kind=a+b&n=10${cursor && `&after=${encodeURIComponent(cursor)}`}`,
      );
      expect(status).toBe(200);
      rows.push(...json.data);
      if (!json.page?.next) break;
      cursor = json.page.next;
    }
    expect(ids(rows)).toEqual(truthIds(simulator));
    const after = encodeURIComponent(cursor);
    expect(after).not.toBe(cursor);
    expect(await get(simulator, `/items?after=${after}`)).toMatchObject({ status: 400, json: { error: "bad_cursor" } });
    expect((await get(simulator, `/items?kind=a+b&after=${cursor}`)).status).toBe(400);
    expect((await get(simulator, "/items?kind=a+b&after=abc")).json.error).toBe("bad_cursor");
    expect((await get(simulator, "/items?kind=a+b&after=")).status).toBe(400);
    expect(await get(simulator, "/items")).toMatchObject({ status: 400, json: { error: "missing_parameter" } });
    expect((await get(simulator, "/items?kind=b")).json.error).toBe("bad_parameter");
  });

  it("stands alone where it replaces the other parameters, and keeps their meaning", async () => {
    const simulator = await simulated(paged({ ...style, cursor_only: true }, { read }));
    const first = await get(simulator, "/items?kind=a+b&n=10");
    const after = encodeURIComponent(first.json.page.next);
    const second = await get(simulator, `/items?after=${after}`);
    expect(second.json.data).toHaveLength(10);
    expect(await get(simulator, `/items?after=${after}&kind=a+b`)).toMatchObject({
      status: 400,
      json: { message: "Beside after there must be no parameter kind." },
    });
  });

  it("ends with null, an empty text or nothing, by table; with has_more it may hand out one cursor too many", async () => {
    const endings = new Set<string>();
    for (const name of ["a", "b", "c", "d", "e", "f", "g", "h"]) {
      const simulator = await simulated(paged(style, { name }));
      let json = (await get(simulator, `/${name}?n=10`)).json;
      while (json.page?.next)
        json = (await get(simulator, `/${name}?n=10&after=${encodeURIComponent(json.page.next)}`)).json;
      endings.add(JSON.stringify(json.page ?? "nothing"));
    }
    expect([...endings].sort()).toEqual(['"nothing"', '{"next":""}', '{"next":null}']);
    const surplus = new Set<boolean>();
    for (const name of ["a", "b", "c", "d"]) {
      const simulator = await simulated(paged({ ...style, has_more: "more" }, { name }));
      let json = (await get(simulator, `/${name}?n=10`)).json;
      while (json.more) json = (await get(simulator, `/${name}?n=10&after=${encodeURIComponent(json.page.next)}`)).json;
      surplus.add(Boolean(json.page?.next));
      if (!json.page?.next) continue;
      json = (await get(simulator, `/${name}?n=10&after=${encodeURIComponent(json.page.next)}`)).json;
      expect([json.data, json.more, json.page?.next || undefined]).toEqual([[], false, undefined]);
    }
    expect(surplus).toEqual(new Set([true, false]));
  });
});

describe("next_url", () => {
  it("hands out absolute and relative addresses by turns, on the host that was asked, without the key", async () => {
    const blueprint = makeBlueprint(
      [{ read: { params: { kind: "a" }, pagination: { style: "next_url", next: "next", size_param: "n", size: 10 } } }],
      { auth: { kind: "api_key", in: "query", name: "key", value: "k" } },
    );
    const simulator = await simulated(blueprint);
    const key = `key=${encodeURIComponent(simulator.configuration.k ?? "")}`;
    const { host } = new URL(simulator.baseUrl);
    const seen: string[] = [];
    const rows: Rows = [];
    let target = "/items?kind=a&n=10";
    for (let page = 0; page < 50; page++) {
      const { json } = await get(simulator, `${target}&${key}`);
      rows.push(...json.data);
      if (!json.next) break;
      seen.push(json.next);
      target = new URL(json.next, `http://${host}/v2/items`).href;
    }
    expect(ids(rows)).toEqual(truthIds(simulator));
    expect(seen[0]).toMatch(new RegExp(`^http://${host}/v2/items\\?kind=a&n=10&_page=`));
    expect(seen[1]).toMatch(/^\/v2\/items\?kind=a&n=10&_page=/);
    expect(seen.join()).not.toContain("key=");
    expect((await get(simulator, new URL(seen[0] ?? "").pathname.replace("/v2", ""))).status).toBe(401);
    const forwarded = await get(simulator, `/items?kind=a&n=10&${key}`, {
      headers: { "x-forwarded-host": "gate.example:8080", "x-forwarded-proto": "https" },
    });
    expect(forwarded.json.next).toMatch(/^https:\/\/gate\.example:8080\/v2\/items\?/);
  });
});

describe("link_header", () => {
  it("names the next page by its rel, after another link, and none on the last page", async () => {
    const simulator = await simulated(
      paged({ style: "link_header", rel: "more", size_param: "n", size: 10 }, { read: { records: "" } }),
    );
    const rows: Rows = [];
    let target: string | undefined = "/items?n=10";
    const links: string[] = [];
    while (target !== undefined) {
      const got = await get(simulator, target);
      rows.push(...got.json);
      links.push(String(got.headers.link));
      target = /<([^>]+)>; rel="more"/.exec(String(got.headers.link))?.[1];
    }
    expect(ids(rows)).toEqual(truthIds(simulator));
    expect(links[0]).toMatch(/^<[^>]+>; rel="first", <[^>]+>; rel="more"; title="more, please"$/);
    expect(links.at(-1)).toMatch(/^<[^>]+\/v2\/items\?n=10>; rel="first"$/);
  });
});
