/**
 * Fetching documents: http(s) only, bounded in size, time and redirects, and no way into a private network unless the host
 * was named. Credentials and cookies are never sent. Passed in as an argument.
 */
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { pipeline, type Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { messageOf, UserError } from "../errors.ts";
import { AddressRefused, hostOf, publicLookup, type Resolve, refusedHost } from "./addresses.ts";

export interface Fetched {
  /** After redirects. */
  address: string;
  status: number;
  contentType: string;
  text: string;
}

export interface GetOptions {
  signal: AbortSignal;
  /** Bytes of the body once it is unpacked. */
  maxBytes?: number;
  /** For everything, redirects included. */
  seconds?: number;
  /** Hosts (`host` or `host:port`, see `hostOf`) that may be fetched though they are not public. */
  allow?: readonly string[];
  /** What is preferred, as the `Accept` header. */
  accept?: string;
}

export interface Http {
  /**
   * Throws `UserError` when the address is not http(s), is not public and not allowed (each redirect too), cannot be
   * reached, is too large or too slow. An answer with a status of failure is a value.
   */
  get(address: string, options: GetOptions): Promise<Fetched>;
}

/** Descriptions of big APIs reach 20 MB. */
const MAX_BYTES = 40 * 1024 * 1024;
const MAX_REDIRECTS = 5;
const ACCEPT = "application/json, application/yaml, text/html;q=0.9, */*;q=0.5";

export interface HttpOptions {
  /** Where a call gives none: hosts that may be fetched though they are not public. */
  allow?: (address: string) => readonly string[];
  /** For tests: how names are resolved. */
  resolve?: Resolve;
}

export function createHttp({ allow: usual = () => [], resolve }: HttpOptions = {}): Http {
  const lookup = publicLookup(resolve);
  return {
    async get(address, { signal, maxBytes = MAX_BYTES, seconds = 60, allow = usual(address), accept = ACCEPT }) {
      const timeout = AbortSignal.timeout(seconds * 1000);
      const asking = { signal: AbortSignal.any([signal, timeout]), allow, accept, lookup };
      try {
        const { response, url } = await followed(address, asking);
        return {
          address: url.href,
          status: response.statusCode ?? 0,
          contentType: response.headers["content-type"] ?? "",
          text: decoded(await readBounded(response, { maxBytes, url }), response.headers["content-type"] ?? ""),
        };
      } catch (error) {
        if (error instanceof UserError || signal.aborted) throw error;
        if (error instanceof AddressRefused) throw refusal(address, error.message);
        const why = timeout.aborted ? `no complete answer within ${seconds} s` : messageOf(innermost(error));
        throw new UserError(`${address} could not be fetched: ${why}.`, {
          hint: "Check the address and the network, or save the document and give its path.",
          cause: error,
        });
      }
    },
  };
}

/** For addresses that a person gave: the host that is asked for is named by that, its redirects are checked. */
export const http: Http = createHttp({ allow: (address) => [hostOf(address) ?? ""] });

/** The same, for addresses that a model or a page gave: only public hosts and those that were named. */
export function limitedTo(base: Http, allow: readonly string[]): Http {
  return { get: (address, options) => base.get(address, { allow, ...options }) };
}

interface Asking {
  signal: AbortSignal;
  allow: readonly string[];
  accept: string;
  lookup: ReturnType<typeof publicLookup>;
}

async function followed(address: string, asking: Asking): Promise<{ response: IncomingMessage; url: URL }> {
  let url = checked(address, address, asking.allow);
  for (let redirects = 0; ; redirects++) {
    const response = await ask(url, asking);
    const { location } = response.headers;
    if (![301, 302, 303, 307, 308].includes(response.statusCode ?? 0) || location === undefined)
      return { response, url };
    response.destroy();
    if (redirects === MAX_REDIRECTS) throw new UserError(`${address} redirects more than ${MAX_REDIRECTS} times.`);
    if (!URL.canParse(location, url.href)) throw new UserError(`${address} redirects to no valid address.`);
    url = checked(new URL(location, url.href).href, address, asking.allow);
  }
}

/** `address` is what was asked for, `wanted` where it led. */
function checked(wanted: string, address: string, allow: readonly string[]): URL {
  if (!/^https?:\/\//i.test(wanted) || !URL.canParse(wanted)) {
    throw new UserError(`Only http and https addresses are fetched, not ${wanted}.`);
  }
  const url = new URL(wanted);
  if (url.username !== "" || url.password !== "") {
    throw new UserError(`The address of ${url.host} carries a user name or password, and none is sent.`);
  }
  const why = refusedHost(url, allow);
  if (why !== undefined) throw refusal(address, `${url.hostname} is ${why}`);
  return url;
}

function refusal(address: string, why: string): UserError {
  return new UserError(`${address} is not fetched: ${why}.`, {
    hint: "Only public hosts are fetched, and those that the spec names under `docs` and `base_url`.",
  });
}

function ask(url: URL, { signal, allow, accept, lookup }: Asking): Promise<IncomingMessage> {
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((done, failed) => {
    const outgoing = send(url, {
      signal,
      // A connection of its own: none is shared with a host that was checked by other rules.
      agent: false,
      ...(allow.includes(url.host) ? {} : { lookup }),
      headers: { accept, "accept-encoding": "gzip, deflate, br", "user-agent": "syncsmith" },
    });
    outgoing.once("response", done).once("error", failed).end();
  });
}

async function readBounded(
  response: IncomingMessage,
  { maxBytes, url }: { maxBytes: number; url: URL },
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of unpacked(response) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) {
      response.destroy();
      throw new UserError(`${url.href} is larger than ${Math.round(maxBytes / 1024 / 1024)} MB.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function unpacked(response: IncomingMessage): Readable {
  const unpack = unpacker(response.headers["content-encoding"]?.trim().toLowerCase());
  // Whoever reads `unpack` sees its errors and those of the connection; there is nobody else to tell.
  return unpack === undefined ? response : pipeline(response, unpack, () => {});
}

function unpacker(encoding: string | undefined) {
  switch (encoding) {
    case "gzip":
    case "x-gzip":
      return createGunzip();
    case "deflate":
      return createInflate();
    case "br":
      return createBrotliDecompress();
    default:
      return undefined;
  }
}

/** Text in the charset that the header, a byte order mark or the page itself states; UTF-8 otherwise. */
function decoded(bytes: Buffer, contentType: string): string {
  const head = bytes.subarray(0, 1024).toString("latin1");
  const mark = head.startsWith("\xFF\xFE") ? "utf-16le" : head.startsWith("\xFE\xFF") ? "utf-16be" : undefined;
  const stated =
    mark ??
    /charset=["']?([\w-]+)/i.exec(contentType)?.[1] ??
    /<meta[^>]{0,200}charset=["']?([\w-]+)/i.exec(head)?.[1] ??
    "utf-8";
  try {
    return new TextDecoder(stated).decode(bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return bytes.toString("utf8");
  }
}

function innermost(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors[0]);
  return error instanceof Error && error.cause !== undefined ? innermost(error.cause) : error;
}
