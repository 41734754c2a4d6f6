/** A request as the stand-in's parts see it, and their answers. */
import type { IncomingHttpHeaders } from "node:http";
import type { Exact } from "./exact.ts";

export interface Asked {
  method: string;
  /** As sent, still percent-encoded, without the query. */
  path: string;
  query: [string, string][];
  headers: IncomingHttpHeaders;
  body: string;
  /** Scheme and authority the client used, for addresses in answers. */
  origin: string;
}

export interface Answer {
  status: number;
  body: Exact;
  headers?: Record<string, string>;
  /** Table the request was for. */
  table?: string;
  records?: number;
  /** How the request goes on record, where its address does not tell what was asked. */
  seen?: { path: string; query: [string, string][] };
}

/** A request that gets an error's status. It is an answer that was found deep down, not a failure of the server. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  /** A word for programs: `unknown_parameter`. */
  readonly code: string;
  readonly headers: Record<string, string>;

  constructor(status: number, problem: { code: string; message: string; headers?: Record<string, string> }) {
    super(problem.message);
    this.status = status;
    this.code = problem.code;
    this.headers = problem.headers ?? {};
  }
}

export function refusalAnswer(refusal: Refusal): Answer {
  return {
    status: refusal.status,
    headers: refusal.headers,
    body: { error: refusal.code, message: refusal.message },
  };
}

/** Throws `Refusal` for a parameter that was sent twice with different values. */
export function queryMap(query: readonly [string, string][]): Map<string, string> {
  const map = new Map<string, string>();
  for (const [name, value] of query) {
    if (map.has(name) && map.get(name) !== value) {
      throw new Refusal(400, {
        code: "repeated_parameter",
        message: `The parameter ${name} was sent with two values.`,
      });
    }
    map.set(name, value);
  }
  return map;
}
