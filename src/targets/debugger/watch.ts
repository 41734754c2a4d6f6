/** Watches over the time a sync takes, and holds the one failure it ends with. */

/** Why a sync failed, in one sentence for people. */
export class SyncFailure extends Error {
  override readonly name = "SyncFailure";
}

export interface Watch {
  /** A sign of life came. */
  alive(): void;
  /** The connector said that it will be silent for so long. */
  expectPause(seconds: number): void;
  /** The connector said why it ends: it is not waited for much longer, should its last answer get lost. */
  expectEnd(reason: string): void;
  /** Work of ours: its time is not the connector's silence. */
  pausing<T>(work: () => Promise<T>): Promise<T>;
  /** The promise, or the failure if that comes first. */
  race<T>(promise: Promise<T>): Promise<T>;
  /** The first failure counts. */
  fail(reason: string): void;
  failure(): SyncFailure | undefined;
  throwIfFailed(): void;
  /** Calls back once, on failure. Returns a function that ends it. */
  onFailure(listener: () => void): () => void;
  stop(): void;
}

const CHECK_MILLISECONDS = 100;
const END_SECONDS = 2;

export function createWatch(options: {
  idleSeconds: number;
  totalSeconds: number;
  signal: AbortSignal | undefined;
}): Watch {
  const { idleSeconds, totalSeconds, signal } = options;
  const started = Date.now();
  let silence = { seconds: idleSeconds, reason: `the connector was silent for ${idleSeconds} seconds and was stopped` };
  let quietUntil = started + idleSeconds * 1000;
  let working = false;
  let failed: SyncFailure | undefined;
  const listeners = new Set<() => void>();

  const fail = (reason: string): void => {
    if (failed !== undefined) return;
    failed = new SyncFailure(reason);
    for (const listener of [...listeners]) listener();
  };
  const alive = (): void => {
    quietUntil = Math.max(quietUntil, Date.now() + silence.seconds * 1000);
  };
  const timer = setInterval(() => {
    const now = Date.now();
    if (now - started > totalSeconds * 1000) fail(`the sync took more than ${totalSeconds} seconds and was stopped`);
    else if (!working && now > quietUntil) fail(silence.reason);
  }, CHECK_MILLISECONDS);
  const onAbort = (): void => fail("the sync was aborted");
  signal?.addEventListener("abort", onAbort, { once: true });
  const onFailure = (listener: () => void): (() => void) => {
    if (failed !== undefined) listener();
    else listeners.add(listener);
    return () => listeners.delete(listener);
  };

  return {
    alive,
    expectPause: (seconds) => {
      quietUntil = Math.max(quietUntil, Date.now() + (seconds + idleSeconds) * 1000);
    },
    expectEnd: (reason) => {
      silence = { seconds: END_SECONDS, reason };
      quietUntil = Date.now() + END_SECONDS * 1000;
    },
    pausing: async (work) => {
      if (failed !== undefined) throw failed;
      working = true;
      try {
        return await work();
      } finally {
        working = false;
        alive();
      }
    },
    race: async (promise) => {
      let release = (): unknown => undefined;
      const failing = new Promise<never>((_, reject) => {
        release = onFailure(() => reject(failed));
      });
      try {
        return await Promise.race([promise, failing]);
      } finally {
        release();
      }
    },
    fail,
    failure: () => failed,
    throwIfFailed: () => {
      if (failed !== undefined) throw failed;
    },
    onFailure,
    stop: () => {
      clearInterval(timer);
      signal?.removeEventListener("abort", onAbort);
    },
  };
}
