/**
 * What a kind of source offers to the rest of the house: a draft of the blueprint, and a stand-in for the source.
 * A kind knows nothing of targets: they meet in the blueprint.
 */
import type { Blueprint } from "../artifacts/blueprint.ts";
import type { Evidence } from "../artifacts/evidence.ts";
import type { Requirements } from "../artifacts/requirements.ts";
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

export interface SourceKind {
  kind: "rest";
  /** Drafts the blueprint from what the source says of itself and the spec states. Throws `UserError`. */
  describe(requirements: Requirements, context: DescribeContext): Promise<Description>;
  /** Configuration key -> reference (or plain text, for what is no secret) that the spec gives for it. */
  credentials(requirements: Requirements): Record<string, string>;
  /** Serves the blueprint on loopback from a corpus made from `seed`. */
  simulate(blueprint: Blueprint, options: { seed: number; port?: number }): Promise<Simulator>;
  /** Asks the real source for one page of its first table. Undefined when it answers, else why it does not. */
  reach(blueprint: Blueprint, options: LiveOptions): Promise<string | undefined>;
  /** Reads a table of the real source whole, by a route that shares no code with any connector. */
  read(blueprint: Blueprint, table: string, options: LiveOptions): AsyncIterable<Record_>;
}
