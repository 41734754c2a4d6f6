/**
 * Fivetran's REST API: every answer is checked against its shape, every request ends in bounded time, and what may be asked
 * again (429, and 5xx of requests that only read) is asked again a few times. Redirects are not followed: they would carry
 * the API key elsewhere.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { messageOf, UserError } from "../../../errors.ts";

export interface ApiOptions {
  /** `https://api.fivetran.com`: see `fivetranBase`. */
  base: string;
  /** base64 of `key:secret`. */
  basic: string;
  signal: AbortSignal;
  /** Longest wait for one answer. */
  seconds?: number;
  /** For tests: how waits between tries pass. */
  wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

type Query = Readonly<Record<string, string | number>>;

/** Paths are below `/v1`; schemas are of the answer's `data`. All throw `FivetranError`. */
export interface FivetranApi {
  get<T>(path: string, schema: z.ZodType<T>, query?: Query): Promise<T>;
  /** All pages of a list. */
  items<T>(path: string, schema: z.ZodType<T>, query?: Query): Promise<T[]>;
  post<T>(path: string, schema: z.ZodType<T>, options?: Sending): Promise<T>;
  patch<T>(path: string, schema: z.ZodType<T>, options?: Sending): Promise<T>;
}

export interface Sending {
  body?: unknown;
  /** Longest wait for the answer, where it may be long. */
  seconds?: number;
}

/** `status` is absent where there was no answer, or none that could be read. */
export class FivetranError extends UserError {
  readonly status: number | undefined;

  constructor(message: string, { status, ...options }: { status?: number; hint?: string; cause?: unknown } = {}) {
    super(message, options);
    this.status = status;
  }
}

const TRIES = 4;
const LONGEST_WAIT_SECONDS = 60;
const PAGE = 500;
/** Pages of a list before it counts as endless. */
const MAX_PAGES = 200;
/** Of an answer that is shown to people. */
const SHOWN = 300;

export function createFivetranApi(options: ApiOptions): FivetranApi {
  const get: FivetranApi["get"] = (path, schema, query = {}) =>
    ask(options, { method: "GET", path: withQuery(path, query) }, schema);
  return {
    get,
    post: (path, schema, sending) => ask(options, { method: "POST", path, ...sending }, schema),
    patch: (path, schema, sending) => ask(options, { method: "PATCH", path, ...sending }, schema),
    items: async (path, schema, query = {}) => {
      const page = z.object({ items: z.array(schema), next_cursor: z.string().nullish() });
      const found = [];
      let cursor: string | undefined;
      for (let pages = 0; pages < MAX_PAGES; pages += 1) {
        const answer = await get(path, page, { limit: PAGE, ...query, ...(cursor === undefined ? {} : { cursor }) });
        found.push(...answer.items);
        if (!answer.next_cursor) return found;
        cursor = answer.next_cursor;
      }
      throw new FivetranError(`Fivetran's list of ${path} does not end after ${MAX_PAGES} pages.`);
    },
  };
}

function withQuery(path: string, query: Query): string {
  const text = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return text === "" ? path : `${path}?${text}`;
}

interface Asked extends Sending {
  method: "GET" | "POST" | "PATCH";
  path: string;
}

async function ask<T>(options: ApiOptions, asked: Asked, schema: z.ZodType<T>): Promise<T> {
  const { signal, wait = async (milliseconds, of) => sleep(milliseconds, undefined, { signal: of }) } = options;
  for (let tries = 1; ; tries += 1) {
    const answer = await answerOf(options, asked);
    if (answer.status >= 200 && answer.status < 300) return dataOf(answer, asked, schema);
    // A request that changes something may have done so before the server broke: it is not made twice.
    const again = answer.status === 429 || (answer.status >= 500 && asked.method === "GET");
    const seconds = retryAfter(answer.headers) ?? 2 ** (tries - 1);
    if (!again || tries === TRIES || seconds > LONGEST_WAIT_SECONDS) throw refusal(answer, asked, tries);
    await wait(seconds * 1000, signal);
  }
}

interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

async function answerOf({ base, basic, signal, seconds: usual = 30 }: ApiOptions, asked: Asked): Promise<Answer> {
  const { method, path, body, seconds = usual } = asked;
  const late = AbortSignal.timeout(seconds * 1000);
  try {
    const response = await fetch(`${base}/v1/${path}`, {
      method,
      redirect: "error",
      signal: AbortSignal.any([signal, late]),
      headers: {
        authorization: `Basic ${basic}`,
        accept: "application/json;version=2",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (error) {
    if (signal.aborted) throw error;
    const why = late.aborted ? `no answer within ${seconds} s` : messageOf((error as Error).cause ?? error);
    throw new FivetranError(`Fivetran could not be asked for ${path}: ${why}.`, {
      hint: `Check the network and that ${new URL(base).host} can be reached from here.`,
      cause: error,
    });
  }
}

const envelopeSchema = z.object({
  code: z.string().nullish(),
  message: z.string().nullish(),
  data: z.unknown().optional(),
});

function dataOf<T>({ status, text }: Answer, { method, path }: Asked, schema: z.ZodType<T>): T {
  const envelope = envelopeSchema.safeParse(jsonOf(text));
  const data = envelope.success ? schema.safeParse(envelope.data.data) : undefined;
  if (data?.success) return data.data;
  const wrong =
    data === undefined ? "it is no JSON object" : z.prettifyError(data.error).split("\n").slice(0, 2).join(" ");
  throw new FivetranError(`Fivetran's answer to ${method} ${path} has another form than documented: ${wrong}.`, {
    status,
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal({ status, text }: Answer, { method, path }: Asked, tries: number): FivetranError {
  const said = envelopeSchema.safeParse(jsonOf(text));
  const message = ((said.success ? said.data.message : undefined) ?? "").slice(0, SHOWN);
  const words = message === "" ? "" : `: ${message}`;
  if (status === 401) {
    return new FivetranError(`Fivetran does not accept the API key${words}.`, {
      status,
      hint: "Set FIVETRAN_API_KEY and FIVETRAN_API_SECRET, or FIVETRAN_API_KEY alone as base64 of key:secret.",
    });
  }
  if (status === 403) {
    return new FivetranError(`The API key may not ${method} ${path}${words}.`, {
      status,
      hint: "Use a key of a user or service account whose role may create and edit connections.",
    });
  }
  const often = tries > 1 ? ` (${tries} tries)` : "";
  return new FivetranError(`Fivetran answered ${status} to ${method} ${path}${often}${words}.`, {
    status,
    hint: status === 429 ? "The account's limit of requests is used up: try again later." : "Try again later.",
  });
}

/** Seconds; undefined where the server names none. */
function retryAfter(headers: Headers): number | undefined {
  const text = headers.get("retry-after");
  if (text === null) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - Date.now()) / 1000));
}
