/**
 * Runs one sync of a connector as the platform's runtime would, and writes the warehouse. Whatever goes wrong in the
 * connector is a result with a reason for people.
 */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { PythonEnv } from "../../system/python-env.ts";
import type { SyncWriter } from "../../warehouse/warehouse.ts";
import { denial } from "../debugger/denied.ts";
import { createLogKeeper, type LogKeeper } from "../debugger/logs.ts";
import { type ConnectorProcess, samplePeakMemory, startProcess } from "../debugger/process.ts";
import type { Progress } from "../debugger/progress.ts";
import { killAtCheckpoint, killAtRow, runSync } from "../debugger/run-sync.ts";
import { createWatch, SyncFailure, type Watch } from "../debugger/watch.ts";
import type { SyncRequest, SyncResult } from "../target.ts";
import { type DriverEvent, readEvents } from "./events.ts";
import { createRowMaker, type RowMaker } from "./rows.ts";

const DEFAULT_IDLE_SECONDS = 300;
const DEFAULT_TOTAL_SECONDS = 3600;
const MAX_SLEEPS = 10_000;
const DRIVER = fileURLToPath(new URL("./python/driver.py", import.meta.url));

/** What a sync in progress works with. */
interface Session {
  request: SyncRequest;
  writer: SyncWriter;
  progress: Progress;
  watch: Watch;
  logs: LogKeeper;
  /** Set once the driver has declared the tables. */
  rows: RowMaker | undefined;
  /** What people should know, and how often it happened. */
  noted: Map<string, number>;
  done: boolean;
}

/** Runs one sync in a process of its own. Rejects only for faults of ours, or with the signal's reason when aborted. */
export function syncLakeflow(request: SyncRequest, python: PythonEnv): Promise<SyncResult> {
  return runSync({ ...request, naming: request.naming ?? "source" }, (work) =>
    runSession(request, { python, ...work }),
  );
}

/** Starts the process, hears it to its end, and leaves nothing running. */
async function runSession(
  request: SyncRequest,
  { python, progress, writer }: { python: PythonEnv; progress: Progress; writer: SyncWriter },
): Promise<void> {
  const watch = createWatch({
    idleSeconds: request.idleSeconds ?? DEFAULT_IDLE_SECONDS,
    totalSeconds: request.totalSeconds ?? DEFAULT_TOTAL_SECONDS,
    signal: request.signal,
  });
  const logs = createLogKeeper({ redact: progress.redact, onLine: request.onLog, onSign: watch.alive });
  progress.logs = logs;
  const session: Session = { request, writer, progress, watch, logs, rows: undefined, noted: new Map(), done: false };
  const connector = await startProcess({
    program: DRIVER,
    args: () => [resolve(request.directory), request.blueprint?.name ?? ""],
    directory: request.directory,
    python,
    environment: request.environment ?? {},
    logs,
  });
  const sampling = samplePeakMemory(connector, progress);
  try {
    await converse(session, connector);
  } finally {
    for (const [text, count] of session.noted) progress.warn(count > 1 ? `${text} (${count} times)` : text);
    await sampling.once();
    sampling.stop();
    watch.stop();
    await connector.stop();
  }
}

async function converse(session: Session, connector: ConnectorProcess): Promise<void> {
  const { request, watch } = session;
  const { line } = connector;
  line.on("error", () => {});
  // A failure seen by the watch ends the line, so that the reading below ends, too.
  const release = watch.onFailure(() => line.destroy());
  // What the process said before it ended may still be on its way.
  void connector.exited.then((how) => watch.expectEnd(`the connector's process ended before the sync did: ${how}`));
  line.write(
    `${JSON.stringify({
      configuration: request.configuration,
      state: request.stateJson ?? JSON.stringify(request.state),
      versions: `${request.warehouse.path}.versions`,
    })}\n`,
  );
  try {
    for await (const event of readEvents(line)) {
      await watch.pausing(() => take(session, event));
      if (session.done) return;
    }
  } catch (error) {
    // How a line ends that was ended on purpose is of no interest.
    throw watch.failure() ?? error;
  } finally {
    release();
  }
  watch.throwIfFailed();
  throw new SyncFailure(`the connector's process ended before the sync did: ${await connector.exited}`);
}

async function take(session: Session, event: DriverEvent): Promise<void> {
  const { request, writer, progress, watch, noted } = session;
  switch (event.event) {
    case "declare":
      session.rows = createRowMaker(event.tables, request.blueprint?.tables ?? []);
      return writer.declare(session.rows.declared);
    case "rows":
    case "truncate": {
      if (session.rows === undefined) throw new Error("rows came before the tables were declared");
      const operations =
        event.event === "rows" ? session.rows.operations(event) : [{ kind: "truncate" as const, table: event.table }];
      progress.count(operations);
      await writer.apply(operations);
      return killAtRow(request, progress);
    }
    case "checkpoint":
      progress.checkpoint(event.state);
      await writer.checkpoint(event.state);
      return killAtCheckpoint(request, progress);
    case "warning":
      noted.set(event.text, (noted.get(event.text) ?? 0) + event.count);
      return;
    case "sleep":
      watch.expectPause(event.seconds);
      if (progress.sleeps.length < MAX_SLEEPS) progress.sleeps.push(event.seconds);
      return;
    case "denied":
      throw new SyncFailure(denial(event));
    case "exception":
      for (const text of event.trace) session.logs.add({ level: "error", origin: "connector", text });
      throw new SyncFailure(explain(event));
    case "done":
      if (event.peak !== null) progress.peakMemory = Math.max(progress.peakMemory ?? 0, event.peak);
      session.done = true;
  }
}

function explain({ where, type, message }: Extract<DriverEvent, { event: "exception" }>): string {
  const first = message.split("\n")[0]?.slice(0, 500) ?? "";
  if (where === "fault") return first;
  const what = first === "" ? type : `${type}: ${first}`;
  if (where === "import") return `the connector could not be loaded: ${what}`;
  return type === "SystemExit" ? "the connector called exit(): it must raise instead" : `the connector raised ${what}`;
}
