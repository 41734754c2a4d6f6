/** The syncs of a connection, as Fivetran's API tells of them. Nothing is started: rows cost the account. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { messageOf } from "../../../errors.ts";
import { count } from "../../../wording/numbers.ts";
import type { SyncsSeen, WatchRequest } from "../../watching.ts";
import { createFivetranApi, type FivetranApi, FivetranError } from "../api/client.ts";
import { fivetranBase, fivetranCredentials } from "../api/credentials.ts";
import { type Connection, connectionSchema } from "../api/shapes.ts";

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
  const connection = await settled(api, request);
  const outcome = outcomeOf(connection, request.since);
  const { succeeded_at, failed_at, status } = connection;
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
  const history = outcome === "paused" ? [] : await historyInWords(api, connectionId, request);
  return { outcome, words: [words[outcome], ...setUp, ...history] };
}

/** A sync that runs is waited for, as long as the request says. */
async function settled(api: FivetranApi, request: WatchRequest): Promise<Connection> {
  const { connectionId, now, seconds, signal, onProgress, wait = pause } = request;
  const until = now().getTime() + seconds * 1000;
  for (;;) {
    const connection = await api.get(`connections/${encodeURIComponent(connectionId)}`, connectionSchema);
    const left = until - now().getTime();
    const runs = connection.status?.sync_state === "syncing";
    if (!runs || left <= 0 || outcomeOf(connection, request.since) === "paused") return connection;
    onProgress(`a sync is running; waiting ${count(Math.ceil(left / 1000))} s at most`);
    await wait(Math.min(POLL_MILLISECONDS, left), signal);
  }
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal });
}

function outcomeOf({ paused, succeeded_at, failed_at, status }: Connection, since: Date): SyncsSeen["outcome"] {
  const [succeeded, failed] = [succeeded_at, failed_at].map((text) => Date.parse(text ?? "") || 0) as [number, number];
  const running = status?.sync_state === "syncing";
  if (status?.sync_state === "rescheduled") return "rescheduled";
  if (!running && Math.max(succeeded, failed) > since.getTime()) return succeeded > failed ? "succeeded" : "failed";
  return paused ? "paused" : "none";
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
