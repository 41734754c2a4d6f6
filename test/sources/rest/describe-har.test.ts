import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { describeFixture, describeText, reasonFor, tableNamed } from "../../support/describe-fixture.ts";
import { verifies } from "../../support/verifies.ts";

const HAR = join(import.meta.dirname, "../../fixtures/har");

interface Call {
  body?: unknown;
  method?: string;
  headers?: Record<string, string>;
  mime?: string;
  answer?: Record<string, string>;
}

function pairs(values: Record<string, string> = {}): object[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

/** A recording of these requests to one host. */
function har(calls: [string, unknown, Call?][]): string {
  const entries = calls.map(([path, body, call = {}]) => {
    const url = new URL(path, "https://api.example");
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return {
      request: {
        method: call.method ?? "GET",
        url: url.href,
        headers: pairs(call.headers),
        queryString: [...url.searchParams].map(([name, value]) => ({ name, value })),
      },
      response: {
        status: 200,
        headers: pairs(call.answer),
        content: { mimeType: call.mime ?? "application/json", text },
      },
    };
  });
  return JSON.stringify({ log: { version: "1.2", entries } });
}

const described = (calls: [string, unknown, Call?][]) => describeText("traffic.har", har(calls));
const rows = (...ids: (number | string)[]) => ids.map((id) => ({ id, name: `n${id}` }));

describe(verifies("rest.recorded", "a recording of a portal"), async () => {
  const portal = await describeFixture({ docs: ["portal.har"], directory: HAR });
  const { blueprint } = portal;
  const paging = (name: string) => tableNamed(portal, name).read.pagination;

  test("gives the tables of the host with the most JSON answers, and names the rest", () => {
    expect(blueprint.tables.map((table) => [table.name, table.read.path, table.read.records])).toEqual([
      ["orders", "/api/orders", "orders"],
      ["lines", "/api/orders/{order_id}/lines", ""],
      ["customers", "/api/customers", "data"],
      ["events", "/api/events", ""],
      ["shelves", "/api/shelves", "results"],
      ["regions", "/api/regions", "regions"],
    ]);
    expect(blueprint.source).toEqual({
      kind: "rest",
      base_url: "https://portal.example",
      auth: { kind: "bearer", token: "api_token" },
      headers: { "X-Portal-Version": "7" },
    });
    expect(reasonFor(portal, "https://telemetry.example")).toMatch(/^Another host: 1 JSON answer/);
    expect(reasonFor(portal, "POST /graphql")).toMatch(/GraphQL/);
  });

  test("deduces paging from what was asked next, and quotes both requests", () => {
    expect(paging("orders")).toEqual({
      style: "page",
      page_param: "page",
      start: 1,
      size_param: "per_page",
      size: 3,
      total_pages: "total_pages",
    });
    expect(paging("customers")).toEqual({
      style: "cursor",
      cursor_param: "pos",
      next: "meta.after",
      cursor_only: false,
      size_param: "limit",
      size: 2,
    });
    expect(paging("events")).toEqual({ style: "link_header", rel: "next" });
    expect(paging("shelves")).toEqual({ style: "offset", offset_param: "skip" });
    const cited = (key: string) =>
      portal.evidence
        .filter(({ id }) => blueprint.claims[key]?.evidence.includes(id))
        .map((one) => [one.pointer, one.quotation]);
    expect(blueprint.claims["tables.customers.read.pagination"]).toMatchObject({ status: "documented" });
    expect(cited("tables.customers.read.pagination")).toEqual([
      ["/log/entries/8/response/content/text", '"after": "Y3Vyc29yMg"'],
      ["/log/entries/9/request/queryString/1", '{"name":"pos","value":"Y3Vyc29yMg"}'],
    ]);
    expect(cited("tables.orders.read.pagination")).toEqual([
      ["/log/entries/3/request/queryString/0", '{"name":"page","value":"1"}'],
      ["/log/entries/4/request/queryString/0", '{"name":"page","value":"2"}'],
    ]);
  });

  test("says what was only guessed", () => {
    expect(blueprint.claims["tables.regions.read.pagination"]).toMatchObject({
      status: "unproven",
      reason: "Taken from names: no request for a second page was recorded.",
    });
    expect(blueprint.claims["tables.orders.columns"]).toMatchObject({
      status: "unproven",
      reason: expect.stringContaining("Only null was seen of note."),
    });
    expect(blueprint.custom).toContain(
      "orders: the saved requests send region=west, the connector does not. If the source needs it, state it under `params`.",
    );
    expect(tableNamed(portal, "orders").deletes).toEqual({ kind: "none" });
    expect(blueprint.claims["tables.lines.read.parent"]?.status).toBe("documented");
  });

  test("keeps no secret, no file, and nothing of other hosts", async () => {
    const given = await readFile(join(HAR, "portal.har"), "utf8");
    expect(new Set(given.match(/planted-[\w-]+/g)).size).toBe(12);
    const kept = JSON.stringify(portal) + [...portal.pages.values()].join("");
    expect(kept).not.toContain("planted-");
    expect(kept).not.toContain(Buffer.from("planted-").toString("base64").slice(0, 8));
  });
});

describe("paths", () => {
  const pathsOf = async (calls: [string, unknown, Call?][]) =>
    (await described(calls)).blueprint.tables.map(({ read }) => read.path);

  test("a value of a row of the list before it is a placeholder, even once and whatever its form", async () => {
    const found = await described([
      ["/countries", [{ code: "DE", name: "Germany" }]],
      ["/countries/DE/cities", rows(1)],
    ]);
    expect(tableNamed(found, "cities").read).toMatchObject({
      path: "/countries/{country_code}/cities",
      parent: { table: "countries", bind: [{ parent_column: "code" }] },
    });
    expect(found.blueprint.claims["tables.cities.read.parent"]?.status).toBe("documented");
  });

  test("an id that is in no recorded row is a placeholder whose parent is unproven", async () => {
    const found = await described([
      ["/orders", rows(1001)],
      ["/orders/2002/lines", rows(1)],
    ]);
    expect(tableNamed(found, "lines").read.path).toBe("/orders/{order_id}/lines");
    expect(found.blueprint.claims["tables.lines.read.parent"]).toMatchObject({
      status: "unproven",
      reason: "The recorded values of {order_id} were not in the recorded rows of orders.",
    });
  });

  test("an id without a list of what it names is no table of one row's data", async () => {
    const found = await described([
      ["/accounts/4711/invoices", rows(1)],
      ["/things", rows(1)],
    ]);
    expect(found.blueprint.tables.map(({ name }) => name)).toEqual(["things"]);
    expect(reasonFor(found, "/accounts/{account_id}/invoices")).toMatch(/no endpoint lists the values/);
  });

  test("versions stay, short numbers are ids where they differ, words stay apart", async () => {
    expect(await pathsOf([["/rest/api/2/issues", rows(1)]])).toEqual(["/rest/api/2/issues"]);
    expect(
      await pathsOf([
        ["/orders", rows(1)],
        ["/customers", rows(2)],
      ]),
    ).toEqual(["/orders", "/customers"]);
    const differing: [string, unknown][] = [
      ["/orders", [{ number: "x" }]],
      ["/orders/7", { id: 7 }],
      ["/orders/8", { id: 8 }],
    ];
    expect(reasonFor(await described(differing), "/orders/{order_id}")).toBe("Answers one record, not a list.");
  });
});

describe("paging that requests do not show", () => {
  const styleOf = async (calls: [string, unknown][]) =>
    tableNamed(await described(calls), "things").read.pagination.style;

  test("a filter that counts up is no page", async () => {
    expect(
      await styleOf([
        ["/things?store=1", { things: rows(1, 2, 3) }],
        ["/things?store=2", { things: rows(4, 5) }],
      ]),
    ).toBe("none");
  });

  test("a filter that happens to be in the answer is no cursor", async () => {
    const open = { things: rows(1), status: "closed", total: 2 };
    expect(
      await styleOf([
        ["/things?state=open", open],
        ["/things?state=closed", { things: rows(2), total: 2 }],
      ]),
    ).toBe("none");
  });

  test("pages from 0, a cursor that replaces all else, and an address to follow", async () => {
    const zero = await described([
      ["/things?page=0", rows(1)],
      ["/things?page=1", rows(2)],
    ]);
    expect(tableNamed(zero, "things").read.pagination).toMatchObject({ style: "page", start: 0 });
    const only = await described([
      ["/things?filter=x", { things: rows(1), next: "abcdef" }],
      ["/things?token=abcdef", { things: rows(2), next: null }],
    ]);
    expect(tableNamed(only, "things").read.pagination).toMatchObject({
      style: "cursor",
      cursor_param: "token",
      next: "next",
      cursor_only: true,
    });
    const followed = await described([
      ["/things?api_key=planted-0001", { things: rows(1), links: { more: "/things?at=2" } }],
      ["/things?at=2&api_key=planted-0001", { things: rows(2), links: { more: null } }],
    ]);
    expect(tableNamed(followed, "things").read.pagination).toEqual({ style: "next_url", next: "links.more" });
    expect(followed.blueprint.source.auth).toMatchObject({ kind: "api_key", in: "query", name: "api_key" });
  });
});

describe("what traffic does not say", () => {
  test("a filter by name is unproven, and so are cookies", async () => {
    const found = await described([
      [
        "/things?updated_since=2026-01-01",
        [{ id: 1, updated_at: "2026-01-02T00:00:00Z" }],
        { headers: { Cookie: "sid=planted-cookie-value" } },
      ],
    ]);
    expect(tableNamed(found, "things").advance).toMatchObject({
      kind: "cursor",
      param: "updated_since",
      format: "date",
    });
    expect(found.blueprint.claims["tables.things.advance"]).toMatchObject({
      status: "unproven",
      reason: "Taken from the parameter's name: traffic does not say which rows it lets through.",
    });
    expect(found.blueprint.source.auth).toEqual({ kind: "none" });
    expect(found.blueprint.claims["source.auth"]).toMatchObject({ status: "unproven" });
    expect([...found.pages.values()].join("")).not.toContain("planted");
  });
});

describe("recordings that cannot be used", () => {
  test.each([
    ["version-2.har", /HAR file of version 2\.0, which cannot be read/],
    ["no-entries.har", /HAR file without a list at \/log\/entries/],
    ["broken-entry.har", /\/log\/entries\/0 has no request with an address/],
    ["no-json.har", /holds no JSON answer to a GET request/],
    ["no-content.har", /1 answers with JSON to GET requests, but not their bodies/],
  ])("%s", async (name, message) => {
    const error = await describeFixture({ docs: [name], directory: HAR }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: "UserError",
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/./),
    });
  });
});
