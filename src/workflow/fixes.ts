/** The numbered fixes of a connector: `fixes/1.json`, `fixes/2.json`. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Fix, fixSchema } from "../artifacts/fix.ts";
import type { Store } from "./store.ts";

export async function readFixes(store: Store): Promise<Fix[]> {
  const fixes: Fix[] = [];
  for (let round = 1; ; round++) {
    const fix = await store.read(join("fixes", `${round}.json`), fixSchema);
    if (!fix) return fixes;
    fixes.push(fix);
  }
}

/** The last fix that changed the blueprint. */
export async function latestFix(store: Store): Promise<Fix | undefined> {
  return (await readFixes(store)).findLast((fix) => fix.blueprint !== undefined);
}

/** Takes back the last one. */
export async function forgetFix(store: Store, round: number): Promise<void> {
  await rm(store.path("fixes", `${round}.json`), { force: true });
}

/** New research or a new spec begins at round 1: what was refined, tested and fixed before is of another connector. */
export async function forgetRounds(store: Store): Promise<void> {
  for (const name of ["fixes", "reports", "refinement.json", "cause.json"]) {
    await rm(store.path(name), { recursive: true, force: true });
  }
}
