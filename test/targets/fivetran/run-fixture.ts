/** Runs fixture connectors on the real SDK into a warehouse that ends with the test. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { ensurePythonEnv } from "../../../src/system/python-env.ts";
import { syncFivetran } from "../../../src/targets/fivetran/debugger/sync.ts";
import type { SyncRequest, SyncResult } from "../../../src/targets/target.ts";
import { openWarehouse, type WarehouseOptions } from "../../../src/warehouse/open.ts";
import type { Cell, Warehouse } from "../../../src/warehouse/warehouse.ts";

export async function temporaryWarehouse(options: WarehouseOptions = {}): Promise<Warehouse> {
  const directory = await mkdtemp(join(tmpdir(), "syncsmith-warehouse-"));
  const warehouse = await openWarehouse(join(directory, "warehouse.db"), options);
  onTestFinished(async () => {
    await warehouse.close();
    await rm(directory, { recursive: true, force: true });
  });
  return warehouse;
}

export async function runFixture(
  fixture: string,
  warehouse: Warehouse,
  request: Partial<SyncRequest> = {},
): Promise<SyncResult> {
  const directory = fileURLToPath(new URL(`../../fixtures/connectors/${fixture}`, import.meta.url));
  const python = await ensurePythonEnv();
  return await syncFivetran(
    {
      directory,
      configuration: {},
      state: {},
      warehouse,
      name: fixture,
      idleSeconds: 60,
      totalSeconds: 120,
      ...request,
    },
    python,
  );
}

/** Rows of a table, sorted by their text. */
export async function rowsOf(
  warehouse: Warehouse,
  table: string,
  which: "rows" | "deletedRows" = "rows",
): Promise<Cell[]> {
  const rows: Cell[] = [];
  for await (const row of warehouse[which](table)) rows.push(row);
  return rows.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** Whether a process with this id is there (and is no zombie waiting for its parent). */
export async function isRunning(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return status !== "" && !/^State:\s+Z/m.test(status);
}
