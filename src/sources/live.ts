/** What is asked of the real source, and what it answers. */
import type { Blueprint } from "../artifacts/blueprint.ts";
import type { Json } from "./record.ts";

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
