/** Filters, order, ranges, parents and strictness, asked by hand. */
import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/errors.ts";
import { simulateRest } from "../../../src/sources/rest/simulate/simulate.ts";
import { makeBlueprint, PLAIN_COLUMNS, type TableInput } from "../../support/rest-blueprint.ts";
import { get, simulated } from "../../support/simulated.ts";

type Row = { id: number; updated_at: string };

const cursor = { kind: "cursor", column: "updated_at", param: "since" };
const time = (row: Row) => Date.parse(row.updated_at);
const idsOf = (rows: readonly { id: unknown }[]) => rows.map((row) => row.id).sort();

/** A row in the middle of those on a whole second: its time can be written exactly by `Date`. */
function middleSecond(rows: readonly Row[]): Row {
  const exact = rows.filter((row) => /:\d\d(\.0+)?(Z|[+-])/.test(row.updated_at)).sort((a, b) => time(a) - time(b));
  return exact[Math.floor(exact.length / 2)] as Row;
}

async function simulatedTable(table: TableInput, seed = 1) {
  return await simulated(makeBlueprint([table]), { seed });
}

describe("cursor parameter", () => {
  it("includes equal rows where the blueprint says so, and leaves them out where not", async () => {
    for (const inclusive of [true, false]) {
      const simulator = await simulatedTable({ advance: { ...cursor, inclusive } });
      const rows = simulator.truth("items") as unknown as Row[];
      const exact = middleSecond(rows);
      const sent = encodeURIComponent(new Date(time(exact)).toISOString());
      const { json } = await get(simulator, `/items?since=${sent}`);
      const wanted = rows.filter((row) => (inclusive ? time(row) >= time(exact) : time(row) > time(exact)));
      expect(idsOf(json.data)).toEqual(idsOf(wanted));
      expect(idsOf(json.data).includes(exact.id)).toBe(inclusive);
      expect(wanted.length).toBeLessThan(rows.length);
    }
  });

  it("understands offsets and microseconds, and refuses a bare plus and what is no time", async () => {
    const simulator = await simulatedTable({ advance: cursor });
    const all = simulator.truth("items").length;
    expect((await get(simulator, "/items?since=2024-01-01T02:00:00%2B02:00")).json.data).toHaveLength(all);
    expect((await get(simulator, "/items?since=2030-01-01T00:00:00.123456Z")).json.data).toHaveLength(0);
    expect((await get(simulator, "/items?since=2024-01-01")).json.data).toHaveLength(all);
    for (const bad of [
      "2024-01-01T02:00:00+02:00",
      "2024-01-01%2000:00:00",
      "yesterday",
      "",
      "2024-02-31T00:00:00Z",
      "1704067200",
    ]) {
      const got = await get(simulator, `/items?since=${bad}`);
      expect([bad, got.status, got.json.error]).toEqual([bad, 400, "bad_parameter"]);
    }
  });

  it.each([
    { format: "epoch_seconds", column: { type: "timestamp", format: "epoch_seconds" }, bad: "2024-01-01", unit: 1000 },
    { format: "epoch_milliseconds", column: { type: "timestamp", format: "epoch_milliseconds" }, bad: "1.5", unit: 1 },
    { format: "epoch_seconds", column: { type: "integer" }, bad: "x", unit: 1000 },
  ])("takes $format for a column of $column.type", async ({ format, column, bad, unit }) => {
    const simulator = await simulatedTable({
      columns: { id: "integer", updated_at: column },
      advance: { ...cursor, format },
    });
    const rows = simulator.truth("items") as unknown as { id: number; updated_at: number }[];
    expect(rows.every((row) => Number.isSafeInteger(row.updated_at) && row.updated_at * unit < Date.now())).toBe(true);
    const middle = rows[Math.floor(rows.length / 2)]?.updated_at ?? 0;
    const { json } = await get(simulator, `/items?since=${middle}`);
    expect(idsOf(json.data)).toEqual(idsOf(rows.filter((row) => row.updated_at >= middle)));
    expect((await get(simulator, `/items?since=${bad}`)).status).toBe(400);
  });

  it("takes days for a column of times: an exclusive day is left out whole", async () => {
    const simulator = await simulatedTable({ advance: { ...cursor, format: "date", inclusive: false } });
    const rows = simulator.truth("items") as unknown as Row[];
    const day = (row: Row) => new Date(time(row)).toISOString().slice(0, 10);
    const middle = day(rows[3] as Row);
    const { json } = await get(simulator, `/items?since=${middle}`);
    expect(idsOf(json.data)).toEqual(idsOf(rows.filter((row) => day(row) > middle)));
    expect((await get(simulator, "/items?since=2024-01-01T00:00:00Z")).status).toBe(400);
  });

  it("takes an integer and a text cursor", async () => {
    const numbers = await simulatedTable({
      columns: { id: "integer", seq: "bigint" },
      advance: { ...cursor, column: "seq", format: "integer", start: "500" },
    });
    const seqs = numbers.truth("items").map((row) => Number(row.seq));
    expect(Math.min(...seqs)).toBeGreaterThan(500);
    expect((await get(numbers, `/items?since=${Math.max(...seqs)}`)).json.data.length).toBeGreaterThanOrEqual(2);
    const texts = await simulatedTable({
      columns: { id: "integer", tag: "string" },
      advance: { ...cursor, column: "tag", format: "string" },
    });
    const tags = texts
      .truth("items")
      .map((row) => String(row.tag))
      .sort();
    const { json } = await get(texts, `/items?since=${tags[10]}`);
    expect(json.data).toHaveLength(tags.filter((tag) => tag >= (tags[10] ?? "")).length);
  });

  it("leaves the end of a window out, and refuses a window that ends before it begins", async () => {
    const window = { end_param: "until", days: 30 };
    const simulator = await simulatedTable({ advance: { ...cursor, window } });
    const rows = simulator.truth("items") as unknown as Row[];
    const exact = middleSecond(rows);
    const end = encodeURIComponent(new Date(time(exact)).toISOString());
    const { json } = await get(simulator, `/items?since=2000-01-01T00:00:00Z&until=${end}`);
    expect(idsOf(json.data)).toEqual(idsOf(rows.filter((row) => time(row) < time(exact))));
    const rest = await get(simulator, `/items?since=${end}&until=2031-01-01T00:00:00Z`);
    expect(rest.json.data.length + json.data.length).toBe(rows.length);
    expect((await get(simulator, `/items?since=${end}&until=2000-01-01T00:00:00Z`)).status).toBe(400);
    const span = Math.max(...rows.map(time)) - Math.min(...rows.map(time));
    expect(span).toBeGreaterThan(3 * 30 * 86_400_000);
  });
});

describe("order", () => {
  const sorted = (rows: Row[]) => rows.every((row, index) => index === 0 || time(rows[index - 1] as Row) <= time(row));

  it("is by the cursor when the blueprint says so, and is not when it does not", async () => {
    const ascending = await simulatedTable({ advance: { ...cursor, order: "ascending" } });
    expect(sorted((await get(ascending, "/items")).json.data)).toBe(true);
    const unknown = await simulatedTable({ advance: cursor });
    const listing = (await get(unknown, "/items")).json.data;
    expect(sorted(listing)).toBe(false);
    expect((await get(unknown, "/items")).json.data).toEqual(listing);
  });

  it("is by the cursor only when the sorting parameters are sent, with their values", async () => {
    const simulator = await simulatedTable({
      advance: { ...cursor, order: "ascending", sort_params: { sort: "updated", dir: "asc" } },
    });
    expect(sorted((await get(simulator, "/items?sort=updated&dir=asc")).json.data)).toBe(true);
    expect(sorted((await get(simulator, "/items?sort=updated")).json.data)).toBe(false);
    expect(sorted((await get(simulator, "/items")).json.data)).toBe(false);
    expect((await get(simulator, "/items?sort=name&dir=asc")).status).toBe(400);
  });

  it("has ties on the cursor across every page boundary", async () => {
    const pagination = { style: "page", page_param: "page", size_param: "n", size: 10 };
    const simulator = await simulatedTable({ read: { pagination }, advance: { ...cursor, order: "ascending" } });
    const pages = await Promise.all(
      [1, 2, 3].map(async (page) => (await get(simulator, `/items?page=${page}&n=10`)).json.data as Row[]),
    );
    for (const index of [1, 2]) expect(time(pages[index - 1]?.at(-1) as Row)).toBe(time(pages[index]?.[0] as Row));
  });
});

describe("steps", () => {
  const advance = {
    kind: "steps",
    column: "id",
    from_param: "from",
    to_param: "to",
    start: 10,
    step: 5,
    empty_steps: 2,
  };

  it("wants both ends, takes them as included, and refuses a range that is too long", async () => {
    const simulator = await simulatedTable({ advance });
    const rows = simulator.truth("items") as unknown as Row[];
    const found: Row[] = [];
    let empty = 0;
    for (let from = 10; empty < 2; from += 5) {
      const { json } = await get(simulator, `/items?from=${from}&to=${from + 4}`);
      empty = json.data.length === 0 ? empty + 1 : 0;
      found.push(...json.data);
    }
    expect(idsOf(found)).toEqual(idsOf(rows));
    const first = Math.min(...rows.map((row) => row.id));
    expect((await get(simulator, `/items?from=${first}&to=${first}`)).json.data).toHaveLength(1);
    expect((await get(simulator, "/items?from=10")).json.message).toBe("The parameter to is missing.");
    expect((await get(simulator, "/items?from=10&to=15")).json.message).toBe(
      "The range from 10 to 15 has more than 5 ids.",
    );
    expect((await get(simulator, "/items?from=a&to=15")).status).toBe(400);
  });

  it("keeps ids as text where the column is text", async () => {
    const simulator = await simulatedTable({ columns: { id: "string", name: "string" }, advance });
    const ids = simulator.truth("items").map((row) => row.id);
    for (const id of ids) expect(id).toMatch(/^\d+$/);
    expect((await get(simulator, `/items?from=${ids[0]}&to=${ids[0]}`)).json.data).toMatchObject([{ id: ids[0] }]);
  });
});

describe("parents", () => {
  const parent = { table: "orders", bind: [{ placeholder: "order", parent_column: "code", column: "order_code" }] };
  const pagination = { style: "page", page_param: "page", size_param: "n", size: 50 };
  const tables: TableInput[] = [
    { name: "orders", columns: { id: "bigint", code: "string" }, read: { pagination } },
    {
      name: "lines",
      primary_key: ["order_code", "line"],
      columns: { order_code: "string", line: "integer", amount: "decimal" },
      read: { path: "/orders/{order}/lines.json", parent, pagination },
    },
    {
      name: "detail",
      primary_key: ["order_code"],
      columns: { order_code: "string", note: "string" },
      read: { path: "/orders/{order}", records: "", single: true, parent },
    },
  ];

  it("lists children per parent, without the parent's column, their own key repeating", async () => {
    const simulator = await simulated(makeBlueprint(tables));
    const truth = simulator.truth("lines");
    const counts: number[] = [];
    for (const { code } of simulator.truth("orders")) {
      const path = `/orders/${encodeURIComponent(String(code))}/lines.json`;
      const mine = truth.filter((row) => row.order_code === code);
      counts.push(mine.length);
      const pages = Math.ceil(mine.length / 10);
      const lines: unknown[] = [];
      for (let page = 1; page <= pages; page++)
        lines.push(...(await get(simulator, `${path}?n=50&page=${page}`)).json.data);
      expect(lines.map((line) => (line as { line: number }).line).sort()).toEqual(mine.map((row) => row.line).sort());
      expect((await get(simulator, `${path}?n=50&page=${pages + 1}`)).json.data).toEqual([]);
      for (const line of lines) expect(line).not.toHaveProperty("order_code");
    }
    expect(Math.max(...counts)).toBeGreaterThan(20);
    expect([counts.includes(0), counts.includes(10)]).toEqual([true, true]);
    const own = truth.map((row) => row.line);
    expect(new Set(own).size).toBeLessThan(own.length);
    expect(new Set(truth.map((row) => JSON.stringify([row.order_code, row.line]))).size).toBe(own.length);
  });

  it("has parents whose name must be escaped, and answers 404 for one it does not know", async () => {
    const simulator = await simulated(makeBlueprint(tables));
    const codes = simulator.truth("orders").map((row) => String(row.code));
    const awkward = codes.find((code) => code.includes("/")) ?? "";
    const got = await get(simulator, `/orders/${encodeURIComponent(awkward)}`);
    expect([got.status, got.json.note]).toEqual([
      200,
      simulator.truth("detail").find((row) => row.order_code === awkward)?.note,
    ]);
    const bare = encodeURIComponent(awkward).replace("%2F", "/");
    expect((await get(simulator, `/orders/${bare}`)).status).toBe(404);
    expect(await get(simulator, "/orders/nobody/lines.json")).toMatchObject({
      status: 404,
      json: { error: "not_found" },
    });
    expect((await get(simulator, "/orders/%zz")).status).toBe(400);
  });
});

describe("strictness", () => {
  it("refuses other paths, methods, values twice, and requests without the stated headers", async () => {
    const simulator = await simulated(
      makeBlueprint([{ read: { params: { kind: "a" } } }], { headers: { "X-Version": "7" } }),
    );
    const headers = { "x-version": "7" };
    expect((await get(simulator, "/items?kind=a", { headers })).status).toBe(200);
    expect((await get(simulator, "/items?kind=a&kind=a", { headers })).status).toBe(200);
    expect((await get(simulator, "/items?kind=a&kind=b", { headers })).json.error).toBe("repeated_parameter");
    expect((await get(simulator, "/items?kind=a")).json.message).toBe("The header X-Version must be 7.");
    expect((await get(simulator, "/items?kind=a", { headers, method: "POST" })).status).toBe(405);
    expect((await get(simulator, "/items/?kind=a", { headers })).status).toBe(404);
    expect((await get(simulator, "/nothing", { headers })).status).toBe(404);
    expect((await get({ baseUrl: new URL(simulator.baseUrl).origin }, "/items?kind=a", { headers })).status).toBe(404);
  });

  it("tells tables on one path apart by their parameters", async () => {
    const read = (type: string) => ({ path: "/search", params: { type } });
    const simulator = await simulated(
      makeBlueprint([
        { name: "a", read: read("a") },
        { name: "b", read: read("b") },
      ]),
    );
    expect(idsOf((await get(simulator, "/search?type=b")).json.data)).toEqual(
      idsOf(simulator.truth("b") as unknown as Row[]),
    );
    expect(simulator.requests.map((request) => request.table)).toEqual(["b"]);
    const same = makeBlueprint([
      { name: "a", read: read("a") },
      { name: "b", read: read("a") },
    ]);
    await expect(simulateRest(same, { seed: 1 })).rejects.toThrow(
      /The table b cannot be simulated: it is read from the same address as a/,
    );
  });

  it("denies a table on demand, and puts every request on record", async () => {
    const simulator = await simulatedTable({});
    simulator.deny("items", 403);
    expect((await get(simulator, "/items")).status).toBe(403);
    simulator.deny("items", undefined);
    const count = simulator.truth("items").length;
    await get(simulator, "/items?x=1");
    await get(simulator, "/items");
    await get(simulator, "/else");
    const seen = simulator.requests.map(({ at, ...request }) => request);
    expect(seen).toEqual([
      { method: "GET", path: "/v2/items", query: [], status: 403, table: "items", records: 0 },
      { method: "GET", path: "/v2/items", query: [["x", "1"]], status: 400, table: "items", records: 0 },
      { method: "GET", path: "/v2/items", query: [], status: 200, table: "items", records: count },
      { method: "GET", path: "/v2/else", query: [], status: 404, records: 0 },
    ]);
    expect(() => simulator.deny("nothing", 403)).toThrow(/no table nothing/);
  });

  const columns = PLAIN_COLUMNS;
  it.each<[string, TableInput, RegExp]>([
    ["a cursor that is no column", { advance: { ...cursor, column: "x" } }, /its cursor x is not a column/],
    [
      "a cursor of booleans",
      { columns: { id: "integer", b: "boolean" }, advance: { ...cursor, column: "b" } },
      /type boolean/,
    ],
    ["a start in another format", { advance: { ...cursor, start: "soon" } }, /its start soon is not in format iso8601/],
    ["a start in the future", { advance: { ...cursor, start: "2999-01-01" } }, /less than five days ago/],
    ["a key that is no column", { columns, primary_key: ["x"] }, /its key x is not one of its columns/],
    ["an open placeholder", { read: { path: "/items/{a}" } }, /no parent binds \{a\}/],
    ["a query in the path", { read: { path: "/items?a=1" } }, /has a query/],
    [
      "absence without a full listing",
      { advance: cursor, deletes: { kind: "absence" } },
      /absence shows deletes only where/,
    ],
    [
      "a list with totals",
      { read: { records: "", pagination: { style: "offset", offset_param: "o", total: "total" } } },
      /contradict/,
    ],
    [
      "totals inside the list",
      { read: { pagination: { style: "offset", offset_param: "o", total: "data.total" } } },
      /not an object/,
    ],
    [
      "a feed without the key",
      { deletes: { kind: "feed", path: "/gone", records: "", keys: { name: "n" } } },
      /does not carry the key id/,
    ],
    [
      "a flag that is the cursor",
      { advance: cursor, deletes: { kind: "flag", column: "updated_at" } },
      /is its key or its cursor/,
    ],
  ])("does not simulate %s", async (_name, table, message) => {
    const started = simulateRest(makeBlueprint([table]), { seed: 1 });
    await expect(started).rejects.toThrow(UserError);
    await expect(started).rejects.toThrow(message);
  });

  it("says so when the port is taken", async () => {
    const simulator = await simulatedTable({});
    const port = Number(new URL(simulator.baseUrl).port);
    await expect(simulateRest(makeBlueprint([{}]), { seed: 1, port })).rejects.toThrow(UserError);
  });
});
