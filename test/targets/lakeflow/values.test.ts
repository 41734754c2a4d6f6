/** Values of every type and at their limits: what a source gives is what is in the warehouse. */
import { expect, test } from "vitest";
import type { ColumnType } from "../../../src/artifacts/blueprint.ts";
import { canonicalText } from "../../../src/warehouse/canonical.ts";
import { type JournalTable, journalConnector, rowsOf, sync, temporaryWarehouse } from "./journal.ts";

const address = {
  kind: "object",
  fields: [
    { name: "city", shape: { kind: "value", type: "string" } },
    { name: "floors", shape: { kind: "list", items: { kind: "value", type: "integer" } } },
    { name: "rent", shape: { kind: "value", type: "decimal" } },
    {
      name: "Mixed Case",
      shape: { kind: "object", fields: [{ name: "on", shape: { kind: "value", type: "boolean" } }] },
    },
  ],
};

const COLUMNS: Record<string, ColumnType | Record<string, unknown>> = {
  id: "integer",
  yes: "boolean",
  whole: "integer",
  wide: "bigint",
  float: "number",
  money: { type: "decimal", precision: 38, scale: 9 },
  loose: "decimal",
  huge: { type: "decimal", precision: 65, scale: 30 },
  order: "string",
  Straße: "string",
  day: "date",
  at: "timestamp",
  epoch: { type: "timestamp", format: "epoch_seconds" },
  millis: { type: "timestamp", format: "epoch_milliseconds" },
  local: "local_timestamp",
  bytes: "binary",
  any: "json",
  address: { type: "json", shape: address },
};

const TABLE: JournalTable = { name: "things", columns: COLUMNS };

/** As the journal has them: digits that a number of JavaScript could not hold are between `#`. */
const FULL = {
  id: 1,
  yes: "false",
  whole: "#9223372036854775807#",
  wide: "#-99999999999999999999999999999999999999#",
  float: "#1.7976931348623157e308#",
  money: "12345678901234567890123456789.123456789",
  loose: "#12345678901234567890.123456789012345678#",
  huge: "12345678901234567890123456789012345.123456789012345678901234567891",
  order: "naïve 🚢 'quoted' \"twice\"",
  Straße: "",
  day: "2024-02-29",
  at: "2024-02-29 23:59:59.1234567+05:30",
  epoch: "#1709209800.5#",
  millis: 1709209800123,
  local: "2024-02-29T12:30:00.5",
  bytes: "AP/+gA==",
  any: { list: ["#9007199254740993#", "#0.10#"], 'it\'s "so"': null },
  address: { city: "Åbo", floors: [1, null, 3], rent: "#1200.50#", "Mixed Case": { on: true } },
};

const STORED = {
  id: "1",
  yes: "false",
  whole: "9223372036854775807",
  wide: "-99999999999999999999999999999999999999",
  float: "179769313486231570".padEnd(309, "0"),
  money: "12345678901234567890123456789.123456789",
  loose: "12345678901234567890.123456789012345678",
  huge: "12345678901234567890123456789012345.123456789012345678901234567891",
  order: "naïve 🚢 'quoted' \"twice\"",
  Straße: "",
  day: "2024-02-29",
  at: "2024-02-29T18:29:59.123456Z",
  epoch: "2024-02-29T12:30:00.5Z",
  millis: "2024-02-29T12:30:00.123Z",
  local: "2024-02-29T12:30:00.5",
  bytes: "AP/+gA==",
};

const EMPTY = Object.fromEntries(Object.keys(COLUMNS).map((name) => [name, name === "id" ? 2 : null]));
/** Blank text stands for nothing, but where it is text. */
const BLANK = { id: 3, yes: "", whole: "", wide: "", float: "", money: "", day: "", at: "", local: "", order: "" };

function journalText(records: readonly object[]): string {
  return JSON.stringify({ things: { records } }).replace(/"#([^"#]+)#"/g, "$1");
}

test.each(["modular", "single"] as const)("arrive exactly, in %s layout", async (layout) => {
  const connector = await journalConnector([TABLE], { layout });
  const warehouse = await temporaryWarehouse();
  await connector.writeText(journalText([FULL, EMPTY, BLANK, { id: 4, address: {}, any: "text" }, { id: 5, any: [] }]));
  const result = await sync(connector, warehouse);
  expect(result.reason).toBeUndefined();
  expect(result.warnings).toEqual([]);
  const rows = new Map((await rowsOf(warehouse, "things")).map((row) => [row.id, row]));
  const full = rows.get("1") ?? {};
  const read = Object.fromEntries(
    Object.keys(STORED).map((name) => {
      const column = COLUMNS[name];
      const type = (typeof column === "string" ? column : column?.type) as ColumnType;
      const value = full[name];
      return [name, value === null || value === undefined ? value : canonicalText(value, type)];
    }),
  );
  expect(read).toEqual({ ...STORED, float: expect.stringMatching(/^17976931348623157/) });
  expect(canonicalText(full.any ?? "", "json")).toBe(
    canonicalText('{"list":[9007199254740993,0.10],"it\'s \\"so\\"":null}', "json"),
  );
  expect(canonicalText(full.address ?? "", "json")).toBe(
    canonicalText('{"city":"Åbo","floors":[1,null,3],"rent":1200.5,"Mixed Case":{"on":true}}', "json"),
  );
  expect(Object.entries(rows.get("2") ?? {}).filter(([, value]) => value !== null)).toEqual([["id", "2"]]);
  const blank = Object.entries(rows.get("3") ?? {}).filter(([, value]) => value !== null);
  expect(Object.fromEntries(blank)).toEqual({ id: "3", order: "" });
  expect(rows.get("4")).toMatchObject({ any: '"text"' });
  expect(rows.get("4")?.address).toContain('"city":null');
  expect(rows.get("5")).toMatchObject({ any: "[]", address: null });
});

test.each([
  [{ id: 1, whole: 1.5 }, "things.whole: cannot write Decimal('1.5') as bigint"],
  [{ id: 1, whole: "#9223372036854775808#" }, "things.whole: cannot write 9223372036854775808 as bigint"],
  [{ id: 1, money: "0.1234567891" }, "things.money: cannot write '0.1234567891' as decimal(38,9)"],
  [{ id: 1, yes: "perhaps" }, "things.yes: cannot write 'perhaps' as boolean"],
  [{ id: 1, at: "yesterday" }, "things.at: cannot write 'yesterday' as timestamp"],
  [{ id: 1, bytes: "not base64!" }, "things.bytes: cannot write 'not base64!' as binary"],
  [{ id: null }, "things: a record has no value for ['id'], by which rows are told apart"],
])("are refused rather than bent: %j", async (record, reason) => {
  const connector = await journalConnector([TABLE]);
  await connector.writeText(journalText([record]));
  const result = await sync(connector, await temporaryWarehouse());
  expect(result.reason).toBe(`the connector raised ValueError: ${reason}`);
});

test("fields that are not known are told of, once each", async () => {
  const connector = await journalConnector([TABLE]);
  const record = (id: number) => ({ id, extra: 1, address: { street: "x", city: "y" } });
  await connector.writeText(journalText([record(1), record(2)]));
  const result = await sync(connector, await temporaryWarehouse());
  expect(result.logs.map(({ level, text }) => `${level}: ${text}`)).toEqual([
    "warning: things: the schema has no field extra, so the runtime leaves it out",
    "warning: things.address: the schema has no field street, so the runtime leaves it out",
  ]);
  expect(result.warnings).toContain("things: the field extra is not in the schema and was dropped (2 times)");
});

test("of a driver are written as the runtime reads them", async () => {
  const { id, money, day, at, local, bytes, any } = COLUMNS;
  const columns = { id, money, day, at, local, bytes, any } as JournalTable["columns"];
  const connector = await journalConnector([{ name: "things", columns }], { values: "native" });
  await connector.rewrite("reading.py", (text) =>
    text.replace(
      "    yield from client.pages(table.name)",
      [
        "    zone = timezone(timedelta(hours=2))",
        "    yield [",
        "        {",
        '            "id": 1,',
        '            "money": Decimal("1E+3"),',
        '            "day": date(1, 1, 1),',
        '            "at": datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=zone),',
        '            "local": datetime(2024, 2, 29, 12, 30),',
        '            "bytes": b"\\x00\\xff",',
        '            "any": {"a": [1, 2.5]},',
        "        }",
        "    ]",
      ].join("\n"),
    ),
  );
  await connector.rewrite("reading.py", (text) =>
    text.replace(
      "from dataclasses import dataclass\n",
      "from dataclasses import dataclass\nfrom datetime import date, datetime, timedelta, timezone\nfrom decimal import Decimal\n",
    ),
  );
  await connector.writeText(journalText([]));
  const warehouse = await temporaryWarehouse();
  const result = await sync(connector, warehouse);
  expect(result.reason).toBeUndefined();
  expect(await rowsOf(warehouse, "things")).toEqual([
    {
      id: "1",
      money: "1000",
      day: "0001-01-01",
      at: "9999-12-31T21:59:59.999999Z",
      local: "2024-02-29T12:30:00.000000",
      bytes: "AP8=",
      any: '{"a": [1, 2.5]}',
    },
  ]);
});
