/** What a request carries to be let in: the given credentials, none, or wrong ones of the same form. */
import { randomInt } from "node:crypto";
import { type Auth, SECRET_FIELDS } from "../../../artifacts/auth.ts";
import { UserError } from "../../../errors.ts";
import { atPath, parseExactly } from "../../answers/exact.ts";
import { type Hosts, otherHost } from "./hosts.ts";
import { send } from "./transport.ts";

export interface Credentials {
  headers: Record<string, string>;
  query: Record<string, string>;
  /** Values that must not be shown. */
  secrets: string[];
}

export const NO_CREDENTIALS: Credentials = { headers: {}, query: {}, secrets: [] };

export interface Login {
  auth: Auth;
  hosts: Hosts;
  configuration: Record<string, string>;
  signal: AbortSignal;
  /** For a token, until the whole answer is there. Default 60. */
  seconds?: number;
}

/** Fields of `auth` name configuration keys. Throws `UserError` when the source gives no token. */
export async function authenticate(login: Login): Promise<Credentials> {
  const { auth, configuration } = login;
  const value = (key: string) => configuration[key] ?? "";
  const fields: Readonly<Record<string, unknown>> = { ...auth };
  const secrets = SECRET_FIELDS[auth.kind].map((field) => value(String(fields[field])));
  switch (auth.kind) {
    case "none":
      return NO_CREDENTIALS;
    case "api_key":
      return { ...placed(auth, value(auth.value)), secrets };
    case "basic":
      return { ...basic(value(auth.username), value(auth.password)), secrets };
    case "bearer":
      return { ...header("Authorization", `Bearer ${value(auth.token)}`), secrets };
    case "oauth2_client_credentials": {
      const token = await clientToken(auth, login);
      return { ...header("Authorization", `Bearer ${token}`), secrets: [...secrets, token] };
    }
    case "session": {
      const token = await sessionToken(auth, login);
      return { ...header(auth.header, auth.prefix + token), secrets: [...secrets, token] };
    }
    default:
      return auth satisfies never;
  }
}

/**
 * Of the form of the given ones, character class by character class, and drawn anew each time. Where a token is fetched it
 * is the token that is wrong: nobody logs in with a wrong password, which may lock an account; nor is a real user named.
 */
export function wrongCredentials(auth: Auth, configuration: Record<string, string>): Credentials {
  const wrong = (key: string) => scrambled(configuration[key] || "wrong-credential");
  const token = scrambled("Wrong0Token0Wrong0Token0Wrong0Token0");
  switch (auth.kind) {
    case "none":
      return NO_CREDENTIALS;
    case "api_key":
      return placed(auth, wrong(auth.value));
    case "basic":
      return basic(wrong(auth.username), wrong(auth.password));
    case "bearer":
      return header("Authorization", `Bearer ${wrong(auth.token)}`);
    case "oauth2_client_credentials":
      return header("Authorization", `Bearer ${token}`);
    case "session":
      return header(auth.header, auth.prefix + token);
    default:
      return auth satisfies never;
  }
}

function placed(auth: Extract<Auth, { kind: "api_key" }>, value: string): Credentials {
  const text = (auth.prefix ?? "") + value;
  return auth.in === "header" ? header(auth.name, text) : { ...NO_CREDENTIALS, query: { [auth.name]: text } };
}

function basic(username: string, password: string): Credentials {
  return header("Authorization", `Basic ${base64(`${username}:${password}`)}`);
}

function header(name: string, text: string): Credentials {
  return { ...NO_CREDENTIALS, headers: { [name]: text } };
}

/** The first character always differs, so that what comes out is never what went in. */
function scrambled(text: string): string {
  const other = (character: string, alphabet: string) => {
    const rest = alphabet.replace(character, "");
    return rest[randomInt(rest.length)] ?? character;
  };
  return text
    .replace(/[a-z]/g, (character) => other(character, "abcdefghijklmnopqrstuvwxyz"))
    .replace(/[A-Z]/g, (character) => other(character, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    .replace(/[0-9]/g, (character) => other(character, "0123456789"))
    .replace(/^[^a-zA-Z0-9]*$/, "wrong");
}

function clientToken(auth: Extract<Auth, { kind: "oauth2_client_credentials" }>, login: Login): Promise<string> {
  const [id, secret] = [auth.client_id, auth.client_secret].map((key) => login.configuration[key] ?? "");
  const body = new URLSearchParams({ grant_type: "client_credentials" });
  if (auth.scopes.length > 0) body.set("scope", auth.scopes.join(" "));
  const headers: Record<string, string> = {};
  if (auth.client_auth === "basic") headers.Authorization = `Basic ${base64(`${id}:${secret}`)}`;
  else {
    body.set("client_id", id ?? "");
    body.set("client_secret", secret ?? "");
  }
  return fetchToken(tokenAddress(auth.token_url, login.hosts), { body, headers, path: "access_token" }, login);
}

function sessionToken(auth: Extract<Auth, { kind: "session" }>, login: Login): Promise<string> {
  const body = JSON.stringify({
    [auth.username_field]: login.configuration[auth.username] ?? "",
    [auth.password_field]: login.configuration[auth.password] ?? "",
  });
  const headers = { "content-type": "application/json" };
  return fetchToken(tokenAddress(auth.login_path, login.hosts), { body, headers, path: auth.token_path }, login);
}

/** Relative to the base address, also with a slash in front; an absolute one may be on a host of its own. */
function tokenAddress(address: string, hosts: Hosts): URL {
  if (!/^https?:/i.test(address)) return new URL(`${hosts.base}/${address.replace(/^\//, "")}`);
  const url = new URL(address);
  return hosts.confine(url) ?? url;
}

interface TokenRequest {
  body: URLSearchParams | string;
  headers: Record<string, string>;
  path: string;
}

/** A token may be given by a host of its own: its redirects stay there. */
async function fetchToken(url: URL, { path, ...request }: TokenRequest, { signal, seconds }: Login): Promise<string> {
  const answer = await send(url, {
    method: "POST",
    ...request,
    signal,
    ...(seconds === undefined ? {} : { seconds }),
    confine: (to) => (to.origin === url.origin ? to : undefined),
  });
  if (answer.elsewhere) throw otherHost(answer.elsewhere);
  const body = parseExactly(answer.text);
  const token = body === undefined ? undefined : atPath(body, path);
  if (answer.status >= 400 || token === undefined || token === null) {
    throw new UserError(`The source gave no token at ${url.pathname}: status ${answer.status}.`, {
      hint: "Check the credentials that the spec refers to.",
    });
  }
  return String(token);
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
