/** Who may read the stand-in: every kind of authentication, with token and login endpoints of its own. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Auth } from "../../../artifacts/auth.ts";
import type { HttpSource } from "../../../artifacts/kinds/http.ts";
import { UserError } from "../../../errors.ts";
import { type ExactObject, putAt } from "./exact.ts";
import { type Answer, type Asked, Refusal } from "./exchange.ts";
import { createRandom } from "./random.ts";

export interface Gate {
  /** Answers a request for a token or a login; undefined when the request is neither. Throws `Refusal`. */
  issue(asked: Asked): Answer | undefined;
  /** Throws `Refusal` (401) when the request does not carry what it must. */
  admit(asked: Asked): void;
  /** Query parameter that carries a key: it is neither logged nor handed on in addresses. */
  queryName: string | undefined;
  /** Refuses from now on every token that was given out. Only where tokens are. */
  expireTokens?: () => void;
}

export interface GateOptions {
  configuration: Record<string, string>;
  seed: number;
  /** Seconds a token is good for. */
  tokenSeconds: number;
  /** Milliseconds, any origin. */
  now: () => number;
}

/** Throws `UserError` when the token's address is not on the source's own host. */
export function createGate(blueprint: { source: HttpSource }, options: GateOptions): Gate {
  const { auth, base_url } = blueprint.source;
  const value = (key: string) => (key === "" ? "" : (options.configuration[key] ?? ""));
  switch (auth.kind) {
    case "none":
      return { issue: () => undefined, admit: () => undefined, queryName: undefined };
    case "api_key":
      return apiKeyGate(auth, value(auth.value));
    case "basic": {
      const wanted = Buffer.from(`${value(auth.username)}:${value(auth.password)}`).toString("base64");
      return headerGate("authorization", (sent) => schemeIs(sent, "basic", wanted), "Basic");
    }
    case "bearer":
      return headerGate("authorization", (sent) => schemeIs(sent, "bearer", value(auth.token)), "Bearer");
    case "oauth2_client_credentials": {
      const tokens = createTokens(options);
      const path = endpointPath(base_url, auth.token_url, "token_url");
      const issue = (asked: Asked) => (asked.path === path ? issueToken(asked, { auth, value, tokens }) : undefined);
      const gate = headerGate("authorization", (sent) => tokens.good(afterScheme(sent, "bearer")), "Bearer");
      return { ...gate, issue, expireTokens: tokens.expire };
    }
    case "session": {
      const tokens = createTokens(options);
      const path = endpointPath(base_url, auth.login_path, "login_path");
      const issue = (asked: Asked) => (asked.path === path ? logIn(asked, { auth, value, tokens }) : undefined);
      const good = (sent: string) => sent.startsWith(auth.prefix) && tokens.good(sent.slice(auth.prefix.length));
      return { ...headerGate(auth.header, good, undefined), issue, expireTokens: tokens.expire };
    }
  }
}

/**
 * The path at which an endpoint is served. A connector is pointed at the stand-in by its base address alone, so an
 * absolute address must be on the host of the base address: then it moves with it.
 */
function endpointPath(baseUrl: string, address: string, field: string): string {
  const base = new URL(baseUrl);
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(address)) {
    return `${base.pathname.replace(/\/$/, "")}/${address.replace(/^\//, "")}`;
  }
  const absolute = new URL(address);
  if (absolute.host === base.host) return absolute.pathname;
  throw new UserError(`The source cannot be simulated: its ${field} is on ${absolute.host}, not on ${base.host}.`, {
    hint: "The stand-in has one address. Test this source live, or state a token address on the source's own host.",
  });
}

function apiKeyGate(auth: Extract<Auth, { kind: "api_key" }>, key: string): Gate {
  const wanted = `${auth.prefix ?? ""}${key}`;
  if (auth.in === "header") return headerGate(auth.name, (sent) => same(sent, wanted), undefined);
  const admit = (asked: Asked) => {
    const sent = asked.query.filter(([name]) => name === auth.name).map(([, value]) => value);
    if (sent.length === 0 || !sent.every((value) => same(value, wanted))) throw unauthorized(undefined);
  };
  return { issue: () => undefined, admit, queryName: auth.name };
}

function headerGate(name: string, good: (sent: string) => boolean, scheme: string | undefined): Gate {
  const admit = (asked: Asked) => {
    const sent = asked.headers[name.toLowerCase()];
    if (typeof sent !== "string" || !good(sent)) throw unauthorized(scheme);
  };
  return { issue: () => undefined, admit, queryName: undefined };
}

function unauthorized(scheme: string | undefined): Refusal {
  const headers: Record<string, string> =
    scheme === undefined ? {} : { "www-authenticate": `${scheme} realm="simulated"` };
  return new Refusal(401, { code: "unauthorized", message: "The credentials are missing, wrong or expired.", headers });
}

interface Tokens {
  issue(): string;
  good(token: string): boolean;
  /** All that were issued so far. */
  expire(): void;
  seconds: number;
}

function createTokens(options: GateOptions): Tokens {
  const random = createRandom(options.seed, "tokens");
  const expiry = new Map<string, number>();
  return {
    seconds: options.tokenSeconds,
    issue: () => {
      const token = `tok.${random.text(40, "abcdefghijklmnopqrstuvwxyz0123456789-_~+/")}=`;
      expiry.set(token, options.now() + options.tokenSeconds * 1000);
      return token;
    },
    expire: () => expiry.clear(),
    good: (token) => (expiry.get(token) ?? Number.NEGATIVE_INFINITY) > options.now(),
  };
}

interface Endpoint<K extends Auth["kind"]> {
  auth: Extract<Auth, { kind: K }>;
  value: (key: string) => string;
  tokens: Tokens;
}

/** RFC 6749, 4.4: a form, answered with a bearer token that expires. */
function issueToken(asked: Asked, endpoint: Endpoint<"oauth2_client_credentials">): Answer {
  const { auth, value, tokens } = endpoint;
  mustPost(asked, "application/x-www-form-urlencoded", "invalid_request");
  const form = new URLSearchParams(asked.body);
  const [id, secret] = [value(auth.client_id), value(auth.client_secret)];
  const known =
    auth.client_auth === "body"
      ? same(form.get("client_id") ?? "", id) && same(form.get("client_secret") ?? "", secret)
      : basicForms(id, secret).some((wanted) => schemeIs(String(asked.headers.authorization ?? ""), "basic", wanted));
  if (!known)
    throw new Refusal(401, { code: "invalid_client", message: "The client is unknown or its secret is wrong." });
  if (form.get("grant_type") !== "client_credentials") {
    throw new Refusal(400, { code: "unsupported_grant_type", message: "The grant_type must be client_credentials." });
  }
  const asking = (form.get("scope") ?? "").split(" ").filter((scope) => scope !== "");
  if (!auth.scopes.every((scope) => asking.includes(scope)) || !asking.every((scope) => auth.scopes.includes(scope))) {
    throw new Refusal(400, { code: "invalid_scope", message: `The scope must be "${auth.scopes.join(" ")}".` });
  }
  const scope: ExactObject = auth.scopes.length > 0 ? { scope: auth.scopes.join(" ") } : {};
  const body = { access_token: tokens.issue(), token_type: "Bearer", expires_in: tokens.seconds, ...scope };
  return { status: 200, headers: { "cache-control": "no-store" }, body };
}

/** RFC 6749, 2.3.1 wants both halves form-encoded before base64; many clients and servers leave that out. */
function basicForms(id: string, secret: string): string[] {
  const form = (text: string) => new URLSearchParams([["", text]]).toString().slice(1);
  const pairs = [
    `${id}:${secret}`,
    `${form(id)}:${form(secret)}`,
    `${encodeURIComponent(id)}:${encodeURIComponent(secret)}`,
  ];
  return pairs.map((pair) => Buffer.from(pair).toString("base64"));
}

function logIn(asked: Asked, endpoint: Endpoint<"session">): Answer {
  const { auth, value, tokens } = endpoint;
  mustPost(asked, "application/json", "bad_request");
  const sent = readJsonObject(asked.body);
  const [user, password] = [sent[auth.username_field], sent[auth.password_field]];
  if (!same(String(user ?? ""), value(auth.username)) || !same(String(password ?? ""), value(auth.password))) {
    throw new Refusal(401, { code: "unauthorized", message: "The user name or the password is wrong." });
  }
  const body: ExactObject = {};
  putAt(body, auth.token_path, tokens.issue());
  return { status: 200, headers: { "cache-control": "no-store" }, body };
}

function mustPost(asked: Asked, type: string, code: string): void {
  if (asked.method !== "POST") {
    throw new Refusal(405, {
      code: "method_not_allowed",
      message: "Only POST is allowed here.",
      headers: { allow: "POST" },
    });
  }
  const sent = (asked.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase();
  if (sent !== type) throw new Refusal(400, { code, message: `The body must be ${type}.` });
}

function readJsonObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return { ...value };
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  throw new Refusal(400, { code: "bad_request", message: "The body must be a JSON object." });
}

/** Names of schemes are compared without case (RFC 9110, 11.1). */
function afterScheme(sent: string, scheme: string): string {
  return sent.slice(0, scheme.length + 1).toLowerCase() === `${scheme} ` ? sent.slice(scheme.length + 1) : "";
}

function schemeIs(sent: string, scheme: string, wanted: string): boolean {
  return same(afterScheme(sent, scheme), wanted);
}

function same(sent: string, wanted: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(sent), digest(wanted));
}
