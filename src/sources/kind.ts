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
  | { kind: "delete"; table: string; count: number };

/** A running stand-in for a source. It knows the truth. */
export interface Simulator {
  baseUrl: string;
  /**
   * Whether `baseUrl` is an address that a proxy can stand before: the connector is then given the proxy's as `base_url`.
   * A database or a folder has none, and counts what it is asked by itself.
   */
  proxied: boolean;
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
  close(): Promise<void>;
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

export interface SourceKind {
  kind: Kind;
  /**
   * The part of a connector that talks to the source: Python in no target's terms, the same for every target. Throws
   * `UserError` for a blueprint that no connector can be written for.
   */
  client(blueprint: Blueprint, options: { single: boolean }): Promise<ClientPart>;
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
  simulate(blueprint: Blueprint, options: { seed: number; port?: number; now?: Date }): Promise<Simulator>;
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
}
