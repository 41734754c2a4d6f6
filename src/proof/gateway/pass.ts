/** Carries one request to the source and its answer back, as it is or as an interception wants it. */
import { once } from "node:events";
import { type Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { request as httpsRequest } from "node:https";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../errors.ts";
import { createCounter } from "./count-records.ts";
import type { Exchange, Interception } from "./exchange.ts";

export interface Upstream {
  base: URL;
  agent: Agent;
  /** TLS options: which certificates are trusted. */
  trust: { ca?: string };
  forwarded: boolean;
  idleSeconds: number;
}

export interface Passing {
  request: IncomingMessage;
  response: ServerResponse;
  exchange: Exchange;
  upstream: Upstream;
  /** Dotted path of the records in the answer. */
  recordsAt: string | undefined;
  redact: (text: string) => string;
  /** `performance.now()` at the arrival. */
  started: number;
  /** Aborted when the connector's side is closed, whoever closed it. */
  signal: AbortSignal;
}

/** Headers that belong to one connection, not to the message (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Name and value by turns, as `rawHeaders` has them: repeated headers stay repeated. */
type RawHeaders = readonly string[];

interface Head {
  status: number;
  headers: RawHeaders;
}

/** Throws when the source cannot be reached, breaks off, or falls silent. */
export async function pass(passing: Passing, interception: Interception): Promise<void> {
  if (interception.delay !== undefined) await sleep(interception.delay, undefined, { signal: passing.signal });
  if (interception.kind === "answer") {
    const headers = Object.entries(interception.headers ?? {}).flat();
    const body = Buffer.from(interception.body ?? "");
    const head = { status: interception.status, headers: [...headers, "content-length", String(body.length)] };
    await relay(passing, { head, body: Readable.from([body]), cut: interception.cut });
    return;
  }
  const answer = await askUpstream(passing, interception.target ?? passing.request.url ?? "/");
  try {
    const head = { status: answer.statusCode ?? 502, headers: endToEnd(answer.rawHeaders) };
    await relay(passing, { head, body: answer, cut: interception.cut });
  } finally {
    answer.destroy();
  }
}

/** What is kept of a request before its answer is known. */
export function exchangeOf(
  request: IncomingMessage,
  given: { at: number; label: string | undefined; redact: (text: string) => string },
): Exchange {
  const { at, label, redact } = given;
  const [path = "/", ...rest] = (request.url ?? "/").split("?");
  const query = [...new URLSearchParams(rest.join("?"))];
  return {
    at,
    method: request.method ?? "GET",
    path: redactPath(path, redact),
    query: query.map(([name, value]): [string, string] => [redact(name), redact(value)]),
    status: 0,
    bytes: 0,
    milliseconds: 0,
    ...(label === undefined ? {} : { label: redactPath(label, redact) }),
  };
}

/** A secret can be percent-encoded in many ways, so each segment is looked at decoded as well. */
function redactPath(path: string, redact: (text: string) => string): string {
  const segments = path.split("/").map((segment) => {
    const decoded = decodeSegment(segment);
    const clean = redact(decoded);
    return clean === decoded ? redact(segment) : encodeURIComponent(clean);
  });
  return segments.join("/");
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    if (!(cause instanceof URIError)) throw cause;
    return segment;
  }
}

/**
 * Sends the request on, its body streamed; resolves with the head of the answer. A kept connection may have been closed
 * by the source just now: that is no answer, so the request is sent once more.
 */
async function askUpstream(passing: Passing, target: string): Promise<IncomingMessage> {
  try {
    return await askOnce(passing, target);
  } catch (error) {
    if (error instanceof StaleConnection) return await askOnce(passing, target);
    throw error;
  }
}

class StaleConnection extends Error {
  override readonly name = "StaleConnection";
}

async function askOnce(passing: Passing, target: string): Promise<IncomingMessage> {
  const { request, upstream, exchange } = passing;
  const { base } = upstream;
  // A body can be sent only once, so it never goes out on a connection that may be stale.
  const repeatable = request.method === "GET" || request.method === "HEAD";
  const outgoing = (base.protocol === "https:" ? httpsRequest : httpRequest)({
    ...upstream.trust,
    agent: repeatable ? upstream.agent : false,
    hostname: base.hostname.replace(/^\[|\]$/g, ""),
    ...(base.port === "" ? {} : { port: Number(base.port) }),
    path: target,
    method: request.method ?? "GET",
    headers: requestHeaders(request, upstream),
    signal: passing.signal,
  });
  const seconds = upstream.idleSeconds;
  outgoing.setTimeout(seconds * 1000, () => outgoing.destroy(new Error(`no byte for ${seconds} seconds`)));
  // Past the head, what goes wrong shows at the answer's body; here it must only not be unheard.
  outgoing.on("error", (error) => {
    exchange.error ??= passing.redact(messageOf(error));
  });
  const answered = once(outgoing, "response") as Promise<[IncomingMessage]>;
  request.pipe(outgoing);
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

function requestHeaders(request: IncomingMessage, upstream: Upstream): string[] {
  const headers = endToEnd(request.rawHeaders, "host");
  headers.push("Host", upstream.base.host);
  if (upstream.forwarded) {
    headers.push("X-Forwarded-Host", request.headers.host ?? "127.0.0.1", "X-Forwarded-Proto", "http");
  }
  if (request.headers["transfer-encoding"] !== undefined) headers.push("Transfer-Encoding", "chunked");
  return headers;
}

/** Leaves out what belongs to the connection, also what `Connection` names. */
function endToEnd(raw: RawHeaders, ...also: string[]): string[] {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) pairs.push([raw[i] ?? "", raw[i + 1] ?? ""]);
  const named = pairs.filter(([name]) => name.toLowerCase() === "connection").flatMap(([, value]) => value.split(","));
  const dropped = new Set([...HOP_BY_HOP, ...also, ...named.map((name) => name.trim().toLowerCase())]);
  return pairs.filter(([name]) => !dropped.has(name.toLowerCase())).flat();
}

interface Relayed {
  head: Head;
  body: AsyncIterable<Buffer>;
  cut: Interception["cut"];
}

/** The exchange is complete before the last byte leaves, so that whoever has the answer finds it on record. */
async function relay(passing: Passing, { head, body, cut }: Relayed): Promise<void> {
  const { response, exchange, recordsAt, signal } = passing;
  if (cut?.how === "reset" && cut.after === 0) return breakOff(passing, 0);
  const headers = cut?.how === "end" ? endToEnd(head.headers, "content-length") : head.headers;
  const counter = recordsAt === undefined ? undefined : createCounter(head.headers, recordsAt);
  exchange.status = head.status;
  response.sendDate = false;
  response.writeHead(head.status, [...headers]);
  const room = cut?.after ?? Number.POSITIVE_INFINITY;
  for await (const chunk of body) {
    const part = chunk.subarray(0, room - exchange.bytes);
    exchange.bytes += part.length;
    counter?.add(part);
    if (part.length > 0 && !response.write(part)) await once(response, "drain", { signal });
    if (exchange.bytes >= room) break;
  }
  if (cut?.how === "reset" && exchange.bytes >= room) return breakOff(passing, room);
  if (cut !== undefined && exchange.bytes >= room) exchange.error = `The harness ended the answer after ${room} bytes.`;
  const records = counter?.result();
  if (records !== undefined) exchange.records = records;
  exchange.milliseconds = performance.now() - passing.started;
  response.end();
}

/** Breaks the connection once what was written has left this process. */
async function breakOff(passing: Passing, after: number): Promise<void> {
  const { response, exchange } = passing;
  exchange.error = `The harness broke the connection after ${after} bytes.`;
  exchange.milliseconds = performance.now() - passing.started;
  if (after > 0) await new Promise<void>((done) => response.write("", () => done()));
  response.socket?.resetAndDestroy();
}
