import { describe, expect, it } from "vitest";
import { rowsOf, runFixture, temporaryWarehouse } from "./run-fixture.ts";

/** The SDK's two encodings of rows: with types, and as bytes without. */
const ENCODINGS = [
  ["typed values", {}],
  ["raw values", { ConnectorSdkRemoveValueType: "true" }],
] as const;

const NOTHING = {
  boolean: null,
  short: null,
  int: null,
  long: null,
  decimal: null,
  float: null,
  double: null,
  date: null,
  datetime: null,
  utc: null,
  binary: null,
  xml: null,
  string: null,
  json: null,
  never: null,
};

describe.each(ENCODINGS)("types on the real SDK, %s", (name, environment) => {
  it("keeps every declared type exactly", async () => {
    const warehouse = await temporaryWarehouse();
    const result = await runFixture("types", warehouse, { environment });
    expect(result.reason).toBeUndefined();
    expect(await rowsOf(warehouse, "declared")).toEqual([
      { ...NOTHING, id: "2", double: "NaN", float: "Infinity", datetime: "0001-01-01T00:00:00" },
      { ...NOTHING, id: "3", double: `-15${"0".repeat(299)}`, utc: "9999-12-31T23:59:59.999999Z" },
      {
        id: "9223372036854775807",
        boolean: "true",
        short: "-32768",
        int: "-2147483648",
        long: "-9223372036854775808",
        decimal: "1234567890123456789012345678.0123456789",
        float: "0.1",
        double: "0.1",
        date: "1960-02-29",
        datetime: "1960-02-29T23:59:59.123456",
        utc: "2026-02-28T23:00:00.000001Z",
        binary: "AP9hYmM=",
        xml: "<a>1</a>",
        string: "Zoë 日本 😀",
        json: '{"a":null,"b":[1,9007199254740993]}',
        never: null,
      },
    ]);
    const [declared, empty] = await warehouse.tables();
    expect(Object.fromEntries((declared?.columns ?? []).map((column) => [column.name, column.type]))).toEqual({
      id: "BIGINT",
      boolean: "BOOLEAN",
      short: "SMALLINT",
      int: "INTEGER",
      long: "BIGINT",
      decimal: "DECIMAL(38,10)",
      float: "FLOAT",
      double: "DOUBLE",
      date: "DATE",
      datetime: "TIMESTAMP",
      utc: "TIMESTAMP WITH TIME ZONE",
      binary: "BLOB",
      xml: "VARCHAR",
      string: "VARCHAR",
      json: "VARCHAR",
      never: "VARCHAR",
      _fivetran_synced: "TIMESTAMP WITH TIME ZONE",
      _fivetran_deleted: "BOOLEAN",
    });
    expect(declared?.json).toEqual(["json"]);
    expect(empty).toMatchObject({ name: "empty", primaryKey: ["id"], rows: 0 });
  });

  it("keeps what is not declared as it came", async () => {
    const warehouse = await temporaryWarehouse();
    await runFixture("types", warehouse, { environment });
    const typed = name === "typed values";
    expect(await rowsOf(warehouse, "undeclared")).toEqual([
      {
        yes: "true",
        whole: "9007199254740993",
        huge: typed ? "1180591600000000000000" : "1180591620717411300000",
        float: "0.5",
        text: "2026-01-01",
        json: '[1,{"x":"y"}]',
        bytes: "AQ==",
        decimal: "1.10",
      },
    ]);
    const table = (await warehouse.tables()).find((candidate) => candidate.name === "undeclared");
    const types = Object.fromEntries((table?.columns ?? []).map((column) => [column.name, column.type]));
    expect(types).toMatchObject(
      typed
        ? { yes: "BOOLEAN", whole: "BIGINT", float: "FLOAT", huge: "FLOAT", text: "VARCHAR", bytes: "BLOB" }
        : { yes: "VARCHAR", whole: "VARCHAR", float: "DOUBLE", huge: "DOUBLE", text: "VARCHAR", bytes: "BLOB" },
    );
    expect(types).not.toHaveProperty("nothing");
    expect(table?.primaryKey).toEqual(["_fivetran_id"]);
  });
});

it("fits raw values to the columns that typed ones made", async () => {
  const warehouse = await temporaryWarehouse();
  await runFixture("types", warehouse);
  const again = await runFixture("types", warehouse, { environment: { ConnectorSdkRemoveValueType: "true" } });
  expect(again.reason).toBeUndefined();
  const table = (await warehouse.tables()).find((candidate) => candidate.name === "undeclared");
  expect(table?.columns).toContainEqual({ name: "whole", type: "BIGINT" });
  expect(table?.columns).toContainEqual({ name: "yes", type: "BOOLEAN" });
});
