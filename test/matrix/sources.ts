/** What a spec of the square needs to be built: credentials, and for databases and files a source that runs. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sqlite from "node-sqlite3-wasm";
import type { FileStore } from "../../src/artifacts/kinds/file.ts";
import { fileSource } from "../../src/sources/file/file.ts";
import { startMysql, startPostgres, whyNoServer } from "../support/database-servers.ts";
import { fileBlueprint } from "../support/file-blueprint.ts";
import { temporaryDirectory } from "../support/run-cli.ts";

export interface RunningSource {
  /** Laid over the spec's `source`. */
  spec: Record<string, unknown>;
  environment: Record<string, string>;
  mode: "simulated" | "live";
  close(): Promise<void>;
}

/** Values for the references that specs of web sources hold. They go to the stand-in only. */
const CREDENTIALS = {
  MATRIX_KEY: "matrix-key-1",
  MATRIX_TOKEN: "matrix-token-1",
  MATRIX_USER: "matrix-user",
  MATRIX_PASSWORD: "matrix-password-1",
  MATRIX_CLIENT: "matrix-client",
  MATRIX_SECRET: "matrix-secret-1",
};

/** `missing`: why the source cannot be had on this machine. */
export async function startSource(kind: string, name: string): Promise<RunningSource | { missing: string }> {
  const start = STARTS[`${kind}/${name}`];
  if (start !== undefined) return start();
  return { spec: {}, environment: CREDENTIALS, mode: "simulated", close: async () => undefined };
}

const STARTS: Readonly<Record<string, () => Promise<RunningSource | { missing: string }>>> = {
  "database/postgresql-server": () => server("postgresql"),
  "database/mariadb-server": () => server("mysql"),
  "database/sqlite-file": sqliteFile,
  "file/local-csv": () => files("local", { pattern: "orders_{date:digits}.csv" }),
  "file/local-parquet": () => files("local", { pattern: "p/{day}/part-*.parquet", content: { format: "parquet" } }),
  "file/s3-ndjson": () => files("s3", { pattern: "orders/{date:digits}.ndjson", content: { format: "ndjson" } }),
  "file/sftp-csv": () => files("sftp", { pattern: "orders_{date:digits}.csv" }),
  "file/http-json": () =>
    files("http", { pattern: "orders_{date:digits}.json", content: { format: "json", records: "" } }),
};

/** Tables with awkward names and values at the limits, and one that only grows. */
const TABLES = {
  postgresql: [
    `CREATE TABLE "Order" ("group" integer NOT NULL, "select" text NOT NULL, amount numeric(38,9), big bigint NOT NULL,
       rate double precision, at timestamp, "when" timestamptz, doc jsonb, tags text[], updated_at timestamptz NOT NULL,
       PRIMARY KEY ("group", "select"))`,
    `CREATE INDEX ON "Order" (updated_at)`,
    `CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at = now(); RETURN NEW; END $$`,
    `CREATE TRIGGER touch BEFORE UPDATE ON "Order" FOR EACH ROW EXECUTE FUNCTION touch()`,
    `INSERT INTO "Order" SELECT n, 'é ' || n, n * 123456789012.123456789, 9007199254740993 + n,
       CASE n % 3 WHEN 0 THEN 'NaN' WHEN 1 THEN '-Infinity' ELSE n / 7.0 END, '2024-01-01'::timestamp + n * interval '1 minute',
       '2024-01-01T00:00:00.123456Z'::timestamptz + n * interval '1 hour', jsonb_build_object('n', n, 'null', null), ARRAY['a', ''],
       '2024-06-01T00:00:00Z'::timestamptz + (n / 10) * interval '1 second' FROM generate_series(1, 2500) n`,
    "CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL)",
    "INSERT INTO customers SELECT n, 'name ' || n FROM generate_series(1, 300) n",
    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader",
  ],
  mysql: [
    `CREATE TABLE \`Order\` (\`group\` int NOT NULL, \`select\` varchar(40) NOT NULL, amount decimal(38,9), big bigint NOT NULL,
       ubig bigint unsigned, rate double, at datetime(6), doc json, bytes blob,
       updated_at timestamp(6) NOT NULL DEFAULT current_timestamp(6) ON UPDATE current_timestamp(6),
       PRIMARY KEY (\`group\`, \`select\`), KEY (updated_at)) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin`,
    `INSERT INTO \`Order\` SELECT seq, concat('é ', seq), seq * 123456789012.123456789, 9007199254740993 + seq,
       18446744073709551615 - seq, seq / 7, '2024-01-01' + INTERVAL seq MINUTE, json_object('n', seq), x'00ff',
       '2024-06-01 00:00:00' + INTERVAL (seq DIV 10) SECOND FROM seq_1_to_2500`,
    "CREATE TABLE customers (id bigint PRIMARY KEY, name varchar(50) NOT NULL)",
    "INSERT INTO customers SELECT seq, concat('name ', seq) FROM seq_1_to_300",
    "GRANT SELECT ON shop.* TO 'reader'@'127.0.0.1'",
  ],
  sqlite: [
    `CREATE TABLE "Order" ("group" INTEGER NOT NULL, "select" TEXT NOT NULL, amount DECIMAL(38,9), big INTEGER, rate REAL, doc JSON,
       bytes BLOB, updated_at DATETIME NOT NULL, PRIMARY KEY ("group", "select"))`,
    `WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 2500)
     INSERT INTO "Order" SELECT n, 'é ' || n, n * 1.5, 9007199254740993 + n, n / 7.0, '{"n": ' || n || '}', x'00ff',
       strftime('%Y-%m-%d %H:%M:%S', '2024-06-01', '+' || (n / 10) || ' seconds') FROM s`,
    "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
    "INSERT INTO customers VALUES (1, 'one'), (2, '')",
  ],
};

async function server(engine: "postgresql" | "mysql"): Promise<RunningSource | { missing: string }> {
  const missing = await whyNoServer(engine);
  if (missing !== undefined) return { missing };
  const running = engine === "postgresql" ? await startPostgres() : await startMysql();
  await running.execute(TABLES[engine]);
  const { host, port, database, user, password } = running.configuration;
  return {
    spec: { host, port: Number(port), database, user, password: "${env:MATRIX_DATABASE_PASSWORD}" },
    environment: { MATRIX_DATABASE_PASSWORD: password ?? "" },
    mode: "live",
    close: () => running.close(),
  };
}

async function sqliteFile(): Promise<RunningSource> {
  const path = join(await temporaryDirectory(), "shop.db");
  await writeFile(path, "");
  const database = new sqlite.Database(path);
  for (const statement of TABLES.sqlite) database.exec(statement);
  database.close();
  return { spec: { path }, environment: {}, mode: "live", close: async () => undefined };
}

/** Files on a stand-in, which is the real source here: it is listed, sniffed and read like any other. */
async function files(
  store: FileStore,
  shape: NonNullable<Parameters<typeof fileBlueprint>[1]>[number],
): Promise<RunningSource> {
  const credentials = store === "s3" ? "access_key" : store === "sftp" ? "password" : "none";
  const simulator = await fileSource.simulate(fileBlueprint({ store, credentials }, [shape]), { seed: 3 });
  const secret = new Set(["secret_access_key", "password"]);
  const entries = Object.entries(simulator.configuration).filter(([, value]) => value !== "");
  const reference = (key: string) => `MATRIX_FILE_${key.toUpperCase()}`;
  return {
    spec: Object.fromEntries(
      entries.map(([key, value]) => [
        key,
        secret.has(key) ? `\${env:${reference(key)}}` : key === "port" ? Number(value) : value,
      ]),
    ),
    environment: Object.fromEntries(
      entries.filter(([key]) => secret.has(key)).map(([key, value]) => [reference(key), value]),
    ),
    mode: "live",
    close: () => simulator.close(),
  };
}
