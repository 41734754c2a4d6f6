/** Two versions of a connector at work on one source: the same syncs, with the same changes at the source in between. */
import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Blueprint } from "../../artifacts/blueprint.ts";
import type { SourceKind } from "../../sources/kind.ts";
import type { Change, Simulator } from "../../sources/simulator.ts";
import type { ConnectorLog, Target } from "../../targets/target.ts";
import { openWarehouse } from "../../warehouse/open.ts";
import type { Warehouse } from "../../warehouse/warehouse.ts";
import { type Bench, nextSync, type ObservedSync, type SourceUnderTest } from "../bench.ts";
import { hasBlindDescendant } from "../checks/changes.ts";
import { type OpenedSource, openSimulated } from "../sources.ts";
import { openRecorded, type RecordedSource } from "./recorded.ts";
import { type Taken, takeTables } from "./rows.ts";

/** A connector as one of its versions has it. */
export interface VersionOf {
  /** Its folder. */
  directory: string;
  blueprint: Blueprint;
  target: Target;
}

export interface Watching {
  before: VersionOf;
  after: VersionOf;
  kind: SourceKind;
  /** The stand-in's clock at its start. */
  began: Date;
  onProgress: (text: string) => void;
  onLog: (sync: string, line: ConnectorLog) => void;
  signal: AbortSignal;
}

/** Of one version, or of the version after where it goes on from what the one before left. */
export interface Watched {
  syncs: ObservedSync[];
  /** The warehouse after each sync that succeeded, by the sync's name. */
  taken: Map<string, Taken>;
  /** The last checkpoint's state as JSON text; undefined when there was none. */
  state: string | undefined;
}

export interface Pair {
  before: Watched;
  after: Watched;
  /** Undefined where the version before left nothing to go on from. */
  goesOn: Watched | undefined;
}

/** Seed of the stand-in's corpus: the same rows for both versions, and each time. */
const SEED = 20_250_102;
const FIRST = "initial";
const SECOND = "second";
const CHANGES = ["tie", "late", "insert", "update"] as const;
/** Rows of each kind that change between the two syncs. */
const ROWS = 2;

/** Both on one stand-in, which serves `blueprint`. Throws `UserError` where none can. */
export async function watchTogether(watching: Watching, blueprint: Blueprint): Promise<Pair> {
  const { before, after } = watching;
  return onStandIn(watching, blueprint, (source) =>
    withPlaces(async (places) => {
      const old = await begin(watching, { version: before, source, label: "before", place: places("before") });
      const now = await begin(watching, { version: after, source, label: "after", place: places("after") });
      const went = [...old.bench.syncs, ...now.bench.syncs].every(({ result }) => result.status === "succeeded");
      const left = went ? await leaveOff(old, { version: after, place: places("going on") }) : undefined;
      change(source.simulator, blueprint);
      for (const one of [old, now, left]) if (one !== undefined && went) await advance(one);
      return { before: settled(old), after: settled(now), goesOn: left && settled(left) };
    }),
  );
}

/** Each on the same recording, which has one sync. */
export async function watchRecorded(watching: Watching, recording: RecordedSource): Promise<Pair> {
  const one = async (version: VersionOf, label: string) => {
    const source = await openRecorded(recording, version.blueprint);
    try {
      return await withPlaces(async (places) =>
        settled(await begin(watching, { version, source, label, place: places(label) })),
      );
    } finally {
      await source.close();
    }
  };
  return { before: await one(watching.before, "before"), after: await one(watching.after, "after"), goesOn: undefined };
}

/** Each on a stand-in of its own description: for versions that no one stand-in can serve. */
export async function watchApart(watching: Watching): Promise<Pair> {
  const one = (version: VersionOf, label: string) =>
    onStandIn(watching, version.blueprint, (source) =>
      withPlaces(async (places) => {
        const at = await begin(watching, { version, source, label, place: places(label) });
        change(source.simulator, version.blueprint);
        if (at.bench.syncs.every(({ result }) => result.status === "succeeded")) await advance(at);
        return settled(at);
      }),
    );
  return { before: await one(watching.before, "before"), after: await one(watching.after, "after"), goesOn: undefined };
}

async function onStandIn<T>(
  { kind, began, signal }: Watching,
  blueprint: Blueprint,
  use: (source: OpenedSource) => Promise<T>,
): Promise<T> {
  const source = await openSimulated({ blueprint, kind, signal }, { seed: SEED, now: began });
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}

/** Files of warehouses, which are gone afterwards. */
async function withPlaces<T>(use: (place: (name: string) => string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "syncsmith-behaviour-"));
  try {
    return await use((name) => join(directory, name.replaceAll(" ", "-"), "warehouse.db"));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** One version in the middle of its syncs. The warehouse is open during a sync only. */
interface Standing {
  bench: Omit<Bench, "warehouse">;
  place: string;
  taken: Map<string, Taken>;
}

interface Beginning {
  version: VersionOf;
  source: SourceUnderTest;
  label: string;
  place: string;
}

async function begin({ onProgress, onLog, signal }: Watching, beginning: Beginning): Promise<Standing> {
  const { version, source, label, place } = beginning;
  const bench = { ...version, source, syncs: [], label: `${label} `, onProgress, onLog, signal };
  const standing: Standing = { bench, place, taken: new Map() };
  await sync(standing, FIRST);
  return standing;
}

/** Another version in the place of this one: with a copy of its warehouse, and its state. */
async function leaveOff(old: Standing, { version, place }: Pick<Beginning, "version" | "place">): Promise<Standing> {
  await mkdir(dirname(place), { recursive: true });
  await copyFile(old.place, place);
  const syncs = [...old.bench.syncs];
  return { bench: { ...old.bench, ...version, syncs, label: "after, going on, " }, place, taken: new Map() };
}

async function advance(standing: Standing): Promise<void> {
  await sync(standing, SECOND);
}

async function sync(standing: Standing, name: string): Promise<void> {
  const warehouse: Warehouse = await openWarehouse(standing.place);
  try {
    const { result } = await nextSync({ ...standing.bench, warehouse }, name);
    if (result.status === "succeeded") standing.taken.set(name, await takeTables(warehouse));
  } finally {
    await warehouse.close();
  }
}

function settled({ bench, taken }: Standing): Watched {
  const state = bench.syncs.flatMap(({ result }) => result.checkpoints.slice(-1)).at(-1);
  return { syncs: bench.syncs, taken, state };
}

/** What happens at the source between the two syncs. */
function change(simulator: Simulator | undefined, { tables }: Blueprint): void {
  if (simulator === undefined) throw new Error("There is no stand-in to change.");
  for (const { name } of tables) {
    for (const kind of CHANGES) simulator.change({ kind, table: name, count: ROWS } satisfies Change);
  }
  for (const { name, deletes } of tables) {
    if (deletes.kind !== "none" && !hasBlindDescendant(tables, name))
      simulator.change({ kind: "delete", table: name, count: ROWS });
  }
}
