/** The last step against a real PostgreSQL and a DuckDB file, filled from the local warehouse as the platform would. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { verificationSchema } from "../../src/artifacts/deployment.ts";
import { openWarehouse } from "../../src/warehouse/open.ts";
import { openStore } from "../../src/workflow/store.ts";
import { type DatabaseServer, READER, startPostgres, whyNoServer } from "../support/database-servers.ts";
import { BASIC, type FakeSync, KEY, SECRET, startFivetranApi } from "../support/fivetran-api.ts";
import { makeBlueprint } from "../support/rest-blueprint.ts";
import { runHere, temporaryDirectory } from "../support/run-cli.ts";
import { verifies } from "../support/verifies.ts";

type Values = (string | number | null)[];
const ORDERS: Values[] = Array.from({ length: 250 }, (_, index) => [
  String(9_007_199_254_740_990n + BigInt(index)),
  (Date.UTC(2026, 0, 1) + index * 60_000) * 1000,
]);
const LINES: Values[] = Array.from({ length: 40 }, (_, index) => [index % 8, `it's "${index}" é`]);
const VISITS: Values[] = Array.from({ length: 5 }, (_, index) => [`door ${index}`]);

const TABLES: {
  name: string;
  columns: [string, "long" | "utc_datetime" | "string", string][];
  keys: string[];
  rows: Values[];
}[] = [
  {
    name: "orders",
    columns: [
      ["id", "long", "BIGINT"],
      ["updated_at", "utc_datetime", "TIMESTAMPTZ"],
    ],
    keys: ["id"],
    rows: ORDERS,
  },
  {
    name: "lines",
    columns: [
      ["order_id", "long", "BIGINT"],
      ["sku", "string", "VARCHAR"],
    ],
    keys: ["order_id", "sku"],
    rows: LINES,
  },
  { name: "visits", columns: [["door", "string", "VARCHAR"]], keys: [], rows: VISITS },
];

let workspace: string;
let connector: string;

/** What a test leaves: artifacts, and a warehouse with these rows. */
beforeAll(async () => {
  workspace = await temporaryDirectory();
  connector = join(workspace, "shop");
  const store = await openStore(connector);
  const types = { long: "integer", utc_datetime: "timestamp", string: "string" } as const;
  const blueprint = makeBlueprint(
    TABLES.map(({ name, columns, keys }) => ({
      name,
      primary_key: keys,
      columns: Object.fromEntries(columns.map(([column, type]) => [column, types[type]])),
    })),
  );
  await store.write("blueprint.json", { ...blueprint, name: "shop" });
  const tables = TABLES.map(({ name, rows }) => ({ name, trust: "live", rows: rows.length, passed: 1, failed: 0 }));
  await mkdir(store.path("reports"));
  await store.write("reports/1.json", {
    ...{ version: 1, connector: "shop", target: "fivetran", round: 1, time: "2026-11-21T10:00:00Z", basis: "live" },
    ...{ depth: "full", basis_reason: "The source answers.", code_hash: "abc", green: true, blockers: [], tables },
    ...{ checks: [], findings: [], syncs: [], unproven: [], milliseconds: 1 },
  });
  const warehouse = await openWarehouse(join(connector, "files/warehouse.db"));
  const writer = await warehouse.begin({ naming: "fivetran" });
  await writer.declare(
    TABLES.map(({ name, columns, keys }) => ({
      name,
      columns: columns.map(([column, type]) => ({ name: column, type, primaryKey: keys.includes(column) })),
    })),
  );
  for (const { name, columns, rows } of TABLES) {
    const form = { names: columns.map(([column]) => column), types: columns.map(([, type]) => type) };
    await writer.apply(rows.map((values) => ({ kind: "upsert", table: name, row: { ...form, values } })));
  }
  await writer.checkpoint("{}");
  await writer.finish({ keep: true });
  await warehouse.close();
});

/** As the platform fills a destination, for PostgreSQL and DuckDB alike: what the local warehouse has. */
async function filling(): Promise<string[]> {
  const literal = (value: string | null | undefined) => (value == null ? "NULL" : `'${value.replaceAll("'", "''")}'`);
  const warehouse = await openWarehouse(join(connector, "files/warehouse.db"), { readOnly: true });
  const statements = ["CREATE SCHEMA shop"];
  for (const { name, columns } of TABLES) {
    const rows: string[] = [];
    for await (const cell of warehouse.rows(name))
      rows.push(`(${columns.map(([column]) => literal(cell[column])).join(", ")}, '2026-11-21T11:00:00Z', FALSE)`);
    statements.push(
      `CREATE TABLE shop.${name} (${columns.map(([column, , type]) => `${column} ${type}`).join(", ")}, _fivetran_synced TIMESTAMPTZ, _fivetran_deleted BOOLEAN)`,
      `INSERT INTO shop.${name} VALUES ${rows.join(", ")}`,
    );
  }
  await warehouse.close();
  return statements;
}

interface Verifying {
  environment?: Record<string, string>;
  /** Where the source is; without it nobody asks it. */
  source?: string;
  options?: string[];
  signal?: AbortSignal;
}

async function verify(destination: object, { environment = {}, source: base, options = [], signal }: Verifying = {}) {
  const store = await openStore(connector);
  const source = { kind: "rest", ...(base === undefined ? { docs: ["shop.yaml"] } : { base_url: base }) };
  const test = { mode: base === undefined ? "simulated" : "auto" };
  const spec = { name: "Shop", source, test, destination: { name: "lake", ...destination } };
  if (base !== undefined) await sourceIs(base);
  await store.write("requirements.json", {
    version: 1,
    name: "shop",
    spec,
    spec_address: join(workspace, "spec.yaml"),
  });
  const asked = { workspace, environment, ...(signal ? { signal } : {}) };
  const { code, stdout, stderr } = await runHere(["--json", "verify", "shop", ...options], asked);
  if (base !== undefined) await sourceIs("https://api.example.com/v2");
  const verification = await store.read("verification.json", verificationSchema);
  return {
    code,
    stdout,
    stderr,
    verification,
    tables: new Map(verification?.reconciled.map((one) => [one.table, one])),
  };
}

async function sourceIs(base_url: string): Promise<void> {
  const store = await openStore(connector);
  const blueprint = await store.readBlueprint();
  await store.write("blueprint.json", { ...blueprint, source: { ...blueprint?.source, base_url } });
}

/** The source itself, with an order more than any destination. */
async function startSource() {
  const form = ({ columns, rows }: (typeof TABLES)[number]) =>
    rows.map((row) => {
      const fields = columns.map(([name, type], index) => {
        const value = row[index];
        if (type === "long") return `"${name}": ${value}`;
        return `"${name}": ${JSON.stringify(type === "utc_datetime" ? new Date(Number(value) / 1000) : value)}`;
      });
      return `{${fields.join(", ")}}`;
    });
  const more = '{"id": 9007199254741240, "updated_at": "2026-01-02T00:00:00Z"}';
  const server = createServer((request, response) => {
    const table = TABLES.find(({ name }) => request.url?.startsWith(`/${name}`));
    const records = table === undefined ? [] : [...form(table), ...(table.name === "orders" ? [more] : [])];
    response
      .writeHead(table ? 200 : 404, { "content-type": "application/json" })
      .end(`{"data": [${records.join(",")}]}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

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
  let made = 0;
  beforeEach(async () => {
    made += 1;
    file = join(workspace, `lake-${made}.duckdb`);
    await execute(...(await filling()));
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

const JUST_DEPLOYED = {
  ...{ version: 1, time: "2026-11-21T10:00:00Z", outcome: "deployed", reason: "", code_hash: "abc" },
  ...{ connection: "shop", connection_id: "one" },
};
const CONNECTION = { id: "one", group_id: "g", service: "connector_sdk", schema: "shop", paused: true, secrets: {} };
const credentialsFor = (base: string) => ({
  FIVETRAN_API_KEY: KEY,
  FIVETRAN_API_SECRET: SECRET,
  SYNCSMITH_FIVETRAN_API: base,
});

describe("the platform", () => {
  const deployed = async (state: object, environment: Record<string, string> = {}) => {
    const store = await openStore(connector);
    await store.write("deployment.json", JUST_DEPLOYED);
    const connection = { id: "one", service: "connector_sdk", schema: "shop", paused: false, ...state };
    const body = { code: "Success", data: { ...connection, items: [{ status: "FAILURE", reason: "KeyError 'id'" }] } };
    await using api = await startFivetranApi({ routes: () => ({ status: 200, body }) });
    const result = await verify({}, { environment: { ...credentialsFor(api.base), ...environment } });
    await rm(store.path("deployment.json"));
    return result;
  };

  /** A connection that was just made, on an account where that comes of its sync. */
  const syncing = async (sync: FakeSync, options: string[], interrupt?: AbortController) => {
    const store = await openStore(connector);
    await store.write("deployment.json", JUST_DEPLOYED);
    const made = { ...CONNECTION };
    await using api = await startFivetranApi({ connections: [made], sync });
    if (interrupt !== undefined)
      api.account.routes = ({ method }) => {
        if (method === "GET" && api.changes().length > 1) setTimeout(() => interrupt.abort(), 20);
        return undefined;
      };
    const asked = {
      environment: credentialsFor(api.base),
      options,
      ...(interrupt ? { signal: interrupt.signal } : {}),
    };
    const result = await verify({}, asked);
    return { ...result, changes: api.changes(), paused: made.paused, store };
  };
  const whole = { state: { orders: {} }, tables: ["orders", "lines", "visits"] };

  it(verifies("verify.started", "--yes-sync starts a connection that a deployment has left paused"), async () => {
    const left = await syncing(whole, []);
    expect(left).toMatchObject({ code: 0, paused: true, changes: [] });
    expect(left.verification?.reason).toContain("`syncsmith verify shop --yes-sync` starts one");
    const started = await syncing(whole, ["--yes-sync"]);
    expect(started).toMatchObject({ code: 0, paused: false });
    expect(started.stdout).toContain("Start the connection shop and sync it now?");
    expect(started.verification?.syncs).toMatchObject({
      ...{ outcome: "succeeded", running: false },
      standing: { state: ["orders"], tables: [{ name: "orders" }, { name: "lines" }, { name: "visits" }] },
    });
    expect(started.verification?.reason).toContain("it has all 3 tables of the local run");
    expect(started.verification?.reason).toContain("its state has orders, which the local run's lacks");
  });

  it(verifies("verify.platform", "a table that the platform lacks after a sync is red"), async () => {
    const { code, verification } = await syncing({ ...whole, tables: ["orders", "visits"] }, ["--yes-sync"]);
    expect(code).toBe(1);
    expect(verification).toMatchObject({
      outcome: "differs",
      reason: expect.stringContaining("the platform lacks lines, of which the local run has rows"),
    });
    const other = await syncing({ ...whole, tables: ["something"] }, ["--yes-sync"]);
    expect(other.code, "a list of something else says nothing").toBe(0);
  });

  it("a wait that is interrupted ends at once, and is gone on with without a second start", async () => {
    const cut = await syncing({ runs: 9 }, ["--yes-sync"], new AbortController());
    expect(cut).toMatchObject({ code: 130, changes: ["PATCH connections/one", "POST connections/one/sync"] });
    expect(JSON.parse(await readFile(cut.store.path("sync.json"), "utf8"))).toEqual({
      ...{ connection_id: "one", ended_before: 0, deployed: "2026-11-21T10:00:00Z" },
    });
    const after = await deployed({ succeeded_at: "2026-11-21T09:30:00Z" });
    expect(after.verification, "by the platform's clock").toMatchObject({ syncs: { outcome: "succeeded" } });
    await expect(readFile(cut.store.path("sync.json"))).rejects.toThrow("ENOENT");
  });

  it(
    verifies("verify.syncs", "is asked how the syncs of a deployment ended: a failed one is red, with its reason"),
    async () => {
      const failed = await deployed({ failed_at: "2026-11-21T10:05:00Z" });
      expect(failed.code).toBe(1);
      expect(failed.verification).toMatchObject({ outcome: "sync-failed", syncs: { outcome: "failed" } });
      expect(failed.verification?.reason).toContain("FAILURE: KeyError 'id'");
      const paused = await deployed({ paused: true });
      expect(paused.code).toBe(0);
      expect(paused.verification).toMatchObject({
        outcome: "skipped",
        reason: expect.stringContaining("it is paused"),
      });
      const unasked = await deployed({}, { FIVETRAN_API_KEY: "", FIVETRAN_API_SECRET: "" });
      expect(unasked.verification?.reason).toContain("the platform could not be asked: There is no Fivetran API key");
    },
  );
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
    ...(await filling()),
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
