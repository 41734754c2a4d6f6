import { describe, expect, test } from "vitest";
import { describeFixture, reasonFor, tableNamed } from "../../support/describe-fixture.ts";
import { verifies } from "../../support/verifies.ts";

const docs = ["shop.yaml"];

describe("what the spec states goes before what is described", () => {
  test("source: address, credentials, headers, limit", async () => {
    const { blueprint, evidence } = await describeFixture({
      docs,
      source: {
        base_url: "http://127.0.0.1:1/api/",
        auth: { kind: "api_key", in: "header", name: "X-Key", value: "${env:SHOP_KEY}" },
        headers: { "X-Team": "data" },
        rate_limit: { requests: 5, per_seconds: 1 },
      },
    });
    expect(blueprint.source).toEqual({
      kind: "rest",
      base_url: "http://127.0.0.1:1/api",
      auth: { kind: "api_key", in: "header", name: "X-Key", value: "api_key" },
      headers: { "X-Team": "data" },
      rate_limit: { requests: 5, per_seconds: 1 },
    });
    const user = evidence.filter((one) => one.kind === "user");
    expect(user.map((one) => [one.pointer, one.address])).toEqual([
      ["/source/base_url", "spec.yaml"],
      ["/source/auth", "spec.yaml"],
      ["/source/rate_limit", "spec.yaml"],
    ]);
    expect(JSON.stringify(blueprint)).not.toContain("env:SHOP_KEY");
  });

  test("names select tables, and bring their parents along", async () => {
    const found = await describeFixture({ docs, tables: ["items", "Countries"] });
    expect(found.blueprint.tables.map((table) => table.name)).toEqual(["orders", "items", "countries"]);
    expect(reasonFor(found, "/events")).toBe("Not among the tables that the spec names.");
  });

  test("a described table is completed field by field, each with its own evidence", async () => {
    const found = await describeFixture({
      docs,
      tables: [
        {
          name: "sales",
          path: "/orders",
          params: { status: "paid" },
          primary_key: ["checksum"],
          columns: { note: "json", total: "string", extra: "boolean" },
          pagination: { style: "page", page_param: "p" },
          incremental: "none",
        },
      ],
    });
    const sales = tableNamed(found, "sales");
    expect(sales.read).toEqual({
      kind: "rest",
      path: "/orders",
      params: { status: "paid" },
      records: "data",
      single: false,
      pagination: { style: "page", page_param: "p", start: 1 },
    });
    expect(sales.primary_key).toEqual(["checksum"]);
    expect(sales.columns.filter(({ name }) => ["note", "total", "extra", "status"].includes(name))).toEqual([
      { name: "status", type: "string", nullable: false, values: ["open", "paid", "sent"] },
      { name: "total", type: "string", nullable: false },
      { name: "note", type: "json", nullable: true },
      { name: "extra", type: "boolean", nullable: true },
    ]);
    expect([sales.advance, sales.deletes]).toEqual([{ kind: "full" }, { kind: "absence" }]);
    const cited = found.blueprint.claims["tables.sales.primary_key"];
    expect(found.evidence.find((one) => cited?.evidence.includes(one.id))).toMatchObject({
      kind: "user",
      pointer: "/tables/0/primary_key",
      quotation: '["checksum"]',
    });
  });

  test("a table is freed by the parameter, or the value in the path, that it lacked", async () => {
    const found = await describeFixture({
      docs,
      tables: [
        { name: "reports", params: { kind: "daily" } },
        { name: "invoice_items", path: "/invoices/77/items" },
      ],
    });
    expect(
      found.blueprint.tables.map(({ name, read, primary_key }) => [name, read.path, read.params, primary_key]),
    ).toEqual([
      ["reports", "/reports", { kind: "daily" }, ["id"]],
      ["invoice_items", "/invoices/77/items", {}, ["id"]],
    ]);
  });

  test("incremental: none reads everything", async () => {
    const { blueprint } = await describeFixture({ docs, incremental: "none" });
    expect(new Set(blueprint.tables.map((table) => table.advance.kind))).toEqual(new Set(["full"]));
    expect(tableNamed({ blueprint, evidence: [], pages: new Map() }, "orders").deletes).toEqual({ kind: "absence" });
  });

  test("an advance of its own keeps its table's column, whatever the description offers", async () => {
    const advance = { kind: "cursor", column: "placed_on", param: "from", format: "date", inclusive: false };
    const found = await describeFixture({
      docs,
      tables: [{ name: "orders", incremental: advance, deletes: { kind: "none" } }],
    });
    expect(tableNamed(found, "orders")).toMatchObject({ advance, deletes: { kind: "none" } });
  });
});

describe(verifies("rest.stated", "a spec without any description"), () => {
  const source = { base_url: "https://api.example" };

  test("tables stated in full stand alone; what is not stated is unproven", async () => {
    const found = await describeFixture({
      source,
      tables: [
        {
          name: "lines",
          path: "/orders/{order}/lines",
          primary_key: ["order_id", "no"],
          parent: { table: "orders", bind: [{ placeholder: "order", parent_column: "id", column: "order_id" }] },
        },
        {
          name: "orders",
          path: "/orders",
          records: "data",
          primary_key: ["id"],
          columns: { id: "integer", total: "decimal" },
          incremental: { kind: "cursor", column: "changed", param: "since", format: "epoch_seconds" },
        },
      ],
    });
    expect(found.blueprint.tables.map((table) => table.name)).toEqual(["orders", "lines"]);
    expect(tableNamed(found, "orders").columns).toEqual([
      { name: "id", type: "integer", nullable: false },
      { name: "total", type: "decimal", precision: 38, scale: 9, nullable: true },
      { name: "changed", type: "timestamp", format: "epoch_seconds", nullable: true },
    ]);
    expect(tableNamed(found, "lines").columns.map(({ name, type }) => [name, type])).toEqual([
      ["order_id", "integer"],
      ["no", "string"],
    ]);
    const { claims } = found.blueprint;
    expect(
      ["columns", "read.pagination", "read.records", "primary_key"].map(
        (field) => claims[`tables.lines.${field}`]?.status,
      ),
    ).toEqual(["unproven", "unproven", "unproven", "documented"]);
    expect(found.blueprint.source.auth).toEqual({ kind: "none" });
    expect(claims["source.auth"]?.status).toBe("unproven");
  });

  const alone = { path: "/a", primary_key: ["id"] };
  const circle = (table: string) => ({
    parent: { table, bind: [{ placeholder: "x", parent_column: "id", column: "x" }] },
  });
  test.each([
    ["unknown name", { docs, tables: ["order"] }, /No description has a table named order/, /Did you mean orders\?/],
    ["unknown name in full, without a path", { docs, tables: [{ name: "itemz" }] }, /named itemz/, /items/],
    [
      "a table that lacks a parameter",
      { docs, tables: ["reports"] },
      /reports cannot be read as it is described: needs the query parameter kind/,
      /params/,
    ],
    ["no column at all", { source, tables: [{ name: "a", path: "/a" }] }, /names none of its columns/, /primary_key/],
    [
      "a key that is no column",
      { docs, tables: [{ name: "orders", primary_key: ["idd"] }] },
      /Table orders has no column idd/,
      /Did you mean id\?/,
    ],
    [
      "a cursor that is no column",
      { docs, tables: [{ name: "orders", incremental: { kind: "cursor", column: "updatedat", param: "x" } }] },
      /no column updatedat/,
      /updated_at/,
    ],
    [
      "an open placeholder",
      { source, tables: [{ ...alone, name: "a", path: "/a/{x}" }] },
      /no value for \{x\}/,
      /bind/,
    ],
    [
      "an unknown parent",
      { source, tables: [{ ...alone, name: "a", path: "/b/{x}/a", ...circle("bb") }] },
      /has the parent bb, which is not a table/,
      /./,
    ],
    [
      "a circle of parents",
      {
        source,
        tables: [
          { ...alone, name: "a", path: "/a/{x}", ...circle("b") },
          { ...alone, name: "b", path: "/b/{x}", ...circle("a") },
        ],
      },
      /is its own ancestor/,
      /parent/,
    ],
    ["no address", { tables: [{ ...alone, name: "a" }] }, /names no complete address/, /base_url/],
  ])("%s is a mistake of the spec", async (_, input, message, hint) => {
    await expect(describeFixture(input)).rejects.toMatchObject({
      name: "UserError",
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });
});
