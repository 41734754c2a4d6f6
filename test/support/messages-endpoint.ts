/**
 * A Messages endpoint that answers from a script, over real HTTP: whole replies as server-sent events or as one JSON body,
 * and everything that goes wrong at such an endpoint. A recording is a script as JSON lines.
 * Also a process of its own: `tsx test/support/messages-endpoint.ts RECORDING.jsonl [REQUESTS.jsonl]` prints its address.
 */
import { once } from "node:events";
import { appendFileSync, readFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readAll } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

export type ScriptBlock =
  | { type: "text"; text: string }
  | { type: "thinking"; thinking: string; signature: string }
  /** `id` is numbered through when it is absent. */
  | { type: "tool_use"; name: string; input: unknown; id?: string };

/** One answer. All of it is JSON. */
export interface ScriptEntry {
  /** Regular expressions that must each match the text of the request's last message, results included. */
  expect?: string[];
  /** A string is a text block. */
  reply?: (string | ScriptBlock)[];
  /** Default: `tool_use` with calls, else `end_turn`. */
  stopReason?: string | null;
  stopDetails?: unknown;
  usage?: Partial<Record<keyof typeof USAGE, number>>;
  /** Characters per delta. Default 1000. */
  chunk?: number;
  /** The JSON of each call's input ends after so many characters, as when a reply reaches its limit. */
  cutInput?: number;
  /** Before the headers. */
  delayMs?: number;
  /** Before each event. */
  eventDelayMs?: number;
  /**
   * After so many events: the connection is reset, falls silent, is ended as if all were said, or says an error. `pings`
   * goes on with pings, so many milliseconds apart, for `pings` times and then with the rest.
   */
  breakAfter?: {
    events: number;
    how: "cut" | "stall" | "end" | "error" | "pings";
    error?: { type: string; message: string };
    pings?: number;
    everyMs?: number;
  };
  /** An error in place of a reply. */
  status?: number;
  error?: { type: string; message: string };
  headers?: Record<string, string>;
}

export type Script = readonly ScriptEntry[] | ((request: SentRequest, index: number) => ScriptEntry);

/** The body as the Messages API has it; only what tests look at is named. */
export interface SentBody {
  model: string;
  max_tokens: number;
  stream?: boolean;
  system?: { type: "text"; text: string; cache_control?: unknown }[];
  tools?: { name: string; description: string; input_schema: unknown; cache_control?: unknown }[];
  messages: { role: string; content: SentBlock[] }[];
  [field: string]: unknown;
}

export interface SentBlock {
  type: string;
  text?: string;
  id?: string;
  name?: string;
  input?: unknown;
  tool_use_id?: string;
  content?: string;
  is_error?: boolean;
  thinking?: string;
  signature?: string;
  cache_control?: unknown;
}

export interface SentRequest {
  path: string;
  headers: IncomingHttpHeaders;
  body: SentBody;
  /** As it came. */
  raw: string;
  /** Milliseconds since the endpoint started. */
  at: number;
}

export interface MessagesEndpoint {
  /** For ANTHROPIC_BASE_URL. */
  address: string;
  requests: readonly SentRequest[];
  /** Expectations that were not met, requests beyond the script's end. Empty when all went by the script. */
  failures: readonly string[];
  /** Answers that were not asked for. */
  left(): number;
  close(): Promise<void>;
}

const USAGE = {
  input_tokens: 100,
  output_tokens: 20,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
};

export interface EndpointOptions {
  onRequest?: (request: SentRequest) => void;
  onFailure?: (failure: string) => void;
}

export async function startMessagesEndpoint(script: Script, options: EndpointOptions = {}): Promise<MessagesEndpoint> {
  const requests: SentRequest[] = [];
  const failures: string[] = [];
  const started = performance.now();
  const numbering = { calls: 0 };
  const fail = (failure: string) => {
    failures.push(failure);
    options.onFailure?.(failure);
  };
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const raw = await readAll(request);
    const path = request.url ?? "";
    if (request.method !== "POST" || !path.startsWith("/v1/messages")) {
      return sendError(response, { status: 404, error: { type: "not_found_error", message: `no ${path}` } });
    }
    const body = JSON.parse(raw) as SentBody;
    const sent = { path, headers: request.headers, body, raw, at: performance.now() - started };
    const index = requests.push(sent) - 1;
    options.onRequest?.(sent);
    const entry = typeof script === "function" ? script(sent, index) : script[index];
    const problem = entry ? unmet(entry, sent) : "the script has no more answers";
    if (entry === undefined || problem !== undefined) {
      const failure = `request ${index + 1}: ${problem}`;
      fail(failure);
      return sendError(response, { status: 400, error: { type: "invalid_request_error", message: failure } });
    }
    await sleep(entry.delayMs ?? 0);
    if (entry.status !== undefined) return sendError(response, entry);
    const message = messageOf({ entry, model: body.model, number: index + 1, numbering });
    if (body.stream === true) return stream(response, message, entry);
    return sendJson(response, { status: 200, body: message, ...(entry.headers ? { headers: entry.headers } : {}) });
  };
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (!response.destroyed) fail(`the endpoint itself failed: ${String(error)}`);
      response.destroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    failures,
    left: () => (typeof script === "function" ? 0 : Math.max(0, script.length - requests.length)),
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The text of a request's last message: a person's words, or results. */
export function lastMessageText({ body }: Pick<SentRequest, "body">): string {
  return (body.messages.at(-1)?.content ?? []).map((block) => block.text ?? block.content ?? "").join("\n");
}

/** Entries of a recording, one JSON object a line. */
export function readRecording(text: string): ScriptEntry[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line) as ScriptEntry);
}

function unmet({ expect = [] }: ScriptEntry, request: SentRequest): string | undefined {
  const text = lastMessageText(request);
  const missing = expect.filter((pattern) => !new RegExp(pattern, "s").test(text));
  if (missing.length === 0) return undefined;
  return `the last message has no ${missing.map((pattern) => `/${pattern}/`).join(", no ")}; it is:\n${text.slice(0, 4000)}`;
}

interface Answer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

function sendJson(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  response.writeHead(status, { "content-type": "application/json", "request-id": "req_test", ...headers });
  response.end(JSON.stringify(body));
}

function sendError(response: ServerResponse, entry: Pick<ScriptEntry, "status" | "error" | "headers">): void {
  const { status = 500, error = { type: "api_error", message: "Internal server error" }, headers } = entry;
  sendJson(response, { status, body: { type: "error", error }, ...(headers ? { headers } : {}) });
}

interface Making {
  entry: ScriptEntry;
  model: string;
  number: number;
  numbering: { calls: number };
}

function messageOf({ entry, model, number, numbering }: Making) {
  const content = (entry.reply ?? []).map((block): Exclude<ScriptBlock, { type: "tool_use" }> | FullCall => {
    if (typeof block === "string") return { type: "text", text: block };
    if (block.type !== "tool_use") return block;
    numbering.calls += 1;
    return { ...block, id: block.id ?? `toolu_${String(numbering.calls).padStart(4, "0")}` };
  });
  const calls = content.some(({ type }) => type === "tool_use");
  return {
    id: `msg_${number}`,
    type: "message" as const,
    role: "assistant" as const,
    model,
    content,
    stop_reason: entry.stopReason === undefined ? (calls ? "tool_use" : "end_turn") : entry.stopReason,
    stop_sequence: null,
    stop_details: entry.stopDetails ?? null,
    usage: { ...USAGE, ...entry.usage },
  };
}

interface FullCall {
  type: "tool_use";
  id: string;
  name: string;
  input: unknown;
}
type FullMessage = ReturnType<typeof messageOf>;
type StreamEvent = { type: string; [field: string]: unknown };

async function stream(response: ServerResponse, message: FullMessage, entry: ScriptEntry): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream", "request-id": "req_test", ...entry.headers });
  const events = [...eventsOf(message, entry)];
  const { breakAfter, eventDelayMs = 0 } = entry;
  const whole = breakAfter === undefined ? events : events.slice(0, breakAfter.events);
  const send = async (event: StreamEvent) => {
    if (eventDelayMs > 0) await sleep(eventDelayMs);
    if (response.destroyed) return;
    await new Promise<void>((resolve) => {
      response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`, () => resolve());
    });
  };
  for (const event of whole) await send(event);
  switch (breakAfter?.how) {
    case "cut":
      // What was written must arrive before the connection is reset.
      await sleep(20);
      response.socket?.resetAndDestroy();
      return;
    case "stall":
      return;
    case "error":
      await send({ type: "error", error: breakAfter.error ?? { type: "overloaded_error", message: "Overloaded" } });
      break;
    case "pings":
      for (let ping = 0; ping < (breakAfter.pings ?? 1); ping++) {
        await sleep(breakAfter.everyMs ?? 10);
        await send({ type: "ping" });
      }
      for (const event of events.slice(breakAfter.events)) await send(event);
      break;
    default:
      break;
  }
  response.end();
}

function* eventsOf(message: FullMessage, { chunk = 1000, cutInput }: ScriptEntry): Generator<StreamEvent> {
  const { content, stop_reason, stop_sequence, stop_details, usage } = message;
  const start = {
    ...message,
    content: [],
    stop_reason: null,
    stop_details: null,
    usage: { ...usage, output_tokens: 1 },
  };
  yield { type: "message_start", message: start };
  yield { type: "ping" };
  for (const [index, block] of content.entries()) {
    const delta = (content: object) => ({ type: "content_block_delta", index, delta: content });
    yield { type: "content_block_start", index, content_block: emptied(block) };
    switch (block.type) {
      case "text":
        for (const text of pieces(block.text, chunk)) yield delta({ type: "text_delta", text });
        break;
      case "thinking":
        for (const thinking of pieces(block.thinking, chunk)) yield delta({ type: "thinking_delta", thinking });
        yield delta({ type: "signature_delta", signature: block.signature });
        break;
      case "tool_use": {
        const json = JSON.stringify(block.input).slice(0, cutInput);
        for (const partial_json of pieces(json, chunk)) yield delta({ type: "input_json_delta", partial_json });
        break;
      }
    }
    yield { type: "content_block_stop", index };
  }
  yield { type: "message_delta", delta: { stop_reason, stop_sequence, stop_details }, usage };
  yield { type: "message_stop" };
}

function emptied(block: FullMessage["content"][number]) {
  switch (block.type) {
    case "text":
      return { ...block, text: "" };
    case "thinking":
      return { ...block, thinking: "", signature: "" };
    case "tool_use":
      return { ...block, input: {} };
  }
}

function pieces(text: string, length: number): string[] {
  return Array.from({ length: Math.ceil(text.length / length) }, (_, at) => text.slice(at * length, (at + 1) * length));
}

const [, script = "", recording, requestsFile] = process.argv;
if (import.meta.url === pathToFileURL(script).href) {
  if (recording === undefined) throw new Error("usage: messages-endpoint.ts RECORDING.jsonl [REQUESTS.jsonl]");
  const { address } = await startMessagesEndpoint(readRecording(readFileSync(recording, "utf8")), {
    onRequest: ({ raw }) => (requestsFile ? appendFileSync(requestsFile, `${raw}\n`) : undefined),
    onFailure: (failure) => process.stderr.write(`${failure}\n`),
  });
  process.stdout.write(`${address}\n`);
}
