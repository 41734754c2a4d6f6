/**
 * What a person is told when a real server does not give what is asked for: by the description and the independent reader,
 * and by a connector in production.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Blueprint } from "../../../src/artifacts/blueprint.ts";
import { databaseSource } from "../../../src/sources/database/database.ts";
import { type DatabaseServer, startMysql, startPostgres, whyNoServer } from "../../support/database-servers.ts";
import { freePort } from "../../support/free-port.ts";
import { verifies } from "../../support/verifies.ts";
import { describeSpec, tableOf } from "./fixtures.ts";
import { readByConnector } from "./read-by-connector.ts";

const TABLES = [
  "CREATE TABLE orders (id int PRIMARY KEY, updated_at timestamp NULL)",
  "INSERT INTO orders VALUES (1, '2024-01-01 00:00:00'), (2, NULL), (3, NULL)",
  "CREATE TABLE log (message varchar(20), level int)",
  "INSERT INTO log VALUES ('same', 1), ('same', 1)",
  "CREATE TABLE secret (id int PRIMARY KEY, x varchar(9))",
  "CREATE TABLE half_secret (id int PRIMARY KEY, open varchar(9), hidden varchar(9))",
];

/** The last line of what a connector says before it stops. */
async function saidByConnector(
  blueprint: Blueprint,
  configuration: Record<string, string>,
  table: string,
): Promise<string> {
  return readByConnector(blueprint, configuration, table).then(
    () => "NOTHING",
    (error: { stderr: string }) => error.stderr.trim().split("\n").at(-1) ?? "",
  );
}

async function saidByReader(blueprint: Blueprint, configuration: Record<string, string>): Promise<string> {
  const { signal } = new AbortController();
  const reason = await databaseSource.reach(blueprint, { configuration, signal });
  return reason ?? "NOTHING";
}

describe.each([
  {
    engine: "postgresql",
    start: startPostgres,
    why: await whyNoServer("postgresql"),
    grants: ["GRANT SELECT ON orders, log TO reader", "GRANT SELECT (id, open) ON half_secret TO reader"],
    revoke: "REVOKE SELECT ON log FROM reader",
    drop: "ALTER TABLE orders DROP COLUMN updated_at",
    refused: "permission denied",
  },
  {
    engine: "mysql",
    start: () => startMysql(),
    why: await whyNoServer("mysql"),
    grants: [
      "GRANT SELECT ON orders TO 'reader'@'127.0.0.1'",
      "GRANT SELECT ON log TO 'reader'@'127.0.0.1'",
      "GRANT SELECT (id, open) ON half_secret TO 'reader'@'127.0.0.1'",
    ],
    revoke: "REVOKE SELECT ON log FROM 'reader'@'127.0.0.1'",
    drop: "ALTER TABLE orders DROP COLUMN updated_at",
    refused: "SELECT command denied",
  },
])("bad input from $engine", ({ engine, start, why, grants, revoke, drop, refused }) => {
  describe.skipIf(why !== undefined)(why === undefined ? "on a real server" : `skipped, ${why}`, () => {
    let server: DatabaseServer;
    let blueprint: Blueprint;
    const source = { engine, host: "127.0.0.1", user: "reader", tls: "off" };
    beforeAll(async () => {
      server = await start();
      await server.execute([...TABLES, ...grants]);
      blueprint = (await describeSpec({ source }, server.configuration)).blueprint;
    }, 60_000);
    afterAll(() => server.close());

    it("what may be read is, and what may not is named with what to grant", () => {
      expect(blueprint.tables.map(({ name }) => name).sort()).toEqual(["half_secret", "log", "orders"]);
      expect(tableOf(blueprint, "half_secret").columns.map(({ name }) => name)).toEqual(["id", "open"]);
      const reasons = blueprint.skipped.map(({ name, reason }) => `${name}: ${reason}`).join("\n");
      if (engine !== "mysql") expect(reasons).toMatch(/half_secret\.hidden: .*grant SELECT/);
      // MySQL's catalogue has no word of tables and columns without rights: that there may be some is all that can be said.
      expect(reasons).toMatch(engine === "mysql" ? /^shop\.\*: .*grant SELECT/m : /^public\.secret: .*grant SELECT/m);
    });

    it("a table without a key is read whole, and the claim says what is lost and what to state", () => {
      expect(tableOf(blueprint, "log")).toMatchObject({ primary_key: [], advance: { kind: "full" } });
      expect(blueprint.claims["tables.log.primary_key"]).toMatchObject({
        status: "unproven",
        reason: expect.stringMatching(/rows that are alike in all columns are one row.*State primary_key/),
      });
    });

    it("a time of change that is null in some rows is not advanced by, and the claim says how many", () => {
      expect(tableOf(blueprint, "orders").advance).toEqual({ kind: "full" });
      expect(blueprint.claims["tables.orders.advance"]).toMatchObject({
        note: expect.stringMatching(/null in 2 rows.*make it NOT NULL/),
      });
    });

    it(
      verifies(
        "sources.refused",
        "a wrong password, a wrong database and a server that is down are told apart, without the password",
      ),
      async () => {
        const wrong = { ...server.configuration, password: "wrong-Zq7" };
        const connector = await saidByConnector(blueprint, wrong, "orders");
        expect(connector).toMatch(/check the configuration's 'user'(,| and) 'password'/);
        const reader = await saidByReader(blueprint, wrong);
        expect(reader).toMatch(/refuses user and password/);
        expect(`${connector} ${reader}`).not.toContain("wrong-Zq7");
        const elsewhere = { ...server.configuration, database: "nowhere" };
        expect(await saidByConnector(blueprint, elsewhere, "orders")).toMatch(/'database'.*nowhere/);
        expect(await saidByReader(blueprint, elsewhere)).toMatch(/nowhere/);
        const down = { ...server.configuration, port: String(await freePort()) };
        expect(await saidByConnector(blueprint, down, "orders")).toMatch(
          /check the configuration's 'host', 'port'.*refused/i,
        );
        expect(await saidByReader(blueprint, down)).toMatch(/gives no connection: .*ECONNREFUSED/);
      },
    );

    it("a right that is taken away, and a column that is gone, are named with the table", async () => {
      await server.execute([revoke, drop]);
      const revoked = await saidByConnector(blueprint, server.configuration, "log");
      expect(revoked).toContain("log: the configuration's 'user' may not read it; grant SELECT on it");
      expect(revoked).toContain(refused);
      const gone = await saidByConnector(blueprint, server.configuration, "orders");
      expect(gone).toMatch(/orders: the database has changed since this connector was made: .*updated_at/);
      expect(await saidByConnector(blueprint, server.configuration, "half_secret")).toBe("NOTHING");
    });
  });
});
