/**
 * The workbench of a proof: one connector, one source (simulated or live) behind the gateway, and syncs observed from
 * outside. Checks are given a bench; they never touch the connector's files.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Blueprint, Table } from "../artifacts/blueprint.ts";
import type { Basis, CheckResult, SyncSummary } from "../artifacts/report.ts";
import type { Record_ } from "../sources/record.ts";
import type { Fault, SeenRequest } from "../sources/simulator.ts";
import type { ConnectorLog, SyncRequest, SyncResult, Target } from "../targets/target.ts";
import { openWarehouse } from "../warehouse/open.ts";
import type { Warehouse } from "../warehouse/warehouse.ts";

/** A sync as seen from outside. */
export interface ObservedSync {
  name: string;
  result: SyncResult;
  /** What the source was asked during this sync, in order. */
  requests: SeenRequest[];
}

/** The source as the checks know it. */
export interface SourceUnderTest {
  basis: Extract<Basis, "simulated" | "live">;
  /** Values for the connector; `base_url` leads through the gateway. */
  configuration: Record<string, string>;
  /** What can go wrong there; none at a real source. */
  faults: readonly Fault[];
  /** Everything the source was asked so far. */
  requests: () => readonly SeenRequest[];
  /** How many requests were made so far, those included that never got to the source. */
  asked: () => number;
  /** Called before each sync of the main sequence: a live source is read then, as it may move meanwhile. */
  beforeSync?: () => Promise<void>;
  /** Rows that a complete sync must have brought. */
  truth: (table: Table) => Promise<Truth>;
}

export interface Truth {
  rows: Record_[];
  /** A live source's rows as they were before the sync: what moved in between is the source's own doing. */
  earlier?: Record_[];
  /** Why the source could not be read whole by the second route: then nothing is proven about the table. */
  problem?: string;
}

export interface Bench {
  blueprint: Blueprint;
  directory: string;
  target: Target;
  source: SourceUnderTest;
  warehouse: Warehouse;
  /** Syncs of the main sequence so far. */
  syncs: ObservedSync[];
  /** Said before the name of each sync: tells those at the stand-in from those at the source, where a proof has both. */
  label: string;
  onProgress: (text: string) => void;
  /** Called after each sync of the main sequence. */
  afterSync?: (sync: ObservedSync, bench: Bench) => Promise<void>;
  /** Every line the connector prints, secrets masked. */
  onLog: (sync: string, line: ConnectorLog) => void;
  /** Hears what each check found. */
  onChecked?: (results: readonly CheckResult[]) => void;
  signal: AbortSignal;
}

/** What is special about a sync. */
export type Circumstances = Pick<
  SyncRequest,
  "killAfterCheckpoint" | "killAfterRows" | "environment" | "idleSeconds" | "totalSeconds"
>;

/** One more sync of the main sequence, from the state the last one left, be it by its end or by its last checkpoint. */
export async function nextSync(bench: Bench, name: string, circumstances: Circumstances = {}): Promise<ObservedSync> {
  // As text: numbers beyond 2^53 must not pass through a parser.
  const state = bench.syncs.flatMap(({ result }) => result.checkpoints.slice(-1)).at(-1) ?? "{}";
  await bench.source.beforeSync?.();
  const observed = await observe(bench, { name: bench.label + name, state, warehouse: bench.warehouse, circumstances });
  bench.syncs.push(observed);
  await bench.afterSync?.(observed, bench);
  return observed;
}

export interface SideSync {
  name: string;
  configuration: Record<string, string>;
}

/** A sync beside the main sequence: from an empty state, into a warehouse that is thrown away. */
export async function sideSync(bench: Bench, { name, configuration }: SideSync): Promise<ObservedSync> {
  const directory = await mkdtemp(join(tmpdir(), "syncsmith-side-"));
  const warehouse = await openWarehouse(join(directory, "warehouse.db"));
  try {
    return await observe(bench, { name, state: "{}", warehouse, configuration });
  } finally {
    await warehouse.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** A sync of a stand-in takes seconds: what takes longer does not end. */
const SIMULATED_LIMITS = { idleSeconds: 60, totalSeconds: 180 };

interface Observation {
  name: string;
  /** JSON text. */
  state: string;
  warehouse: Warehouse;
  configuration?: Record<string, string>;
  circumstances?: Circumstances;
}

async function observe(bench: Bench, observation: Observation): Promise<ObservedSync> {
  const { name, state, warehouse, configuration, circumstances = {} } = observation;
  const before = bench.source.requests().length;
  bench.onProgress(`${name}: running the connector`);
  const result = await bench.target.sync({
    directory: bench.directory,
    blueprint: bench.blueprint,
    configuration: configuration ?? bench.source.configuration,
    secretKeys: bench.blueprint.configuration.filter(({ secret }) => secret).map(({ key }) => key),
    state: {},
    stateJson: state,
    warehouse,
    name,
    // Nobody is spared by waiting at a stand-in: pauses between requests and before retries are cut short.
    ...(bench.source.basis === "simulated" ? SIMULATED_LIMITS : {}),
    ...circumstances,
    environment: {
      ...(bench.source.basis === "simulated" ? { SYNCSMITH_TIME_SCALE: "0.02", SYNCSMITH_CONFINED: "1" } : {}),
      ...circumstances.environment,
    },
    signal: bench.signal,
    onLog: (line) => bench.onLog(name, line),
    onProgress: ({ rows }) => bench.onProgress(`${name}: ${rows.toLocaleString("en")} rows`),
  });
  bench.signal.throwIfAborted();
  return { name, result, requests: bench.source.requests().slice(before) };
}

/** Upserts and updates that a sync sent for a table. */
export function rowsSent({ target }: Bench, { result }: ObservedSync, table: Table): number {
  return result.rows[target.naming.table(table.name)] ?? 0;
}

/** What the report keeps of a sync. */
export function summarise({ name, result, requests }: ObservedSync): SyncSummary {
  return {
    name,
    status: result.status,
    ...(result.reason === undefined ? {} : { reason: result.reason }),
    milliseconds: result.milliseconds,
    operations: result.operations,
    rows: result.rows,
    requests: requests.length,
    ...(result.peakMemory === undefined ? {} : { peak_memory: result.peakMemory }),
    timeline: timeline(result.progress, requests),
  };
}

/** At most 200 points of `[ms, requests so far, rows so far]`. Requests carry the server's clock: the first is taken as 0. */
function timeline(progress: readonly [number, number][], requests: readonly SeenRequest[]): [number, number, number][] {
  const start = requests[0]?.at ?? 0;
  const times = [...new Set([...progress.map(([at]) => at), ...requests.map(({ at }) => at - start)])].sort(
    (a, b) => a - b,
  );
  const step = Math.max(1, Math.ceil(times.length / 200));
  return times
    .filter((_, index) => index % step === 0 || index === times.length - 1)
    .map((at) => [
      Math.round(at),
      requests.filter((request) => request.at - start <= at).length,
      progress.findLast(([time]) => time <= at)?.[1] ?? 0,
    ]);
}
