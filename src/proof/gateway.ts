/**
 * The gateway: a loopback reverse proxy between a connector and its source. It is the connector's base address, counts
 * and records what passes, and is the door through which faults come in. Bodies pass byte for byte, and are kept only while
 * somebody records.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { messageOf, UserError } from "../errors.ts";
import { createRedactor } from "../system/secrets.ts";
import { askUpstream, openUpstream, type UpstreamOptions } from "./gateway/ask-source.ts";
import type { Exchange, Interception } from "./gateway/exchange.ts";
import { exchangeOf, pass } from "./gateway/pass.ts";
import type { Ask } from "./gateway/passing.ts";
import { createRecorder, type Recorder } from "./gateway/recorder.ts";
import type { Recording, RecordingHead } from "./gateway/recording.ts";
import { createReplayer } from "./gateway/replay.ts";

export interface DoorOptions {
  /** Values to scrub from everything that is kept, with their base64 and URL-encoded forms. */
  secrets: readonly string[];
  /** Name for a path, such as the table it is read for. */
  label?: (path: string) => string | undefined;
  /** Dotted path of the records in the answers at a path; "" is the whole answer. Undefined: they are not counted. */
  records?: (path: string) => string | undefined;
  /** Default: any free one. */
  port?: number;
}

/** `upstream`'s path is kept: `https://host/v2` becomes `http://127.0.0.1:…/v2`. */
export interface GatewayOptions extends DoorOptions, UpstreamOptions {
  /** What the source is: recordings say so. Default: live. */
  basis?: RecordingHead["basis"];
}

/** A request on its way, with its secrets: for deciding, not for keeping. */
export interface PassingRequest {
  /** 0 for the first since the start or the last `reset`. */
  index: number;
  method: string;
  path: string;
  query: [string, string][];
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** As text; "" when there is none. */
  body: string;
  label: string | undefined;
}

/** Undefined: pass it on. An error thrown here is a mistake of the harness: the connector gets a 502 that says so. */
export type Interceptor = (request: PassingRequest) => Interception | undefined | Promise<Interception | undefined>;

export interface Gateway {
  /** The connector's base address. No slash at its end. */
  baseUrl: string;
  /** In order of arrival. An exchange is complete when the connector has the whole answer. */
  exchanges: readonly Exchange[];
  /** Forgets the exchanges; requests still under way are not kept either. */
  reset(): void;
  /** Replaces the interceptor; undefined takes it away. */
  intercept(interceptor: Interceptor | undefined): void;
  /** From now on exchanges are recorded with their bodies, until the recorder is stopped or another one started. */
  record(): Recorder;
  /** Breaks what is under way and leaves nothing open. */
  close(): Promise<void>;
}

/** Starts a gateway on loopback. Throws `UserError` when `upstream` is not an http(s) address, or the port is taken. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const upstream = openUpstream(options);
  const door = await openDoor(options, {
    head: { recording: 1, basis: options.basis ?? "live", base_path: upstream.base.pathname.replace(/\/+$/, "") },
    origins: [upstream.base.origin],
    readsBodies: false,
    ask: (passing, sent) => askUpstream(upstream, passing, sent),
    rewind: () => {},
  });
  return {
    ...door,
    close: async () => {
      await door.close();
      upstream.agent.destroy();
    },
  };
}

/**
 * Starts a gateway that answers from a recording and has no source behind it. What was not recorded, or not as often as it
 * is asked, gets status 599 and is told the nearest that was. After a `reset` everything can be asked once more.
 */
export async function startReplay(recording: Recording, options: DoorOptions): Promise<Gateway> {
  const replayer = createReplayer(recording);
  const ask: Ask = async ({ request, exchange, redact }, { target, body }) => {
    const sent = { method: request.method ?? "GET", ...splitTarget(target), body: body?.toString() ?? "" };
    const answer = replayer.answer(sent, `http://${request.headers.host ?? "127.0.0.1"}`);
    if (answer.refused !== undefined) exchange.error = redact(answer.refused);
    const bytes = answer.refused === undefined ? answer.body : Buffer.from(redact(answer.body.toString()));
    // An answer to HEAD has its length on record.
    const headers = Object.entries({ "content-length": String(bytes.length), ...answer.headers }).flat();
    return { head: { status: answer.status, headers }, body: Readable.from([bytes]), release: () => {} };
  };
  const { head } = recording;
  return openDoor(options, { head, origins: [], readsBodies: true, ask, rewind: replayer.rewind });
}

/** What is behind the door. */
interface Behind {
  head: RecordingHead;
  /** Scheme and authority of the source, for recordings. */
  origins: readonly string[];
  /** Whether bodies of requests are wanted whole in any case. */
  readsBodies: boolean;
  ask: Ask;
  rewind: () => void;
}

async function openDoor(options: DoorOptions, behind: Behind): Promise<Gateway> {
  const started = performance.now();
  const redactor = createRedactor(options.secrets);
  const exchanges: Exchange[] = [];
  let interceptor: Interceptor | undefined;
  let recorder: Recorder | undefined;
  let count = 0;
  const server = createServer((request, response) => {
    const label = options.label?.(pathOf(request));
    const exchange = exchangeOf(request, { at: performance.now() - started, label, redact: redactor.redact });
    exchanges.push(exchange);
    void handle(request, response, {
      exchange,
      behind,
      index: count++,
      interceptor,
      recorder,
      recordsAt: options.records?.(pathOf(request)),
      redact: redactor.redact,
    });
  });
  // Longer than connectors pause between requests: a connection closed under their hands would look like a fault.
  server.keepAliveTimeout = 120_000;
  const origin = `http://127.0.0.1:${await listen(server, options.port ?? 0)}`;
  return {
    baseUrl: `${origin}${behind.head.base_path}`,
    exchanges,
    reset: () => {
      exchanges.length = 0;
      count = 0;
      behind.rewind();
    },
    intercept: (next) => {
      interceptor = next;
    },
    record: () => {
      recorder?.stop();
      recorder = createRecorder({
        head: behind.head,
        secrets: options.secrets,
        origins: [...behind.origins, origin],
      });
      return recorder;
    },
    close: async () => {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (cause) {
    throw new UserError(`The gateway cannot listen on port ${port}: ${messageOf(cause)}`, {
      hint: "Choose another port, or none to get a free one.",
      cause,
    });
  }
  return (server.address() as AddressInfo).port;
}

interface Handling {
  exchange: Exchange;
  behind: Behind;
  index: number;
  interceptor: Interceptor | undefined;
  recorder: Recorder | undefined;
  recordsAt: string | undefined;
  redact: (text: string) => string;
}

async function handle(request: IncomingMessage, response: ServerResponse, handling: Handling): Promise<void> {
  const { exchange, behind, index, interceptor, recorder, recordsAt, redact } = handling;
  const started = performance.now();
  const cutter = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) cutter.abort();
  });
  const { headers, rawHeaders, method = "GET" } = request;
  const { path, query } = splitTarget(request.url ?? "/");
  let passing: Parameters<typeof pass>[0] | undefined;
  try {
    const looked = interceptor !== undefined || recorder !== undefined || behind.readsBodies;
    const body = looked && hasBody(request) ? await readBody(request) : undefined;
    const tape = recorder?.begin({ method, path, query, headers: rawHeaders, body, table: exchange.label });
    const { ask } = behind;
    passing = { request, response, exchange, ask, body, tape, recordsAt, redact, started, signal: cutter.signal };
    const text = body?.toString() ?? "";
    const interception = await interceptor?.({
      index,
      method,
      path,
      query,
      headers,
      body: text,
      label: exchange.label,
    });
    await pass(passing, interception ?? { kind: "pass" });
  } catch (error) {
    const left = cutter.signal.aborted ? "The connection was closed before the whole answer was sent." : undefined;
    exchange.error = left ?? redact(messageOf(error));
    exchange.milliseconds = performance.now() - started;
    passing?.tape?.broken(exchange.error);
    if (response.headersSent || response.destroyed) response.destroy();
    else refuse(response, exchange);
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The connector sees what a proxy in front of a source that is down would say. */
function refuse(response: ServerResponse, exchange: Exchange): void {
  const body = JSON.stringify({ error: "bad_gateway", message: exchange.error });
  exchange.status = 502;
  exchange.bytes = Buffer.byteLength(body);
  response.writeHead(502, { "content-type": "application/json", "content-length": exchange.bytes });
  response.end(body);
}

function pathOf(request: IncomingMessage): string {
  return splitTarget(request.url ?? "/").path;
}

function splitTarget(target: string): { path: string; query: [string, string][] } {
  const mark = target.indexOf("?");
  if (mark < 0) return { path: target, query: [] };
  return { path: target.slice(0, mark), query: [...new URLSearchParams(target.slice(mark + 1))] };
}
