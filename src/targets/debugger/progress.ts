/** Counts a sync as it goes, and makes its result. */
import { ConnectorFault } from "../../warehouse/fault.ts";
import type { Operation, SyncWriter } from "../../warehouse/warehouse.ts";
import type { SyncRequest, SyncResult } from "../target.ts";
import type { LogKeeper } from "./logs.ts";

export interface Progress {
  operations: SyncResult["operations"];
  checkpoints: string[];
  sleeps: number[];
  peakMemory: number | undefined;
  logs: LogKeeper | undefined;
  redact: (text: string) => string;
  count(operations: readonly Operation[]): void;
  /** Throws `ConnectorFault` for a state that is not a JSON object. */
  checkpoint(stateJson: string): void;
  warn(text: string): void;
  warnOnce(text: string): void;
  result(end: { writer: SyncWriter; reason: string | undefined }): SyncResult;
}

const MAX_CHECKPOINTS = 10_000;
const MAX_STATE_BYTES = 10 * 1024 * 1024;
const MAX_WARNINGS = 1000;
/** When there are more points, every other one is dropped and they come half as often. */
const MAX_POINTS = 500;

export function createProgress(request: SyncRequest, redact: (text: string) => string): Progress {
  const started = Date.now();
  const operations = { upserts: 0, updates: 0, deletes: 0, truncates: 0, schemaChanges: 0, checkpoints: 0 };
  const warnings: string[] = [];
  let state: Record<string, unknown> = request.stateJson === undefined ? request.state : parseState(request.stateJson);
  let points: [number, number][] = [];
  let interval = 100;
  let rows = 0;

  const mark = (): void => {
    const now = Date.now() - started;
    const last = points.at(-1);
    if (last !== undefined && now - last[0] < interval) return;
    points.push([now, rows]);
    if (points.length > MAX_POINTS) {
      points = points.filter((_, index) => index % 2 === 0);
      interval *= 2;
    }
    request.onProgress?.({ rows, checkpoints: operations.checkpoints });
  };
  const warn = (text: string): void => {
    if (warnings.length < MAX_WARNINGS) warnings.push(redact(text));
  };

  const progress: Progress = {
    operations,
    checkpoints: [],
    sleeps: [],
    peakMemory: undefined,
    logs: undefined,
    redact,
    count: (batch) => {
      for (const { kind } of batch) operations[COUNTERS[kind]]++;
      rows = operations.upserts + operations.updates;
      mark();
    },
    checkpoint: (stateJson) => {
      state = parseState(stateJson);
      operations.checkpoints++;
      if (progress.checkpoints.length < MAX_CHECKPOINTS) progress.checkpoints.push(stateJson);
      if (stateJson.length > MAX_STATE_BYTES) progress.warnOnce("the state is larger than 10 MB, the platform's limit");
      mark();
    },
    warn,
    warnOnce: (text) => {
      if (!warnings.includes(text)) warn(text);
    },
    result: ({ writer, reason }) => {
      const milliseconds = Date.now() - started;
      return {
        status: reason === undefined ? "succeeded" : "failed",
        ...(reason === undefined ? {} : { reason }),
        milliseconds,
        operations: { ...operations, schemaChanges: writer.schemaChanges },
        rows: { ...writer.rows },
        state,
        checkpoints: progress.checkpoints,
        logs: progress.logs?.lines() ?? [],
        ...(progress.peakMemory === undefined ? {} : { peakMemory: progress.peakMemory }),
        warnings: [...warnings, ...writer.warnings.map(redact)],
        progress: [...points, [milliseconds, rows]],
        sleeps: progress.sleeps,
      };
    },
  };
  return progress;
}

const COUNTERS = { upsert: "upserts", update: "updates", delete: "deletes", truncate: "truncates" } as const;

function parseState(stateJson: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(stateJson);
  } catch (cause) {
    throw new ConnectorFault("the state of a checkpoint is not JSON: NaN and Infinity have no place in it", { cause });
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new ConnectorFault("the state of a checkpoint must be an object (a dict)");
  }
  return parsed as Record<string, unknown>;
}
