/** What the rows are like: exact on the wire, awkward, and telling about keys. */
import { expect, it } from "vitest";
import type { ColumnType } from "../../../src/artifacts/blueprint.ts";
import { decimalColumns, rowText, type Tagged, tagRow } from "../../support/exact-json.ts";
import { makeBlueprint } from "../../support/rest-blueprint.ts";
import { get, simulated } from "../../support/simulated.ts";

const COLUMNS: Record<string, ColumnType | Record<string, unknown>> = {
  id: "integer",
  flag: "boolean",
  whole: "integer",
  huge: "bigint",
  ratio: "number",
  price: "decimal",
  share: { type: "decimal", precision: 5, scale: 5 },
  text: "string",
  day: "date",
  at: "timestamp",
  local: "local_timestamp",
  epoch: { type: "timestamp", format: "epoch_seconds" },
  blob: "binary",
  tree: "json",
  level: { type: "integer", values: [1, 2, 3] },
  sure: { type: "string", nullable: false },
};

async function wide() {
  const blueprint = makeBlueprint([{ columns: COLUMNS }]);
  const simulator = await simulated(blueprint, { seed: 3 });
  return { table: blueprint.tables[0] as (typeof blueprint.tables)[0], simulator };
}

it("serves the truth digit by digit", async () => {
  const { table, simulator } = await wide();
  const { body, text } = await get(simulator, "/items");
  const served = ((body as { data: Tagged[] }).data ?? []).map(rowText).sort();
  expect(served).toEqual(
    simulator
      .truth("items")
      .map((row) => rowText(tagRow(row, decimalColumns(table))))
      .sort(),
  );
  expect(text).toContain('"whole":9223372036854775807,');
  expect(text).toMatch(/"price":-?\d{10,}\.\d{6},/);
});

it("fills every column and leaves out what may be left out", async () => {
  const { table, simulator } = await wide();
  const rows = simulator.truth("items");
  for (const column of table.columns) {
    const values = rows.map((row) => row[column.name]);
    expect([column.name, values.some((value) => value !== null)]).toEqual([column.name, true]);
    const mustBe = column.name === "id" || column.name === "sure";
    expect([column.name, values.includes(null)]).toEqual([column.name, !mustBe]);
    expect(values.includes(undefined)).toBe(false);
  }
});

it("has values that careless readers lose", async () => {
  const { simulator } = await wide();
  const rows = simulator.truth("items");
  const all = (name: string) => rows.map((row) => row[name]).filter((value) => value !== null);
  expect(all("text")).toContain("");
  expect(all("text").some((value) => /\p{Script=Han}/u.test(String(value)))).toBe(true);
  expect(all("whole").some((value) => typeof value === "bigint" && value > 2n ** 53n)).toBe(true);
  expect(all("whole").some((value) => Number(value) < 0)).toBe(true);
  expect(all("huge").some((value) => typeof value === "bigint" && value > 2n ** 64n)).toBe(true);
  expect(all("price").some((value) => String(Number(value)) !== value && /^-?\d+\.\d+$/.test(String(value)))).toBe(
    true,
  );
  for (const value of all("share")) expect(value).toMatch(/^-?0(\.\d{5})?$/);
  const at = all("at").map(String);
  for (const shape of [/\dZ$/, /\+05:30$/, /-08:00$/, /\.\d{3}\D/, /\.\d{6}\D/, /:\d\d(Z|[+-])/]) {
    expect([shape, at.some((value) => shape.test(value))]).toEqual([shape, true]);
  }
  for (const value of all("local")) expect(value).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$/);
  for (const value of all("epoch")) expect(Number.isSafeInteger(value)).toBe(true);
  for (const value of all("day")) expect(value).toMatch(/^\d{4}-\d\d-\d\d$/);
  expect(new Set(all("level"))).toEqual(new Set([1, 2, 3]));
  expect(all("tree").some((value) => Array.isArray(value))).toBe(true);
  expect(
    all("tree").some((value) =>
      JSON.stringify(value, (_key, inner) => (typeof inner === "bigint" ? "big" : inner)).includes('"big":"big"'),
    ),
  ).toBe(true);
});

it("has cursor values in the past, tied, from the stated start on", async () => {
  const advance = { kind: "cursor", column: "updated_at", param: "since", start: "2024-09-01" };
  const simulator = await simulated(makeBlueprint([{ advance }]));
  const times = simulator.truth("items").map((row) => Date.parse(String(row.updated_at)));
  expect(Math.min(...times)).toBeGreaterThan(Date.parse("2024-09-01"));
  expect(Math.max(...times)).toBeLessThan(Date.now());
  expect(new Set(times).size).toBeLessThan(times.length);
  expect(times.filter((time) => time === Math.max(...times)).length).toBeGreaterThanOrEqual(2);
});

it("has neighbouring keys beyond 2^53, and parts of composite keys that repeat", async () => {
  const big = await simulated(makeBlueprint([{ columns: { id: "bigint", name: "string" } }]));
  const ids = big.truth("items").map((row) => row.id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(new Set(ids.map(Number)).size).toBeLessThan(ids.length);
  const pair = await simulated(
    makeBlueprint([{ primary_key: ["day", "site"], columns: { day: "date", site: "integer", hits: "integer" } }]),
  );
  const rows = pair.truth("items");
  for (const name of ["day", "site"]) expect(new Set(rows.map((row) => row[name])).size).toBeLessThan(rows.length);
  expect(new Set(rows.map((row) => `${row.day} ${row.site}`)).size).toBe(rows.length);
});

it("has distinct rows where there is no key, and as many as the key allows where it allows few", async () => {
  const keyless = await simulated(
    makeBlueprint([{ primary_key: [], columns: { a: "boolean", b: { type: "integer", values: [1, 2] } } }]),
  );
  const rows = keyless.truth("items").map((row) => JSON.stringify(row));
  expect(new Set(rows).size).toBe(rows.length);
  const few = await simulated(
    makeBlueprint([{ primary_key: ["code"], columns: { code: { type: "string", values: ["a", "b", "c"] } } }]),
  );
  expect(
    few
      .truth("items")
      .map((row) => row.code)
      .sort(),
  ).toEqual(["a", "b", "c"]);
});

it("serves a single record", async () => {
  const simulator = await simulated(makeBlueprint([{ primary_key: [], read: { records: "me", single: true } }]));
  const [row] = simulator.truth("items");
  expect((await get(simulator, "/items")).json).toEqual({ me: row });
  expect(simulator.change({ kind: "insert", table: "items", count: 1 })).toEqual([]);
});

it("gives out copies: nobody can change the source from outside", async () => {
  const { simulator } = await wide();
  const [row] = simulator.truth("items");
  if (row !== undefined) row.text = "changed";
  expect(simulator.truth("items")[0]?.text).not.toBe("changed");
});

it("does not repeat a part of a key that is all its children are bound by", async () => {
  const parentOf = (table: string, placeholder: string, parent_column: string) => ({
    table,
    bind: [{ placeholder, parent_column, column: parent_column }],
  });
  const tables = (wholeKey: boolean) => {
    const children = parentOf("repos", "repo", "repo");
    if (wholeKey) children.bind.push({ placeholder: "org", parent_column: "org", column: "org" });
    return makeBlueprint([
      { name: "orgs", primary_key: ["org"], columns: { org: "string" } },
      {
        name: "repos",
        primary_key: ["org", "repo"],
        columns: { repo: "integer" },
        read: { path: "/orgs/{org}/repos", parent: parentOf("orgs", "org", "org") },
      },
      {
        name: "tags",
        primary_key: ["org", "repo", "tag"].slice(wholeKey ? 0 : 1),
        columns: { tag: "integer" },
        read: { path: wholeKey ? "/orgs/{org}/repos/{repo}/tags" : "/repos/{repo}/tags", parent: children },
      },
    ]);
  };
  const distinct = async (wholeKey: boolean) => {
    const simulator = await simulated(tables(wholeKey));
    const rows = simulator.truth("repos");
    return new Set(rows.map((row) => row.repo)).size === rows.length;
  };
  expect([await distinct(false), await distinct(true)]).toEqual([true, false]);
});

it("has cursor values whose text sorts otherwise than they do", async () => {
  for (const seed of [1, 2, 3, 20_250_101]) {
    const advance = { kind: "cursor", column: "updated_at", param: "since" };
    const simulator = await simulated(makeBlueprint([{ advance }]), { seed });
    const texts = simulator.truth("items").map((row) => String(row.updated_at));
    const moments = texts.map((text) => Date.parse(text));
    const latest = Math.max(...moments);
    const asText = Date.parse(texts.toSorted().at(-1) ?? "");
    // By so much that the rows in between are more than those of the last second.
    expect(latest - asText).toBeGreaterThanOrEqual(2 * 3_600_000);
    expect(moments.filter((moment) => moment >= asText).length).toBeGreaterThan(
      moments.filter((moment) => moment === latest).length,
    );
  }
});

it("has integer cursors that gain a digit, and beyond 2^53 where the column holds such", async () => {
  for (const [type, beyond] of [
    ["integer", 0n],
    ["bigint", 2n ** 53n],
  ] as const) {
    const advance = { kind: "cursor", column: "line", param: "from", format: "integer" };
    const columns: Record<string, ColumnType> = { id: "integer", line: type };
    const simulator = await simulated(makeBlueprint([{ columns, advance }]), { seed: 4 });
    const lines = simulator.truth("items").map((row) => BigInt(String(row.line)));
    expect(lines.every((line) => line > beyond)).toBe(true);
    expect(new Set(lines.map((line) => String(line).length)).size).toBe(2);
    if (type === "bigint") expect(lines.some((line) => BigInt(Number(line)) !== line)).toBe(true);
  }
});
