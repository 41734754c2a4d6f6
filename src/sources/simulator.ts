/** What the stand-in of a source can do, whatever kind it is of: serve, change, fail, and know the truth. */
import type { Record_ } from "./record.ts";

/** One request as the stand-in or the gateway saw it. */
export interface SeenRequest {
  /** Milliseconds since the server started. */
  at: number;
  method: string;
  path: string;
  query: [string, string][];
  status: number;
  /** Table the request was for; undefined for logins, tokens and unknown paths. */
  table?: string;
  /** Records in the answer. */
  records: number;
}

/** A change to make at the stand-in between two syncs, in words the checks use. */
export type Change =
  /** New rows later than all others on the cursor (or simply new, without one). */
  | { kind: "insert"; table: string; count: number }
  /** Existing rows change a value and move to a later cursor value. */
  | { kind: "update"; table: string; count: number }
  /** New rows exactly on the highest cursor value there is. */
  | { kind: "tie"; table: string; count: number }
  /** New rows earlier than the highest cursor value, within the lookback. */
  | { kind: "late"; table: string; count: number }
  /**
   * New rows whose time on the cursor is still to come, in every zone on earth. Whatever changes after them bears the
   * present time. None where the cursor is no time, or ends each range that is asked for with the present.
   */
  | { kind: "ahead"; table: string; count: number }
  | { kind: "delete"; table: string; count: number };

/**
 * A form that nobody announced: a field more, a field less, no value where there always was one, a number or truth value
 * as text, an object where there was none, text beyond ASCII, an integer beyond 2^53, a decimal with nine digits.
 */
export const DRIFTS = [
  "new-field",
  "absent-field",
  "null",
  "changed-type",
  "nested",
  "unicode",
  "big-integer",
  "decimal",
] as const;

export type Drift = (typeof DRIFTS)[number];

/** A disturbance that a source of some kind can have, made at the door of its stand-in. */
export interface Fault {
  /** Short and stable: `429-seconds`, `reset-in-body`. */
  id: string;
  /** What happens, as a clause: `the source answers 429 with Retry-After: 7`. */
  says: string;
  /**
   * What a connector owes. `rows`: the sync succeeds and brings every row. `rows-or-failure`: it does, or it fails and says
   * what happened, and the next sync brings every row.
   */
  owes: "rows" | "rows-or-failure";
  /** Seconds for which the source asks to be left alone. */
  wait?: number;
  /** Requests that one strike may cost besides the ones of a clean sync. */
  extra: number;
  /** It is about a page: who looks at the one before again, to be sure, may ask for the children of its rows again. */
  page?: true;
  /** The source falls silent: the connector's own limits on waiting are what ends it. */
  silent?: true;
  /** From the first strike on it does not end by itself; all of it counts as one strike. */
  lasting?: true;
  /** Strikes these requests, counted from 0 among those that come from now on. */
  arm(requests: readonly number[]): ArmedFault;
}

export interface ArmedFault {
  /** How often it struck so far. */
  struck(): number;
  disarm(): void;
}

/** A file of the data that a stand-in has, as text. */
export interface KeptFile {
  /** A plain name. */
  path: string;
  content: string;
}

/** A running stand-in for a source. It knows the truth. */
export interface Simulator {
  baseUrl: string;
  /**
   * Whether `baseUrl` is an address that a proxy can stand before: the connector is then given the proxy's as `base_url`.
   * A database or a folder has none, and counts what it is asked by itself.
   */
  proxied: boolean;
  /**
   * Only where it is not `proxied` and yet speaks HTTP, as a bucket and a web server do: the configuration key whose address
   * leads there. Its requests can be recorded on their way.
   */
  addressKey?: string;
  /** A value for each configuration key, base address included. */
  configuration: Record<string, string>;
  /** Rows that a complete sync must have in the destination now, parents' columns included. */
  truth(table: string): Record_[];
  /** Keys (as rows of key columns) that were deleted at the source since it started. */
  deleted(table: string): Record_[];
  /** Makes the change; returns the rows it touched, as they are now (for `delete`: as they were). */
  change(change: Change): Record_[];
  /** All requests so far, in order. */
  requests: readonly SeenRequest[];
  /** From now on requests for this table get this status; undefined ends it. */
  deny(table: string, status: number | undefined): void;
  /** Faults of this kind of source that the proxy before a web source cannot make. */
  faults?: readonly Fault[];
  /**
   * From now on called before each request for rows is answered: changes that it makes show in that answer and in the ones
   * after it. Undefined ends it. Absent where a sync sees one state of the source only.
   */
  meanwhile?(hook: ((request: { table?: string }) => void) | undefined): void;
  /**
   * Only where things are read at one state or not at all, as files are: whether words say that one of them changed while
   * it was read, and name it. A sync may end with them, and leave the thing to the next one.
   */
  saysChanged?(words: string): boolean;
  /**
   * Up to so many existing rows advance on the cursor and come in another form than before; returns them as they are now.
   * Each has it in another column than the row before, as far as there are several. With a count of 0 those that this drift
   * has changed so far take their former form again, and advance once more.
   * Rows that a source never updates stay where they are; of these only such drift as were inserted after the start.
   * Empty where the table has no column for it. Absent where the source's schema allows no such thing.
   */
  drift?(drift: Drift, table: string, count: number): Record_[];
  /** The same for one row that drifted, given as it was returned. Absent where rows drift together only, as those of a file. */
  restore?(table: string, row: Record_): void;
  /**
   * What the source has that it did not have at the last call, as files that `SourceKind.keptModule` can make it of again;
   * their names begin with `part`. Only where the data can be had without a server.
   */
  keep?(part: string): KeptFile[];
  /** Every token that was given out so far is refused from now on. Only where the source gives tokens out. */
  expireTokens?(): void;
  close(): Promise<void>;
}

export interface SimulateOptions {
  seed: number;
  port?: number;
  /** The stand-in's clock at its start. */
  now?: Date;
  /** So many times the rows, default 1. */
  scale?: number;
}
