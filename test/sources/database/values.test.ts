/**
 * Values end to end: a real database, the connectors of both targets, and their warehouses read by DuckDB itself and held
 * against what is written here; besides, against our own independent reader.
 */
import { join } from "node:path";
import sqlite from "node-sqlite3-wasm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Blueprint } from "../../../src/artifacts/blueprint.ts";
import { type DatabaseServer, startMysql, startPostgres, whyNoServer } from "../../support/database-servers.ts";
import { temporaryDirectory } from "../../support/run-cli.ts";
import { type Arrived, type Rows, syncBoth } from "../../support/sync-both.ts";
import { describeSpec, tableOf } from "./fixtures.ts";

const noPostgres = await whyNoServer("postgresql");
const noMysql = await whyNoServer("mysql");

const MEGABYTES_5 = 5_000_000;
const DIGITS = "99999999999999999999999999999.999999999";
/** An emoji of several characters, an accent of its own, letters from right to left, quotes and a backslash. */
const TEXT = "naïve 👩‍🚀 e\u0301 שלום '\"\\n";
const JSON_TEXT = '{"b": [{"order": 9007199254740993, "x": null}, []], "a": {"É": "", "n": 0.10}}';

/** A point at 1, 0 as MySQL stores it: a number for its place on earth, one for the order of bytes, one for its kind. */
const POINT = ["00000000", "01", "01000000", "000000000000F03F", "0000000000000000"]
  .join("")
  .replace(/../g, (byte) => (byte === "3F" ? "?" : `\\x${byte}`));

/** What both warehouses hold, whatever the engine: the first row has what is hard, the second what is blank. */
const COMMON: Rows = [
  {
    id: "1",
    group: "",
    user: TEXT,
    "Mixed Case": "null",
    select: DIGITS,
    big: "9007199254740993",
    local: "1900-01-01 00:00:00.000001",
    bin: "\\x00\\xFF",
  },
  {
    id: "2",
    group: null,
    user: "",
    select: "-0.000000001",
    big: "-9223372036854775808",
    doc: null,
    bin: "",
    large: "",
  },
];

/** Under the source's names: Fivetran writes them in its own way. */
function asSource(row: Rows[number], names: readonly string[]): Rows[number] {
  const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]+/g, "_");
  const known = new Map(names.map((name) => [plain(name), name]));
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [known.get(plain(name)) ?? name, value]));
}

/** A runtime of Lakeflow knows no time without a zone: it has the text. */
function atTarget(target: string, row: Rows[number]): Rows[number] {
  return target === "lakeflow" && row.local ? { ...row, local: row.local.replace(" ", "T") } : row;
}

async function expectArrived(blueprint: Blueprint, arrived: readonly Arrived[], more: Rows): Promise<void> {
  const table = tableOf(blueprint, "Order");
  const names = table.columns.map(({ name }) => name);
  for (const { target, result, rows, differences } of arrived) {
    expect(result.reason, target).toBeUndefined();
    expect(differences, target).toEqual([]);
    const found = (await rows("Order", "id")).map((row) => asSource(row, names));
    expect(found.length, target).toBe(more.length);
    // Held apart, so that a difference is not shown with five million letters.
    expect(found[0]?.large === "x".repeat(MEGABYTES_5), `${target}: five megabytes of text`).toBe(true);
    expect(found[0]?.large_bin === "y".repeat(MEGABYTES_5), `${target}: five megabytes of bytes`).toBe(true);
    const small = found.map(({ large, large_bin: _, ...rest }) => ({ ...rest, large: large?.slice(0, 9) ?? null }));
    for (const [index, row] of more.entries())
      expect(small[index], target).toMatchObject(atTarget(target, { ...COMMON[index], ...row }));
    expect(Object.keys(JSON.parse(String(found[0]?.doc))).sort()).toEqual(["a", "b"]);
    expect(String(found[0]?.doc).replace(/\s/g, "")).toContain('"order":9007199254740993');
  }
  expect(arrived[0]?.digests).toEqual(arrived[1]?.digests);
}

describe.skipIf(noPostgres !== undefined)(
  `values of PostgreSQL${noPostgres === undefined ? "" : `: skipped, ${noPostgres}`}`,
  () => {
    let server: DatabaseServer;
    beforeAll(async () => {
      server = await startPostgres();
      await server.execute([
        "CREATE TYPE two AS (a int, b text)",
        `CREATE TABLE "Order" (id int PRIMARY KEY, "group" text, "user" text, "Mixed Case" text, "select" numeric(38,9), big bigint,
          local timestamp, at timestamptz, x double precision, free numeric, doc jsonb, bin bytea, large text, large_bin bytea,
          place point, words tsvector, span int4range, pair two)`,
        `INSERT INTO "Order" VALUES
          (1, '', ${quoted(TEXT)}, 'null', ${DIGITS}, 9007199254740993, '1900-01-01 00:00:00.000001', '1969-12-31 23:59:59.999999+05:30',
            'NaN', 'NaN', '${JSON_TEXT}', '\\x00ff', repeat('x', ${MEGABYTES_5}), convert_to(repeat('y', ${MEGABYTES_5}), 'UTF8'),
            '(0.1,-2)', 'a cat', '[1,5)', ROW(1, 'x, y')),
          (2, NULL, '', ' ', -0.000000001, -9223372036854775808, '0001-01-01 00:00:00.100001', '9999-12-31 23:59:59.999999+00', '-Infinity', 0.10, NULL, '', '', NULL, NULL, NULL, NULL, NULL),
          (3, ' ', NULL, NULL, 0, 9223372036854775807, NULL, NULL, 'Infinity', -99999999999999999999999999999999999999999, '[]', NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
        'GRANT SELECT ON "Order" TO reader',
      ]);
    }, 60_000);
    afterAll(() => server.close());

    it("are what both warehouses hold", async () => {
      const source = { engine: "postgresql", host: "127.0.0.1", user: "reader", tls: "off" };
      const { blueprint } = await describeSpec({ source }, server.configuration);
      expectSaid(blueprint, "the type point is kept as the text that PostgreSQL writes for it");
      await expectArrived(blueprint, await syncBoth(blueprint, server.configuration), [
        {
          at: "1969-12-31 18:29:59.999999+00",
          x: "nan",
          free: "NaN",
          place: "(0.1,-2)",
          words: "'a' 'cat'",
          span: "[1,5)",
          pair: '(1,"x, y")',
        },
        { local: "0001-01-01 00:00:00.100001", at: "9999-12-31 23:59:59.999999+00", x: "-inf", free: "0.10" },
        { x: "inf", free: "-99999999999999999999999999999999999999999", user: null, big: "9223372036854775807" },
      ]);
    }, 60_000);
  },
);

describe.skipIf(noMysql !== undefined)(
  `values of MariaDB${noMysql === undefined ? "" : `: skipped, ${noMysql}`}`,
  () => {
    let server: DatabaseServer;
    beforeAll(async () => {
      server = await startMysql();
      await server.execute([
        `CREATE TABLE \`Order\` (id int PRIMARY KEY, \`group\` text, \`user\` text, \`Mixed Case\` text, \`select\` decimal(38,9), big bigint,
        local datetime(6), at timestamp(6) NULL, x double, doc json, bin varbinary(10), large longtext, large_bin longblob, place point)`,
        `INSERT INTO \`Order\` VALUES
        (1, '', ${quoted(TEXT.replaceAll("\\", "\\\\"))}, 'null', ${DIGITS}, 9007199254740993, '1900-01-01 00:00:00.000001', '1970-01-01 00:00:01.000001',
          -1.7976931348623157e308, '${JSON_TEXT}', X'00ff', repeat('x', ${MEGABYTES_5}), repeat('y', ${MEGABYTES_5}), NULL),
        (2, NULL, '', ' ', -0.000000001, -9223372036854775808, '1000-01-01 00:00:00.100001', '2038-01-19 03:14:07.999999', 0.1, NULL, '', '', NULL, Point(1, 0))`,
        "GRANT SELECT ON shop.* TO 'reader'@'127.0.0.1'",
      ]);
    }, 60_000);
    afterAll(() => server.close());

    it("are what both warehouses hold", async () => {
      const source = { engine: "mysql", host: "127.0.0.1", user: "reader", tls: "off" };
      const { blueprint } = await describeSpec({ source }, server.configuration);
      expectSaid(blueprint, "the type point is kept as the bytes that the server stores for it");
      await expectArrived(blueprint, await syncBoth(blueprint, server.configuration), [
        { at: "1970-01-01 00:00:01.000001+00", x: "-1.7976931348623157e+308" },
        { local: "1000-01-01 00:00:00.100001", at: "2038-01-19 03:14:07.999999+00", x: "0.1", place: POINT },
      ]);
    }, 60_000);
  },
);

describe("values of SQLite", () => {
  it("are what both warehouses hold", async () => {
    const path = join(await temporaryDirectory(), "shop.db");
    const database = new sqlite.Database(path);
    // SQLite has no exact numbers: digits are kept where they are text.
    database.exec(`CREATE TABLE "Order" (id INTEGER PRIMARY KEY, "group" TEXT, "user" TEXT, "Mixed Case" TEXT, "select" TEXT, big BIGINT,
      local DATETIME, at DATETIME, x REAL, doc JSON, bin BLOB, large TEXT, large_bin BLOB)`);
    database.exec(`INSERT INTO "Order" VALUES
      (1, '', ${quoted(TEXT)}, 'null', '${DIGITS}', 9007199254740993, '1900-01-01 00:00:00.000001', '1969-12-31 23:59:59.999999Z', 9e999,
        '${JSON_TEXT}', x'00ff', '${"x".repeat(MEGABYTES_5)}', CAST('${"y".repeat(MEGABYTES_5)}' AS BLOB)),
      (2, NULL, '', ' ', '-0.000000001', -9223372036854775808, '0001-01-01 00:00:00.100001', '9999-12-31T23:59:59.999999Z', -9e999, NULL, x'', '', NULL)`);
    database.close();
    const { blueprint } = await describeSpec({ source: { engine: "sqlite" } }, { path });
    await expectArrived(blueprint, await syncBoth(blueprint, { path }), [
      { at: "1969-12-31 23:59:59.999999+00", x: "inf" },
      { at: "9999-12-31 23:59:59.999999+00", x: "-inf", local: "0001-01-01 00:00:00.100001" },
    ]);
  }, 60_000);
});

/** A person is told of a type that no destination has. */
function expectSaid(blueprint: Blueprint, note: string): void {
  expect(blueprint.claims["tables.Order.columns"]).toMatchObject({ note: expect.stringContaining(note) });
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
