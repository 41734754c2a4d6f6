/** Connectors around a hand-written client part, run as the platform would, and what is in the warehouse then. */
import { describe, expect, test } from "vitest";
import type { SyncResult } from "../../../src/targets/target.ts";
import { type JournalTable, journalConnector, rowsOf, sync, temporaryWarehouse } from "./journal.ts";

const ORDERS: JournalTable = {
  name: "orders",
  columns: { id: "integer", name: "string", at: { type: "integer", nullable: false } },
  advance: { kind: "column", column: "at", lookback: 2 },
  python: 'cursor="at", lookback=2',
};

const order = (id: number, at: number, name = `order ${id}`) => ({ id, name, at });
const cells = (records: object[]) =>
  records
    .map((record) => Object.fromEntries(Object.entries(record).map(([name, value]) => [name, `${value}`])))
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

function succeeded(result: SyncResult): SyncResult {
  expect(result.reason).toBeUndefined();
  expect(result.warnings).toEqual([]);
  return result;
}

describe("a table that is read incrementally", () => {
  const records = [10, 10, 10, 10, 10, 11, 13].map((at, index) => order(index + 1, at));

  test.each(["modular", "single"] as const)("in %s layout, with ties, late rows and small batches", async (layout) => {
    const connector = await journalConnector([ORDERS], { layout });
    const warehouse = await temporaryWarehouse();
    const configuration = { max_records_per_batch: "2" };
    await connector.write({ orders: { records } });
    const first = succeeded(await sync(connector, warehouse, { configuration }));
    expect(first.operations.checkpoints).toBeGreaterThan(2);
    expect(await rowsOf(warehouse, "orders")).toEqual(cells(records));

    const idle = succeeded(await sync(connector, warehouse, { configuration, state: first.state }));
    expect(idle.operations).toMatchObject({ upserts: 0, checkpoints: 0 });
    expect(idle.state).toEqual(first.state);

    // One more on the highest value, one that comes late, one that changed without moving, one beyond.
    const changed = [...records.slice(0, 6), order(7, 13, "renamed"), order(8, 13), order(9, 12), order(10, 20)];
    await connector.write({ orders: { records: changed.sort((a, b) => a.at - b.at) } });
    const third = succeeded(await sync(connector, warehouse, { configuration, state: idle.state }));
    expect(await rowsOf(warehouse, "orders")).toEqual(cells(changed));

    const last = [...changed, order(11, 20)];
    await connector.write({ orders: { records: last } });
    succeeded(await sync(connector, warehouse, { configuration, state: third.state }));
    expect(await rowsOf(warehouse, "orders")).toEqual(cells(last));
  });

  test("goes on where it was killed, from any of its checkpoints", async () => {
    const connector = await journalConnector([ORDERS]);
    const warehouse = await temporaryWarehouse();
    const configuration = { max_records_per_batch: "1" };
    await connector.write({ orders: { records } });
    const killed = await sync(connector, warehouse, { configuration, killAfterCheckpoint: 2 });
    expect(killed.reason).toBe("killed after checkpoint 2, as asked");
    expect(killed.checkpoints).toHaveLength(2);
    succeeded(await sync(connector, warehouse, { configuration, stateJson: killed.checkpoints[1] ?? "" }));
    expect(await rowsOf(warehouse, "orders")).toEqual(cells(records));
  });

  test("is not cut where no page can be gone on from", async () => {
    const connector = await journalConnector([{ ...ORDERS, python: 'cursor="at", ascending=False' }]);
    const warehouse = await temporaryWarehouse();
    const shuffled = [...records].reverse();
    await connector.write({ orders: { records: shuffled } });
    const result = succeeded(await sync(connector, warehouse, { configuration: { max_records_per_batch: "2" } }));
    expect(result.checkpoints.map((state) => JSON.parse(state).orders.saved)).toEqual([{ cursor: 13 }, { cursor: 13 }]);
    expect(await rowsOf(warehouse, "orders")).toEqual(cells(shuffled));
  });

  test("an older version does not replace a newer one, whichever comes first, where a flag shows deletions", async () => {
    const columns = { ...ORDERS.columns, gone: "boolean" } as const;
    const deletes = { kind: "flag", column: "gone" };
    const python = 'cursor="at", ascending=False, flag="gone"';
    const connector = await journalConnector([{ ...ORDERS, columns, deletes, python }]);
    const warehouse = await temporaryWarehouse();
    const order = (id: number, at: number, name = `order ${id}`) => ({ id, name, at, gone: false });
    await connector.write({ orders: { records: [order(1, 5, "new"), order(1, 4, "old")] } });
    const result = await sync(connector, warehouse);
    expect(result.warnings).toEqual([
      "orders: versions of rows older than those that are there, which the platform leaves out",
    ]);
    expect(await rowsOf(warehouse, "orders")).toEqual(cells([order(1, 5, "new")]));
    await connector.write({ orders: { records: [order(1, 3, "older still"), order(2, 6)] } });
    await connector.rewrite("reading.py", (text) => text.replace('if "cursor" in saved:', "if False:"));
    await sync(connector, warehouse, { state: result.state });
    expect(await rowsOf(warehouse, "orders")).toEqual(cells([order(1, 5, "new"), order(2, 6)]));
  });

  test("orders versions by when they were read: a time may go back, or stay", async () => {
    const connector = await journalConnector([ORDERS]);
    expect(await connector.text("journal_source.py")).toContain('"cursor_field": "_sequence"');
    const warehouse = await temporaryWarehouse();
    await connector.write({ orders: { records } });
    const first = succeeded(await sync(connector, warehouse));
    const changed = [...records.slice(0, 5), order(7, 12, "gone back"), order(6, 11, "renamed")];
    await connector.write({ orders: { records: changed } });
    succeeded(await sync(connector, warehouse, { state: first.state }));
    expect(await rowsOf(warehouse, "orders")).toEqual(cells(changed));
  });

  test("says which option is wrong", async () => {
    const connector = await journalConnector([ORDERS]);
    await connector.write({ orders: { records } });
    const result = await sync(connector, await temporaryWarehouse(), {
      configuration: { max_records_per_batch: "many" },
      secretKeys: [],
    });
    expect(result.reason).toBe(
      "the connector raised ValueError: The table option 'max_records_per_batch' is no whole number above 0: 'many'",
    );
  });
});

describe("a table that is read whole", () => {
  const ports: JournalTable = { name: "ports", columns: { id: "string", name: "string" } };
  const port = (id: string) => ({ id, name: `port of ${id}` });

  test("is never cut, and what is gone from it is deleted", async () => {
    const connector = await journalConnector([ports]);
    const warehouse = await temporaryWarehouse();
    const records = ["a", "b", "c", "d", "e", "f", "g"].map(port);
    await connector.write({ ports: { records } });
    const configuration = { max_records_per_batch: "1" };
    const first = succeeded(await sync(connector, warehouse, { configuration }));
    expect(first.state).toEqual({});
    expect(await rowsOf(warehouse, "ports")).toEqual(cells(records));
    await connector.write({ ports: { records: records.slice(2) } });
    succeeded(await sync(connector, warehouse, { configuration, state: first.state }));
    expect(await rowsOf(warehouse, "ports")).toEqual(cells(records.slice(2)));
  });

  test("keeps each of the rows that are alike, where there is no key", async () => {
    const connector = await journalConnector([{ ...ports, key: [] }]);
    const warehouse = await temporaryWarehouse();
    const records = ["a", "b", "a", "a"].map(port);
    await connector.write({ ports: { records } });
    const first = succeeded(await sync(connector, warehouse));
    expect(await rowsOf(warehouse, "ports")).toEqual(cells(records));
    await connector.write({ ports: { records: records.slice(0, 3) } });
    succeeded(await sync(connector, warehouse, { state: first.state }));
    expect(await rowsOf(warehouse, "ports")).toEqual(cells(records.slice(0, 3)));
  });

  test("leaves out rows that say that they are deleted", async () => {
    const table = { ...ports, columns: { ...ports.columns, gone: "boolean" as const } };
    const flagged = { ...table, deletes: { kind: "flag", column: "gone" }, python: 'flag="gone"' };
    const connector = await journalConnector([flagged]);
    const warehouse = await temporaryWarehouse();
    const records = [port("a"), port("b")].map((record, index) => ({ ...record, gone: index === 0 }));
    await connector.write({ ports: { records } });
    succeeded(await sync(connector, warehouse));
    expect(await rowsOf(warehouse, "ports")).toEqual(cells(records.slice(1)));
  });
});

describe("deletes", () => {
  test("that rows tell of themselves come and go", async () => {
    const columns = { ...ORDERS.columns, gone: "boolean" as const };
    const deletes = { kind: "flag", column: "gone" };
    const connector = await journalConnector([
      { ...ORDERS, columns, deletes, python: 'cursor="at", lookback=2, flag="gone"' },
    ]);
    const warehouse = await temporaryWarehouse();
    const version = (id: number, at: number, gone: boolean) => ({ ...order(id, at), gone });
    await connector.write({ orders: { records: [version(1, 1, false), version(2, 2, true), version(3, 3, false)] } });
    const first = succeeded(await sync(connector, warehouse));
    expect(Object.keys(first.state)).toEqual(["orders", "deletes of orders"]);
    expect(await rowsOf(warehouse, "orders")).toEqual(cells([version(1, 1, false), version(3, 3, false)]));
    await connector.write({ orders: { records: [version(2, 6, false), version(1, 7, true), version(3, 8, false)] } });
    const second = succeeded(await sync(connector, warehouse, { state: first.state }));
    expect(await rowsOf(warehouse, "orders")).toEqual(cells([version(2, 6, false), version(3, 8, false)]));
    const idle = succeeded(await sync(connector, warehouse, { state: second.state }));
    succeeded(await sync(connector, warehouse, { state: idle.state }));
    expect(await rowsOf(warehouse, "orders")).toEqual(cells([version(2, 6, false), version(3, 8, false)]));
  });

  test("that are listed apart are applied, once", async () => {
    const deletes = { kind: "feed", path: "/deleted", records: "", keys: { id: "id" } };
    const plain: JournalTable = { name: "ports", columns: { id: "integer" } };
    const connector = await journalConnector([{ ...ORDERS, deletes }, plain]);
    const warehouse = await temporaryWarehouse();
    const ports = { records: [{ id: 1 }] };
    await connector.write({ orders: { records: [order(1, 1), order(2, 2)] }, ports });
    const first = succeeded(await sync(connector, warehouse));
    await connector.write({ orders: { records: [order(2, 2)], deleted: [{ id: 1 }] }, ports });
    const second = succeeded(await sync(connector, warehouse, { state: first.state }));
    expect(second.operations.deletes).toBe(1);
    expect(await rowsOf(warehouse, "orders")).toEqual(cells([order(2, 2)]));
    const third = succeeded(await sync(connector, warehouse, { state: second.state }));
    expect(third.operations.deletes).toBe(0);
    expect(await rowsOf(warehouse, "orders")).toEqual(cells([order(2, 2)]));
  });
});

test("rows that never come twice are added, also where they are alike", async () => {
  const advance = { kind: "files", by: "name" };
  const columns = { at: "integer" as const, name: "string" as const };
  const connector = await journalConnector([{ name: "calls", key: [], columns, advance, python: 'cursor="at"' }]);
  // What a client part of files does: a file that was read is not read again.
  await connector.rewrite("reading.py", (text) => text.replace(">= saved", "> saved"));
  const warehouse = await temporaryWarehouse();
  const call = (at: number) => ({ at, name: "same" });
  await connector.write({ calls: { records: [call(1), call(1), call(2)] } });
  const first = succeeded(await sync(connector, warehouse));
  await connector.write({ calls: { records: [call(1), call(1), call(2), call(3), call(3)] } });
  const second = succeeded(await sync(connector, warehouse, { state: first.state }));
  succeeded(await sync(connector, warehouse, { state: second.state }));
  expect(await rowsOf(warehouse, "calls")).toEqual(cells([call(1), call(1), call(2), call(3), call(3)]));
});
