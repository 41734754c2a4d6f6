/**
 * The debugger: runs one sync of a connector on the real SDK and writes the warehouse. It is the gRPC client that the
 * platform's own tester is otherwise. Whatever goes wrong in the connector is a result with a reason for people.
 */
import { Client, type ClientReadableStream, credentials, type ServiceError } from "@grpc/grpc-js";
import type { PythonEnv } from "../../../system/python-env.ts";
import { ConnectorFault } from "../../../warehouse/fault.ts";
import type { DeclaredTable, SyncWriter } from "../../../warehouse/warehouse.ts";
import { denial } from "../../debugger/denied.ts";
import { createLogKeeper } from "../../debugger/logs.ts";
import { samplePeakMemory } from "../../debugger/process.ts";
import type { Progress } from "../../debugger/progress.ts";
import { killAtCheckpoint, killAtRow, runSync } from "../../debugger/run-sync.ts";
import { createWatch, SyncFailure, type Watch } from "../../debugger/watch.ts";
import type { SyncRequest, SyncResult } from "../../target.ts";
import { type LauncherEvent, startConnector } from "./process.ts";
import {
  createUpdateDecoder,
  decodeSchemaResponse,
  encodeSchemaRequest,
  encodeUpdateRequest,
  SERVICE,
  type UpdateMessage,
} from "./wire.ts";

const DEFAULT_IDLE_SECONDS = 300;
const DEFAULT_TOTAL_SECONDS = 3600;
const MAX_SLEEPS = 10_000;
/** How long an error of the stream waits for the process to say why. */
const LAST_WORDS_MILLISECONDS = 1000;
const CHANNEL = {
  "grpc.max_receive_message_length": -1,
  "grpc.max_send_message_length": -1,
  "grpc.enable_http_proxy": 0,
  "grpc-node.flow_control_window": 4 * 1024 * 1024,
};

/** What a sync in progress works with. */
interface Session {
  request: SyncRequest;
  writer: SyncWriter;
  progress: Progress;
  watch: Watch;
  /** Why it failed, as the connector's process told. */
  lastWords: () => string | undefined;
}

/** Runs one sync in a process of its own. Rejects only for faults of ours, or with the signal's reason when aborted. */
export function syncFivetran(request: SyncRequest, python: PythonEnv): Promise<SyncResult> {
  return runSync({ ...request, naming: request.naming ?? "fivetran" }, (work) =>
    runSession(request, { python, ...work }),
  );
}

/** Starts the process, talks to it, and leaves nothing running. */
async function runSession(
  request: SyncRequest,
  { python, progress, writer }: { python: PythonEnv; progress: Progress; writer: SyncWriter },
): Promise<void> {
  const watch = createWatch({
    idleSeconds: request.idleSeconds ?? DEFAULT_IDLE_SECONDS,
    totalSeconds: request.totalSeconds ?? DEFAULT_TOTAL_SECONDS,
    signal: request.signal,
  });
  let ready: (address: string) => void = () => {};
  const address = new Promise<string>((resolve) => {
    ready = resolve;
  });
  let lastWords: string | undefined;
  const logs = createLogKeeper({ redact: progress.redact, onLine: request.onLog, onSign: watch.alive });
  progress.logs = logs;
  const onEvent = (event: LauncherEvent): void => {
    if (event.event === "ready") {
      ready(event.address);
      return;
    }
    if (event.event === "sleep") {
      watch.expectPause(event.seconds);
      if (progress.sleeps.length < MAX_SLEEPS) progress.sleeps.push(event.seconds);
      return;
    }
    if (event.event === "denied") {
      // The stream's own end may be heard first.
      lastWords ??= denial(event);
      watch.fail(lastWords);
      return;
    }
    for (const text of event.trace) logs.add({ level: "error", origin: "connector", text });
    const reason = explain(event);
    if (event.event === "thread" && !event.update) {
      progress.warn(reason);
      return;
    }
    lastWords ??= reason;
    // gRPC loses an error whose text is too long for it.
    watch.expectEnd(lastWords);
  };
  const connector = await startConnector({
    directory: request.directory,
    python,
    environment: request.environment ?? {},
    logs,
    onEvent,
  });
  void connector.exited.then(async (how) => {
    // What the process said before it ended may still be on its way.
    await new Promise((done) => setTimeout(done, 50));
    watch.fail(lastWords ?? `the connector's process ended before the sync did: ${how}`);
  });
  const sampling = samplePeakMemory(connector, progress);
  try {
    await converse({ request, writer, progress, watch, lastWords: () => lastWords }, await watch.race(address));
  } finally {
    await sampling.once();
    sampling.stop();
    watch.stop();
    await connector.stop();
  }
}

async function converse(session: Session, address: string): Promise<void> {
  const client = new Client(address, credentials.createInsecure(), CHANNEL);
  try {
    const declared = await callSchema(session, client);
    if (declared !== undefined) await session.watch.pausing(() => session.writer.declare(declared));
    await callUpdate(session, client, declared ?? []);
  } finally {
    client.close();
  }
}

async function callSchema(session: Session, client: Client): Promise<DeclaredTable[] | undefined> {
  const answer = new Promise<DeclaredTable[] | undefined>((resolve, reject) => {
    client.makeUnaryRequest(
      `/${SERVICE}/Schema`,
      encodeSchemaRequest,
      decodeSchemaResponse,
      session.request.configuration,
      (error, tables) => (error === null ? resolve(tables) : reject(error)),
    );
  });
  return session.watch.race(answer).catch(async (error: unknown) => {
    throw await explainError(session, { error, where: "schema()" });
  });
}

async function callUpdate(session: Session, client: Client, declared: DeclaredTable[]): Promise<void> {
  const { request, watch } = session;
  const stateJson = request.stateJson ?? JSON.stringify(request.state);
  const stream = client.makeServerStreamRequest(`/${SERVICE}/Update`, encodeUpdateRequest, (bytes: Buffer) => bytes, {
    configuration: request.configuration,
    stateJson,
  });
  // A failure seen by the watch ends the stream, so that the reading below ends, too.
  const release = watch.onFailure(() => stream.cancel());
  try {
    await readStream(session, stream, declared);
  } catch (error) {
    throw await explainError(session, { error, where: "update()" });
  } finally {
    release();
    stream.on("error", () => {});
    stream.cancel();
  }
  const words = session.lastWords();
  if (words !== undefined) throw new SyncFailure(words);
  if (session.progress.checkpoints.length === 0) {
    session.progress.warn("update() ended without a checkpoint: the next sync starts from the same state again");
  }
}

async function readStream(
  session: Session,
  stream: ClientReadableStream<Buffer>,
  declared: DeclaredTable[],
): Promise<void> {
  const decode = createUpdateDecoder(declared);
  for await (const bytes of stream) {
    for (const message of decode(bytes as Buffer)) await session.watch.pausing(() => take(session, message));
  }
  session.watch.throwIfFailed();
}

async function take({ request, writer, progress }: Session, message: UpdateMessage): Promise<void> {
  switch (message.kind) {
    case "operations":
      progress.count(message.operations);
      await writer.apply(message.operations);
      return killAtRow(request, progress);
    case "checkpoint":
      progress.checkpoint(message.stateJson);
      await writer.checkpoint(message.stateJson);
      return killAtCheckpoint(request, progress);
    case "warning":
      progress.warn(messageText(message.json));
      return;
    case "error":
      throw new SyncFailure(`the connector reported an error: ${messageText(message.json)}`);
    case "file":
      progress.warnOnce("files that the connector uploads are not kept here; their rows are");
  }
}

/** The failure behind an error of a call: what the watch saw, what the process said, or what gRPC knows. */
async function explainError(session: Session, { error, where }: { error: unknown; where: string }): Promise<unknown> {
  if (error instanceof SyncFailure || error instanceof ConnectorFault || !isServiceError(error)) return error;
  const { watch, lastWords } = session;
  if (watch.failure() !== undefined) return watch.failure();
  const deadline = Date.now() + LAST_WORDS_MILLISECONDS;
  while (lastWords() === undefined && watch.failure() === undefined && Date.now() < deadline) {
    await new Promise((done) => setTimeout(done, 20));
  }
  const words = lastWords();
  if (words !== undefined) return new SyncFailure(words, { cause: error });
  return watch.failure() ?? new SyncFailure(`${where} failed: ${error.details.split("\n")[0]}`, { cause: error });
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && "code" in error && "details" in error && typeof error.details === "string";
}

function explain(event: Extract<LauncherEvent, { event: "exception" | "thread" }>): string {
  const message = event.message.split("\n")[0]?.slice(0, 500) ?? "";
  const what = message === "" ? event.type : `${event.type}: ${message}`;
  if (event.event === "exception") {
    return event.where === "import" ? `connector.py could not be loaded: ${what}` : `${event.where} raised ${what}`;
  }
  if (!event.update) return `a thread of the connector ended with ${what}`;
  return event.type === "SystemExit"
    ? "update() called exit(): it must return or raise instead"
    : `update() ended with ${what}`;
}

/** `op.warning` and `op.error` send JSON with a `message`. */
function messageText(json: string): string {
  try {
    const parsed: unknown = JSON.parse(json);
    if (typeof parsed === "object" && parsed !== null && "message" in parsed) return String(parsed.message);
  } catch {
    // Not JSON: the text itself is the message.
  }
  return json;
}
