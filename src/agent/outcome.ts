/** How a conversation ended. Limits, refusals and aborts are values, not errors. */

export type LimitName = "turns" | "tokens" | "usd" | "minutes";

export type AgentOutcome =
  /** The gate was passed. */
  | { kind: "done" }
  /** The model ended its turn: in a chat the person's turn; in a step it stopped without passing the gate. */
  | { kind: "stopped"; text: string }
  | { kind: "limit"; limit: LimitName; text: string }
  /** The model declined. */
  | { kind: "refused"; text: string }
  /** The reply or the context was cut; nothing of the cut reply was run. */
  | { kind: "truncated"; text: string }
  /** The same call again and again. */
  | { kind: "stuck"; text: string }
  /** No reply could be had. */
  | { kind: "unavailable"; text: string; credentials: boolean }
  | { kind: "aborted" };
