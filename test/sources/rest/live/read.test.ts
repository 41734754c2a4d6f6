/** The independent reader of a live source: it must not end where a wrong description ends, nor cry wolf at a true one. */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import type { AuthInput } from "../../../../src/artifacts/auth.ts";
import type { RestBlueprint as Blueprint } from "../../../../src/artifacts/blueprint.ts";
import type { Json, Record_ } from "../../../../src/sources/record.ts";
import { readRest } from "../../../../src/sources/rest/live/read.ts";
import { makeBlueprint, type TableInput } from "../../../support/rest-blueprint.ts";

interface Answer {
  status?: number;
  body: Json;
  headers?: Record<string, string>;
}
type Serve = (asked: { path: string; query: URLSearchParams; request: IncomingMessage }) => Answer;

async function serve(answer: Serve): Promise<string> {
  const server = createServer((request, response) => {
    const { pathname: path, searchParams: query } = new URL(request.url ?? "/", "http://loopback");
    const { status = 200, body, headers = {} } = answer({ path, query, request });
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  }).listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function read(
  tables: readonly TableInput[],
  answer: Serve,
  { auth, configuration = {} }: { auth?: AuthInput; configuration?: Record<string, string> } = {},
): Promise<Record_[]> {
  const base_url = await serve(answer);
  const blueprint: Blueprint = makeBlueprint(tables, { base_url, ...(auth ? { auth } : {}) });
  const rows: Record_[] = [];
  const name = tables.at(-1)?.name ?? "items";
  const options = { configuration: { base_url, ...configuration }, signal: AbortSignal.timeout(20_000) };
  for await (const row of readRest(blueprint, name, options)) rows.push(row);
  return rows;
}

const items = (count: number, from = 1) =>
  Array.from({ length: count }, (_, index) => ({ id: from + index, name: `item ${from + index}` }));
const paged = (pagination: Record<string, unknown>): TableInput => ({ read: { pagination } });
const sizeOf = (query: URLSearchParams, fallback: number) => Math.min(Number(query.get("size") ?? fallback), 100);

/** Pages by cursor over `rows`; the next cursor, null or a position as text, is put where `body` puts it. */
function byCursor(
  rows: readonly Record_[],
  body: (data: Record_[], next: string | null) => Json,
  size = 100,
): (query: URLSearchParams) => Answer {
  return (query) => {
    const from = Number(query.get("cursor") ?? 0);
    const data = rows.slice(from, from + sizeOf(query, size));
    const to = from + data.length;
    return { body: body(data, to < rows.length ? String(to) : null) };
  };
}

const CURSOR = { style: "cursor", cursor_param: "cursor", next: "next_cursor" };
const SIZED = { ...CURSOR, size_param: "size", size: 100 };

describe("a next page that is not where the blueprint has it", () => {
  it.each<[string, Record<string, unknown>, string]>([
    ["with a size to ask for", SIZED, "meta.next"],
    ["without one", CURSOR, "meta.next leads to"],
  ])("is found out for cursors, %s", async (_, pagination, said) => {
    const answer = byCursor(items(1023), (data, next) => ({ data, meta: { next } }));
    const error = await read([paged(pagination)], ({ query }) => answer(query)).catch((cause) => cause);
    expect(String(error)).toContain("next_cursor");
    expect(String(error)).toContain(said);
  });

  it("is found out where all rows that there are today fit on one page", async () => {
    const answer = byCursor(items(12), (data, next) => ({ data, ...(next === null ? {} : { next_token: next }) }));
    await expect(read([paged(SIZED)], ({ query }) => answer(query))).rejects.toThrow(/next_cursor.*next_token/s);
  });

  it("is found out for addresses", async () => {
    const answer = byCursor(items(300), (data, next) => ({
      data,
      links: { next: next === null ? null : `/items?cursor=${next}` },
    }));
    const pagination = { style: "next_url", next: "next" };
    await expect(read([paged(pagination)], ({ query }) => answer(query))).rejects.toThrow(/links\.next leads to/);
  });

  it("is found out for Link headers that are none", async () => {
    const answer = byCursor(items(300), (data, next) => ({ data, next: next && `/items?cursor=${next}` }));
    await expect(read([paged({ style: "link_header" })], ({ query }) => answer(query))).rejects.toThrow(
      /next leads to 100/,
    );
  });

  it.each<[string, (data: Record_[], more: boolean) => Answer, RegExp]>([
    ["a flag", (data, more) => ({ body: { data, has_more: more } }), /has_more is true/],
    ["a flag of its own", (data, more) => ({ body: { data, truncated: more } }), /truncated is true/],
    ["a total", (data) => ({ body: { data, meta: { total: 300 } } }), /meta\.total is 300/],
    [
      "a Link header",
      (data, more) => ({ body: { data }, headers: more ? { link: '</items?cursor=100>; rel="next"' } : {} }),
      /Link header/,
    ],
    [
      "a cursor of another name",
      (data) => ({ body: { data, paging: { cursors: { after: "100" } } } }),
      /cursors\.after/,
    ],
  ])("is found out by %s", async (_, answer, said) => {
    const rows = items(300);
    const serve: Serve = ({ query }) => {
      const from = Number(query.get("cursor") ?? 0);
      const data = rows.slice(from, from + 100);
      return answer(data, from + 100 < 300);
    };
    await expect(read([paged({ ...CURSOR, has_more: "truncated" })], serve)).rejects.toThrow(said);
  });

  it("is suspected when a page is exactly as long as was asked, and the size cannot be changed", async () => {
    const serve: Serve = () => ({ body: { data: items(100) } });
    await expect(read([paged(SIZED)], serve)).rejects.toThrow(/as many as size=100 asks for/);
  });

  it("is found out where counted pages end before the total", async () => {
    // Such as a search that goes no deeper than 200 rows.
    const rows = items(1023);
    const serve: Serve = ({ query }) => {
      const from = Number(query.get("offset") ?? 0);
      return { body: { data: from >= 200 ? [] : rows.slice(from, from + 100), total: 1023 } };
    };
    await expect(read([paged({ style: "offset", offset_param: "offset" })], serve)).rejects.toThrow(/total is 1023/);
  });
});

describe("a true description", () => {
  const absent = (data: Record_[], next: string | null): Json => ({
    data,
    ...(next === null ? {} : { next_cursor: next }),
  });

  it.each([1, 2, 50, 99, 100, 101, 200, 250])(
    "raises no alarm for %i rows, the key left out at the end",
    async (count) => {
      const answer = byCursor(items(count), absent);
      expect(await read([paged(SIZED)], ({ query }) => answer(query))).toHaveLength(count);
      expect(await read([paged(CURSOR)], ({ query }) => answer(query))).toHaveLength(count);
    },
  );

  it.each([0, 1, 100, 250])("raises none for %i rows, with null or an empty text at the end", async (count) => {
    for (const end of [null, ""]) {
      const answer = byCursor(items(count), (data, next) => ({ data, next_cursor: next ?? end }));
      expect(await read([paged(SIZED)], ({ query }) => answer(query))).toHaveLength(count);
    }
  });

  it("raises none for a cursor beside the address that leads to nothing", async () => {
    const answer = byCursor(items(60), (data, next) => ({
      data,
      paging: { cursors: { after: "60" }, ...(next === null ? {} : { next: `/items?cursor=${next}` }) },
    }));
    expect(await read([paged({ style: "next_url", next: "paging.next" })], ({ query }) => answer(query))).toHaveLength(
      60,
    );
  });

  it("raises none for one object, whose fields are its own", async () => {
    const table: TableInput = { read: { records: "", single: true }, columns: { id: "integer", count: "integer" } };
    expect(await read([table], () => ({ body: { id: 1, count: 42, next: "soon" } }))).toEqual([
      { id: 1, count: 42, next: "soon" },
    ]);
  });

  it("raises none for a flag at a place that no answer has: all pages are read without it", async () => {
    const answer = byCursor(items(250), absent);
    const pagination = { ...CURSOR, has_more: "meta.has_more" };
    expect(await read([paged(pagination)], ({ query }) => answer(query))).toHaveLength(250);
  });

  it("raises none for children of which none has a second page but one", async () => {
    const counts = [100, 3, 0, 240, 100];
    const serve: Serve = ({ path, query }) => {
      const [, id] = /^\/boxes\/(\d+)\/items$/.exec(path) ?? [];
      if (id === undefined) return { body: { data: items(counts.length) } };
      return byCursor(items(counts[Number(id) - 1] ?? 0), absent)(query);
    };
    const child: TableInput = {
      name: "items",
      primary_key: ["box_id", "id"],
      columns: { box_id: "integer", id: "integer" },
      read: {
        path: "/boxes/{box_id}/items",
        pagination: { ...CURSOR, size_param: "size", size: 100 },
        parent: { table: "boxes", bind: [{ placeholder: "box_id", parent_column: "id", column: "box_id" }] },
      },
    };
    expect(await read([{ name: "boxes", columns: { id: "integer" } }, child], serve)).toHaveLength(443);
  });
});

describe("a flag that says there is no more", () => {
  const pagination = { ...CURSOR, has_more: "has_more" };

  it("is not believed: what comes after is read", async () => {
    const answer = byCursor(items(250), (data, next) => ({ data, next_cursor: next, has_more: false }));
    expect(await read([paged(pagination)], ({ query }) => answer(query))).toHaveLength(250);
  });

  it.each<[string, Serve]>([
    ["nothing", () => ({ body: { data: [], next_cursor: "x", has_more: false } })],
    ["a refusal", () => ({ status: 422, body: { error: "bad cursor" } })],
    ["the same page", () => ({ body: { data: items(20), next_cursor: "x", has_more: false } })],
    ["its own last row", () => ({ body: { data: items(1, 20), next_cursor: "x", has_more: false } })],
  ])("holds when the cursor beside it leads to %s", async (_, after) => {
    const serve: Serve = (asked) =>
      asked.query.has("cursor") ? after(asked) : { body: { data: items(20), next_cursor: "x", has_more: false } };
    expect(await read([paged(pagination)], serve)).toHaveLength(20);
  });
});

describe("rows that must come in the order of the cursor", () => {
  const table = (advance: Record<string, unknown> = {}): TableInput => ({
    columns: { id: "integer", changed: "timestamp" },
    read: { pagination: { style: "page", page_param: "page" } },
    advance: { kind: "cursor", column: "changed", param: "since", order: "ascending", ...advance },
  });
  const pagesOf =
    (pages: readonly (readonly Json[])[]): Serve =>
    ({ query }) => ({
      body: { data: (pages[Number(query.get("page")) - 1] ?? []).map((changed, index) => ({ id: index, changed })) },
    });
  const day = (number: number) => `2025-01-${String(number).padStart(2, "0")}T00:00:00Z`;

  it("are told by value, page and place when they do not", async () => {
    const pages = [[day(1), day(9)], [day(9), day(10)], [day(3)]];
    await expect(read([table()], pagesOf(pages))).rejects.toThrow(
      `/items does not come in ascending order of changed: ${day(3)} (page 3, record 1) comes after ${day(10)} (page 2, record 2)`,
    );
    expect(await read([table({ order: "unknown" })], pagesOf(pages))).toHaveLength(5);
  });

  it("are compared as times, not as texts", async () => {
    const pages = [[day(1), "2025-01-02T00:30:00+01:00"], ["2025-01-02T00:00:00Z"]];
    expect(await read([table()], pagesOf(pages))).toHaveLength(3);
    await expect(read([table()], pagesOf([["2025-01-02T00:30:00Z"], ["2025-01-02T01:00:00+01:00"]]))).rejects.toThrow(
      "ascending",
    );
  });

  it("may have no value before the first that has one, and not on a later page", async () => {
    expect(await read([table()], pagesOf([[null, day(1)], [day(2)]]))).toHaveLength(3);
    await expect(read([table()], pagesOf([[day(1)], [day(2), null]]))).rejects.toThrow(
      "a row without changed (page 2, record 2)",
    );
  });

  it("may be texts in any order that a source can have", async () => {
    const texts = (...values: string[]) => read([table({ format: "string" })], pagesOf(values.map((value) => [value])));
    expect(await texts("a", "B", "c")).toHaveLength(3);
    expect(await texts("B", "a", "c")).toHaveLength(3);
    expect(await texts("9", "10", "11")).toHaveLength(3);
    await expect(texts("b", "a")).rejects.toThrow("ascending");
  });

  it("may come twice when late rows push the pages on", async () => {
    const pages = [
      [1, 2, 3, 4],
      [3, 4, 5],
    ].map((ids) => ids.map((id) => ({ id, changed: day(id) })));
    const serve: Serve = ({ query }) => ({ body: { data: pages[Number(query.get("page")) - 1] ?? [] } });
    expect(await read([table()], serve)).toHaveLength(7);
  });
});

describe("a token that wears out", () => {
  const session: AuthInput = {
    kind: "session",
    login_path: "/login",
    username: "user",
    password: "password",
    prefix: "Bearer ",
  };
  const oauth: AuthInput = {
    kind: "oauth2_client_credentials",
    token_url: "/login",
    client_id: "user",
    client_secret: "password",
  };
  const configuration = { user: "u", password: "p" };

  /** Gives tokens that are good for so many requests each. */
  function worn(good: number): { serve: Serve; logins: () => number } {
    let logins = 0;
    let left = 0;
    const answer = byCursor(items(950), (data, next) => ({ data, next_cursor: next }));
    return {
      logins: () => logins,
      serve: ({ path, query, request }) => {
        if (path === "/login") {
          logins += 1;
          left = good;
          return { body: { token: `t${logins}`, access_token: `t${logins}` } };
        }
        left -= 1;
        if (request.headers.authorization !== `Bearer t${logins}` || left < 0)
          return { status: 401, body: { error: "token_expired" } };
        return answer(query);
      },
    };
  }

  it.each([
    ["a session, at each request", session, 1],
    ["a session, now and then", session, 3],
    ["of OAuth", oauth, 3],
  ])("is renewed: %s", async (_, auth, good) => {
    const { serve, logins } = worn(good);
    expect(await read([paged(SIZED)], serve, { auth, configuration })).toHaveLength(950);
    expect(logins()).toBe(Math.ceil(10 / good));
  });

  it("is really refused when it never let a request in: nobody logs in again and again", async () => {
    const { serve, logins } = worn(0);
    await expect(read([paged(SIZED)], serve, { auth: session, configuration })).rejects.toThrow("status 401");
    expect(logins()).toBe(1);
  });
});
