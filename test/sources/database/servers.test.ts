/** Connectors against real servers, where this machine has them: the ends of every type, rights, and proofs. */
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseSource } from "../../../src/sources/database/database.ts";
import { openSession } from "../../../src/sources/database/live/session.ts";
import type { Record_ } from "../../../src/sources/record.ts";
import { type DatabaseServer, startMysql, startPostgres, whyNoServer } from "../../support/database-servers.ts";
import { proveGenerated } from "../../support/prove-generated.ts";
import { describeSpec, MYSQL_DDL, POSTGRESQL_DDL, tableOf } from "./fixtures.ts";
import { readByConnector } from "./read-by-connector.ts";

const signal = new AbortController().signal;
const noPostgres = await whyNoServer("postgresql");
const noMysql = await whyNoServer("mysql");

async function independently(
  blueprint: Parameters<typeof databaseSource.read>[0],
  table: string,
  configuration: Record<string, string>,
) {
  const rows: Record_[] = [];
  for await (const row of databaseSource.read(blueprint, table, { configuration, signal })) rows.push(row);
  return rows;
}

const LIMITS_POSTGRESQL = `INSERT INTO limits VALUES
  (1, 99999999999999999999999999999.999999999, 9223372036854775807, 'NaN', 'NaN', '2024-01-01 00:00:00.000001+02', '2024-02-29 23:59:59.999999', '', 'ä🙂', '{"a":{"b":[9007199254740993,null]}}', '\\x00ff', '{"x",NULL,"y,z"}', repeat('x', 5000000)),
  (2, -0.000000001, -9223372036854775808, 'Infinity', 'Infinity', '1969-12-31 23:59:59+00', 'infinity', NULL, NULL, '[]', '\\x', '{}', ''),
  (3, 0, 0, '-Infinity', '-0.1', '9999-12-31 23:59:59.999999+00', '0044-03-15 10:00:00 BC', ' ', 'null', 'null', NULL, NULL, NULL)`;

describe.skipIf(noPostgres !== undefined)(
  `PostgreSQL, real${noPostgres === undefined ? "" : `: skipped, ${noPostgres}`}`,
  () => {
    let server: DatabaseServer;
    beforeAll(async () => {
      server = await startPostgres();
      await server.execute([
        POSTGRESQL_DDL,
        `CREATE TABLE limits (id int PRIMARY KEY, n numeric(38,9), b bigint, x double precision, free numeric, z timestamptz, l timestamp,
        empty text, u text, j jsonb, bin bytea, tags text[], large text)`,
        LIMITS_POSTGRESQL,
        `INSERT INTO people VALUES ('a', 'A', NULL, '2024-01-01'), ('b', 'B', '2024-01-02', '2024-01-02')`,
        "CREATE TABLE secret (id int PRIMARY KEY, x text)",
        "CREATE TABLE halfway (id int PRIMARY KEY, x text, changed_at timestamptz)",
        "INSERT INTO halfway VALUES (1, 'a', now()), (2, 'b', NULL)",
        "GRANT USAGE ON SCHEMA sales TO reader",
        "GRANT SELECT ON ALL TABLES IN SCHEMA sales, public TO reader",
        "REVOKE ALL ON secret FROM reader",
      ]);
    }, 60_000);
    afterAll(() => server.close());

    const spec = (tables?: unknown[]) => ({
      source: { engine: "postgresql", host: "127.0.0.1", user: "reader", tls: "off" },
      ...(tables ? { tables } : {}),
    });

    it("gives every value at the end of its type exactly, to a connector and to the independent reader", async () => {
      const { blueprint } = await describeSpec(spec(["limits"]), server.configuration);
      const table = tableOf(blueprint, "limits");
      expect(Object.fromEntries(table.columns.map(({ name, type }) => [name, type]))).toMatchObject({
        n: "decimal",
        b: "integer",
        x: "number",
        free: "string",
        z: "timestamp",
        l: "string",
        j: "json",
        bin: "binary",
        tags: "json",
      });
      const own = await readByConnector(blueprint, server.configuration, "limits");
      const truth = await independently(blueprint, "limits", server.configuration);
      expect(own).toHaveLength(3);
      expect(own.map((row) => ({ ...row, large: row.large === null ? null : String(row.large).length }))).toMatchObject(
        [
          {
            id: "1",
            n: "99999999999999999999999999999.999999999",
            b: "9223372036854775807",
            x: "nan",
            free: "NaN",
            z: "2023-12-31 22:00:00.000001+00",
            empty: "",
            large: 5_000_000,
          },
          {
            id: "2",
            n: "-1E-9",
            b: "-9223372036854775808",
            x: "inf",
            free: "Infinity",
            l: "infinity",
            empty: null,
            bin: "",
            large: 0,
          },
          { id: "3", x: "-inf", l: "0044-03-15 10:00:00 BC", u: "null", large: null },
        ],
      );
      expect(truth[0]).toMatchObject({
        id: 1,
        n: "99999999999999999999999999999.999999999",
        b: 9223372036854775807n,
        x: Number.NaN,
        z: "2023-12-31T22:00:00.000001Z",
        j: { a: { b: [9007199254740993n, null] } },
        bin: "AP8=",
        tags: ["x", null, "y,z"],
      });
      expect(truth[1]).toMatchObject({ b: -9223372036854775808n, l: "infinity", empty: null });
    });

    it("skips what the user may not read, naming it, and refuses it where the spec wants it", async () => {
      const { blueprint } = await describeSpec(spec(), server.configuration);
      expect(blueprint.skipped).toContainEqual({
        name: "public.secret",
        reason: expect.stringContaining("grant SELECT"),
      });
      await expect(describeSpec(spec(["secret"]), server.configuration)).rejects.toThrow(
        "public.secret cannot be read",
      );
      await expect(describeSpec(spec(["limit"]), server.configuration)).rejects.toThrow("no table limit");
    });

    it("does not advance by a column that is null in some rows, and says so", async () => {
      const { blueprint } = await describeSpec(spec(["halfway"]), server.configuration);
      expect(tableOf(blueprint, "halfway").advance).toEqual({ kind: "full" });
      expect(blueprint.claims["tables.halfway.advance"]).toMatchObject({
        note: expect.stringContaining("null in 1 rows"),
      });
    });

    it("names the keys to look at for a wrong password, without the password", async () => {
      const wrong = describeSpec(spec(), { ...server.configuration, password: "wrong-Zq7" });
      await expect(wrong).rejects.toThrow(/refuses user and password/);
      await expect(wrong).rejects.not.toThrow(/wrong-Zq7/);
    });

    it("answers the probes", async () => {
      const { blueprint } = await describeSpec(spec(["limits", "people"]), server.configuration);
      const findings = [];
      for await (const finding of databaseSource.probe(blueprint, {
        configuration: server.configuration,
        signal,
        onProgress: () => {},
      }))
        findings.push(finding);
      expect(findings.filter(({ verdict }) => verdict !== "confirms")).toEqual([]);
      expect(findings.map(({ question }) => question)).toContain("Is the server a replica, and how far behind?");
    });
  },
);

describe.skipIf(noMysql !== undefined)(`MariaDB, real${noMysql === undefined ? "" : `: skipped, ${noMysql}`}`, () => {
  let server: DatabaseServer;
  beforeAll(async () => {
    server = await startMysql();
    await server.execute([
      ...MYSQL_DDL,
      `CREATE TABLE limits (id int PRIMARY KEY, n decimal(38,9), w decimal(65,30), b bigint, u bigint unsigned, f float, d double, dt datetime(6),
        zero date, ts timestamp(6) NULL, tiny tinyint(1), yes tinyint(1), bits bit(64), t time(6), bin varbinary(10), j json, s text, large longtext)`,
      `INSERT INTO limits VALUES
        (1, 99999999999999999999999999999.999999999, 12345678901234567890123456789012345.000000000000000000000000000001, 9223372036854775807, 18446744073709551615, 0.1, 0.1,
          '9999-12-31 23:59:59.999999', '0000-00-00', '2024-01-01 00:00:00.000001', 5, 1, b'1111111111111111111111111111111111111111111111111111111111111111', '-838:59:59', X'00ff', '{"a":9007199254740993}', '', repeat('x', 5000000)),
        (2, -0.000000001, -1, -9223372036854775808, 0, -1.5, -1.7976931348623157e308, '1000-01-01', '2024-02-29', NULL, 0, 0, 0, '00:00:00.5', X'', '[]', 'ä🙂', '')`,
      "GRANT SELECT ON shop.* TO 'reader'@'127.0.0.1'",
    ]);
  }, 60_000);
  afterAll(() => server.close());

  const spec = (tables?: unknown[]) => ({
    source: { engine: "mysql", host: "127.0.0.1", user: "reader", tls: "off" },
    ...(tables ? { tables } : {}),
  });

  it("keeps its temporary files to itself: another that starts would remove them", async () => {
    const source = { kind: "database" as const, engine: "mysql" as const, tls: "off" as const };
    const session = await openSession({ source, configuration: server.configuration, signal });
    const places: unknown[] = [];
    for await (const rows of session.stream("SELECT @@tmpdir AS tmp, @@datadir AS data", 1))
      places.push(...rows.flat());
    await session.close();
    const folder = dirname(String(places[1]).replace(/\/$/, ""));
    expect(folder).toContain("syncsmith-mariadb-");
    expect(String(places[0])).toBe(join(folder, "tmp"));
  });

  it("is left at once by a reader that has enough, whatever the server would still send", async () => {
    const source = { kind: "database" as const, engine: "mysql" as const, tls: "off" as const };
    const session = await openSession({ source, configuration: server.configuration, signal });
    // Twenty seconds' worth of rows.
    const slow = "SELECT REPEAT('x', 100000), SLEEP(0.02) FROM seq_1_to_1000";
    for await (const rows of session.stream(slow, 5)) {
      expect(rows).toHaveLength(5);
      break;
    }
    const started = Date.now();
    await session.close();
    expect(Date.now() - started).toBeLessThan(5000);
  }, 60_000);

  it("gives every value at the end of its type exactly, to a connector and to the independent reader", async () => {
    const { blueprint } = await describeSpec(spec(["limits"]), server.configuration);
    const table = tableOf(blueprint, "limits");
    expect(Object.fromEntries(table.columns.map(({ name, type }) => [name, type]))).toMatchObject({
      n: "decimal",
      w: "string",
      b: "integer",
      u: "bigint",
      dt: "local_timestamp",
      zero: "string",
      ts: "timestamp",
      tiny: "integer",
      yes: "boolean",
      bits: "bigint",
      t: "string",
      j: "json",
    });
    const own = await readByConnector(blueprint, server.configuration, "limits");
    expect(own.map((row) => ({ ...row, large: String(row.large).length }))).toMatchObject([
      {
        n: "99999999999999999999999999999.999999999",
        w: "12345678901234567890123456789012345.000000000000000000000000000001",
        b: "9223372036854775807",
        u: "18446744073709551615",
        f: "0.10000000149011612",
        d: "0.1",
        dt: "9999-12-31 23:59:59.999999",
        zero: "0000-00-00",
        ts: "2024-01-01 00:00:00.000001",
        tiny: "5",
        yes: true,
        bits: "18446744073709551615",
        t: "-838:59:59.000000",
        bin: "AP8=",
        s: "",
        large: 5_000_000,
      },
      {
        n: "-1E-9",
        b: "-9223372036854775808",
        d: "-1.7976931348623157e+308",
        zero: "2024-02-29",
        ts: null,
        tiny: "0",
        yes: false,
        bits: "0",
        s: "ä🙂",
        bin: "",
        large: 0,
      },
    ]);
    const [first, second] = await independently(blueprint, "limits", server.configuration);
    expect(first).toMatchObject({
      u: 18446744073709551615n,
      f: 0.10000000149011612,
      zero: "0000-00-00",
      yes: true,
      j: { a: 9007199254740993n },
      bin: "AP8=",
    });
    expect(second).toMatchObject({ b: -9223372036854775808n, s: "ä🙂", yes: false });
  });

  it("proves a connector on a stand-in, every type and awkward name included", async () => {
    const { blueprint } = await describeSpec(spec(["Order", "customers", "log"]), server.configuration);
    const report = await proveGenerated({ blueprint });
    const failed = report.checks.filter(({ verdict, severity }) => verdict === "fail" && severity !== "warning");
    expect(
      failed.map(
        ({ check, table, summary, details }) => `${check} ${table ?? ""}: ${summary} ${JSON.stringify(details)}`,
      ),
    ).toEqual([]);
  }, 120_000);
});
