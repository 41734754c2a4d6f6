/** One sync of a live source by the connectors of both targets, each into a warehouse of its own: no checks, only what arrived. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import type { Blueprint } from "../../src/artifacts/blueprint.ts";
import { sourceOfKind, targetOfName } from "../../src/frontends/session.ts";
import { compareTable, describeComparison, digestTable, isEqual } from "../../src/proof/rows.ts";
import type { Record_ } from "../../src/sources/record.ts";
import { ensurePythonEnv, pythonParts } from "../../src/system/python-env.ts";
import type { SyncResult, TargetName } from "../../src/targets/target.ts";
import { openWarehouse } from "../../src/warehouse/open.ts";
import { temporaryDirectory } from "./run-cli.ts";

/** Cells as DuckDB writes them as text; times in UTC. */
export type Rows = Record<string, string | null>[];

export interface Arrived {
  target: TargetName;
  result: SyncResult;
  /** DuckDB's types of a table's columns. */
  types(table: string): Promise<Record<string, string>>;
  /** Read by DuckDB itself, not by our own reader of warehouses. */
  rows(table: string, order: string): Promise<Rows>;
  /** What our own comparison with the live reader finds: nothing, if it is empty. */
  differences: string[];
  /** Per table, the digest that one target's rows are held against another's by. */
  digests: Record<string, string>;
}

export async function syncBoth(blueprint: Blueprint, configuration: Record<string, string>): Promise<Arrived[]> {
  const kind = await sourceOfKind(blueprint.source.kind);
  const python = await ensurePythonEnv({ parts: pythonParts(blueprint.source.kind) });
  const truths = new Map<string, Record_[]>();
  for (const { name } of blueprint.tables) {
    const rows: Record_[] = [];
    for await (const row of kind.read(blueprint, name, { configuration, signal: AbortSignal.timeout(30_000) }))
      rows.push(row);
    truths.set(name, rows);
  }
  const arrived: Arrived[] = [];
  for (const name of ["fivetran", "lakeflow"] as const) {
    const target = await targetOfName(name, python);
    const directory = join(await temporaryDirectory(), blueprint.name);
    const client = (of: Blueprint) => kind.client(of, { single: false });
    for (const { path, content } of await target.generate(blueprint, { layout: "modular", client })) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), content);
    }
    const path = join(directory, "files", "warehouse.db");
    const warehouse = await openWarehouse(path);
    const result = await target.sync({
      directory,
      blueprint,
      configuration,
      secretKeys: [],
      state: {},
      stateJson: "{}",
      warehouse,
      name: "only",
      signal: AbortSignal.timeout(60_000),
      onLog: () => {},
      onProgress: () => {},
    });
    const differences: string[] = [];
    const digests: Record<string, string> = {};
    for (const table of blueprint.tables) {
      const compared = await compareTable({ warehouse, target }, table, { rows: truths.get(table.name) ?? [] });
      if (!isEqual(compared))
        differences.push(`${table.name}: ${describeComparison(compared)}: ${compared.examples.join(" | ")}`);
      digests[table.name] = (await digestTable({ warehouse, target }, table)).digest;
    }
    await warehouse.close();
    const read = (sql: string) => ask(path, sql);
    arrived.push({
      target: name,
      result,
      differences,
      digests,
      types: async (table) =>
        Object.fromEntries(
          (
            await read(`SELECT column_name, data_type FROM information_schema.columns WHERE table_name = '${table}'`)
          ).map(({ column_name, data_type }) => [String(column_name), String(data_type)]),
        ),
      rows: (table, order) => read(`SELECT COLUMNS(*)::VARCHAR FROM tester."${table}" ORDER BY "${order}"`),
    });
  }
  return arrived;
}

async function ask(path: string, sql: string): Promise<Rows> {
  const instance = await DuckDBInstance.create(path, { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    return (await connection.runAndReadAll(sql)).getRowObjectsJson() as Rows;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
