import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { openWarehouse } from "../../src/warehouse/open.ts";
import { runs } from "../support/thorough.ts";
import { rowsOf, temporaryWarehouse } from "../targets/fivetran/run-fixture.ts";

const WRITER = join(import.meta.dirname, "write-until-killed.mts");

it("has rows and state that belong together after kill -9 at any moment", async () => {
  const first = await temporaryWarehouse();
  await first.close();
  let last = -1;
  const rounds = runs(8);
  for (let round = 0; round < rounds; round++) {
    const child = spawn(process.execPath, ["--import", "tsx", WRITER, first.path], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    await sleep(20 + (round * 700) / rounds);
    child.kill("SIGKILL");
    await once(child, "exit");

    const warehouse = await openWarehouse(first.path);
    const state = await warehouse.state();
    const page = state === undefined ? -1 : (JSON.parse(state) as { page: number }).page;
    const tables = (await warehouse.tables()).map((table) => table.name);
    const orders = tables.includes("orders") ? await rowsOf(warehouse, "orders") : [];
    const latest = tables.includes("latest") ? await rowsOf(warehouse, "latest") : [];
    expect(orders.map((row) => Number(row.id)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: (page + 1) * 10 }, (_, id) => id),
    );
    expect(latest).toHaveLength(page + 1);
    // The mirror may be one commit behind, never ahead.
    const mirror = await readFile(join(first.path, "../state.json"), "utf8").catch(() => '{"page":-1}');
    expect((JSON.parse(mirror) as { page: number }).page).toBeLessThanOrEqual(page);
    expect(page).toBeGreaterThanOrEqual(last);
    last = page;
    await warehouse.close();
  }
  expect(last).toBeGreaterThan(10);
});
