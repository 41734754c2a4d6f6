import { describe, expect, it } from "vitest";
import { requirementsSchema } from "../../src/artifacts/requirements.ts";
import { ToolError } from "../../src/errors.ts";
import type { Proposal } from "../../src/research/notebook.ts";
import { applyChange, proposalChangeSchema, proposalProblems } from "../../src/research/proposal.ts";
import { makeBlueprint, type TableInput, tableInput } from "../support/rest-blueprint.ts";

const requirements = (tables?: string[]) =>
  requirementsSchema.parse({
    version: 1,
    name: "example",
    spec: {
      name: "Example",
      source: { kind: "rest", base_url: "https://api.example.com" },
      ...(tables ? { tables } : {}),
    },
    spec_address: "/spec.yaml",
  });

function proposal(tables: TableInput[]): Proposal {
  const { claims: _, ...rest } = makeBlueprint(tables);
  return rest;
}

const change = (input: unknown) => proposalChangeSchema.parse(input);
const child: TableInput = {
  name: "lines",
  columns: { id: "integer", order_id: "integer" },
  read: {
    path: "/orders/{order}/lines",
    parent: { table: "orders", bind: [{ placeholder: "order", parent_column: "id", column: "order_id" }] },
  },
};

describe("merging a proposal", () => {
  it("replaces tables by name, adds others, and puts parents before their children", () => {
    const before = proposal([{ name: "orders" }]);
    const after = applyChange(
      before,
      change({ tables: [tableInput(child), tableInput({ name: "orders", primary_key: ["name"] })] }),
    );
    expect(after.tables.map(({ name }) => name)).toEqual(["orders", "lines"]);
    expect(after.tables[0]?.primary_key).toEqual(["name"]);
    const reversed = applyChange(
      { ...before, tables: [] },
      change({ tables: [tableInput(child), tableInput({ name: "orders" })] }),
    );
    expect(reversed.tables.map(({ name }) => name)).toEqual(["orders", "lines"]);
    expect(applyChange(after, change({ remove_tables: ["lines"] })).tables.map(({ name }) => name)).toEqual(["orders"]);
  });

  it("sets single fields, and says which there are when one is mistyped", () => {
    const before = proposal([{}]);
    const after = applyChange(
      before,
      change({ set: { "tables.items.read.pagination": { style: "page", page_param: "p" } } }),
    );
    expect(after.tables[0]?.read).toMatchObject({ pagination: { style: "page", page_param: "p", start: 1 } });
    expect(before.tables[0]?.read).toMatchObject({ pagination: { style: "none" } });
    const wrong = (set: Record<string, unknown>) => () => applyChange(before, change({ set }));
    expect(wrong({ "tables.items.read.paginaton": {} })).toThrow(/Did you mean tables\.items\.read\.pagination\?/);
    expect(wrong({ "tables.item.advance": {} })).toThrow(
      /names no field of a table.*Did you mean tables\.items\.advance\?/,
    );
    expect(wrong({ "tables.items.advance": { kind: "cursor" } })).toThrow(ToolError);
    expect(wrong({ "tables.items.advance": { kind: "cursor" } })).toThrow(/tables\.items\.advance\.column/);
  });

  it("sets fields however deep, takes them away, and judges the table after all of them", () => {
    const cursor = { kind: "cursor", column: "updated_at", param: "since", lookback: 60 };
    const before = proposal([
      { advance: cursor, read: { params: { all: "1", region: "eu" }, pagination: { style: "page", page_param: "p" } } },
      { name: "items.lines" },
    ]);
    const set = (values: Record<string, unknown>) => applyChange(before, change({ set: values })).tables[0];
    expect(set({ "tables.items.advance.lookback": 3600 })?.advance).toMatchObject({ ...cursor, lookback: 3600 });
    expect(set({ "tables.items.advance.lookback": null })?.advance).toMatchObject({ lookback: 0 });
    expect(
      set({ "tables.items.advance.window.days": 7, "tables.items.advance.window.end_param": "to" })?.advance,
    ).toMatchObject({ window: { days: 7, end_param: "to" } });
    expect(
      set({ "tables.items.read.params.filter[a.b]": "x", "tables.items.read.params.all": null })?.read,
    ).toHaveProperty("params", {
      region: "eu",
      "filter[a.b]": "x",
    });
    // The fields of another kind go with it, in whatever order they are named.
    expect(set({ "tables.items.advance.kind": "full" })?.advance).toEqual({ kind: "full" });
    const offset = {
      "tables.items.read.pagination.offset_param": "from",
      "tables.items.read.pagination.style": "offset",
    };
    expect(set(offset)?.read).toHaveProperty("pagination", { style: "offset", offset_param: "from" });
    expect(set({ "tables.items.deletes.kind": "flag", "tables.items.deletes.column": "name" })?.deletes).toMatchObject({
      kind: "flag",
      column: "name",
    });
    const other = applyChange(before, change({ set: { "tables.items.lines.advance.kind": "full" } }));
    expect(other.tables.map(({ name, advance }) => [name, advance.kind])).toEqual([
      ["items", "cursor"],
      ["items.lines", "full"],
    ]);
    expect(before.tables[0]?.advance).toMatchObject(cursor);
  });

  it.each<[Record<string, unknown>, RegExp]>([
    [
      { "tables.items.advance.lookbak": 1 },
      /advance\.lookbak is no field\. Did you mean tables\.items\.advance\.lookback\?/,
    ],
    [{ "tables.items.lookback": 1 }, /Did you mean tables\.items\.advance\.lookback\?/],
    [{ "tables.items.pagination.size": 1 }, /Did you mean tables\.items\.read\.pagination\.size\?/],
    [{ "tables.items.columns.id.type": "string" }, /set tables\.items\.columns as a whole/],
    [{ "tables.items.advance": { kind: "full", colum: "x" } }, /advance\.colum is no field.*Fields there: kind\./],
    [{ "tables.items.advance.window.days": 3 }, /tables\.items\.advance\.window\.end_param: /],
    [{ "tables.items.advance.lookback": "an hour" }, /tables\.items\.advance\.lookback: /],
    [{ "tables.items.advance": null }, /tables\.items\.advance: /],
    [{ "tables.items.name": "others" }, /name is no field/],
    [{ items: {} }, /Did you mean tables\.items\.advance\?/],
  ])("says what is wrong with %j", (set, expected) => {
    const before = proposal([{ advance: { kind: "cursor", column: "updated_at", param: "since" } }]);
    expect(() => applyChange(before, change({ set }))).toThrow(expected);
  });
});

describe("what is wrong with a proposal by itself", () => {
  const problems = (tables: TableInput[], wanted?: string[]) =>
    proposalProblems(proposal(tables), requirements(wanted));

  it("has nothing against a good one", () => {
    expect(problems([{ name: "orders" }, child], ["orders", "Lines"])).toEqual([]);
  });

  it.each<[string, TableInput[], RegExp]>([
    ["a key that is no column", [{ primary_key: ["uid"] }], /primary_key names uid/],
    [
      "a cursor that is no column",
      [{ advance: { kind: "cursor", column: "changed", param: "s" } }],
      /advance names changed/,
    ],
    ["a flag that is no column", [{ deletes: { kind: "flag", column: "gone" } }], /deletes names gone/],
    [
      "absence with a cursor",
      [{ advance: { kind: "cursor", column: "updated_at", param: "s" }, deletes: { kind: "absence" } }],
      /absence shows deleted rows only/,
    ],
    [
      "a cursor without a key",
      [{ primary_key: [], advance: { kind: "cursor", column: "updated_at", param: "s" } }],
      /has no primary_key/,
    ],
    ["a placeholder that nothing binds", [{ read: { path: "/a/{b}" } }], /placeholder \{b\}/],
    ["a parent that is not there", [child], /names orders, which is no table/],
    [
      "a parent's column that is not there",
      [{ name: "orders", columns: { uid: "string" }, primary_key: ["uid"] }, child],
      /orders has no column id/,
    ],
    [
      "a page parameter among the fixed ones",
      [{ read: { params: { page: "1" }, pagination: { style: "page", page_param: "page" } } }],
      /holds the page parameter/,
    ],
  ])("names %s", (_, tables, expected) => {
    expect(problems(tables).join("\n")).toMatch(expected);
  });

  it("asks for tables of the spec that are neither there nor left out", () => {
    expect(problems([{ name: "orders" }], ["orders", "invoices"])).toEqual([
      "The spec asks for the table invoices: propose it, or put it under skipped with the reason.",
    ]);
  });
});
