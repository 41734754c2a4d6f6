import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/errors.ts";
import { openWarehouse } from "../../src/warehouse/open.ts";
import type { Warehouse } from "../../src/warehouse/warehouse.ts";
import { temporaryWarehouse } from "../targets/fivetran/run-fixture.ts";

async function filled(): Promise<Warehouse> {
  const warehouse = await temporaryWarehouse();
  const writer = await warehouse.begin({ naming: "fivetran" });
  const rows = Array.from({ length: 20 }, (_, id) => ({
    names: ["id", "name"],
    types: ["long", "string"] as const,
    values: [id, id === 7 ? null : `name ${id}`],
  }));
  await writer.apply(rows.map((row) => ({ kind: "upsert", table: "order", row })));
  await writer.finish({ keep: true });
  return warehouse;
}

describe("a query", () => {
  it("answers with text, and with no more rows than asked for", async () => {
    const warehouse = await filled();
    expect(await warehouse.query('SELECT id, name FROM "order" WHERE id IN (7, 8) ORDER BY id')).toEqual({
      columns: ["id", "name"],
      rows: [
        ["7", null],
        ["8", "name 8"],
      ],
      truncated: false,
    });
    const some = await warehouse.query('SELECT id FROM tester."order" ORDER BY id', { maxRows: 3 });
    expect(some).toEqual({ columns: ["id"], rows: [["0"], ["1"], ["2"]], truncated: true });
    expect((await warehouse.query("SHOW TABLES")).rows).toEqual([["order"]]);
    expect((await warehouse.query('EXPLAIN SELECT * FROM "order"')).rows).toHaveLength(1);
  });

  it("is answered by many readers that are opened at the same time", async () => {
    const { path, close } = await filled();
    await close();
    const answers = Array.from({ length: 8 }, async () => {
      const reader = await openWarehouse(path, { readOnly: true });
      const { rows } = await reader.query('SELECT count(*) FROM "order"');
      await reader.close();
      return rows[0]?.[0];
    });
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 8 }, () => "20"));
  });

  it.each([
    ['DROP TABLE tester."order"', "a query may only read: this is DROP"],
    ["SELECT 1; SELECT 2", "one statement at a time: these are 2"],
    [" ", "the query is empty"],
    ['INSERT INTO tester."order" (id) VALUES (99)', "a query may only read: this is INSERT"],
    ["SET memory_limit = '10GB'", "a query may only read"],
    ["ATTACH '/tmp/other.db'", "a query may only read: this is ATTACH"],
    ["COPY (SELECT 1) TO '/tmp/out.csv'", "file system operations are disabled by configuration"],
    ["SELECT * FROM read_text('/etc/passwd')", "file system operations are disabled by configuration"],
    ["SELECT * FROM glob('/*')", "disabled by configuration"],
    ["SELEC 1", "syntax error"],
    ["SELECT * FROM nowhere", "Table with name nowhere does not exist"],
  ])("%s is refused", async (sql, message) => {
    const warehouse = await filled();
    const error = await warehouse.query(sql).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toContain(message);
    expect((error as UserError).message).not.toContain("Stack Trace");
    expect((await warehouse.tables())[0]?.rows).toBe(20);
  });

  it("ends when its time is up", async () => {
    const warehouse = await filled();
    const started = Date.now();
    const endless = "SELECT count(*) FROM range(1000000000) a, range(1000000000) b";
    await expect(warehouse.query(endless, { timeoutSeconds: 0.3 })).rejects.toThrow(
      "the query took more than 0.3 seconds",
    );
    expect(Date.now() - started).toBeLessThan(10_000);
    expect((await warehouse.query("SELECT 1")).rows).toEqual([["1"]]);
  });
});

describe("a warehouse file", () => {
  it("is for one process: another is told which", async () => {
    const warehouse = await filled();
    const other = `
      import { openWarehouse } from ${JSON.stringify(join(import.meta.dirname, "../../src/warehouse/open.ts"))};
      openWarehouse(${JSON.stringify(warehouse.path)}).catch((error) => process.stdout.write(error.name + ": " + error.message + " | " + error.hint));
    `;
    const { stdout } = await promisify(execFile)(process.execPath, [
      "--import",
      "tsx",
      "--input-type=module",
      "-e",
      other,
    ]);
    expect(stdout).toBe(
      `UserError: the warehouse ${warehouse.path} is in use by process ${process.pid} | wait until it has ended, or end it: kill ${process.pid}`,
    );
  });

  it("can be read without being changed", async () => {
    const warehouse = await filled();
    await warehouse.close();
    const reader = await openWarehouse(warehouse.path, { readOnly: true });
    expect((await reader.tables())[0]).toMatchObject({ name: "order", rows: 20 });
    await expect(reader.begin({ naming: "fivetran" })).rejects.toThrow("open for reading only");
    await reader.close();
    await expect(openWarehouse(`${warehouse.path}.none`, { readOnly: true })).rejects.toThrow(UserError);
  });

  it("says which tables it has when asked for one it has not", async () => {
    const warehouse = await filled();
    await expect(warehouse.rows("nope")[Symbol.asyncIterator]().next()).rejects.toThrow(
      'the warehouse has no table "nope"',
    );
  });
});
