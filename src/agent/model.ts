/**
 * A model is a function, so that the API, a recording and a script are interchangeable. Messages are those of Anthropic's
 * Messages API; every block of a reply goes back unchanged in the next request (thinking blocks are signed).
 */
import type { ContentBlock, MessageParam, Tool as ToolDefinition } from "@anthropic-ai/sdk/resources/messages";

export type { ContentBlock, MessageParam, ToolDefinition };

export interface ModelRequest {
  /** Byte-stable within a conversation, so that the cache holds. */
  system: string;
  /** Byte-stable within a conversation. */
  tools: readonly ToolDefinition[];
  messages: readonly MessageParam[];
  maxTokens: number;
}

/** Tokens of one reply. The three kinds of input do not overlap. */
export interface Usage {
  /** Input neither read from the cache nor written to it. */
  input: number;
  cacheRead: number;
  cacheWrite: number;
  output: number;
}

export interface Reply {
  content: ContentBlock[];
  /** As the API names it: `end_turn`, `tool_use`, `max_tokens`, `refusal`, …; null when the endpoint gave none. */
  stopReason: string | null;
  usage: Usage;
  /** Ids of calls whose input did not arrive as whole JSON, whatever it looks like: they must not run. */
  unreadable?: readonly string[];
  /** Why the model declined, in the endpoint's words. */
  refusal?: string;
}

export interface ModelOptions {
  signal: AbortSignal;
  /** Text as it arrives; not redacted yet. Called again from the start after `onRetry`. */
  onText: (delta: string) => void;
  /** The attempt failed and the same request goes out again; what `onText` gave is void. */
  onRetry: (why: string) => void;
}

/** Throws `ModelError` when no reply can be had, the signal's reason when aborted. */
export type Model = (request: ModelRequest, options: ModelOptions) => Promise<Reply>;

/** The endpoint gave no reply after all retries. An outcome for the run, not a bug. */
export class ModelError extends Error {
  override readonly name = "ModelError";
  /** `credentials`: the key is missing or refused; a person must act. `request`: the endpoint refuses what was sent. */
  readonly kind: "credentials" | "request" | "unavailable";

  constructor(message: string, kind: ModelError["kind"], options: { cause?: unknown } = {}) {
    super(message, options);
    this.kind = kind;
  }
}
