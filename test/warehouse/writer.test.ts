import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ConnectorFault } from "../../src/warehouse/fault.ts";
import { openWarehouse } from "../../src/warehouse/open.ts";
import type {
  DeclaredTable,
  Operation,
  SyncWriter,
  Warehouse,
  WireType,
  WireValue,
} from "../../src/warehouse/warehouse.ts";
import { verifies } from "../support/verifies.ts";
import { rowsOf, temporaryWarehouse } from "../targets/fivetran/run-fixture.ts";

type Plain = null | string | number | boolean | [WireType, string | number | boolean | bigint | Uint8Array];

function wire(value: Plain): WireValue {
  if (value === null) return null;
  if (Array.isArray(value)) return { type: value[0], value: value[1] };
  if (typeof value === "string") return { type: "string", value };
  return typeof value === "boolean" ? { type: "boolean", value } : { type: "long", value };
}

function op(kind: "upsert" | "update" | "delete", table: string, row: Record<string, Plain>): Operation {
  return { kind, table, row: new Map(Object.entries(row).map(([name, value]) => [name, wire(value)])) };
}

const KEYED: DeclaredTable = { name: "orders", columns: [{ name: "id", type: "unspecified", primaryKey: true }] };

async function keyed(warehouse: Warehouse): Promise<SyncWriter> {
  const writer = await warehouse.begin({ naming: "fivetran" });
  await writer.declare([KEYED]);
  return writer;
}

/** Everything in one sync that ends well; small limits send it through the disk now and then. */
async function write(
  warehouse: Warehouse,
  operations: Operation[],
  tables: DeclaredTable[] = [KEYED],
): Promise<SyncWriter> {
  const writer = await warehouse.begin({ naming: "fivetran" });
  await writer.declare(tables);
  await writer.apply(operations);
  await writer.finish({ keep: true });
  return writer;
}

describe(verifies("warehouse.operations", "operations"), () => {
  it("upsert replaces the whole row, update some columns, delete and truncate mark", async () => {
    const warehouse = await temporaryWarehouse();
    await write(warehouse, [
      op("upsert", "orders", { id: 1, a: "x", b: "y" }),
      op("upsert", "orders", { id: 1, a: "z" }),
      op("upsert", "orders", { id: 2, a: "q", b: "r" }),
      op("update", "orders", { id: 2, b: "s" }),
      op("update", "orders", { id: 3, b: "nobody" }),
      op("delete", "orders", { id: 4 }),
    ]);
    expect(await rowsOf(warehouse, "orders")).toEqual([
      { id: "1", a: "z", b: null },
      { id: "2", a: "q", b: "s" },
    ]);
    await write(warehouse, [
      op("update", "orders", { id: 1, b: "later" }),
      op("delete", "orders", { id: 2 }),
      op("update", "orders", { id: 2, a: "still deleted" }),
    ]);
    expect(await rowsOf(warehouse, "orders")).toEqual([{ id: "1", a: "z", b: "later" }]);
    expect(await rowsOf(warehouse, "orders", "deletedRows")).toEqual([{ id: "2", a: "still deleted", b: "s" }]);
    await write(warehouse, [
      op("upsert", "orders", { id: 5 }),
      { kind: "truncate", table: "orders" },
      op("upsert", "orders", { id: 2, a: "back" }),
      op("update", "orders", { id: 1, a: "changed" }),
      op("upsert", "orders", { id: 6 }),
      { kind: "truncate", table: "nowhere" },
      op("delete", "nowhere", { id: 6 }),
    ]);
    expect(await rowsOf(warehouse, "orders")).toEqual([
      { id: "2", a: "back", b: null },
      { id: "6", a: null, b: null },
    ]);
    expect(await rowsOf(warehouse, "orders", "deletedRows")).toEqual([
      { id: "1", a: "changed", b: "later" },
      { id: "5", a: null, b: null },
    ]);
    expect((await warehouse.tables()).map((table) => table.name)).toEqual(["orders"]);
  });

  it("warns once of upserts whose columns differ", async () => {
    const warehouse = await temporaryWarehouse();
    const writer = await write(warehouse, [
      op("upsert", "orders", { id: 1, a: 1 }),
      op("upsert", "orders", { a: 2, id: 2 }),
      op("upsert", "orders", { id: 3, b: 2 }),
      op("upsert", "orders", { id: 4 }),
    ]);
    expect(writer.warnings).toEqual([
      "upserts of table orders have differing columns (b, a): an upsert replaces the row, so a column it leaves out becomes null",
    ]);
    expect(writer.rows).toEqual({ orders: 4 });
  });

  it("knows rows without a key by their values", async () => {
    const warehouse = await temporaryWarehouse();
    const operations = [
      op("upsert", "seen", { a: 1, b: null }),
      op("upsert", "seen", { b: null, a: 1 }),
      op("upsert", "seen", { a: 2, b: "x" }),
      op("delete", "seen", { a: 2, b: "x" }),
      op("update", "seen", { a: 1, b: "no effect" }),
    ];
    const writer = await write(warehouse, operations, []);
    await write(warehouse, operations.slice(0, 2), []);
    expect(await rowsOf(warehouse, "seen")).toEqual([{ a: "1", b: null }]);
    expect(await rowsOf(warehouse, "seen", "deletedRows")).toEqual([{ a: "2", b: "x" }]);
    expect(writer.warnings).toContain("an update of table seen has no effect: the table has no key");
    expect((await warehouse.tables())[0]).toMatchObject({ primaryKey: ["_fivetran_id"], rows: 1, deleted: 1 });
  });

  it("takes compound and binary keys apart", async () => {
    const warehouse = await temporaryWarehouse();
    const table: DeclaredTable = {
      name: "orders",
      columns: [
        { name: "a", type: "string", primaryKey: true },
        { name: "b", type: "binary", primaryKey: true },
      ],
    };
    const rows: Record<string, Plain>[] = [
      { a: "1:x", b: ["binary", Uint8Array.of(1)] },
      { a: "1", b: ["binary", Uint8Array.of(1, 0)] },
      { a: "1", b: ["binary", Uint8Array.of(1)] },
    ];
    await write(
      warehouse,
      rows.map((row) => op("upsert", "orders", row)),
      [table],
    );
    await write(
      warehouse,
      rows.map((row) => op("upsert", "orders", { ...row, n: 2 })),
      [table],
    );
    expect((await rowsOf(warehouse, "orders")).map((row) => row.n)).toEqual(["2", "2", "2"]);
  });
});

describe("tables and columns", () => {
  it("quotes every name, and takes any", async () => {
    const warehouse = await temporaryWarehouse();
    const writer = await warehouse.begin({ naming: "source" });
    await writer.apply([op("upsert", 'select "x"', { order: 1, "日本 語": 2, "a;b'c": 3 })]);
    await writer.finish({ keep: true });
    expect(await rowsOf(warehouse, 'select "x"')).toEqual([{ order: "1", "日本 語": "2", "a;b'c": "3" }]);
    expect((await warehouse.query('SELECT "日本 語" FROM "select ""x"""')).rows).toEqual([["2"]]);
  });

  it("keeps the naming of the first sync, and warns when names become one", async () => {
    const warehouse = await temporaryWarehouse();
    const writer = await write(
      warehouse,
      [op("upsert", "userOrders", { userID: 1, user_id: 2 }), op("upsert", "user_orders", { x: 1 })],
      [],
    );
    expect(writer.warnings).toEqual(
      expect.arrayContaining([
        'columns "userID" and "user_id" of table user_orders are both named "user_id" and become one',
        'tables "userOrders" and "user_orders" are both named "user_orders" and become one',
      ]),
    );
    const second = await warehouse.begin({ naming: "source" });
    await second.apply([op("upsert", "userOrders", { userID: 9 })]);
    await second.finish({ keep: true });
    expect(second.warnings[0]).toMatch(/^names stay as the first sync had them \(fivetran\)/);
    expect((await rowsOf(warehouse, "user_orders")).map((row) => row.user_id)).toEqual(["2", "9", null]);
  });

  it("makes what is declared, and of the rest only what ever had a value", async () => {
    const warehouse = await temporaryWarehouse();
    const declared: DeclaredTable = {
      name: "orders",
      columns: [
        { name: "id", type: "unspecified", primaryKey: true },
        { name: "total", type: "decimal", precision: 10, scale: 2, primaryKey: false },
      ],
    };
    const writer = await write(
      warehouse,
      [op("upsert", "orders", { id: 1, nothing: null, something: true })],
      [declared],
    );
    expect(writer.schemaChanges).toBe(2);
    expect((await warehouse.tables())[0]?.columns).toEqual([
      { name: "id", type: "BIGINT" },
      { name: "total", type: "DECIMAL(10,2)" },
      { name: "_fivetran_synced", type: "TIMESTAMP WITH TIME ZONE" },
      { name: "_fivetran_deleted", type: "BOOLEAN" },
      { name: "something", type: "BOOLEAN" },
    ]);
  });

  it("widens types with the values that are there", async () => {
    const warehouse = await temporaryWarehouse({ limits: { rows: 2, bytes: 1e9 } });
    const value = (id: number, v: Plain) => op("upsert", "orders", { id, v });
    const first = await write(warehouse, [
      value(1, true),
      value(2, 7),
      value(3, ["float", 0.5]),
      value(4, ["double", 0.1]),
    ]);
    expect(first.warnings).toHaveLength(2);
    expect(await rowsOf(warehouse, "orders")).toEqual([
      { id: "1", v: "1" },
      { id: "2", v: "7" },
      { id: "3", v: "0.5" },
      { id: "4", v: "0.1" },
    ]);
    const second = await write(warehouse, [
      value(5, "text"),
      value(6, ["utc_datetime", 0]),
      value(7, ["unspecified", "8"]),
    ]);
    expect(second.warnings).toEqual(["column v of table orders changes from DOUBLE to VARCHAR: values of both came"]);
    expect((await rowsOf(warehouse, "orders")).map((row) => row.v)).toEqual([
      "1",
      "7",
      "0.5",
      "0.1",
      "text",
      "1970-01-01 00:00:00+00",
      "8",
    ]);
  });

  it("fits text without a type to the column, or makes it text", async () => {
    const warehouse = await temporaryWarehouse();
    await write(warehouse, [
      op("upsert", "orders", { id: 1, a: 1, b: 1, c: ["unspecified", "5"] }),
      op("upsert", "orders", { id: ["unspecified", "1"], a: ["unspecified", "12"], b: ["unspecified", "x"] }),
    ]);
    expect(await rowsOf(warehouse, "orders")).toEqual([{ id: "1", a: "12", b: "x", c: null }]);
    expect((await warehouse.tables())[0]?.columns.map((column) => column.type)).toEqual([
      "BIGINT",
      "TIMESTAMP WITH TIME ZONE",
      "BOOLEAN",
      "BIGINT",
      "VARCHAR",
      "VARCHAR",
    ]);
  });

  it("keeps the declared type, and refuses or rounds what does not fit", async () => {
    const warehouse = await temporaryWarehouse();
    const declared: DeclaredTable = {
      name: "orders",
      columns: [
        { name: "id", type: "long", primaryKey: true },
        { name: "total", type: "decimal", precision: 6, scale: 2, primaryKey: false },
        { name: "wide", type: "decimal", precision: 50, scale: 2, primaryKey: false },
      ],
    };
    const writer = await write(
      warehouse,
      [op("upsert", "orders", { id: 1, total: ["decimal", "1.005"], wide: ["decimal", "0.10"] })],
      [declared],
    );
    expect(writer.warnings).toEqual([
      "column wide of table orders has 50 digits, more than 38: kept as text",
      "values of column total of table orders were rounded to DECIMAL(6,2)",
    ]);
    expect(await rowsOf(warehouse, "orders")).toEqual([{ id: "1", total: "1.01", wide: "0.10" }]);
    const refused = await warehouse.begin({ naming: "fivetran" });
    await refused.declare([declared]);
    await expect(refused.apply([op("upsert", "orders", { id: 2, total: ["decimal", "12345.00"] })])).rejects.toThrow(
      new ConnectorFault('"12345.00" in column total of table orders does not fit its type DECIMAL(6,2)'),
    );
    await refused.finish({ keep: false });
  });

  it("takes a changed declaration as far as nothing is lost", async () => {
    const warehouse = await temporaryWarehouse();
    const declare = (type: WireType, key: string): DeclaredTable => ({
      name: "orders",
      columns: [
        { name: "v", type, primaryKey: false },
        { name: key, type: "long", primaryKey: true },
      ],
    });
    await write(warehouse, [op("upsert", "orders", { id: 1, v: ["int", 5] })], [declare("int", "id")]);
    const wider = await write(
      warehouse,
      [op("upsert", "orders", { id: 2, v: ["double", 0.5] })],
      [declare("double", "id")],
    );
    expect(wider.schemaChanges).toBe(1);
    const narrower = await write(
      warehouse,
      [op("upsert", "orders", { other: 3, v: ["int", 6] })],
      [declare("int", "other")],
    );
    expect(narrower.warnings).toEqual([
      "column v of table orders is declared INTEGER and stays DOUBLE: it holds values of before",
      "the key of table orders changes from (id) to (other): rows there keep their old identity",
    ]);
    expect((await rowsOf(warehouse, "orders")).map((row) => row.v).sort()).toEqual(["0.5", "5", "6"]);
  });

  it.each([
    [
      "a null key",
      [op("upsert", "orders", { id: null, a: 1 })],
      "a row of table orders has no value for id, a column of its key",
    ],
    [
      "an absent key",
      [op("delete", "orders", { a: 1 })],
      "a row of table orders has no value for id, a column of its key",
    ],
    [
      "a system column",
      [op("upsert", "orders", { id: 1, _fivetran_deleted: true })],
      'table orders has a column "_fivetran_deleted", a name that the platform keeps for itself',
    ],
    [
      "its own id",
      [op("upsert", "other", { _fivetran_id: "x" })],
      'table other has no key, and a column "_fivetran_id", a name that the platform keeps for itself',
    ],
  ] as const)("refuses %s", async (_, operations, message) => {
    const writer = await keyed(await temporaryWarehouse());
    await expect(writer.apply([...operations])).rejects.toThrow(new ConnectorFault(message));
    await writer.finish({ keep: false });
  });

  it("refuses a decimal that is none", async () => {
    const writer = await (await temporaryWarehouse()).begin({ naming: "fivetran" });
    const columns = [{ name: "v", type: "decimal" as const, precision: 2, scale: 5, primaryKey: false }];
    await expect(writer.declare([{ name: "t", columns }])).rejects.toThrow("DECIMAL(2,5), which is not a type");
    await writer.finish({ keep: false });
  });
});

describe("checkpoints", () => {
  const row = (id: number) => op("upsert", "orders", { id, v: id });
  const limits = { rows: 3, bytes: 1e9 };

  it.each([
    ["in memory", 1000],
    ["through the disk", 3],
  ])("what came after the last one is dropped when the sync fails, %s", async (_, rows) => {
    const warehouse = await temporaryWarehouse({ limits: { rows, bytes: 1e9 } });
    const writer = await keyed(warehouse);
    await writer.apply([1, 2, 3, 4].map(row));
    await writer.checkpoint('{"at":4}');
    await writer.apply([op("upsert", "orders", { id: 1, v: 100 }), op("delete", "orders", { id: 2 })]);
    for (let id = 5; id < 20; id++) await writer.apply([row(id), op("upsert", "orders", { id: 3, w: "new" })]);
    await writer.apply([{ kind: "truncate", table: "orders" }, row(30)]);
    await writer.finish({ keep: false });
    expect((await rowsOf(warehouse, "orders")).map((cell) => [cell.id, cell.v])).toEqual([
      ["1", "1"],
      ["2", "2"],
      ["3", "3"],
      ["4", "4"],
    ]);
    expect(await rowsOf(warehouse, "orders", "deletedRows")).toEqual([]);
    expect(await warehouse.state()).toBe('{"at":4}');
    expect(await readFile(join(warehouse.path, "../state.json"), "utf8")).toBe('{"at":4}\n');
  });

  it("keeps the rest of a sync that ends well, with the state of the last one", async () => {
    const warehouse = await temporaryWarehouse({ limits });
    const writer = await keyed(warehouse);
    await writer.apply([1, 2].map(row));
    await writer.checkpoint('{"at":2}');
    for (let id = 3; id < 12; id++) await writer.apply([row(id)]);
    await writer.finish({ keep: true });
    await writer.finish({ keep: false });
    expect(await rowsOf(warehouse, "orders")).toHaveLength(11);
    expect(await warehouse.state()).toBe('{"at":2}');
    await expect(writer.apply([])).rejects.toThrow("the sync has ended");
  });

  it("saves a state that comes without rows, and one sync writes at a time", async () => {
    const warehouse = await temporaryWarehouse();
    const writer = await warehouse.begin({ naming: "fivetran" });
    await expect(warehouse.begin({ naming: "fivetran" })).rejects.toThrow("a sync is already writing");
    await writer.checkpoint('{"n":9007199254740993}');
    await writer.finish({ keep: false });
    expect(await warehouse.state()).toBe('{"n":9007199254740993}');
  });

  it("shows readers committed rows only, while a sync writes and after reopening", async () => {
    const warehouse = await temporaryWarehouse({ limits });
    const writer = await keyed(warehouse);
    for (let id = 1; id < 10; id++) await writer.apply([row(id)]);
    expect(await rowsOf(warehouse, "orders")).toEqual([]);
    await writer.checkpoint("{}");
    await writer.apply([row(10)]);
    await writer.finish({ keep: false });
    const reader = await openWarehouse(warehouse.path);
    expect(await rowsOf(reader, "orders")).toHaveLength(9);
    await reader.close();
    expect(await rowsOf(warehouse, "orders")).toHaveLength(9);
  });
});
