/** A small blueprint per kind of source, and a green report for it, parsed by their schemas. */
import { type Blueprint, blueprintSchema, type Kind, requiredClaims } from "../../src/artifacts/blueprint.ts";
import { type Report, reportSchema } from "../../src/artifacts/report.ts";
import { blueprintFixture } from "./reports.ts";

const orders = {
  name: "orders",
  description: "Orders, one row each.",
  primary_key: ["id"],
  columns: [
    { name: "id", type: "integer", nullable: false },
    { name: "amount", type: "decimal", precision: 38, scale: 9 },
    { name: "updated_at", type: "timestamp" },
    { name: "gone", type: "boolean" },
  ],
  deletes: { kind: "none" },
};

const SOURCES: { readonly [K in Exclude<Kind, "rest">]: object } = {
  graphql: {
    source: {
      kind: "graphql",
      base_url: "https://api.harbour.example/graphql",
      auth: { kind: "bearer", token: "api_token" },
      headers: { "X-Client": "sync" },
      rate_limit: { requests: 10, per_seconds: 1 },
    },
    configuration: [
      key("api_token", "A token that may read.", true),
      {
        ...key("base_url", "Address of the endpoint.", false),
        required: false,
        default: "https://api.harbour.example/graphql",
      },
    ],
    tables: [
      {
        ...orders,
        read: {
          kind: "graphql",
          field: "shop.orders",
          arguments: { status: "open", filter: { archived: false } },
          paging: { style: "connection", size: 50 },
        },
        advance: { kind: "cursor", column: "updated_at", param: "filter.updatedAt.gte" },
        deletes: { kind: "flag", column: "gone" },
      },
      {
        name: "order_lines",
        primary_key: ["order_id", "sku"],
        columns: [
          { name: "order_id", type: "integer", nullable: false },
          { name: "sku", type: "string", nullable: false },
        ],
        read: {
          kind: "graphql",
          field: "lines",
          paging: { style: "offset", size: 20, records: "items", total: "count" },
          lookup: { field: "order", argument: "id", type: "ID!" },
          parent: { table: "orders", bind: [{ placeholder: "id", parent_column: "id", column: "order_id" }] },
        },
        advance: { kind: "full" },
        deletes: { kind: "absence" },
      },
    ],
  },
  database: {
    source: { kind: "database", engine: "postgresql", host: "db.harbour.example", port: 5432, database: "harbour" },
    configuration: [
      { ...key("host", "Name of the server.", false), default: "db.harbour.example", required: false },
      { ...key("port", "Port of the server.", false), default: "5432", required: false },
      { ...key("database", "Name of the database.", false), default: "harbour", required: false },
      key("user", "Name of a user who may select.", false),
      key("password", "Password of the user.", true),
    ],
    tables: [
      {
        ...orders,
        read: { kind: "database", schema: "sales", relation: "Orders" },
        advance: { kind: "column", column: "updated_at", lookback: 60 },
      },
      {
        name: "events",
        primary_key: [],
        columns: [
          { name: "at", type: "timestamp" },
          { name: "data", type: "json" },
        ],
        read: { kind: "database", schema: "sales", relation: "order" },
        advance: { kind: "column", column: "at" },
        deletes: { kind: "none" },
      },
      {
        name: "ports",
        primary_key: ["code"],
        columns: [{ name: "code", type: "string", nullable: false }],
        read: { kind: "database", schema: "sales", relation: "ports", batch: 500 },
        advance: { kind: "full" },
        deletes: { kind: "absence" },
      },
    ],
  },
  file: {
    source: { kind: "file", store: "s3", location: "harbour-exports/daily" },
    configuration: [
      { ...key("bucket", "Name of the bucket.", false), default: "harbour-exports", required: false },
      { ...key("prefix", "Folder in the bucket.", false), default: "daily", required: false },
      key("access_key_id", "Id of an access key that may list and read.", false),
      key("secret_access_key", "Secret of the access key.", true),
    ],
    tables: [
      {
        ...orders,
        columns: [...orders.columns, { name: "year", type: "string" }],
        read: {
          kind: "file",
          pattern: "orders/{year}/*.csv.gz",
          content: { format: "csv", delimiter: ";", encoding: "cp1252", nulls: ["NULL"] },
          compression: "gzip",
          captured: ["year"],
        },
        advance: { kind: "files", by: "modified" },
      },
      {
        name: "calls",
        primary_key: [],
        columns: [{ name: "vessel", type: "string" }],
        read: { kind: "file", pattern: "calls/*.ndjson", content: { format: "ndjson" } },
        advance: { kind: "files", by: "name" },
        deletes: { kind: "none" },
      },
    ],
  },
};

function key(name: string, description: string, secret: boolean) {
  return { key: name, description, secret, required: true };
}

/** `rest` is the help desk of the report fixtures. */
export function kindBlueprint(kind: Kind): Blueprint {
  if (kind === "rest") return blueprintFixture();
  const given = { version: 1, name: `harbour_${kind}`, title: "Harbour", claims: {}, ...SOURCES[kind] };
  const parsed = blueprintSchema.parse(given);
  const claims = requiredClaims(parsed).map((name) => [name, { status: "documented" as const, evidence: ["E1"] }]);
  return { ...parsed, claims: Object.fromEntries(claims) };
}

/** All checks of every table passed on a stand-in. */
export function greenReport(blueprint: Blueprint, target: Report["target"] = "fivetran"): Report {
  return reportSchema.parse({
    version: 1,
    connector: blueprint.name,
    target,
    round: 1,
    time: "2026-11-21T10:00:00Z",
    basis: "simulated",
    basis_reason: "No credentials were given.",
    code_hash: "a".repeat(64),
    green: true,
    blockers: [],
    tables: blueprint.tables.map(({ name }, index) => ({
      name,
      trust: "simulated",
      rows: 100 + index,
      passed: 1,
      failed: 0,
    })),
    checks: blueprint.tables.map(({ name }) => ({
      check: "initial-sync",
      severity: "blocker",
      verdict: "pass",
      basis: "simulated",
      table: name,
      summary: "Every row arrived.",
    })),
    findings: [],
    syncs: ["initial", "second"].map((name, index) => ({
      name,
      status: "succeeded",
      milliseconds: 1200,
      operations: {
        upserts: index === 0 ? 303 : 2,
        updates: 0,
        deletes: 0,
        truncates: 0,
        schemaChanges: 0,
        checkpoints: 4,
      },
      rows: Object.fromEntries(blueprint.tables.map((table) => [table.name, index === 0 ? 101 : 1])),
      requests: 12,
    })),
    unproven: [],
    milliseconds: 5000,
  });
}
