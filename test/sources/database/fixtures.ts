/** Descriptions of databases for the tests: every type, awkward names, composite keys, and each way to advance. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Blueprint } from "../../../src/artifacts/blueprint.ts";
import { type Requirements, requirementsSchema } from "../../../src/artifacts/requirements.ts";
import { databaseSource } from "../../../src/sources/database/database.ts";
import type { DescribeContext, Description } from "../../../src/sources/kind.ts";
import { temporaryDirectory } from "../../support/run-cli.ts";

export const POSTGRESQL_DDL = `
CREATE SCHEMA sales;
CREATE TYPE mood AS ENUM ('fine', 'sad "quoted"', 'it''s');
CREATE DOMAIN price AS numeric(38,9);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at = now(); RETURN NEW; END $$;
CREATE TABLE sales."Order" (
  "group" integer NOT NULL, "select" text NOT NULL, "Mixed Case %s" text,
  amount numeric(38,9), small smallint, big bigint NOT NULL, huge numeric, cash money, real4 real, real8 double precision,
  yes boolean, born date, at timestamp(3), "when" timestamptz, updated_at timestamptz NOT NULL,
  day time, span interval, id16 uuid, bits bit(5), bytes bytea, doc jsonb, plain json, tags text[], numbers integer[],
  feeling mood, cost price, fixed char(8), short varchar(12), addr inet,
  PRIMARY KEY ("group", "select"));
CREATE INDEX ON sales."Order" (updated_at);
CREATE TRIGGER touch BEFORE UPDATE ON sales."Order" FOR EACH ROW EXECUTE FUNCTION touch();
COMMENT ON TABLE sales."Order" IS 'What customers ordered.';
COMMENT ON COLUMN sales."Order".amount IS 'In euros.';
CREATE TABLE public.customers (id bigint PRIMARY KEY, name text NOT NULL, changed_at timestamp, modified date);
CREATE TABLE public.people (code varchar(10) NOT NULL UNIQUE, name text, deleted_at timestamptz, updated_at timestamptz NOT NULL);
CREATE TABLE public.log (message text, level integer);
CREATE VIEW public.names AS SELECT id, name FROM public.customers;
`;

export const SQLITE_DDL = `
CREATE TABLE "Order" ("group" INTEGER NOT NULL, "select" TEXT NOT NULL, "Mixed Case %s" TEXT, amount DECIMAL(38,9),
  n INTEGER, x REAL, yes BOOLEAN, born DATE, updated_at DATETIME NOT NULL, doc JSON, bytes BLOB, PRIMARY KEY ("group", "select"));
CREATE INDEX changed ON "Order" (updated_at);
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE log (message TEXT, level INTEGER);
`;

/** Every type of MySQL and MariaDB, in a database that is named when it is connected to. */
export const MYSQL_DDL = [
  `CREATE TABLE \`Order\` (
    \`group\` int NOT NULL, \`select\` varchar(40) NOT NULL, \`Mixed Case %s\` text,
    amount decimal(38,9), wide decimal(65,30), tiny tinyint, yes tinyint(1), big bigint NOT NULL, ubig bigint unsigned, f float, d double,
    bits bit(5), flag bit(1), y year, born date, at datetime(3), updated_at timestamp(6) NOT NULL DEFAULT current_timestamp(6) ON UPDATE current_timestamp(6),
    day time, bytes blob, fixed binary(4), doc json, feeling enum('fine','it''s'), many set('a','b'), c char(8), long_text longtext,
    PRIMARY KEY (\`group\`, \`select\`), KEY (updated_at)) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin`,
  "CREATE TABLE customers (id bigint unsigned PRIMARY KEY, name varchar(50) NOT NULL, changed_at datetime)",
  "CREATE TABLE log (message text, level int)",
];

export interface Described extends Description {
  requirements: Requirements;
}

/** Describes a database from a spec, as the workflow does. */
export async function describeSpec(
  spec: { source: object; tables?: unknown[]; incremental?: "auto" | "none" },
  configuration: Record<string, string> = {},
  baseDirectory = ".",
): Promise<Described> {
  const requirements = requirementsSchema.parse({
    version: 1,
    name: "shop",
    spec: { name: "Shop", ...spec, source: { kind: "database", ...spec.source } },
    spec_address: join(baseDirectory, "spec.yaml"),
  });
  const context: DescribeContext = {
    http: { get: () => Promise.reject(new Error("no network")) } as unknown as DescribeContext["http"],
    baseDirectory,
    now: () => new Date("2026-01-01T00:00:00Z"),
    signal: new AbortController().signal,
    configuration,
  };
  return { ...(await databaseSource.describe(requirements, context)), requirements };
}

/** The blueprint of DDL that is loaded into an embedded server. */
export async function describeDdl(
  engine: "postgresql" | "sqlite",
  ddl: string,
  more: { tables?: unknown[]; incremental?: "auto" | "none" } = {},
): Promise<Described> {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, "schema.sql"), ddl);
  return describeSpec({ source: { engine, docs: ["schema.sql"] }, ...more }, {}, directory);
}

export function tableOf(blueprint: Blueprint, name: string): Blueprint["tables"][number] {
  const table = blueprint.tables.find((one) => one.name === name);
  if (table === undefined)
    throw new Error(`no table ${name} among ${blueprint.tables.map((one) => one.name).join(", ")}`);
  return table;
}
