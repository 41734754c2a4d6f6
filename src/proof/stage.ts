/**
 * A stage: a stand-in and a warehouse of their own for one check, so that nothing it does shows in another, and checks can
 * run at the same time.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SourceKind } from "../sources/kind.ts";
import type { SimulateOptions, Simulator } from "../sources/simulator.ts";
import { openWarehouse } from "../warehouse/open.ts";
import type { Warehouse } from "../warehouse/warehouse.ts";
import type { Bench, ObservedSync } from "./bench.ts";
import { openSimulated } from "./sources.ts";

export interface Stage {
  bench: Bench;
  simulator: Simulator;
}

/** What is the same on all stages of a proof. */
export interface Stages extends Pick<Bench, "blueprint" | "directory" | "target" | "onProgress" | "onLog" | "signal"> {
  kind: SourceKind;
  seed: number;
  /** The stand-ins' clock at their start. */
  began: Date;
  /** The first sync of the stand-in with nothing in its way: what the checks measure others by. */
  clean: ObservedSync;
}

export interface Setting extends Pick<SimulateOptions, "now" | "scale"> {
  /** Said before the names of the syncs. */
  label: string;
}

/** Sets a stage, plays on it, and clears it away whatever happens. */
export async function onStage<T>(stages: Stages, setting: Setting, play: (stage: Stage) => Promise<T>): Promise<T> {
  const { label, ...special } = setting;
  const source = await openSimulated(stages, { seed: stages.seed, now: stages.began, ...special });
  try {
    const { simulator } = source;
    if (simulator === undefined) throw new Error("A stage needs a stand-in.");
    return await withWarehouse((warehouse) =>
      play({ simulator, bench: { ...stages, source, warehouse, syncs: [], label: `${label} ` } }),
    );
  } finally {
    await source.close();
  }
}

/** Plays once more on the same stage, with an empty warehouse and no state. */
export async function again<T>({ bench }: Stage, label: string, play: (bench: Bench) => Promise<T>): Promise<T> {
  return withWarehouse((warehouse) => play({ ...bench, warehouse, syncs: [], label: `${label} ` }));
}

async function withWarehouse<T>(use: (warehouse: Warehouse) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "syncsmith-stage-"));
  try {
    const warehouse = await openWarehouse(join(directory, "warehouse.db"));
    try {
      return await use(warehouse);
    } finally {
      await warehouse.close();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
