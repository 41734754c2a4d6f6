/**
 * Asking the real source, read-only, from here: a second route to the same rows, which shares no code with any
 * connector. It is deliberately plain: no state, no retries beyond one, every page of one listing.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "lossless-json";
import type { Auth } from "../../../artifacts/auth.ts";
import type { Blueprint } from "../../../artifacts/blueprint.ts";
import { messageOf, UserError } from "../../../errors.ts";
import type { Json, LiveOptions } from "../../kind.ts";

export interface Answer {
  status: number;
  headers: Headers;
  /** Undefined when the answer is no JSON. */
  body: Json | undefined;
}

export interface LiveClient {
  /** `address` is absolute. Throws `UserError` when the source cannot be reached. */
  get: (address: URL) => Promise<Answer>;
  /** The absolute address of a path below the base. */
  address: (path: string, params: Record<string, string>) => URL;
  /**
   * An address that an answer gives, relative to the one it answered. Throws `UserError` when it leads to another host:
   * the credentials are not for that one.
   */
  follow: (next: string, from: URL) => URL;
}

export function createLiveClient({ source }: Blueprint, { configuration, signal }: LiveOptions): LiveClient {
  const base = (configuration.base_url ?? source.base_url).replace(/\/+$/, "");
  let credentials: Promise<Credentials> | undefined;
  const login = () => {
    credentials ??= authenticate({ auth: source.auth, base, configuration, signal });
    return credentials;
  };
  return {
    address: (path, params) => {
      const url = new URL(base + path);
      for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
      return url;
    },
    follow: (next, from) => {
      const url = new URL(next, from);
      const home = new URL(base);
      if (url.host === home.host) return url;
      if (url.host !== new URL(source.base_url).host) {
        throw new UserError(`The source leads to another host, ${url.host}, which is not asked.`, {
          hint: "If it belongs to the source, give it as source.base_url.",
        });
      }
      url.protocol = home.protocol;
      url.host = home.host;
      return url;
    },
    get: async (address) => {
      const { headers, query } = await login();
      const url = new URL(address);
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      const first = await request(url, { headers: { ...source.headers, ...headers }, signal });
      if (first.status !== 429 && first.status < 500) return first;
      const wait = Number(first.headers.get("retry-after"));
      await sleep(Number.isFinite(wait) && wait > 0 ? Math.min(wait, 60) * 1000 : 1000, undefined, { signal });
      return request(url, { headers: { ...source.headers, ...headers }, signal });
    },
  };
}

interface Credentials {
  headers: Record<string, string>;
  query: Record<string, string>;
}

interface Login {
  auth: Auth;
  base: string;
  configuration: Record<string, string>;
  signal: AbortSignal;
}

/** Fields of `auth` name configuration keys. */
async function authenticate({ auth, base, configuration, signal }: Login): Promise<Credentials> {
  const value = (key: string) => configuration[key] ?? "";
  const header = (name: string, text: string) => ({ headers: { [name]: text }, query: {} });
  switch (auth.kind) {
    case "none":
      return { headers: {}, query: {} };
    case "api_key": {
      const key = (auth.prefix ?? "") + value(auth.value);
      return auth.in === "header" ? header(auth.name, key) : { headers: {}, query: { [auth.name]: key } };
    }
    case "basic":
      return header("Authorization", `Basic ${base64(`${value(auth.username)}:${value(auth.password)}`)}`);
    case "bearer":
      return header("Authorization", `Bearer ${value(auth.token)}`);
    case "oauth2_client_credentials": {
      const [id, secret] = [value(auth.client_id), value(auth.client_secret)];
      const form = new URLSearchParams({ grant_type: "client_credentials" });
      if (auth.scopes.length > 0) form.set("scope", auth.scopes.join(" "));
      const headers: Record<string, string> = {};
      if (auth.client_auth === "basic") headers.Authorization = `Basic ${base64(`${id}:${secret}`)}`;
      else
        for (const [name, text] of [
          ["client_id", id],
          ["client_secret", secret],
        ] as const)
          form.set(name, text);
      const token = await fetchToken(new URL(auth.token_url, `${base}/`), {
        body: form,
        headers,
        path: "access_token",
        signal,
      });
      return header("Authorization", `Bearer ${token}`);
    }
    case "session": {
      const body = JSON.stringify({
        [auth.username_field]: value(auth.username),
        [auth.password_field]: value(auth.password),
      });
      const headers = { "content-type": "application/json" };
      const token = await fetchToken(new URL(base + auth.login_path), { body, headers, path: auth.token_path, signal });
      return header(auth.header, auth.prefix + token);
    }
    default:
      return auth satisfies never;
  }
}

interface TokenRequest {
  body: URLSearchParams | string;
  headers: Record<string, string>;
  path: string;
  signal: AbortSignal;
}

async function fetchToken(url: URL, { body, headers, path, signal }: TokenRequest): Promise<string> {
  const answer = await request(url, { method: "POST", body, headers, signal });
  const token = answer.body === undefined ? undefined : atPath(answer.body, path);
  if (answer.status >= 400 || token === undefined || token === null) {
    throw new UserError(`The source gave no token at ${url.pathname}: status ${answer.status}.`, {
      hint: "Check the credentials that the spec refers to.",
    });
  }
  return String(token);
}

async function request(url: URL, init: RequestInit & { signal: AbortSignal }): Promise<Answer> {
  const signal = AbortSignal.any([init.signal, AbortSignal.timeout(60_000)]);
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, { ...init, signal });
    text = await response.text();
  } catch (error) {
    init.signal.throwIfAborted();
    const why = messageOf((error as Error).cause ?? error);
    throw new UserError(`The source did not answer at ${url.origin}${url.pathname}: ${why}.`, { cause: error });
  }
  return { status: response.status, headers: response.headers, body: parseExactly(text) };
}

/** Numbers keep every digit: integers beyond 2^53 as bigint, decimals that a float would change as their text. */
export function parseExactly(text: string): Json | undefined {
  try {
    return parse(text, null, (digits) => {
      const value = Number(digits);
      if (/^-?\d+$/.test(digits)) return Number.isSafeInteger(value) ? value : BigInt(digits);
      return significant(digits) > 15 ? digits : value;
    }) as Json;
  } catch {
    return undefined;
  }
}

function significant(digits: string): number {
  return digits
    .replace(/[eE].*$/, "")
    .replace(/[-.]/g, "")
    .replace(/^0+/, "").length;
}

/** The value at a dotted path; undefined when there is none. */
export function atPath(value: Json, path: string): Json | undefined {
  let found: Json | undefined = value;
  for (const step of path === "" ? [] : path.split(".")) {
    if (found === null || typeof found !== "object" || Array.isArray(found)) return undefined;
    found = found[step];
  }
  return found;
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
