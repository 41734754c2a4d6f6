/** The warehouse of the last test. */
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { readText } from "../system/files.ts";
import { openWarehouse } from "../warehouse/open.ts";
import type { QueryResult } from "../warehouse/warehouse.ts";

/** Where the last test left its warehouse; with two connectors, the first one's. Undefined before any test. */
export async function warehouseFolder(directory: string): Promise<string | undefined> {
  for (const folder of [".", "fivetran", "lakeflow"]) {
    const files = join(directory, folder, "files");
    if ((await readText(join(files, "state.json"))) !== undefined) return files;
  }
  return undefined;
}

export async function queryConnector(directory: string, sql: string, maxRows: number): Promise<QueryResult> {
  const folder = await warehouseFolder(directory);
  if (folder === undefined) {
    throw new UserError("No test has filled the warehouse yet.", { hint: "Call run_tests first." });
  }
  const warehouse = await openWarehouse(join(folder, "warehouse.db"), { readOnly: true });
  try {
    return await warehouse.query(sql, { maxRows });
  } finally {
    await warehouse.close();
  }
}
