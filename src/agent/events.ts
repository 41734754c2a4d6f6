/** What an agent loop says while it works. Texts are redacted by whoever passes them on. */
import type { Usage } from "./model.ts";

export type AgentEvent =
  /** A request goes out. */
  | { type: "turn-started"; turn: number }
  /** Text as it arrives. Shown, never stored: `text` carries the whole. */
  | { type: "text-delta"; text: string }
  | { type: "text"; text: string }
  /** The endpoint did not answer well and is asked again. */
  | { type: "retry"; why: string }
  | { type: "tool-called"; call: string; tool: string; text: string }
  | { type: "tool-returned"; call: string; tool: string; ok: boolean; text: string; milliseconds: number }
  /** `usd` is null when the model has no known price. */
  | { type: "turn-ended"; turn: number; usage: Usage; usd: number | null }
  /** Old results were taken out of the context, to make room. */
  | { type: "cleared"; results: number; tokens: number };

export type AgentEmit = (event: AgentEvent) => void;
