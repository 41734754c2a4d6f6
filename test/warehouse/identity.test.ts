/** Rows of a table without a key that bring what they are told by. */
import { expect, test } from "vitest";
import type { DeclaredTable, Operation } from "../../src/warehouse/warehouse.ts";
import { rowsOf, temporaryWarehouse } from "../targets/fivetran/run-fixture.ts";

const TABLE: DeclaredTable = {
  name: "calls",
  columns: [{ name: "name", type: "string", primaryKey: false }],
  identity: "#id",
};

function call(id: string, name: string): Operation {
  const row = { names: ["name", "#id"], types: ["string", "string"] as const, values: [name, id] };
  return { kind: "upsert", table: "calls", row };
}

test("are each kept, replaced by their identity, and have no column for it", async () => {
  const warehouse = await temporaryWarehouse();
  for (const operations of [
    [call("1", "same"), call("2", "same"), call("3", "other")],
    [call("2", "changed"), call("4", "same")],
  ]) {
    const writer = await warehouse.begin({ naming: "source" });
    await writer.declare([TABLE]);
    await writer.apply(operations);
    await writer.checkpoint("{}");
    await writer.finish({ keep: true });
    expect(writer.warnings).toEqual([]);
  }
  expect(await rowsOf(warehouse, "calls")).toEqual(["changed", "other", "same", "same"].map((name) => ({ name })));
  const writer = await warehouse.begin({ naming: "source" });
  await writer.declare([TABLE]);
  await writer.apply([
    { ...call("3", "other"), kind: "delete" } as Operation,
    { ...call("1", "new"), kind: "update" } as Operation,
  ]);
  await writer.finish({ keep: true });
  expect(await rowsOf(warehouse, "calls")).toEqual(["changed", "new", "same"].map((name) => ({ name })));
});
