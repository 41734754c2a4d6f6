/** Configuration and authentication, as the generated code needs them. */
import { type Auth, CREDENTIAL_FIELDS } from "../../../artifacts/auth.ts";
import type { ConfigurationKey } from "../../../artifacts/blueprint.ts";
import type { HttpSource } from "../../../artifacts/kinds/http.ts";
import { pythonLiteral } from "../../../python/python-literal.ts";

/** What of a blueprint access depends on. */
interface Blueprint {
  source: HttpSource;
  configuration: ConfigurationKey[];
}

export interface AccessView {
  /** How requests are authenticated, by the code it takes. */
  auth: "none" | "header" | "query" | "basic" | "oauth" | "session";
  /** Whether a token has to be fetched. */
  token: boolean;
  secrets: boolean;
  /** What each credential is called in the configuration, and where it goes. */
  credential: Record<string, string>;
  credential_keys: string[];
  oauth: { url: string; url_key: string; scopes: string; client_auth: string };
  login: Record<string, string>;
  required: { key: string; description: string }[];
  defaults: Record<string, string>;
  ascii_credentials: boolean;
  headers: Record<string, string> | false;
}

export function accessView(blueprint: Blueprint): AccessView {
  const { auth, headers } = blueprint.source;
  const keys = configurationKeys(blueprint);
  const kind = authKind(auth);
  return {
    auth: kind,
    token: kind === "oauth" || kind === "session",
    secrets: kind !== "none",
    credential: credentialOf(auth),
    credential_keys: credentialKeys(auth),
    oauth: oauthOf(blueprint),
    login: loginOf(auth),
    required: keys
      .filter((key) => key.required && key.default === undefined)
      .map(({ key, description }) => ({ key, description: sentence(description) })),
    defaults: Object.fromEntries(
      keys.flatMap(({ key, default: value }) => (value === undefined ? [] : [[key, value]])),
    ),
    ascii_credentials: kind === "header",
    headers: Object.keys(headers).length === 0 ? false : headers,
  };
}

/** All keys of the configuration: the base address always has one, and so has every credential. */
export function configurationKeys(blueprint: Blueprint): ConfigurationKey[] {
  const stated = blueprint.configuration.filter((key) => key.key !== "base_url");
  const known = new Set(stated.map((key) => key.key));
  const missing = credentialKeys(blueprint.source.auth).filter((key) => !known.has(key));
  const base = blueprint.configuration.find((key) => key.key === "base_url");
  return [
    {
      key: "base_url",
      description: base?.description ?? "Address of the API",
      secret: false,
      required: false,
      default: base?.default ?? blueprint.source.base_url,
    },
    ...stated,
    ...missing.map((key) => ({ key, description: key.replaceAll("_", " "), secret: true, required: true })),
  ];
}

/** What the client takes care of, for its docstring: `Retries, pacing and paging`. */
export function concernsOf({ source }: Blueprint, last: string): string {
  const words = [
    ...(source.auth.kind === "none" ? [] : ["authentication"]),
    "retries",
    ...(source.rate_limit === undefined ? [] : ["pacing"]),
  ];
  const text = `${words.join(", ")} and ${last}`;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function authKind(auth: Auth): AccessView["auth"] {
  switch (auth.kind) {
    case "api_key":
      return auth.in;
    case "bearer":
      return "header";
    case "oauth2_client_credentials":
      return "oauth";
    default:
      return auth.kind;
  }
}

/** Names of the configuration keys that hold credentials. */
function credentialKeys(auth: Auth): string[] {
  const fields = new Map(Object.entries(auth));
  return CREDENTIAL_FIELDS[auth.kind].map((field) => String(fields.get(field) ?? "")).filter((key) => key !== "");
}

function credentialOf(auth: Auth): Record<string, string> {
  switch (auth.kind) {
    case "none":
      return {};
    case "api_key":
      return { value: auth.value, header: auth.name, parameter: auth.name, text: prefixed(auth.prefix ?? "", "key") };
    case "bearer":
      return { value: auth.token, header: "Authorization", text: prefixed("Bearer ", "key") };
    case "oauth2_client_credentials":
      return { client_id: auth.client_id, client_secret: auth.client_secret };
    default:
      return { username: auth.username, password: auth.password };
  }
}

function oauthOf(blueprint: Blueprint): AccessView["oauth"] {
  const { auth, base_url } = blueprint.source;
  if (auth.kind !== "oauth2_client_credentials") return { url: "", url_key: "", scopes: "", client_auth: "" };
  const key = blueprint.configuration.find(({ key }) => key === "token_url");
  return {
    url: tokenUrl(auth.token_url, base_url),
    url_key: key === undefined ? "" : key.key,
    scopes: auth.scopes.join(" "),
    client_auth: auth.client_auth,
  };
}

/** Kept relative to the configured address where it can be, so that a connection through a proxy stays on it. */
function tokenUrl(url: string, baseUrl: string): string {
  if (!/^https?:/i.test(url)) return `self.base_url + ${pythonLiteral(url.startsWith("/") ? url : `/${url}`)}`;
  if (url.startsWith(`${baseUrl}/`)) return `self.base_url + ${pythonLiteral(url.slice(baseUrl.length))}`;
  const address = new URL(url);
  if (address.origin !== new URL(baseUrl).origin) return pythonLiteral(url);
  return `urljoin(self.base_url, ${pythonLiteral(address.pathname + address.search)})`;
}

function loginOf(auth: Auth): Record<string, string> {
  if (auth.kind !== "session") return {};
  return {
    path: auth.login_path.startsWith("/") ? auth.login_path : `/${auth.login_path}`,
    header: auth.header,
    text: prefixed(auth.prefix, "self._token"),
    username_field: auth.username_field,
    password_field: auth.password_field,
    token_path: auth.token_path,
    missing: `login: the answer has no token at '${auth.token_path}'`,
  };
}

/** A Python expression for a variable with text before it. */
function prefixed(prefix: string, variable: string): string {
  if (prefix === "") return variable;
  return /^[\w .:;=,-]+$/.test(prefix) ? `f"${prefix}{${variable}}"` : `${pythonLiteral(prefix)} + ${variable}`;
}

function sentence(text: string): string {
  return text.trim().replace(/\.+$/, "");
}
