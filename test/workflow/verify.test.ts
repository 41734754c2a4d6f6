/** The last step against a real PostgreSQL and a DuckDB file, filled from the local warehouse as the platform would. */
import { readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openStore } from "../../src/workflow/store.ts";
import { type DatabaseServer, READER, startPostgres, whyNoServer } from "../support/database-servers.ts";
import { BASIC, KEY, SECRET, startFivetranApi } from "../support/fivetran-api.ts";
import { runHere } from "../support/run-cli.ts";
import {
  CONNECTION,
  credentialsFor,
  filling,
  JUST_DEPLOYED,
  makeVerifiable,
  startSource,
  type Verifiable,
  type Verifying,
  verifyShop,
} from "../support/verifiable.ts";
import { verifies } from "../support/verifies.ts";

let made: Verifiable;
let workspace: string;
let connector: string;
beforeAll(async () => {
  made = await makeVerifiable();
  ({ workspace, connector } = made);
});
const verify = (destination: object, how?: Verifying) => verifyShop(made, destination, how);

describe("a DuckDB file", () => {
  let file: string;
  const execute = async (...statements: string[]) => {
    const instance = await DuckDBInstance.create(file);
    const connection = await instance.connect();
    for (const statement of statements) await connection.run(statement);
    connection.closeSync();
    instance.closeSync();
  };
  const look = () => verify({ type: "duckdb", connection: basename(file) });
  let files = 0;
  beforeEach(async () => {
    files += 1;
    file = join(workspace, `lake-${files}.duckdb`);
    await execute(...(await filling(made)));
  });

  it(verifies("verify.reconciled", "has what the local run has: counts, ranges, and when it was written"), async () => {
    const { code, verification, tables } = await look();
    expect(code).toBe(0);
    expect(verification).toMatchObject({
      outcome: "verified",
      reason: expect.stringContaining("all rows of the local run, in 3 tables"),
    });
    expect(tables.get("orders")).toMatchObject({
      verdict: "equal",
      ...{ expected: 250, found: 250, missing: [], more: [], twice: [] },
      ranges: [
        {
          column: "id",
          expected: ["9007199254740990", "9007199254741239"],
          found: ["9007199254740990", "9007199254741239"],
        },
        {
          column: "updated_at",
          expected: ["2026-01-01T00:00:00Z", "2026-01-01T04:09:00Z"],
          found: ["2026-01-01T00:00:00Z", "2026-01-01T04:09:00Z"],
        },
      ],
    });
    expect(tables.get("orders")?.synced?.[0]).toMatch(/^2026-11-21 11:00:00/);
    const sql = await readFile(join(connector, ".syncsmith/sql/postgresql.sql"), "utf8");
    expect(sql).toContain(
      "The local run had id 9007199254740990 to 9007199254741239, updated_at 2026-01-01T00:00:00Z to 2026-01-01T04:09:00Z.",
    );
  });

  it("names rows that are missing, doubled and marked as deleted, and takes rows that the source gained for what they are", async () => {
    await execute(
      "DELETE FROM shop.lines WHERE sku = 'it''s \"7\" é'",
      "UPDATE shop.orders SET _fivetran_deleted = TRUE WHERE id = 9007199254740993",
      "INSERT INTO shop.orders SELECT * FROM shop.orders WHERE id = 9007199254740992",
      "INSERT INTO shop.visits VALUES ('new door', now(), NULL)",
    );
    const { code, verification, tables, stdout } = await look();
    expect(code).toBe(1);
    expect(stdout).toContain('"outcome":"failed"');
    expect(verification?.outcome).toBe("differs");
    expect(tables.get("lines")).toMatchObject({
      verdict: "differs",
      expected: 40,
      found: 39,
      missing: ['order_id 7 and sku it\'s "7" é'],
    });
    expect(tables.get("orders")).toMatchObject({
      missing: ["id 9007199254740993"],
      twice: ["id 9007199254740992"],
      found: 250,
      deleted: 1,
    });
    expect(tables.get("visits")).toMatchObject({ verdict: "more", expected: 5, found: 6 });
    expect(verification?.summary).toContain(
      "orders: 250 rows; 1 missing: id 9007199254740993; 1 more than once: id 9007199254740992; 1 marked as deleted",
    );
  });

  it("is told of tables and columns that are not there, and of rows without a key that are too few", async () => {
    await execute(
      "DROP TABLE shop.orders",
      "ALTER TABLE shop.lines DROP COLUMN sku",
      "DELETE FROM shop.visits WHERE door = 'door 1'",
    );
    const { code, tables } = await look();
    expect(code).toBe(1);
    expect(tables.get("orders")?.words).toBe("orders: there is no such table in the destination");
    expect(tables.get("lines")?.words).toBe("lines: the destination's table has no column sku");
    expect(tables.get("visits")).toMatchObject({
      verdict: "differs",
      words: expect.stringContaining("4 rows where the local run has 5; without a key to compare"),
    });
  });

  it("that is not there, or has nothing yet, is said", async () => {
    await execute("DROP SCHEMA shop CASCADE");
    const early = await look();
    expect(early).toMatchObject({
      code: 0,
      verification: { outcome: "skipped", reason: "the destination has no schema shop yet" },
    });
    const gone = await verify({ type: "duckdb", connection: "other.duckdb" });
    expect(gone.code).toBe(2);
    expect(gone.stderr).toContain("there is no file");
  });

  it(
    verifies("verify.platform", "has the source's own rows and ranges beside it, where that is a real one"),
    async () => {
      await using source = await startSource();
      const destination = { type: "duckdb", connection: basename(file) };
      const { code, verification, tables } = await verify(destination, { source: source.base });
      expect(code).toBe(0);
      expect(tables.get("orders")).toMatchObject({
        ...{ verdict: "equal", expected: 250, found: 250, source: { rows: 251, route: "reading it" } },
        words: expect.stringContaining(
          "the source has 251 rows now, by reading it: 1 more than the destination, which its next sync has to bring",
        ),
      });
      expect(tables.get("orders")?.ranges).toMatchObject([
        { column: "id", source: ["9007199254740990", "9007199254741240"] },
        { column: "updated_at", source: ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"] },
      ]);
      expect(tables.get("lines")).toMatchObject({
        source: { rows: 40 },
        words: expect.stringContaining("as many now"),
      });
      expect(tables.get("visits")).toMatchObject({ source: { rows: 5 } });
      expect(verification?.reason).toContain("the source has more rows by now of orders");
    },
  );

  it("has the tables and columns of an adopted connector under its own names", async () => {
    await execute(
      "ALTER TABLE shop.orders RENAME TO purchases",
      "ALTER TABLE shop.purchases RENAME COLUMN id TO number",
    );
    const tables = { orders: { name: "purchases", columns: { id: "number" } } };
    await using source = await startSource();
    const adopted = { code: "connector", tables };
    const destination = { type: "duckdb", connection: basename(file) };
    const { code, verification, ...whole } = await verify(destination, { adopted, source: source.base });
    expect(code, verification?.reason).toBe(0);
    const ends = ["9007199254740990", "9007199254741239"];
    expect(whole.tables.get("purchases")).toMatchObject({
      ...{ verdict: "equal", expected: 250, found: 250, missing: [], source: { rows: 251 } },
      ranges: [{ column: "number", expected: ends, found: ends, source: [ends[0], "9007199254741240"] }, {}],
    });
    expect([...whole.tables.keys()]).toEqual(["purchases", "lines", "visits"]);
    const sql = verification?.sql.postgresql ?? "";
    expect(sql).toContain('FROM "shop"."purchases"');
    expect(sql).toContain("The local run had number 9007199254740990 to 9007199254741239");
    expect(sql).not.toContain('"orders"');
  });

  it("is told what the source answers without the secrets that it answers with", async () => {
    // A number to JSON, and in the message of the source's error.
    const token = "400001234567";
    await using source = await startSource(token);
    const destination = { type: "duckdb", connection: basename(file) };
    const { code, verification, tables, stdout, stderr } = await verify(destination, { source: source.base, token });
    expect(code, stderr).toBe(0);
    expect(tables.get("visits")?.words).toContain("the source could not be asked: /visits gives 5 records at once");
    expect(tables.get("visits")?.words).toContain("total is ****");
    expect(verification?.summary).toContain("total is ****");
    expect(tables.get("orders")).toMatchObject({ verdict: "equal", found: 250, source: { rows: 251 } });
    expect(stdout + stderr + (await readFile(join(connector, ".syncsmith/verification.json"), "utf8"))).not.toContain(
      token,
    );
  });

  it("of MotherDuck's is refused in a line without a token, or without DuckDB's extension for it", async () => {
    const destination = { type: "duckdb", connection: "md:lake" };
    const bare = await verify(destination);
    expect(bare).toMatchObject({ code: 2, stderr: expect.stringContaining("there is no token for MotherDuck") });
    // Nothing listens there.
    const environment = { MOTHERDUCK_TOKEN: "hush-hush-token", SYNCSMITH_DUCKDB_EXTENSIONS: "http://127.0.0.1:9" };
    const { code, stdout, stderr } = await verify(destination, { environment });
    expect(code).toBe(2);
    expect(stderr).toContain("DuckDB's extension for MotherDuck cannot be loaded");
    expect(stderr).toContain("SYNCSMITH_DUCKDB_EXTENSIONS");
    expect(stdout + stderr + (await readFile(join(connector, ".syncsmith/run.jsonl"), "utf8"))).not.toContain("hush");
    const nameless = await verify({ type: "duckdb", connection: "md:" }, { environment });
    expect(nameless.stderr).toContain("names no database of MotherDuck's");
  });
});

const noServer = await whyNoServer("postgresql");
describe.skipIf(noServer !== undefined)(`PostgreSQL${noServer ? ` (${noServer})` : ""}`, () => {
  let server: DatabaseServer;
  let address: string;
  beforeAll(async () => {
    server = await startPostgres();
    await server.execute(await filled());
    const { port = "", database = "" } = server.configuration;
    address = `postgresql://${READER.user}:${encodeURIComponent(READER.password)}@127.0.0.1:${port}/${database}`;
  });
  afterAll(() => server?.close());
  const filled = async () => [
    ...(await filling(made)),
    `GRANT USAGE ON SCHEMA shop TO ${READER.user}`,
    `GRANT SELECT ON ALL TABLES IN SCHEMA shop TO ${READER.user}`,
  ];
  const look = (connection = address) =>
    verify({ type: "postgresql", connection: "${env:LAKE}" }, { environment: { LAKE: connection } });

  it(verifies("verify.reconciled", "with one row missing is noticed, and the row is named"), async () => {
    const whole = await look();
    expect(whole.code, whole.stderr).toBe(0);
    expect(whole.verification?.outcome).toBe("verified");
    expect(
      [...whole.tables.values()].map(({ table, expected, found, verdict }) => [table, expected, found, verdict]),
    ).toEqual([
      ["orders", 250, 250, "equal"],
      ["lines", 40, 40, "equal"],
      ["visits", 5, 5, "equal"],
    ]);
    await server.execute(["DELETE FROM shop.orders WHERE id = 9007199254741000"]);
    const { code, verification, tables, stdout } = await look();
    expect(code).toBe(1);
    expect(verification?.reason).toContain(
      "1 of 3 tables differ in the destination: orders: 249 rows where the local run has 250; 1 missing: id 9007199254741000",
    );
    expect(tables.get("lines")?.verdict).toBe("equal");
    expect(stdout).toContain('"exitCode":1');
  });

  it(verifies("verify.started", "is filled by the sync that was agreed to, and read after it"), async () => {
    await server.execute(["DROP SCHEMA shop CASCADE"]);
    const store = await openStore(connector);
    await store.write("deployment.json", JUST_DEPLOYED);
    await using api = await startFivetranApi({
      connections: [{ ...CONNECTION }],
      sync: { tables: ["orders", "lines", "visits"] },
      routes: async ({ method, path }) => {
        if (`${method} ${path}` === "POST connections/one/sync") await server.execute(await filled());
        return undefined;
      },
    });
    const environment = { LAKE: address, ...credentialsFor(api.base) };
    const destination = { type: "postgresql", connection: "${env:LAKE}" };
    const early = await verify(destination, { environment });
    expect(early.verification).toMatchObject({ outcome: "skipped", syncs: { outcome: "paused" } });
    const { code, verification, stdout, stderr } = await verify(destination, { environment, options: ["--yes-sync"] });
    await rm(store.path("deployment.json"));
    expect(code, stderr).toBe(0);
    expect(verification).toMatchObject({
      ...{ outcome: "verified", syncs: { outcome: "succeeded" } },
      reconciled: [{ found: 250 }, { found: 40 }, { found: 5 }],
    });
    const kept = await readFile(join(connector, ".syncsmith/run.jsonl"), "utf8");
    for (const secret of [KEY, SECRET, BASIC, READER.password])
      expect(stdout + stderr + kept + JSON.stringify(verification)).not.toContain(secret);
  });

  it("is asked in vain without its password being shown", async () => {
    const wrong = await look(address.replace("rea", "nobody-"));
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("The destination cannot be read");
    const broken = await look(`postgresql://user:${encodeURIComponent(READER.password)}@[bad`);
    expect(broken.code).toBe(2);
    for (const { stdout, stderr } of [wrong, broken]) {
      const shown = `${stdout}${stderr}${await readFile(join(connector, ".syncsmith/run.jsonl"), "utf8")}`;
      for (const secret of [READER.password, encodeURIComponent(READER.password), "%er"])
        expect(shown).not.toContain(secret);
    }
  });
});

describe("a spec's destination.connection", () => {
  const build = async (destination: string) => {
    const spec = join(workspace, "spec.yaml");
    await writeFile(
      spec,
      `name: Shop\nsource: { kind: rest, base_url: "https://a.example" }\ndestination: ${destination}\n`,
    );
    return runHere(["build", spec], { workspace });
  };

  it("is a reference where it has a password in it", async () => {
    const { code, stderr } = await build('{ name: a, type: postgresql, connection: "postgresql://u:hush@h/d" }');
    expect(code).toBe(2);
    expect(stderr).toContain("destination.connection holds a secret in plain text");
    expect(stderr).not.toContain("hush");
    const cloud = await build('{ name: a, type: duckdb, connection: "md:lake?motherduck_token=hush" }');
    expect(cloud.code).toBe(2);
    expect(cloud.stderr).toContain("destination.connection holds a secret in plain text");
    expect(cloud.stderr).not.toContain("hush");
  });

  it("is for destinations that can be read from here", async () => {
    const { code, stderr } = await build('{ name: a, type: snowflake, connection: "${env:X}" }');
    expect(code).toBe(2);
    expect(stderr).toContain("only PostgreSQL and DuckDB are read");
  });
});
