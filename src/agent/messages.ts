/** Reading and rewriting messages: which calls a message makes, what is redacted, what is cleared, how much it weighs. */
import type { ToolResultBlockParam, ToolUseBlock } from "@anthropic-ai/sdk/resources/messages";
import type { ContentBlock, MessageParam } from "./model.ts";

type Block = Exclude<MessageParam["content"], string>[number];

/** A rough figure: four characters are a token. */
const CHARACTERS_PER_TOKEN = 4;

export function blocksOf(message: MessageParam): readonly Block[] {
  return typeof message.content === "string" ? [{ type: "text", text: message.content }] : message.content;
}

/** A person's or the program's words to the model. */
export function textMessage(text: string): MessageParam {
  return { role: "user", content: [{ type: "text", text }] };
}

export interface Call {
  id: string;
  name: string;
  input: unknown;
}

/** The calls a message makes, in the model's order. */
export function callsOf(message: MessageParam | undefined): Call[] {
  if (message?.role !== "assistant") return [];
  return blocksOf(message).flatMap((block) =>
    block.type === "tool_use" ? [{ id: block.id, name: block.name, input: block.input }] : [],
  );
}

export function isCall(block: ContentBlock): block is ToolUseBlock {
  return block.type === "tool_use";
}

/** Text as a person reads it. */
export function textOf(content: readonly ContentBlock[]): string {
  return content.flatMap((block) => (block.type === "text" && block.text !== "" ? [block.text] : [])).join("\n\n");
}

/** The message with each text in it redacted. Thinking is left as it is: it is signed, and was written without knowing any secret. */
export function redactMessage(message: MessageParam, redact: (text: string) => string): MessageParam {
  return { ...message, content: blocksOf(message).map((block) => redactBlock(block, redact)) } as MessageParam;
}

function redactBlock(block: Block, redact: (text: string) => string): Block {
  switch (block.type) {
    case "text":
      return { ...block, text: redact(block.text) };
    case "tool_use":
      return { ...block, input: redactValue(block.input, redact) };
    case "tool_result":
      return { ...block, content: redact(resultText(block)) };
    default:
      return block;
  }
}

function redactValue(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((item) => redactValue(item, redact));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [redact(key), redactValue(item, redact)]));
}

/** Text of a result; this house's results are text and nothing else. */
export function resultText({ content = "" }: ToolResultBlockParam): string {
  if (typeof content === "string") return content;
  return content.map((part) => (part.type === "text" ? part.text : "")).join("\n");
}

/** Tokens of a message, roughly. */
export function weightOf(message: MessageParam): number {
  const characters = blocksOf(message).reduce((sum, block) => sum + charactersOf(block), 0);
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}

function charactersOf(block: Block): number {
  switch (block.type) {
    case "text":
      return block.text.length;
    case "tool_result":
      return resultText(block).length;
    default:
      return JSON.stringify(block).length;
  }
}
