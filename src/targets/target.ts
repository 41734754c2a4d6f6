/**
 * What a target offers: the connector's files, a linter for them, and a way to run one sync into the warehouse.
 * A target knows nothing of source kinds beyond what the blueprint says.
 */
import type { Blueprint, Table } from "../artifacts/blueprint.ts";
import type { Deployment } from "../artifacts/deployment.ts";
import type { Evidence } from "../artifacts/evidence.ts";
import type { Basis, Finding, Report, SyncSummary } from "../artifacts/report.ts";
import type { ClientOf } from "../python/client-part.ts";
import type { PythonEnv } from "../system/python-env.ts";
import type { Warehouse } from "../warehouse/warehouse.ts";
import type { Deploying } from "./deploying.ts";
import type { SyncsSeen, WatchRequest } from "./watching.ts";

export type TargetName = "fivetran" | "lakeflow";

/** Path relative to the connector directory, with `/`. */
export interface GeneratedFile {
  path: string;
  content: string;
}

export type LogLevel = "debug" | "info" | "warning" | "error";

/** A line the connector or its SDK printed. */
export interface ConnectorLog {
  level: LogLevel;
  origin: "connector" | "sdk" | "stdout" | "stderr";
  text: string;
}

export interface SyncRequest {
  /** The connector's directory. */
  directory: string;
  /** What the connector was generated from, where it was. */
  blueprint?: Blueprint;
  /** Values as strings; secrets included, so never shown. */
  configuration: Record<string, string>;
  /** State of the previous sync; `{}` for the first. */
  state: Record<string, unknown>;
  warehouse: Warehouse;
  /** The state as JSON text, exact beyond 2^53; wins over `state`. `SyncResult.checkpoints` has such texts. */
  stateJson?: string;
  /** Keys of the configuration whose values are secret. Without it all are but evident numbers, dates and addresses. */
  secretKeys?: readonly string[];
  /** How tables and columns are named in a new warehouse; default `fivetran`. */
  naming?: "fivetran" | "source";
  /** The connector is killed when its n-th checkpoint has arrived: what came before it is kept. */
  killAfterCheckpoint?: number;
  /** The connector is killed when its n-th row has arrived: rows after its last checkpoint are not kept. */
  killAfterRows?: number;
  /** Name of this sync in the report. */
  name: string;
  /** Seconds without any message after which the connector counts as hung. */
  idleSeconds?: number;
  /** Seconds the whole sync may take. */
  totalSeconds?: number;
  /** Extra environment for the connector's process, for example shortened waits. */
  environment?: Record<string, string>;
  signal?: AbortSignal;
  onLog?: (line: ConnectorLog) => void;
  onProgress?: (progress: { rows: number; checkpoints: number }) => void;
}

export interface SyncResult extends Omit<SyncSummary, "name" | "requests" | "timeline"> {
  /** State of the last checkpoint, or the one it started from. */
  state: Record<string, unknown>;
  /** The states of every checkpoint in order, as JSON text, at most 10,000. */
  checkpoints: string[];
  logs: ConnectorLog[];
  /** Peak resident memory of the connector's process in bytes, where the platform tells. */
  peakMemory?: number;
  /** Rows with differing sets of columns in one table, missing keys, and the like. */
  warnings: string[];
  /** `[milliseconds since start, rows so far]`. */
  progress: [number, number][];
  /** Seconds of each `time.sleep`, when `SYNCSMITH_TIME_SCALE` in the environment shortens them; at most 10,000. */
  sleeps?: number[];
}

/** In a warning: several versions of a row came that nothing orders, and which of them stays is the platform's guess. */
export const UNORDERED_VERSIONS = "the platform may keep either";

export interface TargetNaming {
  table(source: string): string;
  column(source: string): string;
  /**
   * What a connector that was adopted calls a key of the configuration; undefined where it has none. Absent: all keys are
   * there, under their own names.
   */
  key?(ours: string): string | undefined;
  /**
   * The table with the names that the connector itself sends, where they are others: of one that was adopted. They are put
   * into the description's before they reach the warehouse here, and by nobody on the way to a destination.
   */
  sent?(table: Table): Table;
}

/** What a connector's files and documents are made by: one target, or both at once (see `targets.ts`). */
export interface Writing {
  /** Changes when the templates do: generated code is stale then. */
  templatesHash(): Promise<string>;
  /**
   * The connector's files: the shell of this target around the client part of the source's kind. Throws `UserError` for
   * a blueprint that no connector can be written for.
   */
  generate(blueprint: Blueprint, options: { layout: "modular" | "single"; client: ClientOf }): Promise<GeneratedFile[]>;
  lint(directory: string): Promise<Finding[]>;
  /** Paths of the documents for people. */
  documents: readonly string[];
  /** The documents for people, from blueprint and report only. */
  document(input: DocumentInput): GeneratedFile[];
  /** What the documents lack, in words; empty when they pass. */
  checkDocuments(files: readonly GeneratedFile[], input: DocumentInput): string[];
  /** SQL to compare the destination with, by kind of destination. */
  destinationSql(input: DestinationInput): Record<string, string>;
  /** The last words of a run, as plain text. */
  summary(input: SummaryInput): string;
}

export interface Target extends Writing {
  name: TargetName;
  /** What a table or column of the source is called in the warehouse after a sync of this target. */
  naming: TargetNaming;
  /** Rows of a table without a key: `kept` as they come, or one of those that are alike (`folded`, as Fivetran does). */
  keyless: "folded" | "kept";
  /** Whether a sync of this target reads the table whole, also where the source could tell what is new. */
  readsWhole(table: Table): boolean;
  /** Bytes of a table's rows that a connector has to hold before it may pass one on; absent where it need not hold any. */
  heldBytes?(table: Table): number;
  /** Nested values of a known shape: `exact`, or as a struct, where a field that is null cannot be told from an absent one. */
  nested: "exact" | "struct";
  /** What the contract tests of a connector are written and run with. */
  contract: {
    /**
     * `syncs.py`: a class `Destination` with `primary_keys`, `tables`, `state`, `states` (of all checkpoints of the last
     * sync), `received` (its rows), `sync(configuration, last_checkpoint)` and `rows(table)`. Not formatted yet.
     */
    syncs(blueprint: Blueprint): string;
    python: PythonEnv;
  };
  /** Runs one sync in a process of its own. Failure of the connector is a result, not an error. */
  sync(request: SyncRequest): Promise<SyncResult>;
  deploying: Deploying;
  /** What the platform says of a connection's syncs, where it can be asked from here. */
  watch?(request: WatchRequest): Promise<SyncsSeen>;
}

/** What a spec's `target` stands for. */
export interface Targets extends Writing {
  name: TargetName | "both";
  /** Each with the folder of its connector, below the connector's directory; "" is that directory itself. */
  parts: readonly { target: Target; folder: string }[];
}

export interface DocumentInput {
  blueprint: Blueprint;
  report: Report;
  files: readonly GeneratedFile[];
  evidence: readonly Evidence[];
  destination?: { name: string; type: string };
  /** Why there are no contract tests, as a clause. */
  withoutContract?: string;
}

export interface DestinationInput {
  /** Name of the connection, which is the destination's schema. */
  connection: string;
  /** What the local run's counts rest on. */
  basis: Basis;
  /** In the source's names, with the rows of the local run. */
  tables: { table: Table; rows: number; ranges?: DestinationRange[] }[];
}

/** The lowest and highest value that the local run has in a column of the destination. */
export interface DestinationRange {
  column: string;
  lowest: string;
  highest: string;
}

export interface SummaryInput {
  blueprint: Blueprint;
  report: Report;
  files: readonly GeneratedFile[];
  deployment: Pick<Deployment, "outcome" | "reason" | "connection_id" | "dashboard">;
  destination?: { name: string; type: string };
}
