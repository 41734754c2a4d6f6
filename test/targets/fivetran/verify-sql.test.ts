import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type DestinationSqlInput,
  DIALECTS,
  destinationSql,
} from "../../../src/targets/fivetran/document/destination-sql.ts";
import { verifies } from "../../support/verifies.ts";

// `order` and `group` are reserved words everywhere: unquoted, none of the statements would parse.
const input: DestinationSqlInput = {
  connection: "lantern_desk",
  tables: [
    {
      name: "order",
      primary_key: ["group"],
      ranged: [{ column: "updated_at", lowest: "2026-01-01", highest: "2026-01-04" }],
      rows: 3,
    },
    { name: "label", primary_key: [], rows: 2 },
  ],
};

describe("run on a real engine", () => {
  let connection: DuckDBConnection;
  beforeAll(async () => {
    connection = await (await DuckDBInstance.create(":memory:")).connect();
    const system = "_fivetran_synced TIMESTAMPTZ, _fivetran_deleted BOOLEAN";
    await connection.run(`CREATE SCHEMA lantern_desk;
      CREATE TABLE lantern_desk."order" ("group" BIGINT, updated_at TIMESTAMPTZ, ${system});
      INSERT INTO lantern_desk."order" VALUES
        (1, '2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z', false),
        (2, '2026-01-02T00:00:00Z', '2026-02-02T00:00:00Z', NULL),
        (3, '2026-01-03T00:00:00Z', '2026-02-03T00:00:00Z', true),
        (3, '2026-01-04T00:00:00Z', '2026-02-04T00:00:00Z', false);
      CREATE TABLE lantern_desk.label (label VARCHAR, _fivetran_id VARCHAR, ${system});
      INSERT INTO lantern_desk.label VALUES ('a', 'x', now(), false)`);
  });
  afterAll(() => connection.closeSync());

  const run = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJson();

  // DuckDB's grammar is PostgreSQL's; Redshift and Snowflake differ from it only in what quoted names fold to.
  test.each(["postgresql", "redshift", "snowflake"] as const)(
    verifies("verify.sql", "%s statements give the figures they announce"),
    async (type) => {
      const statements = split(destinationSql(type, input));
      expect(statements).toHaveLength(10);
      const [overview, counts, doubles, sample, range, written, labels] = await Promise.all(statements.map(run));
      expect(overview).toEqual(
        expect.arrayContaining([
          ["order", 3, "3"],
          ["label", 2, "1"],
        ]),
      );
      expect(counts).toEqual([["3", "1", "2026-02-01 00:00:00+00", "2026-02-04 00:00:00+00"]]);
      expect(doubles).toEqual([["3", "2"]]);
      expect(sample).toHaveLength(3);
      expect(range).toEqual([["2026-01-01 00:00:00+00", "2026-01-04 00:00:00+00"]]);
      expect(statements[4]).toContain("The local run had updated_at 2026-01-01 to 2026-01-04.");
      expect(written).toHaveLength(4);
      expect(written?.[0]?.[0]).toBe("3");
      expect(labels?.[0]?.slice(0, 2)).toEqual(["1", "0"]);
    },
  );

  // Structure only: DuckDB has no backtick quoting, so it is exchanged for double quotes before running.
  test.each(["bigquery", "databricks"] as const)(
    verifies("verify.sql", "%s statements are sound apart from quoting"),
    async (type) => {
      const statements = split(destinationSql(type, input).replaceAll("`", '"'));
      expect(statements).toHaveLength(10);
      for (const statement of statements) await run(statement);
    },
  );

  test("any name is one identifier, never a statement", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ minLength: 1, unit: "binary" }).filter((name) => !name.includes("\0")),
        async (name) => {
          const sql = destinationSql("postgresql", {
            connection: name,
            tables: [{ name, primary_key: [name], ranged: [{ column: name, lowest: name, highest: name }], rows: 1 }],
          });
          const extracted = await connection.extractStatements(sql);
          expect(extracted.count).toBe(5);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("dialects", () => {
  test("snowflake names are upper case, the database as given", () => {
    const sql = destinationSql("snowflake", { ...input, project: "Analytics" });
    expect(sql).toContain('FROM "Analytics"."LANTERN_DESK"."ORDER"');
    expect(sql).toContain('"_FIVETRAN_SYNCED"');
  });

  test("bigquery and databricks quote each part with backticks", () => {
    expect(destinationSql("bigquery", { ...input, project: "my-project" })).toContain(
      "FROM `my-project`.`lantern_desk`.`order`",
    );
    expect(destinationSql("databricks", input)).toContain("FROM `lantern_desk`.`order`");
    expect(destinationSql("bigquery", { ...input, tables: [{ name: "a`b", primary_key: [], rows: 0 }] })).toContain(
      "`a\\`b`",
    );
    expect(destinationSql("databricks", { ...input, tables: [{ name: "a`b", primary_key: [], rows: 0 }] })).toContain(
      "`a``b`",
    );
  });

  test("postgresql cannot name a database in a query, so it says to connect to it", () => {
    const sql = destinationSql("postgresql", { ...input, project: "warehouse" });
    expect(sql).toContain("-- Connect to the database warehouse first.");
    expect(sql).toContain('FROM "lantern_desk"."order"');
  });

  test.each(DIALECTS)("%s: a simulated count is not presented as one to expect", (type) => {
    expect(destinationSql(type, { ...input, basis: "simulated" })).toContain(
      "Compare real data with the source itself.",
    );
    expect(destinationSql(type, { ...input, basis: "live" })).not.toContain("Compare real data");
  });

  test("a table without a key is told apart by the platform's own id", () => {
    expect(destinationSql("postgresql", input)).toContain('SELECT "_fivetran_id", COUNT(*) AS occurrences');
  });
});

function split(sql: string): string[] {
  return sql
    .split(/;\n/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");
}
