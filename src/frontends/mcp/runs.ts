/**
 * Connectors at work in this server, one run each. A run goes on by itself until it needs the host's model (its **turn**) or
 * is over; whoever waits for it waits no longer than a client does.
 */
import { basename } from "node:path";
import pLimit from "p-limit";
import type { CommandContext } from "../../options.ts";
import type { Redactor } from "../../system/secrets.ts";
import type { BuildResult } from "../../tools/build-connector.ts";
import type { StoredEvent, Work } from "../../workflow/events.ts";
import { type BuildRun, runToOutcome } from "../building.ts";
import { openConsents } from "./consent.ts";
import type { ToolCall } from "./said.ts";
import { type CallAnswer, createSeat, HOST, type Turn } from "./seat.ts";

/** How often a client that wants to hear of progress does. */
const TICK_MS = 2_000;
/** A run that waits for its host this long is let go: what is done is kept, and others may work on the connector. */
const IDLE_MS = 60 * 60_000;

export interface ConnectorRun {
  connector: string;
  /** What it does, in words for people. */
  doing(): string;
  turn(): Turn | undefined;
  /** Undefined while it is not over. */
  ended(): BuildResult | undefined;
  /** It was told to end, and may not have yet. */
  stopping(): boolean;
  /** What it was begun for: another wish has to wait. */
  about: string;
  /** The turn that the host has been told of whole. */
  told: Turn | undefined;
  /** Back after its turn opened, its end, or when the call must be answered or is cancelled, whichever comes first. */
  settled(call: Waiting): Promise<void>;
  /**
   * Runs a call of the host, no longer than a client waits: what takes longer goes on, its result is kept, and the same call
   * made again waits for it. Calls that change something run one after another. A cancelled call is ended.
   */
  waitFor(call: HostCall, work: (signal: AbortSignal) => Promise<CallAnswer>): Promise<CallAnswer>;
  /** What is done is kept; the run ends as interrupted. */
  stop(): Promise<void>;
  /** The host is there. */
  touch(): void;
}

/** A call of the host that waits. */
export type Waiting = Pick<ToolCall, "signal" | "answerBy" | "progress">;

export interface HostCall extends Waiting {
  /** Equal for calls with the same input. */
  key: string;
  name: string;
  /** It changes something. */
  alone: boolean;
}

/** `about` is equal for runs that are begun for the same thing. */
export type Beginning = Omit<BuildRun, "model"> & { about: string };

export interface Runs {
  /** The run of a connector, over or not; undefined where none was begun in this server. */
  of(connector: string): ConnectorRun | undefined;
  /** Begins one, unless it is at work already. */
  begin(run: Beginning): Promise<ConnectorRun>;
  /** Ends all. */
  close(): Promise<void>;
}

export function createRuns(context: CommandContext, redactor: Redactor): Runs {
  const runs = new Map<string, ConnectorRun>();
  return {
    of: (connector) => runs.get(connector),
    begin: async (run) => {
      const connector = basename(run.directory);
      const known = runs.get(connector);
      if (known !== undefined && known.ended() === undefined) {
        if (!known.stopping()) return known;
        await known.stop();
      }
      const begun = await start(run, context, redactor);
      runs.set(connector, begun);
      return begun;
    },
    close: async () => {
      await Promise.all([...runs.values()].map((run) => run.stop()));
    },
  };
}

async function start(
  { about, ...given }: Beginning,
  context: CommandContext,
  redactor: Redactor,
): Promise<ConnectorRun> {
  const run: BuildRun = { ...given, model: HOST };
  const interrupt = new AbortController();
  const changes = new EventTarget();
  const changed = () => void changes.dispatchEvent(new Event("change"));
  const seat = await createSeat(changed);
  const progress = { text: "starting", step: undefined as Work | undefined, since: Date.now() };
  let ended: BuildResult | undefined;
  const show = (event: StoredEvent) => {
    if (event.type === "step-started") Object.assign(progress, { step: event.step, text: "", since: Date.now() });
    else if (event.type === "progress" || event.type === "note") progress.text = event.text;
    else return;
    changes.dispatchEvent(new Event("progress"));
  };
  // Nobody sits here: a yes was said before, to the same lines, or was not.
  const approve = openConsents(context.workspace).given;
  const hands = { signal: interrupt.signal, show, ask: seat.agent.ask, approve };
  const work = runToOutcome(run, hands, { context, createAgent: async () => seat.agent })
    .then(({ secrets, ...result }) => {
      redactor.add(...secrets);
      ended = result;
    })
    .catch((error: unknown) => {
      ended = bug(error, redactor);
    })
    .finally(changed);
  const idle = idleTimer(() => interrupt.abort());
  void work.then(idle.stop);
  return {
    connector: basename(run.directory),
    about,
    told: undefined,
    doing: () => doing(progress),
    turn: seat.turn,
    ended: () => ended,
    stopping: () => interrupt.signal.aborted,
    touch: idle.touch,
    waitFor: createCalls(),
    settled: ({ progress: onDoing, ...call }) => {
      const isSettled = () => ended !== undefined || seat.turn() !== undefined;
      return waitFor(changes, { isSettled, ...call, onProgress: () => onDoing(doing(progress)) });
    },
    stop: async () => {
      interrupt.abort();
      await work;
    },
  };
}

/** Calls that go on after their client stopped waiting, by their keys; a result is kept until it has been given. */
function createCalls(): ConnectorRun["waitFor"] {
  const pending = new Map<string, Promise<CallAnswer>>();
  const oneByOne = pLimit(1);
  return async ({ key, name, alone, signal, answerBy, progress }, work) => {
    const begun = () => (alone ? oneByOne(() => work(signal)) : work(signal));
    const going = pending.get(key) ?? begun();
    pending.set(key, going);
    const started = Date.now();
    const ticking = setInterval(() => progress(`${name}, ${Math.round((Date.now() - started) / 1000)} s`), TICK_MS);
    const late = new Promise<undefined>((resolve) => {
      if (answerBy.aborted) resolve(undefined);
      answerBy.addEventListener("abort", () => resolve(undefined), { once: true });
    });
    try {
      const answer = await Promise.race([going, late]);
      if (answer !== undefined || signal.aborted) pending.delete(key);
      return answer ?? stillRunning(name);
    } catch (error) {
      pending.delete(key);
      throw error;
    } finally {
      clearInterval(ticking);
    }
  };
}

function stillRunning(name: string): CallAnswer {
  const text = `${name} is still running. Make the same call again: it waits on, and gives the result.`;
  return { text, ok: true, finished: false };
}

function doing({ step, text, since }: { step: Work | undefined; text: string; since: number }): string {
  const seconds = Math.round((Date.now() - since) / 1000);
  return [step, `${seconds} s`, text].filter(Boolean).join(", ");
}

interface Settling extends Pick<Waiting, "signal" | "answerBy"> {
  isSettled: () => boolean;
  onProgress: () => void;
}

async function waitFor(changes: EventTarget, { isSettled, signal, answerBy, onProgress }: Settling): Promise<void> {
  const over = new AbortController();
  const until = AbortSignal.any([signal, answerBy]);
  changes.addEventListener("progress", onProgress, { signal: over.signal });
  try {
    await new Promise<void>((resolve) => {
      const look = () => {
        if (isSettled() || until.aborted) resolve();
      };
      changes.addEventListener("change", look, { signal: over.signal });
      until.addEventListener("abort", look, { signal: over.signal });
      look();
    });
  } finally {
    over.abort();
  }
}

/** An error that is nobody's but ours: named, without its stack. */
function bug(error: unknown, redactor: Redactor): BuildResult {
  const message = error instanceof Error ? error.message : String(error);
  const summary = redactor.redact(`This is a bug of Syncsmith's: ${message.split("\n")[0]}`);
  return { outcome: "error", summary, report: undefined, page: "" };
}

function idleTimer(onIdle: () => void) {
  let timer = setTimeout(onIdle, IDLE_MS).unref();
  return {
    touch: () => {
      clearTimeout(timer);
      timer = setTimeout(onIdle, IDLE_MS).unref();
    },
    stop: () => clearTimeout(timer),
  };
}
