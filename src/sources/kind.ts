/**
 * What a kind of source offers to the rest of the house: a draft of the blueprint, and a stand-in for the source.
 * A kind knows nothing of targets: they meet in the blueprint.
 */
import type { Blueprint, Kind, Source } from "../artifacts/blueprint.ts";
import type { Evidence } from "../artifacts/evidence.ts";
import type { Requirements } from "../artifacts/requirements.ts";
import type { ClientPart } from "../python/client-part.ts";
import type { Http } from "../system/http.ts";

export type Json = null | boolean | number | bigint | string | Json[] | { [key: string]: Json };
/**
 * A record as the source serves it. `bigint` stands for integers beyond 2^53, which JSON carries as plain digits; so it
 * does values of `decimal` columns, which are the text of their digits here.
 */
export type Record_ = { [column: string]: Json };

export interface Description {
  blueprint: Blueprint;
  /** In the order of their ids. */
  evidence: Evidence[];
  /** Pages and descriptions that evidence points at: hash -> text. Stored as `pages/<hash>`. */
  pages: Map<string, string>;
}

export interface DescribeContext {
  http: Http;
  /** Directory that relative `docs` paths are resolved against. */
  baseDirectory: string;
  now: () => Date;
  signal: AbortSignal;
  /** Values per configuration key, as far as the spec gives them: for a source that describes itself to who may read it. */
  configuration?: Readonly<Record<string, string>>;
  /** Taken to every text that is read, before anything else is done with it. */
  redact?: (text: string) => string;
}

/** What a machine-readable description offers, before anything is drafted from it. */
export interface DescriptionOutline {
  /** In words: `an OpenAPI description`. */
  format: string;
  /** How it counts as evidence. */
  kind: "api-description" | "introspection";
  title: string;
  /** As it is shown and stored: credentials in its query masked. */
  address: string;
  /** What is stored and quoted from; without secrets where the format is known to hold them. */
  text: string;
  /** Whether `describe` can draft tables from it. */
  drafted: boolean;
  /** What reads data first. */
  entries: OutlineEntry[];
}

export interface OutlineEntry {
  /** `GET /orders`, `Query.orders`. */
  name: string;
  /** In words; may be empty. */
  summary: string;
  /** What is known of it as a list: `list at data; pages by cursor`. May be empty. */
  facts: string;
  /** Lines on its parameters and its answer, or its fields. */
  detail(): string[];
}

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

/** What a suite that a connector ships with has of its source. */
export interface KeptParts {
  blueprint: Blueprint;
  /** What does not say where the data is, in the place of secrets a mask. */
  configuration: Readonly<Record<string, string>>;
  files: readonly KeptFile[];
  /** Far more than any sync in the tests takes; 0 where requests are not counted. */
  max_requests: number;
}

export interface DriverTape {
  /** Path of the Python file. */
  path: string;
  /** Name of the driver's module. */
  driver: string;
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

export interface LiveOptions {
  /** Values per configuration key, secrets included. */
  configuration: Record<string, string>;
  signal: AbortSignal;
}

/** One read-only look at the real source. */
export interface Look {
  method: "GET" | "HEAD";
  /** Relative to the base address, starting with `/`, or absolute on the source's own host; may carry a query. */
  path: string;
  params: Record<string, string>;
  /** `given`: the spec's. `wrong`: of the same form, with values that cannot be right. */
  credentials: "given" | "none" | "wrong";
}

/** What came of a look. No secret is in any of it. */
export interface Exchange {
  method: string;
  /** Absolute address, credentials in the query masked. */
  address: string;
  status: number;
  /** Names in lower case; those that carry credentials or cookies masked. */
  headers: Record<string, string>;
  /** The body's text, at most 256 KiB of it. */
  body: string;
  /** Whether there was more. */
  cut: boolean;
  /**
   * Parsed exactly (integers beyond 2^53 as bigint), all of it, also where `body` was cut; undefined when the body is no
   * JSON, or beyond 16 MiB.
   */
  json: Json | undefined;
  milliseconds: number;
}

/** What the real source says to one question about the blueprint. */
export interface ProbeFinding {
  /** Claim key that the question is about, see `claimKey`. */
  key: string;
  /** `Does page 2 differ from page 1?` */
  question: string;
  /** `silent`: the source was asked, but its answer decides nothing. */
  verdict: "confirms" | "refutes" | "silent";
  /** What was seen, one sentence with its figures. */
  says: string;
  /** What was sent and what came back. */
  exchanges: Exchange[];
  /** For `refutes`: what the blueprint should say instead, in words; absent when that is not clear. */
  instead?: string;
  /**
   * The blueprint with the field set as the source says, where that can be read off the answer; corrections of earlier
   * findings are in it, too. Never there for a field of which something else is refuted without a correction.
   */
  corrected?: Blueprint;
}

export interface ProbeOptions extends LiveOptions {
  onProgress: (text: string) => void;
  /** Only questions about these tables; default all. */
  tables?: readonly string[];
}

/** What a source says of how many rows a table has, by another way than giving them. */
export interface IndependentCount {
  /** How it was asked, as a noun: `count(*)`, `totalCount of orders`. */
  route: string;
  rows: number;
  /** Rows up to some values of a column of whole numbers, those included; `from` is the lowest there is. */
  parts?: readonly { column: string; from: string; upTo: string; rows: number }[];
}

export interface SourceKind {
  kind: Kind;
  /**
   * The part of a connector that talks to the source: Python in no target's terms, the same for every target. Throws
   * `UserError` for a blueprint that no connector can be written for.
   */
  client(blueprint: Blueprint, options: { single: boolean }): Promise<ClientPart>;
  /** Why tests that a connector ships with cannot have this source in them, as a clause; undefined where they can. */
  keeps(blueprint: Blueprint): string | undefined;
  /**
   * Only of kinds whose sources are kept other than as answers by HTTP: Python for such tests, with a class `Source(part)`, a
   * context manager with the attribute `configuration`: the source as it was at the part `first`, or `second`. Where requests
   * are counted, it offers what the one that answers by HTTP does (`proof/contract/templates/source.py`). Not formatted yet.
   */
  keptModule?(kept: KeptParts): string;
  /**
   * The Python that writes down what a driver answers, where that is what is kept: a module with a class `Tape`, which is put
   * under the driver as soon as it is made. Undefined where the source is kept otherwise.
   */
  tape?(blueprint: Blueprint): DriverTape | undefined;
  /** Changes when the templates of the client part do: generated code is stale then. */
  templatesHash(): Promise<string>;
  /** Drafts the blueprint from what the source says of itself and the spec states. Throws `UserError`. */
  describe(requirements: Requirements, context: DescribeContext): Promise<Description>;
  /**
   * Reads one description: an address, or a path relative to the base directory. Undefined for a page of prose. Throws
   * `UserError` when it cannot be read, or is malformed or unknown.
   */
  outline(address: string, context: DescribeContext): Promise<DescriptionOutline | undefined>;
  /** Configuration key -> reference (or plain text, for what is no secret) that the spec gives for it. */
  credentials(requirements: Requirements): Record<string, string>;
  /** The source with configuration keys in the place of credentials, and the keys that the configuration then has. */
  complete(source: Source): Pick<Blueprint, "source" | "configuration">;
  /**
   * Serves the blueprint on loopback from a corpus made from `seed`. With the same `now` (default: the time it is) two
   * stand-ins are the same to the last value.
   */
  simulate(blueprint: Blueprint, options: SimulateOptions): Promise<Simulator>;
  /**
   * Only of kinds that speak HTTP. Sends one request. Throws `UserError` when the source cannot be reached, gives no token, or the address is on another
   * host than the source's.
   */
  look?(source: Source, look: Look, options: LiveOptions): Promise<Exchange>;
  /** Holds a blueprint against the real source, question by question, in a bounded number of read-only requests. */
  probe(blueprint: Blueprint, options: ProbeOptions): AsyncIterable<ProbeFinding>;
  /** Asks the real source for one page of its first table. Undefined when it answers, else why it does not. */
  reach(blueprint: Blueprint, options: LiveOptions): Promise<string | undefined>;
  /**
   * Reads a table of the real source whole, by a route that shares no code with any connector. Throws `UserError` when the
   * source cannot be read so: also when it speaks of more than it gives, or does not keep the order that is stated.
   */
  read(blueprint: Blueprint, table: string, options: LiveOptions): AsyncIterable<Record_>;
  /**
   * How many rows a complete sync has of a table, by another way than reading it, in few requests. Undefined where the
   * source does not tell. Throws `UserError` when it cannot be asked.
   */
  count?(blueprint: Blueprint, table: string, options: LiveOptions): Promise<IndependentCount | undefined>;
}
