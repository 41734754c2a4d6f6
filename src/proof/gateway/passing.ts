/** A request on its way through the gateway, and whoever answers it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Exchange } from "./exchange.ts";
import type { RawHeaders } from "./headers.ts";
import type { Tape } from "./recorder.ts";

export interface Passing {
  request: IncomingMessage;
  response: ServerResponse;
  exchange: Exchange;
  ask: Ask;
  /** The request's body, where somebody had to look at it; undefined: it is streamed. */
  body: Buffer | undefined;
  /** Where the exchange is recorded. */
  tape: Tape | undefined;
  /** Dotted path of the records in the answer. */
  recordsAt: string | undefined;
  redact: (text: string) => string;
  /** `performance.now()` at the arrival. */
  started: number;
  /** Aborted when the connector's side is closed, whoever closed it. */
  signal: AbortSignal;
}

/** What is sent on: path and query, and a body in place of the one that came. */
export interface Sent {
  target: string;
  body: Buffer | undefined;
}

export interface Head {
  status: number;
  headers: RawHeaders;
}

export interface Answered {
  head: Head;
  body: AsyncIterable<Buffer>;
  /** Called in the end, whether the body was read or not. */
  release(): void;
}

/** Asks the source, or a recording of it. Throws when there is no answer. */
export type Ask = (passing: Passing, sent: Sent) => Promise<Answered>;
