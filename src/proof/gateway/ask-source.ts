/** Asks the real source, or its stand-in, by HTTP. */
import { once } from "node:events";
import { type Agent, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { messageOf, UserError } from "../../errors.ts";
import { endToEnd } from "./headers.ts";
import type { Answered, Passing, Sent } from "./passing.ts";

export interface UpstreamOptions {
  /** Base address of the source; http or https. */
  upstream: string;
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

export interface Upstream {
  base: URL;
  agent: Agent;
  /** TLS options: which certificates are trusted. */
  trust: { ca?: string };
  forwarded: boolean;
  idleSeconds: number;
}

/** Throws `UserError` when it is not an http(s) address. */
export function openUpstream(options: UpstreamOptions): Upstream {
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

/**
 * Sends the request on. A kept connection may have been closed by the source just now: that is no answer, so the request
 * is sent once more. Throws when the source cannot be reached, breaks off, or falls silent.
 */
export async function askUpstream(upstream: Upstream, passing: Passing, sent: Sent): Promise<Answered> {
  const asking = { upstream, passing, sent };
  let answer: IncomingMessage;
  try {
    answer = await askOnce(asking);
  } catch (error) {
    if (!(error instanceof StaleConnection)) throw error;
    answer = await askOnce(asking);
  }
  return {
    head: { status: answer.statusCode ?? 502, headers: endToEnd(answer.rawHeaders) },
    body: answer,
    release: () => answer.destroy(),
  };
}

class StaleConnection extends Error {
  override readonly name = "StaleConnection";
}

interface Asking {
  upstream: Upstream;
  passing: Passing;
  sent: Sent;
}

async function askOnce({ upstream, passing, sent }: Asking): Promise<IncomingMessage> {
  const { request, exchange } = passing;
  const { base } = upstream;
  // A body can be sent only once, so it never goes out on a connection that may be stale.
  const repeatable = request.method === "GET" || request.method === "HEAD";
  const outgoing = (base.protocol === "https:" ? httpsRequest : httpRequest)({
    ...upstream.trust,
    agent: repeatable ? upstream.agent : false,
    hostname: base.hostname.replace(/^\[|\]$/g, ""),
    ...(base.port === "" ? {} : { port: Number(base.port) }),
    path: sent.target,
    method: request.method ?? "GET",
    headers: requestHeaders(request, upstream, sent.body),
    signal: passing.signal,
  });
  const seconds = upstream.idleSeconds;
  outgoing.setTimeout(seconds * 1000, () => outgoing.destroy(new Error(`no byte for ${seconds} seconds`)));
  // Past the head, what goes wrong shows at the answer's body; here it must only not be unheard.
  outgoing.on("error", (error) => {
    exchange.error ??= passing.redact(messageOf(error));
  });
  const answered = once(outgoing, "response") as Promise<[IncomingMessage]>;
  if (sent.body === undefined) request.pipe(outgoing);
  else outgoing.end(sent.body);
  try {
    const [answer] = await answered;
    return answer;
  } catch (cause) {
    outgoing.destroy();
    if (repeatable && outgoing.reusedSocket && !passing.signal.aborted && codeOf(cause) === "ECONNRESET") {
      delete exchange.error;
      throw new StaleConnection("the source closed a kept connection", { cause });
    }
    throw new Error(`The source at ${base.origin} did not answer: ${messageOf(cause)}`, { cause });
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

function requestHeaders(request: IncomingMessage, upstream: Upstream, body: Buffer | undefined): string[] {
  const own = body === undefined ? ["host"] : ["host", "content-length"];
  const headers = endToEnd(request.rawHeaders, ...own);
  headers.push("Host", upstream.base.host);
  if (upstream.forwarded) {
    headers.push("X-Forwarded-Host", request.headers.host ?? "127.0.0.1", "X-Forwarded-Proto", "http");
  }
  if (body !== undefined) headers.push("Content-Length", String(body.length));
  else if (request.headers["transfer-encoding"] !== undefined) headers.push("Transfer-Encoding", "chunked");
  return headers;
}
