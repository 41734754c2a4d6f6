/**
 * Room in the context. When the next request would be too long, results of older turns are replaced by a line that says so.
 * Each clearing breaks the cached prefix, so it is done rarely and then in big strides; calls and results stay paired.
 */
import type { ToolResultBlockParam } from "@anthropic-ai/sdk/resources/messages";
import { blocksOf, callsOf, resultText } from "./messages.ts";
import type { MessageParam } from "./model.ts";

export interface ContextLimits {
  /** Tokens of the next request's input at which room is made. */
  threshold: number;
  /** Turns whose results are kept, if that frees enough; fewer are kept if not. */
  keepTurns: number;
}

export const CONTEXT: ContextLimits = { threshold: 100_000, keepTurns: 4 };

/** A clearing that frees less than this share of the threshold is not worth a new prefix. */
const STRIDE = 0.2;
/** Results shorter than this stay: the line in their place would not be much shorter. */
const SHORT = 400;
const CLEARED = "[cleared: ";

/** Ids of the calls whose results are to be cleared; empty while there is room, or when nothing worth it can be freed. */
export function chooseCleared(
  messages: readonly MessageParam[],
  size: number,
  { threshold, keepTurns }: ContextLimits = CONTEXT,
): string[] {
  if (size <= threshold) return [];
  for (let keep = keepTurns; keep >= 1; keep = Math.floor(keep / 2)) {
    const results = clearable(olderThan(messages, keep));
    const freed = results.reduce((sum, block) => sum + resultText(block).length, 0) / 4;
    if (freed >= threshold * STRIDE) return results.map((block) => block.tool_use_id);
  }
  return [];
}

/** The messages with the results of these calls cleared. The same messages and calls always give the same bytes. */
export function clearResults(messages: readonly MessageParam[], calls: ReadonlySet<string>): MessageParam[] {
  const names = new Map(messages.flatMap(callsOf).map(({ id, name }) => [id, name]));
  return messages.map((message) => {
    const blocks = blocksOf(message);
    if (!blocks.some((block) => block.type === "tool_result" && calls.has(block.tool_use_id))) return message;
    const content = blocks.map((block) =>
      block.type === "tool_result" && calls.has(block.tool_use_id)
        ? { ...block, content: placeholder(names.get(block.tool_use_id), resultText(block)) }
        : block,
    );
    return { ...message, content } as MessageParam;
  });
}

function placeholder(tool: string | undefined, text: string): string {
  if (text.startsWith(CLEARED)) return text;
  return `${CLEARED}${text.length} characters of ${tool ?? "a tool"}, to make room; call the tool again if you need it]`;
}

/** Everything before the last `turns` messages of results. */
function olderThan(messages: readonly MessageParam[], turns: number): readonly MessageParam[] {
  const withResults = messages.flatMap((message, index) =>
    blocksOf(message).some(({ type }) => type === "tool_result") ? [index] : [],
  );
  return messages.slice(0, withResults.at(-turns) ?? 0);
}

function clearable(messages: readonly MessageParam[]): ToolResultBlockParam[] {
  return messages
    .flatMap(blocksOf)
    .filter((block) => block.type === "tool_result")
    .filter((block) => resultText(block).length > SHORT && !resultText(block).startsWith(CLEARED));
}
