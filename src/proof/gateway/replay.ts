/** Answers requests from a recording, strictly: what was not recorded, or not so often, is refused with its nearest. */
import { isDeepStrictEqual } from "node:util";
import { MASK, ORIGIN, type RecordedExchange, type RecordedRequest, type Recording } from "./recording.ts";

/** No server sends it by itself, and no client tries again after it. */
export const NOT_RECORDED = 599;

export interface ReplayedAnswer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
  /** Why the answer is not from the recording. */
  refused?: string;
}

export interface Replayer {
  /** `origin`: scheme and authority that the request was sent to. */
  answer(request: RecordedRequest, origin: string): ReplayedAnswer;
  /** Every recorded answer can be given once more. */
  rewind(): void;
}

export function createReplayer({ exchanges, leftOut }: Recording): Replayer {
  let given = new Set<RecordedExchange>();
  const find = (asked: RecordedRequest): RecordedExchange | string => {
    const alike = exchanges.filter(({ request }) => matches(request, asked));
    const next = alike.find((exchange) => !given.has(exchange));
    if (next === undefined)
      return alike.length > 0 ? repeated(asked, alike.length) : unknown(asked, exchanges, leftOut);
    given.add(next);
    const { cut, broken } = next.answer;
    if (cut !== undefined) return `The answer to ${shown(asked)} was too large to be recorded whole (${cut} bytes)`;
    if (broken !== undefined) return `The answer to ${shown(asked)} was not recorded whole: ${broken}`;
    return next;
  };
  return {
    answer: (request, origin) => {
      const asked = withPlaceholder(request, origin);
      const found = find(asked);
      if (typeof found === "string") return refusal(found);
      const { status, headers, body, base64 } = found.answer;
      const moved = (text: string) => text.replaceAll(ORIGIN, origin);
      return {
        status,
        headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, moved(value)])),
        body: base64 === undefined ? Buffer.from(moved(body ?? "")) : Buffer.from(base64, "base64"),
      };
    },
    rewind: () => {
      given = new Set();
    },
  };
}

function refusal(message: string): ReplayedAnswer {
  return {
    status: NOT_RECORDED,
    headers: { "content-type": "application/json" },
    body: Buffer.from(JSON.stringify({ error: "not_recorded", message })),
    refused: message,
  };
}

function repeated(asked: RecordedRequest, times: number): string {
  return `${shown(asked)} was recorded ${times === 1 ? "1 time" : `${times} times`} and is asked again`;
}

function unknown(asked: RecordedRequest, exchanges: readonly RecordedExchange[], leftOut: number): string {
  const [nearest] = exchanges
    .map(({ request }) => ({ request, distance: distance(request, asked) }))
    .sort((a, b) => a.distance - b.distance);
  const near = nearest === undefined ? "it holds no request" : `the nearest is ${shown(nearest.request)}`;
  const short = leftOut > 0 ? `; ${leftOut} exchanges at its end were left out` : "";
  return `${shown(asked)} is not in the recording; ${near}${short}`;
}

function withPlaceholder(request: RecordedRequest, origin: string): RecordedRequest {
  const put = (text: string) => text.replaceAll(origin, ORIGIN);
  return {
    ...request,
    query: request.query.map(([name, value]): [string, string] => [put(name), put(value)]),
    ...(request.body === undefined ? {} : { body: put(request.body) }),
  };
}

/** Method, path, query in any order, and body. A masked secret stands for any text. */
function matches(recorded: RecordedRequest, asked: RecordedRequest): boolean {
  if (recorded.method !== asked.method || !alike(recorded.path, asked.path)) return false;
  return sameQuery(recorded.query, asked.query) && sameBody(recorded.body ?? "", asked.body ?? "");
}

function alike(recorded: string, asked: string): boolean {
  if (!recorded.includes(MASK)) return recorded === asked;
  const pattern = recorded
    .split(MASK)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("[^]*");
  return new RegExp(`^${pattern}$`).test(asked);
}

function sameQuery(recorded: RecordedRequest["query"], asked: RecordedRequest["query"]): boolean {
  const rest = [...asked];
  for (const [name, value] of recorded) {
    const at = rest.findIndex(([other, text]) => alike(name, other) && alike(value, text));
    if (at < 0) return false;
    rest.splice(at, 1);
  }
  return rest.length === 0;
}

/** JSON by its values, forms by their fields, anything else by its characters. */
function sameBody(recorded: string, asked: string): boolean {
  if (alike(recorded, asked)) return true;
  const [ours, theirs] = [asJson(recorded), asJson(asked)];
  if (ours !== undefined && theirs !== undefined) return sameValue(ours, theirs);
  const form = (text: string): [string, string][] => [...new URLSearchParams(text)];
  const isForm = (text: string) => text.includes("=") && !/[\s{}]/.test(text);
  return isForm(recorded) && isForm(asked) && sameQuery(form(recorded), form(asked));
}

/** Numbers as their digits: two that differ beyond 2^53 are not the same. */
function asJson(text: string): unknown {
  try {
    const plain: unknown = JSON.parse(text);
    return typeof plain === "object" && plain !== null ? JSON.parse(quoteNumbers(text)) : undefined;
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

function quoteNumbers(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (part) =>
    part.startsWith('"') ? part : `{"number":"${part}"}`,
  );
}

function sameValue(ours: unknown, theirs: unknown): boolean {
  if (typeof ours === "string" && typeof theirs === "string") return alike(ours, theirs);
  if (Array.isArray(ours) && Array.isArray(theirs)) {
    return ours.length === theirs.length && ours.every((item, index) => sameValue(item, theirs[index]));
  }
  if (isObject(ours) && isObject(theirs)) {
    const names = Object.keys(ours);
    return (
      names.length === Object.keys(theirs).length &&
      names.every((name) => name in theirs && sameValue(ours[name], theirs[name]))
    );
  }
  return isDeepStrictEqual(ours, theirs);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** How far a request is from another: another path or method weighs more than all parameters together. */
function distance(recorded: RecordedRequest, asked: RecordedRequest): number {
  const query = (request: RecordedRequest) => new Set(request.query.map((pair) => JSON.stringify(pair)));
  const [ours, theirs] = [query(recorded), query(asked)];
  const differing =
    [...ours].filter((pair) => !theirs.has(pair)).length + [...theirs].filter((p) => !ours.has(p)).length;
  const segments = [recorded.path.split("/"), asked.path.split("/")] as const;
  const shared = segments[0].findIndex((segment, index) => segment !== segments[1][index]);
  const apart = shared < 0 && segments[0].length === segments[1].length ? 0 : 100 - Math.max(shared, 0);
  return (
    (recorded.method === asked.method ? 0 : 1000) +
    apart +
    differing / 100 +
    (sameBody(recorded.body ?? "", asked.body ?? "") ? 0 : 0.005)
  );
}

const SHOWN_CHARACTERS = 160;

function shown({ method, path, query, body }: RecordedRequest): string {
  const asked = query.map(([name, value]) => `${name}=${value}`).join("&");
  const text = `${method} ${path}${asked === "" ? "" : `?${asked}`}${(body ?? "") === "" ? "" : ` with ${body}`}`;
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
}
