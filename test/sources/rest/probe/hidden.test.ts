/** Rows that a listing hides, and the source's clock: each table gets its answer, whatever the source is like. */
import { describe, expect, it } from "vitest";
import { LIMITS, type Limits } from "../../../../src/sources/http/probe/session.ts";
import type { ProbeFinding } from "../../../../src/sources/live.ts";
import { probeRest } from "../../../../src/sources/rest/probe/probe.ts";
import { makeBlueprint, type TableInput } from "../../../support/rest-blueprint.ts";
import { startUpstream } from "../../../support/upstream.ts";

const QUESTION = "Does the listing hide rows?";

interface Row {
  id: number;
  name: string;
  updated_at: string;
  archived: boolean;
}

/** Every fifth one is archived. */
function rowsOf(count: number): Row[] {
  return Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    name: `thing ${index}`,
    updated_at: new Date(Date.UTC(2025, 0, 1, index)).toISOString(),
    archived: index % 5 === 4,
  }));
}

const COLUMNS = { id: "integer", name: "string", updated_at: "timestamp", archived: "boolean" } as const;
const PAGED = { style: "page", page_param: "page", size_param: "size", size: 10 };

type Rows = (query: URLSearchParams) => Row[];

interface Served {
  rows: Rows;
  total?: boolean;
  /** Parameters that are answered with status 400. */
  refuses?: (name: string) => boolean;
  headers?: () => Record<string, string>;
}

async function probe(
  { rows, total = false, refuses = () => false, headers = () => ({}) }: Served,
  tables: TableInput | TableInput[],
  limits: Partial<Limits> = {},
): Promise<{ findings: ProbeFinding[]; asked: string[] }> {
  const asked: string[] = [];
  const { origin } = await startUpstream((request, response) => {
    asked.push(request.url ?? "");
    const { searchParams } = new URL(request.url ?? "/", "http://localhost");
    const bad = [...searchParams.keys()].some(refuses);
    response.writeHead(bad ? 400 : 200, { "content-type": "application/json", ...headers() });
    const found = rows(searchParams);
    const size = Math.min(Number(searchParams.get("size") ?? 10), 20);
    const from = (Number(searchParams.get("page") ?? 1) - 1) * size;
    const items = found.slice(from, from + size);
    response.end(JSON.stringify(bad ? { error: "unknown" } : { items, ...(total ? { total: found.length } : {}) }));
  });
  const blueprint = makeBlueprint(
    [tables].flat().map((table) => ({
      columns: COLUMNS,
      ...table,
      read: { records: "items", pagination: PAGED, ...table.read },
    })),
    { base_url: origin },
  );
  const options = { configuration: {}, signal: AbortSignal.timeout(20_000), onProgress: () => undefined };
  const findings: ProbeFinding[] = [];
  for await (const finding of probeRest(blueprint, options, { ...LIMITS, ...limits })) findings.push(finding);
  return { findings, asked };
}

/** The one answer to the question, of the only table. */
function hidden(findings: readonly ProbeFinding[], table = "items"): ProbeFinding {
  const found = findings.filter(({ question, key }) => question === QUESTION && key === `tables.${table}.read.path`);
  expect(found).toHaveLength(1);
  return found[0] as ProbeFinding;
}

const archived =
  (count: number): Rows =>
  (query) =>
    rowsOf(count).filter((row) => !row.archived || query.get("include_archived") === "true");

describe("hidden rows", () => {
  it("in a listing of many pages without a total, by the rows that stand among the first", async () => {
    const { findings } = await probe({ rows: archived(421) }, {});
    expect(hidden(findings)).toMatchObject({
      verdict: "refutes",
      says: "The listing hides rows: include_archived=true shows at least 3 rows that are not among the first 20 rows without it.",
    });
  });

  it("none in a listing of many pages: what was tried is said", async () => {
    const { findings } = await probe({ rows: () => rowsOf(421) }, {});
    expect(hidden(findings).verdict).toBe("silent");
    expect(hidden(findings).says).toBe(
      "No hidden rows were found: none of the parameters that usually show archived, inactive or deleted rows shows others among the first 40 rows (tried: include_deleted, include_archived, include_inactive and 7 more like these; status=all, state=all; status=any).",
    );
  });

  it("none are claimed where the order of a long listing is another at each request", async () => {
    let turn = 0;
    const { findings } = await probe(
      { rows: () => rowsOf(200).sort((a, b) => ((a.id * 7919 * ++turn) % 211) - ((b.id * 104729) % 211)) },
      {},
    );
    expect(hidden(findings).verdict).toBe("silent");
  });

  it.each([
    ["counted", 34, false, "With include_archived=true 34 rows, without it 28 rows."],
    ["by the total", 300, true, "With include_archived=true 300 rows, without it 240 rows."],
    [
      "too long to count",
      421,
      false,
      "include_archived=true shows at least 4 rows among the first 40 rows that are not there without it.",
    ],
  ])("a parameter that is sent and needed: %s", async (_, count, total, says) => {
    const { findings } = await probe(
      { rows: archived(count), total },
      { read: { params: { include_archived: "true" } } },
    );
    const found = hidden(findings);
    expect(found).toMatchObject({ verdict: "confirms" });
    expect(found.says).toContain(says);
    expect(found.exchanges.map(({ address }) => address.includes("include_archived"))).toEqual(
      expect.arrayContaining([true, false]),
    );
  });

  it("a parameter that is sent and changes nothing, and one that narrows", async () => {
    const same = await probe({ rows: () => rowsOf(34) }, { read: { params: { include_archived: "true" } } });
    expect(hidden(same.findings)).toMatchObject({ verdict: "silent" });
    expect(hidden(same.findings).says).toContain(
      "Without include_archived=true there are 34 rows, too. No hidden rows",
    );
    const narrow = await probe(
      { rows: (query) => rowsOf(34).filter((row) => !row.archived || query.get("kind") !== "live") },
      { read: { params: { kind: "live" } } },
    );
    expect(hidden(narrow.findings)).toMatchObject({ verdict: "silent" });
    expect(hidden(narrow.findings).says).toContain("kind=live hides rows: without it there are 6 more than 28 rows.");
  });

  it("a parameter that is sent and without which the listing is refused", async () => {
    const { findings } = await probe(
      { rows: (query) => (query.get("region") === "eu" ? rowsOf(15) : []), refuses: (name) => name === "status" },
      { read: { params: { region: "eu" } } },
    );
    // Without it there is no row, which is what it is needed for.
    expect(hidden(findings)).toMatchObject({ verdict: "confirms" });
    expect(hidden(findings).says).toContain("With region=eu 15 rows, without it 0 rows.");
  });

  it("rows that come in the place of others are no reason to send the parameter", async () => {
    const { findings } = await probe(
      { rows: (query) => rowsOf(34).filter((row) => row.archived === (query.get("archived") === "true")) },
      { read: { pagination: { ...PAGED, size: 20 } } },
    );
    expect(hidden(findings)).toMatchObject({ verdict: "refutes" });
    expect(hidden(findings).says).toContain("archived=true shows 6 rows that are not among the 28 rows without it.");
    expect(hidden(findings).instead).toContain("these rows come without 28 others");
  });

  it("all rows of an empty listing", async () => {
    const { findings } = await probe({ rows: (query) => (query.get("status") === "any" ? rowsOf(7) : []) }, {});
    expect(hidden(findings).says).toContain("status=any shows 7 rows that are not among the 0 rows without it.");
    expect(hidden((await probe({ rows: () => [] }, {})).findings)).toMatchObject({ verdict: "silent" });
  });

  it("a source that refuses what it does not know", async () => {
    const { findings } = await probe({ rows: () => rowsOf(34), refuses: (name) => !/page|size/.test(name) }, {});
    expect(hidden(findings)).toMatchObject({ verdict: "silent" });
    expect(hidden(findings).says).toContain("whether rows are hidden cannot be asked for");
  });

  it("each table has its one answer, with the reason why there is none, however few requests there are", async () => {
    for (let perTable = 1; perTable < 30; perTable++) {
      const { findings } = await probe({ rows: archived(421) }, {}, { perTable });
      if (hidden(findings).verdict === "silent") expect(hidden(findings).says).toContain("are used up");
    }
    const tables = ["a", "b", "c", "d"].map((name) => ({ name }));
    const few = await probe({ rows: archived(34) }, tables, { all: 30 });
    for (const { name } of tables) hidden(few.findings, name);
    expect(hidden(few.findings, "d").says).toContain("d was not probed: The 30 requests");
  });

  it("a listing that cannot be read, and one record; a listing per parent is not asked", async () => {
    const gone = await probe({ rows: () => [], refuses: (name) => name === "bad" }, { read: { params: { bad: "1" } } });
    expect(hidden(gone.findings)).toMatchObject({ verdict: "silent", says: "There is no list of records to ask of." });
    const child: TableInput = {
      name: "parts",
      columns: { ...COLUMNS, thing: "integer" },
      read: {
        path: "/items/{thing}/parts",
        parent: { table: "items", bind: [{ placeholder: "thing", parent_column: "id", column: "thing" }] },
      },
    };
    const { findings } = await probe({ rows: () => rowsOf(5) }, [{}, child]);
    expect(findings.filter(({ question }) => question === QUESTION).map(({ key }) => key)).toEqual([
      "tables.items.read.path",
    ]);
  });
});

describe("the source's clock", () => {
  const cursor = { kind: "cursor", column: "updated_at", param: "since" };
  const dated = (seconds: number, more: Record<string, string> = {}): Served => ({
    rows: (query) => rowsOf(15).filter(({ updated_at }) => updated_at >= (query.get("since") ?? "")),
    headers: () => ({ date: new Date(Date.now() + seconds * 1000).toUTCString(), ...more }),
  });
  const clock = async (served: Served, ...tables: TableInput[]) =>
    (await probe(served, tables)).findings.filter(({ question }) => question === "Do the clocks agree?");

  it("behind ours hides rows that change while a table is read, unless a lookback covers it", async () => {
    const [found, ...more] = await clock(dated(-40), { advance: cursor }, { name: "others", advance: cursor });
    expect(more).toEqual([]);
    expect(found).toMatchObject({ key: "tables.items.advance", verdict: "silent" });
    expect(found?.says).toMatch(/^The source's clock is at least (39|40) s behind ours: .*items, others are read/);
    expect(found?.says).toMatch(/advance\.lookback of 4[45]/);
    expect(await clock(dated(-40), { advance: { ...cursor, lookback: 45 } })).toEqual([]);
    expect(await clock(dated(-40), { advance: { ...cursor, order: "ascending" } })).toEqual([]);
    expect(await clock(dated(-40), {})).toEqual([]);
  });

  it("ahead of ours is said, with what it means", async () => {
    expect((await clock(dated(40), { advance: cursor }))[0]?.says).toMatch(
      /^The source's clock is at least (39|40) s ahead of ours: that loses no rows/,
    );
  });

  it("is not judged by seconds that come of rounding, by caches, or by dates that are none", async () => {
    expect(await clock(dated(0), { advance: cursor })).toEqual([]);
    expect(await clock(dated(-2), { advance: cursor })).toEqual([]);
    expect(await clock(dated(-40, { age: "40" }), { advance: cursor })).toEqual([]);
    expect(await clock({ ...dated(0), headers: () => ({ date: "yesterday" }) }, { advance: cursor })).toEqual([]);
  });
});
