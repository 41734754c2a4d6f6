/** Carries one request to the source and its answer back, as it is or as an interception wants it. */
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { createCounter } from "./count-records.ts";
import type { Exchange, Interception, WholeAnswer } from "./exchange.ts";
import { endToEnd, headerOf, pairsOf } from "./headers.ts";
import type { Answered, Head, Passing } from "./passing.ts";
import { unpack } from "./unpack.ts";

/** Throws when the source cannot be reached, breaks off, or falls silent. */
export async function pass(passing: Passing, interception: Interception): Promise<void> {
  if (interception.delay !== undefined) await sleep(interception.delay, undefined, { signal: passing.signal });
  const { cut, drip } = interception;
  if (interception.kind === "answer") {
    const { status, headers = {}, body = "" } = interception;
    return relay(passing, { ...madeAnswer({ status, headers, body: Buffer.from(body) }), cut, drip });
  }
  const { target = passing.request.url ?? "/", body, edit } = interception;
  const sent = { target, body: body === undefined ? passing.body : Buffer.from(body) };
  const answered = await passing.ask(passing, sent);
  try {
    const given = edit === undefined ? answered : await edited(answered, edit);
    await relay(passing, { head: given.head, body: given.body, cut, drip });
  } finally {
    answered.release();
  }
}

function madeAnswer(answer: { status: number; headers: Record<string, string>; body: Buffer }): Omit<Relayed, "cut"> {
  const headers = [...Object.entries(answer.headers).flat(), "content-length", String(answer.body.length)];
  return { head: { status: answer.status, headers }, body: Readable.from([answer.body]) };
}

/** An answer whose body cannot be unpacked is passed on as it is. */
async function edited(
  answered: Answered,
  edit: (answer: WholeAnswer) => WholeAnswer,
): Promise<Pick<Answered, "head" | "body">> {
  const chunks: Buffer[] = [];
  for await (const chunk of answered.body) chunks.push(chunk);
  const packed = Buffer.concat(chunks);
  const { status, headers } = answered.head;
  const plain = unpack(packed, headerOf(headers, "content-encoding"));
  if (plain === undefined) return { head: answered.head, body: Readable.from([packed]) };
  const names = pairsOf(endToEnd(headers, "content-length", "content-encoding"));
  const whole = { status, headers: Object.fromEntries(names.map(([name, value]) => [name.toLowerCase(), value])) };
  const changed = edit({ ...whole, body: plain.toString() });
  return madeAnswer({ ...changed, body: Buffer.from(changed.body) });
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

interface Relayed {
  head: Head;
  body: AsyncIterable<Buffer>;
  cut?: Interception["cut"];
  drip?: Interception["drip"];
}

/** The exchange is complete before the last byte leaves, so that whoever has the answer finds it on record. */
async function relay(passing: Passing, { head, body, cut, drip }: Relayed): Promise<void> {
  const { response, exchange, recordsAt, signal, tape } = passing;
  if (cut?.how === "reset" && cut.after === 0) return breakOff(passing, 0);
  const headers = cut?.how === "end" ? endToEnd(head.headers, "content-length") : head.headers;
  const counter = recordsAt === undefined ? undefined : createCounter(head.headers, recordsAt);
  exchange.status = head.status;
  tape?.head(head.status, head.headers);
  response.sendDate = false;
  response.writeHead(head.status, [...headers]);
  const room = cut?.after ?? Number.POSITIVE_INFINITY;
  for await (const chunk of drip === undefined ? body : dripping(body, drip, signal)) {
    const part = chunk.subarray(0, room - exchange.bytes);
    exchange.bytes += part.length;
    counter?.add(part);
    tape?.chunk(part);
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

/** The body in pieces of about the same size, each a while after the one before. */
async function* dripping(
  body: AsyncIterable<Buffer>,
  { pieces, pause }: NonNullable<Interception["drip"]>,
  signal: AbortSignal,
): AsyncIterable<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const whole = Buffer.concat(chunks);
  const size = Math.max(1, Math.ceil(whole.length / pieces));
  for (let from = 0; from < whole.length; from += size) {
    if (from > 0) await sleep(pause, undefined, { signal });
    yield whole.subarray(from, from + size);
  }
}

/** Breaks the connection once what was written has left this process. */
async function breakOff(passing: Passing, after: number): Promise<void> {
  const { response, exchange } = passing;
  exchange.error = `The harness broke the connection after ${after} bytes.`;
  passing.tape?.broken(exchange.error);
  exchange.milliseconds = performance.now() - passing.started;
  if (after > 0) await new Promise<void>((done) => response.write("", () => done()));
  response.socket?.resetAndDestroy();
}
