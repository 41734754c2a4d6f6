/** Single looks at the real source: one read-only request each, answered with nothing secret in it. */
import type { HttpSource } from "../../../artifacts/kinds/http.ts";
import { UserError } from "../../../errors.ts";
import { createRedactor, type Redactor } from "../../../system/secrets.ts";
import { parseExactly } from "../../answers/exact.ts";
import type { Exchange, LiveOptions, Look } from "../../live.ts";
import type { Json } from "../../record.ts";
import { type Addresses, follow } from "./client.ts";
import { authenticate, type Credentials, NO_CREDENTIALS, wrongCredentials } from "./credentials.ts";
import { hostsOf, otherHost } from "./hosts.ts";
import { type Incoming, send } from "./transport.ts";

/** What is kept of a body's text. */
const KEPT_BYTES = 256 * 1024;
/** What is read of a body at most, and parsed. */
const READ_BYTES = 16 * 1024 * 1024;

export interface Looked {
  /** For everybody: masked and cut. */
  exchange: Exchange;
  /** The rest is for programs that go on from here, and may hold secrets. */
  text: string;
  json: Json | undefined;
  headers: Headers;
  /** Where the answer came from. */
  address: URL;
  /** Set when the answer is a redirect to another host, which was not followed. */
  elsewhere?: URL;
}

/** With a body, JSON, the request is a POST: how queries are sent where they do not fit into an address. */
interface Posted {
  body?: string;
}

export interface Looker extends Addresses {
  /** Logs in once. Throws `UserError` when there is no answer or no token, or the address is on another host. */
  ask: (address: URL, how?: Partial<Pick<Look, "method" | "credentials">> & Posted) => Promise<Looked>;
}

export interface LookerOptions extends LiveOptions {
  /** Until a whole answer is there. Default 60. */
  seconds?: number;
}

/** See `SourceKind.look`. */
export async function lookRest(source: HttpSource, look: Look, options: LiveOptions): Promise<Exchange> {
  if (look.method !== "GET" && look.method !== "HEAD") {
    throw new UserError(`Only GET and HEAD are sent to a source, not ${String(look.method)}.`);
  }
  const looker = createLooker(source, options);
  const url = addressOf(look.path, looker);
  for (const [name, value] of Object.entries(look.params)) url.searchParams.set(name, value);
  const { exchange, elsewhere } = await looker.ask(url, look);
  if (elsewhere) throw otherHost(elsewhere);
  return exchange;
}

function addressOf(path: string, looker: Looker): URL {
  if (/^[a-z][a-z0-9+.-]*:/i.test(path)) return looker.follow(path, looker.address("/", {}));
  return looker.address(path.startsWith("/") ? path : `/${path}`, {});
}

export function createLooker(source: HttpSource, options: LookerOptions): Looker {
  const { configuration, signal } = options;
  const hosts = hostsOf(source, configuration);
  const limits = options.seconds === undefined ? {} : { seconds: options.seconds };
  const redactor = createRedactor();
  let login: Promise<Credentials> | undefined;
  const credentialsFor = (kind: Look["credentials"]) => {
    if (kind === "none") return NO_CREDENTIALS;
    if (kind === "wrong") return wrongCredentials(source.auth, configuration);
    login ??= authenticate({ auth: source.auth, hosts, configuration, signal, ...limits });
    return login;
  };
  return {
    address: hosts.address,
    follow: (next, from) => follow(next, from, hosts.confine),
    ask: async (address, { body, method: asked = "GET", credentials: kind = "given" } = {}) => {
      const method = body === undefined ? asked : "POST";
      const url = hosts.confine(address);
      if (url === undefined) throw otherHost(address);
      const { headers, query, secrets } = await credentialsFor(kind);
      redactor.add(...secrets);
      // Links that a source gives may carry the credentials of the request before.
      const carried = source.auth.kind === "api_key" && source.auth.in === "query" ? source.auth.name : undefined;
      if (carried !== undefined) url.searchParams.delete(carried);
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      const incoming = await send(url, {
        method,
        headers: {
          ...source.headers,
          ...headers,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body }),
        confine: hosts.confine,
        signal,
        maxBytes: READ_BYTES,
        ...limits,
      });
      return looked(incoming, { method, redactor, carried });
    },
  };
}

interface Masking {
  method: string;
  redactor: Redactor;
  /** Query parameter that carries the credentials. */
  carried: string | undefined;
}

function looked(incoming: Incoming, { method, redactor, carried }: Masking): Looked {
  const { address, status, headers, text, milliseconds, elsewhere } = incoming;
  const json = incoming.cut ? undefined : parseExactly(text);
  const shown = redactor.redact(text);
  const body = firstBytes(shown);
  return {
    exchange: {
      method,
      address: redactor.redact(maskedQuery(address, carried)),
      status,
      headers: maskedHeaders(headers, redactor),
      body,
      cut: incoming.cut || body.length < shown.length,
      json: shown === text || json === undefined ? json : maskedJson(json, redactor),
      milliseconds,
    },
    text: incoming.cut ? "" : text,
    json,
    headers,
    address,
    ...(elsewhere ? { elsewhere } : {}),
  };
}

function firstBytes(text: string): string {
  if (text.length * 3 <= KEPT_BYTES) return text;
  const bytes = Buffer.from(text, "utf8");
  // A character that the cut goes through is left out.
  return bytes.length <= KEPT_BYTES
    ? text
    : bytes
        .subarray(0, KEPT_BYTES)
        .toString("utf8")
        .replace(/\uFFFD+$/, "");
}

function maskedQuery(address: URL, carried: string | undefined): string {
  const url = new URL(address);
  if (carried !== undefined && url.searchParams.has(carried)) url.searchParams.set(carried, "****");
  return url.href;
}

const CREDENTIAL_HEADER = /cookie|authorization|token|secret|api-?key|session|signature/;

function maskedHeaders(headers: Headers, redactor: Redactor): Record<string, string> {
  return Object.fromEntries(
    [...headers].map(([name, value]) => [name, CREDENTIAL_HEADER.test(name) ? "****" : redactor.redact(value)]),
  );
}

function maskedJson(value: Json, redactor: Redactor): Json {
  if (typeof value === "string") return redactor.redact(value);
  if (typeof value === "number" || typeof value === "bigint") {
    const digits = String(value);
    return redactor.redact(digits) === digits ? value : "****";
  }
  if (Array.isArray(value)) return value.map((item) => maskedJson(item, redactor));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [redactor.redact(name), maskedJson(item, redactor)]),
  );
}
