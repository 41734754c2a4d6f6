/** What a tool of the server is given besides its input, and what it answers. */
import type { InputRequiredResult } from "@modelcontextprotocol/server";
import type { z } from "zod";
import type { Effect } from "../../agent/tool.ts";

/** A form that the host may show to the person. Flat, as the protocol wants it. */
export interface Form {
  message: string;
  fields: Readonly<Record<string, Field>>;
  required: readonly string[];
}

export type Field =
  | { type: "string"; title: string; description?: string; enum?: string[] }
  | { type: "boolean"; title: string; description?: string };

/** `unasked`: not yet. `impossible`: the host shows no forms. */
export type Asked =
  | { state: "unasked" | "declined" | "impossible" }
  | { state: "answered"; values: Record<string, unknown> };

/** A call, from the side of the tool that answers it. */
export interface ToolCall {
  /** Aborted when the client cancels or is gone. */
  signal: AbortSignal;
  /** Aborted when the client must have an answer: what is not done by then goes on, and is asked for again. */
  answerBy: AbortSignal;
  /** Told to the client, if it wants to hear of progress. */
  progress(text: string): void;
  /** The person's answer to the form of this key. */
  asked(key: string): Asked;
  /** What to return to have the form shown: the tool is then called anew, with the answer. */
  ask(key: string, form: Form): InputRequiredResult;
}

export interface Said {
  /** For the host's model. */
  text: string;
  /** The same for programs; checked against the tool's `output`. */
  structured?: Record<string, unknown>;
}

export interface OwnTool<Input = unknown> {
  name: string;
  title: string;
  description: string;
  input: z.ZodType<Input>;
  output?: z.ZodType;
  effect: Effect;
  /** Throws `ToolError` or `UserError` for what the model or the person must mend. */
  run(input: Input, call: ToolCall): Promise<Said | InputRequiredResult>;
}

export function defineOwnTool<Input>(tool: OwnTool<Input>): OwnTool {
  return tool as unknown as OwnTool;
}

export function isSaid(result: Said | InputRequiredResult): result is Said {
  return "text" in result;
}
