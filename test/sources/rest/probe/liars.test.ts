/** Sources that are not what the blueprint says: each is found out, under the right key, with its figures. */
import { describe, expect, it } from "vitest";
import type { RestBlueprint as Blueprint, RestTable as Table } from "../../../../src/artifacts/blueprint.ts";
import { LIMITS, type Limits } from "../../../../src/sources/http/probe/session.ts";
import type { ProbeFinding } from "../../../../src/sources/live.ts";
import { probeRest } from "../../../../src/sources/rest/probe/probe.ts";
import { makeBlueprint, type TableInput } from "../../../support/rest-blueprint.ts";
import { startUpstream } from "../../../support/upstream.ts";
import { verifies } from "../../../support/verifies.ts";

interface Served {
  status?: number;
  /** Text is sent as it is. */
  body?: unknown;
  headers?: Record<string, string>;
  after?: number;
}
type Answer = (query: URLSearchParams, path: string, headers: Record<string, unknown>) => Served;

interface Row {
  [column: string]: unknown;
}

const rows: Row[] = Array.from({ length: 37 }, (_, index) => ({
  id: index + 1,
  name: `thing ${index}`,
  updated_at: new Date(Date.UTC(2025, 0, 1 + 3 * index)).toISOString(),
}));

const PAGED = { style: "page", page_param: "page", size_param: "size", size: 10 };
const SINCE = { kind: "cursor", column: "updated_at", param: "since" };

/** Keeps to everything: pages from 1, sizes to 20, an inclusive filter. What a test is about is changed. */
function honest(query: URLSearchParams, all: readonly Row[] = rows): { items: Row[]; found: Row[] } {
  const since = query.get("since");
  const found = all.filter((row) => since === null || Date.parse(String(row.updated_at)) >= Date.parse(since));
  const size = Math.min(Number(query.get("size") ?? 10), 20);
  const page = Number(query.get("page") ?? 1);
  return { found, items: page < 1 ? [] : found.slice((page - 1) * size, page * size) };
}

async function serve(answer: Answer): Promise<{ base_url: string; asked: string[] }> {
  const asked: string[] = [];
  const { origin } = await startUpstream((request, response) => {
    asked.push(request.url ?? "");
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    const { status = 200, body, headers = {}, after = 0 } = answer(searchParams, pathname, request.headers);
    setTimeout(() => {
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    }, after);
  });
  return { base_url: origin, asked };
}

type Source = Parameters<typeof makeBlueprint>[1];

async function probe(
  answer: Answer,
  table: TableInput | TableInput[] = {},
  {
    limits,
    configuration,
    ...source
  }: Source & { limits?: Partial<Limits>; values?: Record<string, string> } & { configuration?: never } = {},
): Promise<{ findings: ProbeFinding[]; asked: string[]; blueprint: Blueprint }> {
  const { base_url, asked } = await serve(answer);
  const { values = {}, ...rest } = source as { values?: Record<string, string> };
  const blueprint = makeBlueprint([table].flat(), { base_url, ...rest });
  const options = { configuration: values, signal: AbortSignal.timeout(20_000), onProgress: () => undefined };
  const findings: ProbeFinding[] = [];
  for await (const finding of probeRest(blueprint, options, { ...LIMITS, ...limits })) findings.push(finding);
  return { findings, asked, blueprint };
}

function refuted(findings: ProbeFinding[]): string[] {
  return findings.filter(({ verdict }) => verdict === "refutes").map(({ key, says }) => `${key}: ${says}`);
}

function correctedTable(findings: ProbeFinding[], field: string): Table | undefined {
  return findings.findLast(({ key, corrected }) => key.endsWith(field) && corrected)?.corrected?.tables[0] as
    | Table
    | undefined;
}

const things: TableInput = { read: { records: "items", pagination: PAGED }, advance: { ...SINCE } };

describe(verifies("research.probes", "probes before code"), () => {
  it("an honest source is confirmed in each field", async () => {
    const { findings } = await probe((query) => ({ body: { items: honest(query).items } }), things);
    expect(refuted(findings)).toEqual([]);
    const confirmed = new Set(findings.filter(({ verdict }) => verdict === "confirms").map(({ key }) => key));
    const fields = ["read.path", "read.records", "read.pagination", "primary_key", "columns", "advance"];
    expect([...confirmed].sort()).toEqual(
      ["source.auth", "source.base_url", ...fields.map((field) => `tables.items.${field}`)].sort(),
    );
    for (const { exchanges, verdict } of findings)
      if (verdict === "confirms") expect(exchanges.length).toBeGreaterThan(0);
  });

  it("a page parameter that is ignored", async () => {
    const { findings } = await probe((query) => {
      query.delete("page");
      return { body: { items: honest(query).items } };
    }, things);
    expect(refuted(findings).join("\n")).toContain(
      "tables.items.read.pagination: Page 2 is page 1 again: all 10 records are the same.",
    );
    // The size works, which must not hide that paging does not.
    expect(findings.filter(({ key, corrected }) => key.endsWith("pagination") && corrected)).toEqual([]);
  });

  it("a size that is clamped", async () => {
    const { findings } = await probe((query) => ({ body: { items: honest(query).items } }), {
      ...things,
      read: { records: "items", pagination: { ...PAGED, size: 500 } },
    });
    expect(refuted(findings)).toEqual([]);
    const size = findings.find(({ says }) => says.includes("clamped"));
    expect(size).toMatchObject({ key: "tables.items.read.pagination", verdict: "confirms" });
    expect(size?.says).toBe("size is clamped at 20: asked for 500, got 20 with more to come; asked for 10, got 10.");
    expect(size?.corrected?.tables[0]?.read).toMatchObject({ pagination: { size: 20 } });
  });

  it("a size beyond the limit that is refused", async () => {
    const answer: Answer = (query) =>
      Number(query.get("size") ?? 10) > 20
        ? { status: 400, body: { message: "size must be between 1 and 20" } }
        : { body: { items: honest(query).items } };
    const { findings } = await probe(answer, {
      ...things,
      read: { records: "items", pagination: { ...PAGED, size: 500 } },
    });
    expect(refuted(findings)).toEqual([
      "tables.items.read.pagination: size=500 is refused with status 400 (size must be between 1 and 20); 20 is answered.",
    ]);
    expect(correctedTable(findings, "pagination")?.read.pagination).toMatchObject({ size: 20 });
  });

  it("a size parameter that is ignored", async () => {
    const { findings } = await probe(
      (query) => {
        query.set("size", "10");
        return { body: { items: honest(query).items } };
      },
      { ...things, read: { records: "items", pagination: { ...PAGED, size: 100 } } },
    );
    expect(refuted(findings).join("\n")).toContain("size is ignored: asked for 5, got 10.");
  });

  it("a filter that leaves out rows that equal the value", async () => {
    const answer: Answer = (query) => {
      const since = query.get("since");
      const found = rows.filter((row) => since === null || Date.parse(String(row.updated_at)) > Date.parse(since));
      return { body: { items: honest(new URLSearchParams({ page: query.get("page") ?? "1" }), found).items } };
    };
    const { findings } = await probe(answer, things);
    expect(refuted(findings).join("\n")).toMatch(
      /tables\.items\.advance: since=2025-02-27T00:00:00\.000Z gives 17 rows, and not the row .* exclusive/,
    );
    expect(correctedTable(findings, "advance")?.advance).toMatchObject({ inclusive: false });
  });

  it("a filter that is ignored", async () => {
    const { findings } = await probe((query) => {
      query.delete("since");
      return { body: { items: honest(query).items } };
    }, things);
    const found = findings.find(({ key, verdict }) => key.endsWith("advance") && verdict === "refutes");
    expect(found?.says).toMatch(/later than any row, gives 10 rows.* the filter is ignored/);
    expect(found?.instead).toContain("full");
    expect(found?.corrected).toBeUndefined();
  });

  it("a filter that wants the very value", async () => {
    const { findings } = await probe((query) => {
      const since = query.get("since");
      query.delete("since");
      const found = rows.filter((row) => since === null || row.updated_at === since);
      return { body: { items: honest(query, found).items } };
    }, things);
    expect(refuted(findings).join("\n")).toMatch(/gives 1 rows and none of 10 whose updated_at is later/);
  });

  it("a filter on another column", async () => {
    const mixed = rows.map((row, index) => ({
      ...row,
      created_at: row.updated_at,
      updated_at: rows[(index * 7) % 37]?.updated_at,
    }));
    const { findings } = await probe(
      (query) => {
        const since = query.get("since");
        query.delete("since");
        const found = mixed.filter((row) => since === null || Date.parse(String(row.created_at)) >= Date.parse(since));
        return { body: { items: honest(query, found).items } };
      },
      { ...things, columns: { id: "integer", name: "string", updated_at: "timestamp", created_at: "timestamp" } },
    );
    expect(refuted(findings).join("\n")).toMatch(/tables\.items\.advance: .*is about another column/);
  });

  it("a value of the cursor in another format than is taken", async () => {
    const { findings } = await probe((query) => {
      const since = query.get("since");
      if (since !== null && !/^\d+$/.test(since))
        return { status: 400, body: { error: "since must be epoch seconds" } };
      if (since !== null) query.set("since", new Date(Number(since) * 1000).toISOString());
      return { body: { items: honest(query).items } };
    }, things);
    expect(refuted(findings).join("\n")).toMatch(
      /advance: since=.* is refused with status 400 \(since must be epoch seconds\); \d{10} is answered/,
    );
    expect(correctedTable(findings, "advance")?.advance).toMatchObject({ format: "epoch_seconds" });
  });

  it("rows that do not come in order", async () => {
    const { findings } = await probe((query) => ({ body: { items: honest(query, rows.toReversed()).items } }), {
      ...things,
      advance: { ...SINCE, order: "ascending" },
    });
    expect(refuted(findings).join("\n")).toContain(
      "tables.items.advance: Rows do not come in ascending order of updated_at",
    );
    expect(correctedTable(findings, "advance")?.advance).toMatchObject({ order: "unknown" });
  });

  it("a window whose end is ignored", async () => {
    const { findings } = await probe((query) => ({ body: { items: honest(query).items } }), {
      ...things,
      advance: { ...SINCE, window: { end_param: "until", days: 30 } },
    });
    expect(refuted(findings).join("\n")).toContain("until is ignored");
  });

  it.each([
    ["0-based pages, declared from 1", 1, 0],
    ["pages from 1, declared from 0, where 0 is 1, too", 0, 1],
  ])("%s", async (_, start, real) => {
    const answer: Answer = (query) => {
      const page = Number(query.get("page") ?? real);
      query.set("page", String(Math.max(page - real, 0) + 1));
      return { body: { items: honest(query).items } };
    };
    const { findings } = await probe(answer, {
      ...things,
      read: { records: "items", pagination: { ...PAGED, start } },
    });
    expect(refuted(findings).join("\n")).toContain(`the first page is ${real}`);
    expect(correctedTable(findings, "pagination")?.read.pagination).toMatchObject({ start: real });
  });

  it("pages from 1 that refuse page 0", async () => {
    const { findings } = await probe(
      (query) =>
        query.get("page") === "0"
          ? { status: 400, body: { error: "page must be positive" } }
          : { body: { items: honest(query).items } },
      {
        ...things,
        read: { records: "items", pagination: { ...PAGED, start: 0 } },
      },
    );
    expect(refuted(findings).join("\n")).toContain(
      "page=0 is refused with status 400 (page must be positive); page=1 is answered.",
    );
    expect(correctedTable(findings, "pagination")?.read.pagination).toMatchObject({ start: 1 });
  });

  it("a next cursor under another path", async () => {
    const answer: Answer = (query) => {
      const page = Number(query.get("cursor") ?? 1);
      query.set("page", String(page));
      return { body: { items: honest(query).items, paging: { next_cursor: page < 4 ? String(page + 1) : null } } };
    };
    const pagination = { style: "cursor", cursor_param: "cursor", next: "next_cursor" };
    const { findings } = await probe(answer, { read: { records: "items", pagination } });
    expect(refuted(findings).join("\n")).toMatch(
      /pagination: `next_cursor` leads nowhere after 10 records.* paging\.next_cursor is given/,
    );
    expect(correctedTable(findings, "pagination")?.read.pagination).toMatchObject({ next: "paging.next_cursor" });
  });

  it("no pagination declared, and a total that speaks of more", async () => {
    const { findings } = await probe((query) => ({ body: { items: honest(query).items, total: 37 } }), {
      read: { records: "items" },
    });
    expect(refuted(findings).join("\n")).toContain("The answer has 10 records and speaks of more: total is 37.");
  });

  it("a total that is only the page's own", async () => {
    const answer: Answer = (query) => {
      const from = Number(query.get("offset"));
      const items = rows.slice(from, from + 10);
      return { body: { items, total: items.length } };
    };
    const pagination = { style: "offset", offset_param: "offset", limit_param: "limit", limit: 10, total: "total" };
    const { findings } = await probe(answer, { read: { records: "items", pagination } });
    expect(refuted(findings).join("\n")).toContain(
      "`total` is 10 on page 1, which would end the read, and page 2 has 10 records.",
    );
    expect(correctedTable(findings, "pagination")?.read.pagination).not.toHaveProperty("total");
  });

  it("a last page that is given for ever", async () => {
    const { findings } = await probe((query) => {
      query.set("page", String(Math.min(Number(query.get("page")), 4)));
      return { body: { items: honest(query).items } };
    }, things);
    expect(refuted(findings).join("\n")).toContain("a read would not end");
  });

  it.each([
    ["by a parameter that adds rows", { include_archived: "true" }, "include_archived=true"],
    ["by a status that takes all", { status: "any" }, "status=any"],
  ])("archived rows that are hidden, shown %s", async (_, params, named) => {
    const [[name, value]] = Object.entries(params) as [[string, string]];
    const answer: Answer = (query) => {
      const shown = rows.filter((row) => Number(row.id) % 4 !== 0 || query.get(name) === value);
      return { body: { items: honest(query, query.get("status") === "all" ? [] : shown).items } };
    };
    const { findings } = await probe(answer, { read: { records: "items", pagination: { ...PAGED, size: 20 } } });
    expect(refuted(findings).join("\n")).toContain(
      `tables.items.read.path: The listing hides rows: ${named} shows 9 rows that are not among the 28 rows without it.`,
    );
  });

  it("archived rows that are hidden in a long listing, told by its total", async () => {
    const answer: Answer = (query) => {
      const shown = rows.filter((row) => Number(row.id) % 4 !== 0 || query.get("include_inactive") === "true");
      return { body: { items: honest(query, shown).items, total: shown.length } };
    };
    const { findings } = await probe(answer, things);
    expect(refuted(findings).join("\n")).toContain(
      "include_inactive=true shows 9 rows that are not among the 28 rows without it",
    );
  });

  it("a listing that grows while it is probed hides nothing", async () => {
    let now = 20;
    const answer: Answer = (query) => {
      const items = honest(query, rows.slice(0, Math.min(now++, 37))).items;
      return { body: { items, total: now } };
    };
    const { findings } = await probe(answer, { read: { records: "items", pagination: { ...PAGED, size: 20 } } });
    expect(refuted(findings).filter((line) => line.includes("hides"))).toEqual([]);
  });

  it("credentials that are not checked", async () => {
    const { findings } = await probe((query) => ({ body: { items: honest(query).items } }), things, {
      auth: { kind: "bearer", token: "api_token" },
      values: { api_token: "a-secret-token-1" },
    } as never);
    expect(refuted(findings)).toEqual([
      "source.auth: /items answers wrong credentials with status 200 and 10 records, without any it answers with records, too: the source does not check them on this path.",
    ]);
    expect(JSON.stringify(findings, (_, value) => (typeof value === "bigint" ? String(value) : value))).not.toContain(
      "a-secret-token-1",
    );
  });

  it("credentials that are checked", async () => {
    const seen = new Set<unknown>();
    const { findings } = await probe(
      (query, _, { authorization }) => {
        seen.add(authorization);
        return authorization === "Bearer a-secret-token-1"
          ? { body: { items: honest(query).items } }
          : { status: 401, body: {} };
      },
      things,
      { auth: { kind: "bearer", token: "api_token" }, values: { api_token: "a-secret-token-1" } } as never,
    );
    expect(refuted(findings)).toEqual([]);
    expect(findings.find(({ key }) => key === "source.auth")).toMatchObject({ verdict: "confirms" });
    expect(seen.size).toBe(3);
    expect([...seen].find((value) => value !== undefined && value !== "Bearer a-secret-token-1")).toMatch(
      /^Bearer [a-z]-[a-z]{6}-[a-z]{5}-\d$/,
    );
  });

  it("columns that are missing and columns that are there", async () => {
    const all = rows.map((row) => ({ ...row, price: 1.5, tags: ["a"], born: "2020-02-29" }));
    const columns = {
      id: "integer",
      name: "string",
      updated_at: "timestamp",
      nickname: "string",
      code: { type: "string", nullable: false },
    } as const;
    const { findings } = await probe((query) => ({ body: { items: honest(query, all).items } }), {
      ...things,
      columns,
    });
    expect(refuted(findings)).toEqual([
      "tables.items.columns: 20 records have 3 fields that no column is declared for: price (number), tags (json), born (date); nickname, code are declared and in none of 20 records.",
    ]);
    expect(correctedTable(findings, "columns")?.columns).toMatchObject([
      { name: "id" },
      { name: "name" },
      { name: "updated_at" },
      { name: "nickname" },
      { name: "code", nullable: true },
      { name: "price", type: "number", nullable: true },
      { name: "tags", type: "json" },
      { name: "born", type: "date" },
    ]);
  });

  it("values of other types than declared", async () => {
    const all = rows.map((row, index) => ({
      ...row,
      id: String(row.id),
      price: `${index}.25`,
      at: "2025-01-01T10:00:00",
      seen: 1_700_000_000 + index,
      count: index === 3 ? null : index,
    }));
    const body = (items: unknown) =>
      JSON.stringify({ items }).replaceAll('"name"', '"big":92233720368547758071,"name"');
    const columns = {
      id: "integer",
      name: "string",
      updated_at: "timestamp",
      price: "number",
      at: "timestamp",
      seen: "timestamp",
      big: "integer",
      count: { type: "integer", nullable: false },
    } as const;
    const { findings } = await probe((query) => ({ body: body(honest(query, all).items) }), { ...things, columns });
    const lines = refuted(findings);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("id is declared integer and is text of digits in 20 of 20 values");
    expect(correctedTable(findings, "columns")?.columns).toMatchObject([
      { name: "id", type: "string" },
      { name: "name", type: "string" },
      { name: "updated_at", type: "timestamp" },
      { name: "price", type: "decimal", precision: 38, scale: 9 },
      { name: "at", type: "local_timestamp" },
      { name: "seen", type: "timestamp", format: "epoch_seconds" },
      { name: "big", type: "bigint" },
      { name: "count", type: "integer", nullable: true },
    ]);
  });

  it("a key that stands for several records", async () => {
    const all = rows.map((row, index) => ({
      ...row,
      id: Math.floor(index / 2),
      region: index % 2 === 0 ? "eu" : "us",
      name: "x",
      updated_at: "2025-01-01T00:00:00Z",
    }));
    const columns = { id: "integer", region: "string", name: "string", updated_at: "timestamp" } as const;
    const { findings } = await probe((query) => ({ body: { items: honest(query, all).items } }), {
      ...things,
      columns,
      advance: { kind: "full" },
    });
    const found = findings.find(({ key }) => key === "tables.items.primary_key");
    expect(found?.says).toContain("The key id is not unique: 10 of its values stand for different records");
    expect(found?.instead).toBe("(id, region) is unique in the sample");
  });

  it("records elsewhere in the answer", async () => {
    const { findings } = await probe(
      (query) => ({ body: { result: { things: honest(query).items }, errors: [] } }),
      things,
    );
    expect(refuted(findings).join("\n")).toContain(
      "At `items` there is nothing; lists of records are at `result.things` (10).",
    );
    expect(correctedTable(findings, "read.records")?.read.records).toBe("result.things");
    // And the questions that follow are asked of it.
    expect(findings.find(({ key }) => key.endsWith("primary_key"))).toMatchObject({ verdict: "confirms" });
  });

  it("a page for people with status 200", async () => {
    const { findings } = await probe(
      () => ({ body: "<html>Please log in</html>", headers: { "content-type": "text/html" } }),
      things,
    );
    expect(refuted(findings)).toEqual([
      "tables.items.read.path: /items answers with status 200 and text/html, which is no JSON.",
    ]);
  });

  it.each<[string, Served, "refutes" | "silent", string]>([
    ["an error with status 200", { body: { error: "no access" } }, "refutes", "which has the fields error"],
    ["an empty list that is left out", { body: { kind: "list" } }, "silent", "which has the fields kind"],
    ["null in the place of a list", { body: { items: null } }, "silent", "there is null"],
    ["one object in the place of a list", { body: { items: { id: 1 } } }, "refutes", "one object, no list"],
    ["a list of ids", { body: { items: [1, 2] } }, "refutes", "a list of 2 that are no records"],
    ["nothing at all", { status: 204, body: "" }, "silent", "status 204 and nothing in it"],
    ["a failure of its own", { status: 500, body: {} }, "silent", "status 500"],
    ["that the credentials do not open it", { status: 403, body: {} }, "silent", "do not open it"],
  ])("a source that answers %s", async (_, served, verdict, says) => {
    const { findings } = await probe(() => served, things);
    const found = findings.find((finding) => finding.says.includes(says));
    expect(found).toMatchObject({ verdict });
    if (verdict === "silent") expect(refuted(findings)).toEqual([]);
  });

  it("a path that is not there", async () => {
    const { findings } = await probe(() => ({ status: 404, body: { message: "no such thing" } }), things);
    expect(refuted(findings)).toEqual(["tables.items.read.path: /items answers with status 404 (no such thing)."]);
  });

  it("a redirect to another host, which never gets the key", async () => {
    const seen: unknown[] = [];
    const other = await startUpstream((request, response) => {
      seen.push(request.headers);
      response.end("[]");
    });
    const location = `${other.origin.replace("127.0.0.1", "localhost")}/login`;
    const { findings } = await probe(() => ({ status: 302, body: "", headers: { location } }), things, {
      auth: { kind: "api_key", in: "header", name: "X-Key", value: "api_key" },
      values: { api_key: "a-secret-key-1" },
    } as never);
    expect(refuted(findings).join("\n")).toMatch(
      /read\.path: \/items redirects \(status 302\) to another host, localhost:\d+, which is not asked/,
    );
    expect(seen).toEqual([]);
  });

  it("too many requests: waits as long as it is asked to, and goes on", async () => {
    let count = 0;
    const { findings } = await probe((query) => {
      count += 1;
      return count === 3
        ? { status: 429, body: {}, headers: { "retry-after": "1" } }
        : { body: { items: honest(query).items } };
    }, things);
    expect(refuted(findings)).toEqual([]);
    expect(
      findings.filter(({ key, verdict }) => key.endsWith("pagination") && verdict === "confirms").length,
    ).toBeGreaterThan(2);
  });

  it("too many requests, for longer than is waited: silent, with the reason, and not asked on", async () => {
    let count = 0;
    const { findings, asked } = await probe(
      (query) => {
        count += 1;
        return count > 4
          ? { status: 429, body: {}, headers: { "retry-after": "300" } }
          : { body: { items: honest(query).items } };
      },
      [things, { ...things, name: "others" }],
    );
    expect(asked).toHaveLength(5);
    expect(refuted(findings)).toEqual([]);
    const silent = findings.filter(({ verdict }) => verdict === "silent").map(({ key, says }) => `${key}: ${says}`);
    expect(silent.join("\n")).toContain("wants 300 s of rest");
    expect(silent.join("\n")).toContain("tables.others.read.path: others was not probed");
  });

  it("an answer that does not come", async () => {
    let count = 0;
    const { findings } = await probe(
      (query) => {
        count += 1;
        return { body: { items: honest(query).items }, after: count === 4 ? 1500 : 0 };
      },
      things,
      { limits: { seconds: 0.5 } } as never,
    );
    expect(refuted(findings)).toEqual([]);
    expect(
      findings
        .filter(({ verdict }) => verdict === "silent")
        .map(({ says }) => says)
        .join("\n"),
    ).toContain("no complete answer within 0.5 s");
  });

  it("a source that is not there at all is a matter for a person", async () => {
    const blueprint = makeBlueprint([things], { base_url: "http://127.0.0.1:9" });
    const options = { configuration: {}, signal: AbortSignal.timeout(5000), onProgress: () => undefined };
    await expect(probeRest(blueprint, options).next()).rejects.toThrow("did not answer");
  });

  it("an empty source confirms nothing about its records", async () => {
    const { findings } = await probe(() => ({ body: { items: [] } }), things);
    expect(refuted(findings)).toEqual([]);
    const confirmed = findings.filter(({ verdict }) => verdict === "confirms").map(({ key }) => key);
    expect(new Set(confirmed)).toEqual(new Set(["tables.items.read.path", "source.base_url", "source.auth"]));
  });

  it("children that are another parent's", async () => {
    const child = {
      name: "parts",
      columns: { thing_id: "integer", id: "integer" },
      primary_key: ["thing_id", "id"],
      read: {
        path: "/items/{thing_id}/parts",
        records: "parts",
        parent: { table: "items", bind: [{ placeholder: "thing_id", parent_column: "id", column: "thing_id" }] },
      },
    } as const;
    const answer =
      (shift: number): Answer =>
      (query, path) => {
        const thing = Number(/^\/items\/(\d+)\/parts$/.exec(path)?.[1]);
        const parts = thing === 1 ? [] : [{ thing_id: thing + shift, id: 1 }];
        return { body: Number.isNaN(thing) ? { items: honest(query).items } : { parts } };
      };
    const right = await probe(answer(0), [things, child as never]);
    expect(refuted(right.findings)).toEqual([]);
    expect(right.findings.find(({ key }) => key.endsWith("read.parent"))?.says).toBe(
      "Records of 2 rows of items were read, and each names the row it was asked for with.",
    );
    const wrong = await probe(answer(1), [things, child as never], {});
    expect(refuted(wrong.findings).join("\n")).toContain(
      "tables.parts.read.parent: Asked for with thing_id 2, parts gives a record whose own thing_id is 3.",
    );
  });

  it("a list of deleted rows under another name, and one that is not there", async () => {
    const deletes = { kind: "feed", path: "/gone", records: "ids", keys: { id: "id" } };
    const answer =
      (status: number): Answer =>
      (query, path) =>
        path === "/gone" ? { status, body: { deleted: [{ id: 99 }] } } : { body: { items: honest(query).items } };
    const moved = await probe(answer(200), { ...things, deletes });
    expect(correctedTable(moved.findings, "deletes")?.deletes).toMatchObject({ records: "deleted" });
    const absent = await probe(answer(404), { ...things, deletes });
    expect(refuted(absent.findings).join("\n")).toContain("The list of deleted rows at /gone answers with status 404");
  });

  it("a rate limit above what the headers state", async () => {
    const { base_url } = await serve((query) => ({
      body: { items: honest(query).items },
      headers: { "ratelimit-policy": "100;w=60" },
    }));
    const blueprint = makeBlueprint([things], { base_url });
    blueprint.source.rate_limit = { requests: 10, per_seconds: 1 };
    const findings: ProbeFinding[] = [];
    const options = { configuration: {}, signal: AbortSignal.timeout(5000), onProgress: () => undefined };
    for await (const finding of probeRest(blueprint, options)) findings.push(finding);
    expect(findings.at(-1)).toMatchObject({
      key: "source.rate_limit",
      verdict: "refutes",
      instead: "100 requests per 60 s",
    });
  });

  it("keeps to the bound of requests, and names what was not asked", async () => {
    const tables = Array.from({ length: 5 }, (_, index) => ({ ...things, name: `t${index}` }));
    const { findings, asked } = await probe((query) => ({ body: { items: honest(query).items } }), tables, {
      limits: { all: 30 },
    } as never);
    expect(asked.length).toBeLessThanOrEqual(30);
    expect(findings.filter(({ says }) => says.includes("was not probed")).map(({ key }) => key)).toContain(
      "tables.t4.read.path",
    );
  });
});
