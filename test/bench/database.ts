/**
 * One million rows from real servers through generated Fivetran connectors: rows per second, and peak memory.
 * `tsx test/bench/database.ts 1000000 mysql`: so many rows, of this engine only.
 */
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Blueprint } from "../../src/artifacts/blueprint.ts";
import { targetOfName } from "../../src/frontends/session.ts";
import { databaseSource } from "../../src/sources/database/database.ts";
import { ensurePythonEnv, pythonParts } from "../../src/system/python-env.ts";
import { openWarehouse } from "../../src/warehouse/open.ts";
import { describeSpec } from "../sources/database/fixtures.ts";
import { type DatabaseServer, startMysql, startPostgres, whyNoServer } from "../support/database-servers.ts";

const ROWS = Number(process.argv[2] ?? 1_000_000);
const ONLY = process.argv[3];
const MAX_MEGABYTES = 300;

const TABLE = {
  postgresql: [
    "CREATE TABLE events (id bigint PRIMARY KEY, name text, amount numeric(18,4), seen boolean, updated_at timestamptz NOT NULL)",
    `INSERT INTO events SELECT n, 'event number ' || n, n / 7.0, n % 2 = 0, timestamptz '2024-01-01' + n * interval '1 second' / 3 FROM generate_series(1, ${ROWS}) AS n`,
    "CREATE INDEX ON events (updated_at)",
    "ANALYZE events",
    "GRANT SELECT ON events TO reader",
  ],
  mysql: [
    "CREATE TABLE events (id bigint PRIMARY KEY, name varchar(60), amount decimal(18,4), seen tinyint(1), updated_at timestamp(6) NOT NULL DEFAULT '2000-01-01', KEY (updated_at))",
    `INSERT INTO events SELECT seq, concat('event number ', seq), seq / 7.0, seq % 2, '2024-01-01' + INTERVAL seq DIV 3 SECOND FROM seq_1_to_${ROWS}`,
    "GRANT SELECT ON shop.* TO 'reader'@'127.0.0.1'",
  ],
};

async function measure(engine: "postgresql" | "mysql", server: DatabaseServer): Promise<void> {
  try {
    await server.execute(TABLE[engine]);
    const source = { engine, host: "127.0.0.1", user: "reader", tls: "off" };
    const { blueprint } = await describeSpec({ source, tables: ["events"] }, server.configuration);
    const target = await targetOfName("fivetran", await ensurePythonEnv({ parts: pythonParts("database") }));
    const directory = join(await mkdtemp(join(tmpdir(), "syncsmith-bench-")), "shop");
    const client = (of: Blueprint) => databaseSource.client(of, { single: false });
    for (const { path, content } of await target.generate(blueprint, { layout: "modular", client })) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), content);
    }
    const warehouse = await openWarehouse(join(directory, "warehouse.db"));
    const began = performance.now();
    const result = await target.sync({
      directory,
      blueprint,
      configuration: server.configuration,
      state: {},
      warehouse,
      name: "bench",
    });
    const seconds = (performance.now() - began) / 1000;
    const [table] = await warehouse.tables();
    await warehouse.close();
    const megabytes = Math.round((result.peakMemory ?? 0) / 1024 / 1024);
    const ok = result.status === "succeeded" && table?.rows === ROWS && megabytes < MAX_MEGABYTES;
    console.log(
      `${engine}: ${result.status}, ${table?.rows ?? 0} rows in ${seconds.toFixed(1)} s, ${Math.round(ROWS / seconds)} rows/s, peak ${megabytes} MB, ${result.operations.checkpoints} checkpoints${ok ? "" : "  NOT AS IT SHOULD BE"} ${result.reason ?? ""}`,
    );
    if (!ok) process.exitCode = 1;
  } finally {
    await server.close();
  }
}

async function main(): Promise<void> {
  for (const [engine, start] of [
    ["postgresql", startPostgres],
    ["mysql", () => startMysql()],
  ] as const) {
    if (ONLY !== undefined && ONLY !== engine) continue;
    const why = await whyNoServer(engine);
    if (why !== undefined) console.log(`${engine}: skipped, ${why}`);
    else await measure(engine, await start());
  }
}

void main();
