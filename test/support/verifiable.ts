/** A connector that was tested, as the last step finds it: artifacts, and a local warehouse with its rows. */
import { mkdir } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type Verification, verificationSchema } from "../../src/artifacts/deployment.ts";
import { openWarehouse } from "../../src/warehouse/open.ts";
import { openStore } from "../../src/workflow/store.ts";
import { KEY, SECRET } from "./fivetran-api.ts";
import { makeBlueprint } from "./rest-blueprint.ts";
import { type CliResult, runHere, temporaryDirectory } from "./run-cli.ts";

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

export interface Verifiable {
  workspace: string;
  /** The connector's folder. */
  connector: string;
}

export async function makeVerifiable(): Promise<Verifiable> {
  const workspace = await temporaryDirectory();
  const connector = join(workspace, "shop");
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
  return { workspace, connector };
}

/** As the platform fills a destination, for PostgreSQL and DuckDB alike: what the local warehouse has. */
export async function filling({ connector }: Verifiable): Promise<string[]> {
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

export interface Verifying {
  environment?: Record<string, string>;
  /** Where the source is; without it nobody asks it. */
  source?: string;
  /** The source's token, which the spec refers to. */
  token?: string;
  /** Of the spec, as if the connector had been written elsewhere. */
  adopted?: object;
  options?: string[];
  signal?: AbortSignal;
}

export interface Verified extends CliResult {
  verification: Verification | undefined;
  /** By name. */
  tables: Map<string, Verification["reconciled"][number]>;
}

/** `syncsmith verify`, with that destination in the spec. */
export async function verifyShop(
  { workspace, connector }: Verifiable,
  destination: object,
  { environment = {}, source: base, token, adopted, options = [], signal }: Verifying = {},
): Promise<Verified> {
  const store = await openStore(connector);
  const source = {
    kind: "rest",
    ...(base === undefined ? { docs: ["shop.yaml"] } : { base_url: base }),
    ...(token === undefined ? {} : { auth: { kind: "bearer", token: "${env:SHOP_TOKEN}" } }),
  };
  const test = { mode: base === undefined ? "simulated" : "auto" };
  const spec = {
    ...{ name: "Shop", source, test, destination: { name: "lake", ...destination } },
    ...(adopted === undefined ? {} : { adopted }),
  };
  if (base !== undefined) await sourceIs(connector, base, token !== undefined);
  await store.write("requirements.json", {
    version: 1,
    name: "shop",
    spec,
    spec_address: join(workspace, "spec.yaml"),
  });
  const known = { ...environment, ...(token === undefined ? {} : { SHOP_TOKEN: token }) };
  const asked = { workspace, environment: known, ...(signal ? { signal } : {}) };
  const { code, stdout, stderr } = await runHere(["--json", "verify", "shop", ...options], asked);
  if (base !== undefined) await sourceIs(connector, "https://api.example.com/v2");
  const verification = await store.read("verification.json", verificationSchema);
  return {
    code,
    stdout,
    stderr,
    verification,
    tables: new Map(verification?.reconciled.map((one) => [one.table, one])),
  };
}

async function sourceIs(connector: string, base_url: string, guarded = false): Promise<void> {
  const store = await openStore(connector);
  const blueprint = await store.readBlueprint();
  const auth = guarded ? { kind: "bearer", token: "api_token" } : { kind: "none" };
  const key = { key: "api_token", description: "x", secret: true, required: true };
  const configuration = guarded ? [key] : [];
  await store.write("blueprint.json", {
    ...blueprint,
    source: { ...blueprint?.source, base_url, auth },
    configuration,
  });
}

/** The source itself, with an order more than any destination. It says that of visits there are `total`. */
export async function startSource(total?: string) {
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
    const beside = table?.name === "visits" && total !== undefined ? `, "total": ${JSON.stringify(total)}` : "";
    response
      .writeHead(table ? 200 : 404, { "content-type": "application/json" })
      .end(`{"data": [${records.join(",")}]${beside}}`);
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

/** What the deploy step leaves of a connection that was just made. */
export const JUST_DEPLOYED = {
  ...{ version: 1, time: "2026-11-21T10:00:00Z", outcome: "deployed", reason: "", code_hash: "abc" },
  ...{ connection: "shop", connection_id: "one" },
};
export const CONNECTION = {
  id: "one",
  group_id: "g",
  service: "connector_sdk",
  schema: "shop",
  paused: true,
  secrets: {},
};
export const credentialsFor = (base: string) => ({
  FIVETRAN_API_KEY: KEY,
  FIVETRAN_API_SECRET: SECRET,
  SYNCSMITH_FIVETRAN_API: base,
});
