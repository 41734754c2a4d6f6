/** Keeps requests and their answers, secrets scrubbed, as a recording. */
import { createRedactor } from "../../system/secrets.ts";
import { headerOf, pairsOf, type RawHeaders } from "./headers.ts";
import {
  MAX_BODY_BYTES,
  MAX_RECORDING_BYTES,
  ORIGIN,
  type RecordedAnswer,
  type RecordedExchange,
  type RecordingHead,
  writeRecording,
} from "./recording.ts";
import { unpack } from "./unpack.ts";

/** A request as it arrived, with its secrets. */
export interface RawRequest {
  method: string;
  path: string;
  query: [string, string][];
  headers: RawHeaders;
  body: Buffer | undefined;
  table: string | undefined;
}

/** Takes the answer to one request. */
export interface Tape {
  head(status: number, headers: RawHeaders): void;
  chunk(bytes: Buffer): void;
  /** The answer never came, or broke off. */
  broken(why: string): void;
}

export interface Recorder {
  /** Undefined once the recorder has stopped or is full. */
  begin(request: RawRequest): Tape | undefined;
  /** Later requests are not kept. */
  stop(): void;
  /** The file's text. */
  text(): string;
}

export interface RecorderOptions {
  head: RecordingHead;
  secrets: readonly string[];
  /** Scheme and authority of the source and of the gateway: addresses in bodies are moved to whoever replays them. */
  origins: readonly string[];
}

interface Kept {
  request: RawRequest;
  status: number;
  headers: RawHeaders;
  chunks: Buffer[];
  bytes: number;
  why?: string;
}

export function createRecorder(options: RecorderOptions): Recorder {
  const kept: Kept[] = [];
  let room = MAX_RECORDING_BYTES;
  let stopped = false;
  let leftOut = 0;
  return {
    begin: (request) => {
      if (stopped) return undefined;
      if (room < 0) {
        leftOut += 1;
        return undefined;
      }
      const one: Kept = { request, status: 0, headers: [], chunks: [], bytes: 0 };
      kept.push(one);
      return {
        head: (status, headers) => {
          one.status = status;
          one.headers = headers;
        },
        chunk: (bytes) => {
          one.bytes += bytes.length;
          if (one.bytes > MAX_BODY_BYTES) return;
          one.chunks.push(Buffer.from(bytes));
          room -= bytes.length;
        },
        broken: (why) => {
          one.why = why;
        },
      };
    },
    stop: () => {
      stopped = true;
    },
    text: () => {
      const scrub = createScrubber(options, kept);
      const exchanges = kept.map((one) => exchangeOf(one, scrub));
      return writeRecording(options.head, exchanges, leftOut);
    },
  };
}

function exchangeOf(one: Kept, scrub: (text: string) => string): RecordedExchange {
  const { method, path, query, body, table } = one.request;
  return {
    request: {
      method,
      path: scrub(path),
      query: query.map(([name, value]): [string, string] => [scrub(name), scrub(value)]),
      ...(body === undefined || body.length === 0 ? {} : { body: scrub(body.toString()) }),
    },
    answer: answerOf(one, scrub),
    ...(table === undefined ? {} : { table }),
  };
}

/** Of a body that was cut, so much is kept for people to look at. */
const CUT_CHARACTERS = 1024;

function answerOf(
  { request, status, headers, chunks, bytes, why }: Kept,
  scrub: (text: string) => string,
): RecordedAnswer {
  // Where nothing but the head was asked for, the length is all that tells of the body.
  const length = request.method === "HEAD" ? headerOf(headers, "content-length") : "";
  const telling = tellingHeaders(headers, scrub);
  const answer = { status, headers: length === "" ? telling : { ...telling, "content-length": length } };
  if (why !== undefined) return { ...answer, broken: scrub(why) };
  if (bytes === 0) return answer;
  const packed = Buffer.concat(chunks);
  if (packed.length < bytes) return { ...answer, cut: bytes, body: scrub(packed.toString()).slice(0, CUT_CHARACTERS) };
  const body = unpackedBody(packed, headerOf(headers, "content-encoding"));
  if (body === undefined) return { ...answer, broken: "the body's encoding could not be undone" };
  const text = body.toString("utf8");
  return Buffer.from(text).equals(body)
    ? { ...answer, body: scrub(text) }
    : { ...answer, base64: body.toString("base64") };
}

function unpackedBody(packed: Buffer, encoding: string): Buffer | undefined {
  try {
    return unpack(packed, encoding);
  } catch (cause) {
    if (cause instanceof Error) return undefined;
    throw cause;
  }
}

/** What a reader acts on. Length and encoding are not of the body as it is kept; the rest is chatter. */
const TELLING =
  /^(content-type|link|location|retry-after|etag|last-modified|x-.*(page|total|next|count|cursor|limit).*)$/;

function tellingHeaders(headers: RawHeaders, scrub: (text: string) => string): Record<string, string> {
  const telling: Record<string, string> = {};
  for (const [given, value] of pairsOf(headers)) {
    const name = given.toLowerCase();
    if (!TELLING.test(name)) continue;
    telling[name] = telling[name] === undefined ? scrub(value) : `${telling[name]}, ${scrub(value)}`;
  }
  return telling;
}

/** Configured secrets, and those that went over the wire: credentials in headers, tokens given out. Then addresses. */
function createScrubber({ secrets, origins }: RecorderOptions, kept: readonly Kept[]): (text: string) => string {
  const redactor = createRedactor(secrets);
  redactor.add(...kept.flatMap(({ request }) => sentCredentials(request.headers)), ...kept.flatMap(givenTokens));
  const forms = origins.flatMap((origin) => [origin, origin.replaceAll("/", "\\/"), encodeURIComponent(origin)]);
  return (text) => forms.reduce((moved, form) => moved.replaceAll(form, ORIGIN), redactor.redact(text));
}

const CREDENTIAL_HEADER = /auth|token|key|secret|cookie|session|password/i;
/** Anything shorter would blank out ordinary text. */
const MIN_LEARNT = 8;

function sentCredentials(headers: RawHeaders): string[] {
  return pairsOf(headers)
    .filter(([name]) => CREDENTIAL_HEADER.test(name))
    .flatMap(([, value]) => [value, value.replace(/^[A-Za-z]+ +/, "")])
    .filter((value) => value.length >= MIN_LEARNT);
}

const TOKEN_FIELD = /token|secret|session|jwt|api_?key|password/i;

/** What an answer to a login or a request for a token hands out: no rows are asked for by a body that is no query. */
function givenTokens({ request, chunks, headers }: Kept): string[] {
  const asked = request.body?.toString() ?? "";
  if (request.method !== "POST" || /^\s*\{\s*"query"/.test(asked)) return [];
  const body = unpackedBody(Buffer.concat(chunks), headerOf(headers, "content-encoding"))?.toString() ?? "";
  const found: string[] = [];
  const field = /"([^"\\]+)"\s*:\s*"((?:[^"\\]|\\.)*)"/g;
  for (const [, name = "", value = ""] of body.matchAll(field)) {
    if (TOKEN_FIELD.test(name) && value.length >= MIN_LEARNT) found.push(JSON.parse(`"${value}"`) as string);
  }
  return found;
}
