/** What a platform says of the syncs of a connection, and how one is started. */

export interface WatchRequest {
  connectionId: string;
  /** Syncs that ended before it are of other code. */
  since: Date;
  environment: Readonly<Record<string, string | undefined>>;
  now: () => Date;
  signal: AbortSignal;
  /** Longest wait for a sync that runs, or was started. */
  seconds: number;
  /** Values that must not be shown from now on. */
  conceal: (...values: string[]) => void;
  onProgress: (text: string) => void;
  /** One that was started before and waited for in vain. */
  started?: StartedSync | undefined;
  /** A person's yes to starting one, where none has ended. Undefined: nobody can be asked, and nothing is started. */
  agree?: ((starting: Starting) => Promise<boolean>) | undefined;
  /** Called as soon as one was started: whoever is interrupted after that waits on, and starts no second one. */
  onStarted?: (sync: StartedSync) => Promise<void>;
  /** For tests: how waits pass. */
  wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** What starting a sync comes to, for a person to agree to. */
export interface Starting {
  question: string;
  lines: string[];
}

export interface StartedSync {
  connection_id: string;
  /** When the last sync before it had ended, by the platform's clock; 0 for none. Milliseconds. */
  ended_before: number;
}

export interface SyncsSeen {
  /** `none`: no sync ended since, and none is running or it runs on. */
  outcome: "succeeded" | "failed" | "rescheduled" | "paused" | "none";
  /** Still running when the wait was over. */
  running: boolean;
  /** For people, as clauses. */
  words: string[];
  /** What the platform has of it; absent where that was not asked. */
  standing?: Standing;
}

/** Each is undefined where the platform has none yet, or does not say. */
export interface Standing {
  /** Keys of the saved state. Their values are nobody's business here. */
  state: string[] | undefined;
  /** Tables in the destination's names, and whether they are synced. */
  tables: { name: string; synced: boolean }[] | undefined;
  /** The tables are those of a schema of another name, the only one there is. */
  guessed?: true;
  /** Why something could not be read, as clauses. */
  unread: string[];
}
