/** What a platform says of the syncs of a connection. */

export interface WatchRequest {
  connectionId: string;
  /** Syncs that ended before it are of other code. */
  since: Date;
  environment: Readonly<Record<string, string | undefined>>;
  now: () => Date;
  signal: AbortSignal;
  /** Longest wait for a sync that runs. */
  seconds: number;
  /** Values that must not be shown from now on. */
  conceal: (...values: string[]) => void;
  onProgress: (text: string) => void;
  /** For tests: how waits pass. */
  wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

export interface SyncsSeen {
  /** `none`: no sync ended since, and none is running or it runs on. */
  outcome: "succeeded" | "failed" | "rescheduled" | "paused" | "none";
  /** For people, as clauses. */
  words: string[];
}
