/**
 * The model behind an endpoint that speaks the Messages API. The SDK sends, streams and repeats what got no reply at all; a
 * reply that broke off is asked for again here, as a whole: nothing of it was run, so that is safe.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { ContentBlock, Message } from "@anthropic-ai/sdk/resources/messages";
import type { MessageStreamParams } from "@anthropic-ai/sdk/resources/messages/messages";
import { type Client, createClient } from "./client.ts";
import type { Environment, Provider } from "./credentials.ts";
import { failureOf } from "./failures.ts";
import { blocksOf } from "./messages.ts";
import type { MessageParam, Model, ModelOptions, ModelRequest, Reply } from "./model.ts";
import { watchAttempts } from "./watch.ts";

export interface AnthropicModelOptions {
  modelId: string;
  /** As `cli.ts` read it. */
  environment: Environment;
  provider?: Provider;
  /** Longest silence in a reply. Default 90. */
  idleSeconds?: number;
  /** Longest wait for a reply to begin. Default 180. */
  headersSeconds?: number;
  /** Before a broken reply is asked for again; doubled each time. Default 1. */
  pauseSeconds?: number;
}

const SDK_RETRIES = 4;
const TURN_RETRIES = 3;
const LONGEST_PAUSE_MS = 120_000;

/** Throws `UserError` when a credential or a package is missing. */
export async function createAnthropicModel(options: AnthropicModelOptions): Promise<Model> {
  const { modelId, environment, provider = "anthropic", headersSeconds = 180, pauseSeconds = 1 } = options;
  const client = await createClient({ environment, provider, retries: SDK_RETRIES, headersMs: headersSeconds * 1000 });
  const idleMs = (options.idleSeconds ?? 90) * 1000;
  return async (request, { signal, onText, onRetry }) => {
    for (let tried = 0; ; tried++) {
      try {
        return await askOnce({ client, idleMs, params: paramsOf(modelId, request) }, { signal, onText, onRetry });
      } catch (error) {
        signal.throwIfAborted();
        const failure = failureOf(error, modelId);
        if (failure === undefined) throw error;
        if (!failure.again || tried >= TURN_RETRIES) throw failure.error;
        onRetry(failure.error.message);
        await sleep(pauseSeconds * 1000 * 2 ** tried, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    }
  };
}

interface Attempt {
  client: Client;
  idleMs: number;
  params: MessageStreamParams;
}

async function askOnce({ client, idleMs, params }: Attempt, { signal, onText, onRetry }: ModelOptions): Promise<Reply> {
  const watch = { idleMs, longestPauseMs: LONGEST_PAUSE_MS, retries: SDK_RETRIES, onRetry };
  const stream = client.messages.stream(params, { signal, middleware: [watchAttempts(watch)] });
  const inputs = new Map<number, string>();
  let texts = 0;
  for await (const event of stream) {
    if (event.type === "content_block_start" && event.content_block.type === "text") {
      // As the blocks are joined when the text is shown whole.
      if (texts > 0) onText("\n\n");
      texts += 1;
      if (event.content_block.text !== "") onText(event.content_block.text);
    }
    if (event.type !== "content_block_delta") continue;
    if (event.delta.type === "text_delta") onText(event.delta.text);
    if (event.delta.type === "input_json_delta") {
      inputs.set(event.index, (inputs.get(event.index) ?? "") + event.delta.partial_json);
    }
  }
  return replyOf(await stream.finalMessage(), inputs);
}

function replyOf({ content, stop_reason, stop_details, usage }: Message, inputs: ReadonlyMap<number, string>): Reply {
  // The SDK completes JSON that was cut, without a word: what came is looked at itself.
  const unreadable = content.flatMap((block, index) =>
    block.type === "tool_use" && !isObject(inputs.get(index)) ? [block.id] : [],
  );
  return {
    content: content as ContentBlock[],
    stopReason: stop_reason,
    usage: {
      input: usage.input_tokens,
      cacheRead: usage.cache_read_input_tokens ?? 0,
      cacheWrite: usage.cache_creation_input_tokens ?? 0,
      output: usage.output_tokens,
    },
    ...(unreadable.length > 0 ? { unreadable } : {}),
    ...(stop_details?.explanation ? { refusal: stop_details.explanation } : {}),
  };
}

/** A call without any input is one with an empty object. */
function isObject(json = ""): boolean {
  if (json === "") return true;
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

const MARK = { cache_control: { type: "ephemeral" } } as const;

/**
 * Four breakpoints, as many as there may be: the tools, the system text, the end of the messages, and the end of the
 * messages as they were a request ago. The last one finds the cache even where a turn made more calls than the endpoint
 * looks back over (20 blocks).
 */
function paramsOf(model: string, { system, tools, messages, maxTokens }: ModelRequest): MessageStreamParams {
  const users = messages.flatMap(({ role }, index) => (role === "user" ? [index] : []));
  const marked = new Set([messages.length - 1, users.at(-2)]);
  return {
    model,
    max_tokens: maxTokens,
    ...(system === "" ? {} : { system: [{ type: "text", text: system, ...MARK }] }),
    ...(tools.length === 0
      ? {}
      : { tools: tools.map((tool, at) => (at === tools.length - 1 ? { ...tool, ...MARK } : tool)) }),
    messages: messages.map((message, index) => asBlocks(message, marked.has(index))),
  };
}

/** The message as blocks, the last that may carry a mark marked if it is to be: thinking may not. */
function asBlocks(message: MessageParam, marked: boolean): MessageParam {
  const blocks = blocksOf(message);
  const last = blocks.findLastIndex(({ type }) => type !== "thinking" && type !== "redacted_thinking");
  const content = blocks.map((block, index) => (marked && index === last ? { ...block, ...MARK } : block));
  return { ...message, content } as MessageParam;
}
