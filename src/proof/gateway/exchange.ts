/** What passes through the gateway, and what may be done to it on its way. */

/** One request and its answer, secrets scrubbed. */
export interface Exchange {
  /** Milliseconds from the start of the gateway to the arrival of the request. */
  at: number;
  method: string;
  /** As sent, percent-encoded, without the query. */
  path: string;
  /** Decoded, in order. */
  query: [string, string][];
  /** What the connector got; 0 until then, and when it got nothing. */
  status: number;
  /** Of the answer's body, as sent to the connector. */
  bytes: number;
  /** Until the answer's last byte. */
  milliseconds: number;
  /** What `label` says of the path. */
  label?: string;
  /** Records in the answer, where `records` names their place and the answer is JSON of at most 1 MB. */
  records?: number;
  /** Why the answer is not the source's, or not the whole of it. */
  error?: string;
}

/**
 * What to do with a request instead of passing it on as it is. `answer` never reaches the source; `pass` does, at
 * `target` (path and query) and with `body` where those are given, and its answer can be edited. Either can be held back,
 * slowed down and cut short.
 */
export type Interception = (
  | { kind: "answer"; status: number; headers?: Record<string, string>; body?: string | Uint8Array }
  | { kind: "pass"; target?: string; body?: string; edit?: (answer: WholeAnswer) => WholeAnswer }
) & {
  /** Milliseconds to wait first. */
  delay?: number;
  /** The body goes out in so many pieces, with milliseconds between them. */
  drip?: { pieces: number; pause: number };
  /**
   * Ends the answer after so many bytes of its body: `reset` breaks the connection, `end` ends it as if it were whole
   * (the length is then not announced).
   */
  cut?: { after: number; how: "reset" | "end" };
};

/** An answer with the whole of its body, unpacked. Names of headers are in lower case. */
export interface WholeAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}
