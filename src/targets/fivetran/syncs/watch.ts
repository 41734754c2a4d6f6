/** The syncs of a connection, as Fivetran's API tells of them. One is started only after a yes: rows cost the account. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { messageOf } from "../../../errors.ts";
import { count } from "../../../wording/numbers.ts";
import type { StartedSync, SyncsSeen, WatchRequest } from "../../watching.ts";
import { createFivetranApi, type FivetranApi, FivetranError } from "../api/client.ts";
import { fivetranBase, fivetranCredentials } from "../api/credentials.ts";
import { type Connection, connectionSchema } from "../api/shapes.ts";
import { standingOf } from "./standing.ts";
import { startSync } from "./start.ts";

const POLL_MILLISECONDS = 15_000;
/** The API tells of no longer time at once. */
const HISTORY_MILLISECONDS = 7 * 24 * 3600_000;
/** Syncs of the history that are told. */
const TOLD = 3;

const syncSchema = z.object({ status: z.string().nullish(), reason: z.string().nullish() });
type Sync = z.infer<typeof syncSchema>;

export async function watchSyncs(request: WatchRequest): Promise<SyncsSeen> {
  const { environment, signal, connectionId, conceal } = request;
  const { basic, secrets } = fivetranCredentials(environment);
  conceal(...secrets);
  const api = createFivetranApi({ base: fivetranBase(environment), basic, signal });
  const { connection, outcome, remarks } = await seen(api, request);
  const { succeeded_at, failed_at, status, schema } = connection;
  const words: Record<SyncsSeen["outcome"], string> = {
    succeeded: `its last sync succeeded at ${succeeded_at}`,
    failed: `its last sync failed at ${failed_at}`,
    rescheduled:
      "its sync was put off by Fivetran: the connector ran out of its 1 GB of memory, or the source limits requests; it goes on by itself from its last checkpoint",
    paused: "it is paused and syncs nothing until somebody starts it, in the dashboard or through the API",
    none: `no sync has ended since the deployment (${status?.sync_state ?? "its state is not told"})`,
  };
  const setUp =
    status?.setup_state && status.setup_state !== "connected" ? [`its set-up is ${status.setup_state}`] : [];
  const told = { outcome, running: runs(connection) };
  if (outcome === "paused") return { ...told, words: [words[outcome], ...setUp, ...remarks] };
  const history = await historyInWords(api, connectionId, request);
  const standing = await standingOf(api, connectionId, schema);
  return { ...told, words: [words[outcome], ...setUp, ...remarks, ...history], standing };
}

interface Seen {
  connection: Connection;
  outcome: SyncsSeen["outcome"];
  /** On what was started, or was not. */
  remarks: string[];
}

/** The connection once nothing of it is waited for any more: a sync that runs, that was started before, or that is started now. */
async function seen(api: FivetranApi, request: WatchRequest): Promise<Seen> {
  const connection = await settled(api, request);
  const outcome = outcomeOf(connection, request);
  const idle = (outcome === "paused" || outcome === "none") && !runs(connection);
  if (!idle || request.started !== undefined || request.agree === undefined)
    return { connection, outcome, remarks: [] };
  const start = await startSync(api, connection, { ...request, agree: request.agree });
  const { remarks } = start;
  if (!start.started) return { connection: start.connection, outcome: outcomeOf(start.connection, request), remarks };
  const started: StartedSync = { connection_id: connection.id, ended_before: lastEnd(connection) };
  await request.onStarted?.(started);
  const waiting = { ...request, started };
  const after = await settled(api, waiting);
  return { connection: after, outcome: outcomeOf(after, waiting), remarks };
}

/** A sync that runs, or was started and has not begun, is waited for as long as the request says. */
async function settled(api: FivetranApi, request: WatchRequest): Promise<Connection> {
  const { connectionId, now, seconds, signal, onProgress, wait = pause, started } = request;
  const until = now().getTime() + seconds * 1000;
  for (;;) {
    const connection = await api.get(`connections/${encodeURIComponent(connectionId)}`, connectionSchema);
    const left = until - now().getTime();
    const outcome = outcomeOf(connection, request);
    const comes = started !== undefined && outcome === "none";
    if ((!runs(connection) && !comes) || left <= 0 || outcome === "paused") return connection;
    const what = runs(connection) ? "a sync is running" : "the sync was asked for and has not begun";
    onProgress(`${what}; waiting ${count(Math.ceil(left / 1000))} s at most`);
    await wait(Math.min(POLL_MILLISECONDS, left), signal);
  }
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal });
}

function runs({ status }: Connection): boolean {
  return status?.sync_state === "syncing";
}

function endsOf({ succeeded_at, failed_at }: Connection): [succeeded: number, failed: number] {
  return [Date.parse(succeeded_at ?? "") || 0, Date.parse(failed_at ?? "") || 0];
}

function lastEnd(connection: Connection): number {
  return Math.max(...endsOf(connection));
}

/** Of one that was started, its end is told from the ends before by the platform's own clock. */
function outcomeOf(connection: Connection, { since, started }: WatchRequest): SyncsSeen["outcome"] {
  const [succeeded, failed] = endsOf(connection);
  const after = started?.ended_before ?? since.getTime();
  if (connection.status?.sync_state === "rescheduled") return "rescheduled";
  if (!runs(connection) && lastEnd(connection) > after) return succeeded > failed ? "succeeded" : "failed";
  return connection.paused ? "paused" : "none";
}

/** What is not told here is no failure of the connector. */
async function historyInWords(api: FivetranApi, id: string, { since, now }: WatchRequest): Promise<string[]> {
  const end = now();
  const start = new Date(Math.max(since.getTime(), end.getTime() - HISTORY_MILLISECONDS));
  const times = { start_time: start.toISOString(), end_time: end.toISOString() };
  try {
    const syncs = await api.items(`connections/${encodeURIComponent(id)}/sync-history`, syncSchema, times);
    const reasons = syncs.filter(({ reason }) => reason).slice(-TOLD);
    return [`${count(syncs.length)} in its history since`, ...reasons.map(inWords)];
  } catch (error) {
    if (!(error instanceof FivetranError)) throw error;
    return [`its history could not be read: ${messageOf(error)}`];
  }
}

function inWords({ status, reason }: Sync): string {
  return `${status ?? "sync"}: ${reason}`;
}
