/**
 * The gateway: a loopback reverse proxy between a connector and its source. It is the connector's base address, counts
 * and records what passes, and is the door through which faults come in. Bodies pass byte for byte and are never kept.
 */
import { once } from "node:events";
import { createServer, Agent as HttpAgent, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { AddressInfo } from "node:net";
import { messageOf, UserError } from "../errors.ts";
import { createRedactor } from "../system/secrets.ts";
import type { Exchange, Interception } from "./gateway/exchange.ts";
import { exchangeOf, pass, type Upstream } from "./gateway/pass.ts";

export interface GatewayOptions {
  /** Base address of the source; http or https. Its path is kept: `https://host/v2` becomes `http://127.0.0.1:…/v2`. */
  upstream: string;
  /** Values to scrub from everything that is kept, with their base64 and URL-encoded forms. */
  secrets: readonly string[];
  /** Name for a path, such as the table it is read for. */
  label?: (path: string) => string | undefined;
  /** Dotted path of the records in the answers at a path; "" is the whole answer. Undefined: they are not counted. */
  records?: (path: string) => string | undefined;
  /**
   * Whether the source is told the gateway's address (`X-Forwarded-Host`, `X-Forwarded-Proto`), so that the addresses
   * it hands out lead through the gateway. Default: only for a source on loopback, such as a stand-in.
   */
  forwarded?: boolean;
  /** Certificate (PEM) to trust for an https source, in place of the public ones. */
  certificate?: string;
  /** Seconds without a byte from the source after which it counts as down. Default 120. */
  idleSeconds?: number;
}

/** A request on its way, with its secrets: for deciding, not for keeping. */
export interface PassingRequest {
  /** 0 for the first since the start or the last `reset`. */
  index: number;
  method: string;
  path: string;
  query: [string, string][];
  headers: Readonly<Record<string, string | string[] | undefined>>;
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
  /** Breaks what is under way and leaves nothing open. */
  close(): Promise<void>;
}

/** Starts a gateway on a free loopback port. Throws `UserError` when `upstream` is not an http(s) address. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const started = performance.now();
  const upstream = openUpstream(options);
  const redactor = createRedactor(options.secrets);
  const exchanges: Exchange[] = [];
  let interceptor: Interceptor | undefined;
  let count = 0;
  const server = createServer((request, response) => {
    const label = options.label?.(pathOf(request));
    const exchange = exchangeOf(request, { at: performance.now() - started, label, redact: redactor.redact });
    exchanges.push(exchange);
    const index = count++;
    void handle(request, response, {
      exchange,
      upstream,
      index,
      interceptor,
      recordsAt: options.records?.(pathOf(request)),
      redact: redactor.redact,
    });
  });
  // Longer than connectors pause between requests: a connection closed under their hands would look like a fault.
  server.keepAliveTimeout = 120_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}${upstream.base.pathname.replace(/\/+$/, "")}`,
    exchanges,
    reset: () => {
      exchanges.length = 0;
      count = 0;
    },
    intercept: (next) => {
      interceptor = next;
    },
    close: async () => {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      upstream.agent.destroy();
      await closed;
    },
  };
}

interface Handling {
  exchange: Exchange;
  upstream: Upstream;
  index: number;
  interceptor: Interceptor | undefined;
  recordsAt: string | undefined;
  redact: (text: string) => string;
}

async function handle(request: IncomingMessage, response: ServerResponse, handling: Handling): Promise<void> {
  const { exchange, upstream, index, interceptor, recordsAt, redact } = handling;
  const started = performance.now();
  const cutter = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) cutter.abort();
  });
  const passing = { request, response, exchange, upstream, recordsAt, redact, started, signal: cutter.signal };
  try {
    const { headers, method = "GET" } = request;
    const query = queryOf(request);
    const path = pathOf(request);
    const interception = await interceptor?.({ index, method, path, query, headers, label: exchange.label });
    await pass(passing, interception ?? { kind: "pass" });
  } catch (error) {
    const left = cutter.signal.aborted ? "The connection was closed before the whole answer was sent." : undefined;
    exchange.error = left ?? redact(messageOf(error));
    exchange.milliseconds = performance.now() - started;
    if (response.headersSent || response.destroyed) response.destroy();
    else refuse(response, exchange);
  }
}

/** The connector sees what a proxy in front of a source that is down would say. */
function refuse(response: ServerResponse, exchange: Exchange): void {
  const body = JSON.stringify({ error: "bad_gateway", message: exchange.error });
  exchange.status = 502;
  exchange.bytes = Buffer.byteLength(body);
  response.writeHead(502, { "content-type": "application/json", "content-length": exchange.bytes });
  response.end(body);
}

function openUpstream(options: GatewayOptions): Upstream {
  const base = URL.canParse(options.upstream) ? new URL(options.upstream) : undefined;
  if (base === undefined || (base.protocol !== "http:" && base.protocol !== "https:")) {
    throw new UserError(`The source's base address ${options.upstream} is not an http or https address.`, {
      hint: "Give the address as https://host/path.",
    });
  }
  const trust = options.certificate === undefined ? {} : { ca: options.certificate };
  const agent =
    base.protocol === "https:" ? new HttpsAgent({ keepAlive: true, ...trust }) : new HttpAgent({ keepAlive: true });
  const loopback = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(base.hostname);
  return { base, agent, trust, forwarded: options.forwarded ?? loopback, idleSeconds: options.idleSeconds ?? 120 };
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "/").split("?", 1)[0] ?? "/";
}

function queryOf(request: IncomingMessage): [string, string][] {
  const target = request.url ?? "/";
  const mark = target.indexOf("?");
  return mark < 0 ? [] : [...new URLSearchParams(target.slice(mark + 1))];
}
