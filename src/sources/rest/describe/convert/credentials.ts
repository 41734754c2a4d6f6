/** Ways of authenticating, from the headers and parameters that requests carry. Values are masked by now. */
import { isObject, type JsonObject } from "../../../http/describe/pointer.ts";
import { isCredential } from "../../../http/describe/secret-names.ts";
import type { RecordedScheme } from "./build-description.ts";

/** A header or a parameter of a request; `pointer` is its place in the stored document. */
export interface Pair {
  name: string;
  value: string;
  pointer: string;
  description?: string;
}

/** Scheme by name: several are sent together. */
export function credentialsOf(request: {
  headers: readonly Pair[];
  query: readonly Pair[];
}): Map<string, RecordedScheme> {
  const found = new Map<string, RecordedScheme>();
  for (const pair of request.headers) {
    if (!isCredential(pair, "header")) continue;
    const { name, value, pointer } = pair;
    const { scheme, title } = headerScheme(name, value);
    found.set(title, { scheme, pointer });
  }
  for (const pair of request.query.filter((one) => isCredential(one, "query"))) {
    const { name, pointer } = pair;
    found.set(name, { scheme: { type: "apiKey", in: "query", name }, pointer });
  }
  return found;
}

function headerScheme(name: string, value: string): { title: string; scheme: JsonObject } {
  const word = /^([A-Za-z-]+)\s+\S/.exec(value)?.[1];
  if (name.toLowerCase() !== "authorization") {
    return { title: name, scheme: { type: "apiKey", in: "header", name } };
  }
  if (word !== undefined && /^(bearer|basic)$/i.test(word)) {
    return { title: word.toLowerCase(), scheme: { type: "http", scheme: word.toLowerCase() } };
  }
  const words = word === undefined ? "" : { description: `Sent as ${word} <key>` };
  return { title: name, scheme: { type: "apiKey", in: "header", name, ...(words === "" ? {} : words) } };
}

/**
 * The scheme of a Postman `auth` block; undefined for one that says to use none. Both of the format's ways of writing a
 * block are read: a list of `key` and `value`, and an object.
 */
export function schemeOfBlock(block: JsonObject): { title: string; scheme: JsonObject } | undefined {
  const type = String(block.type ?? "");
  const facts = factsOf(block[type]);
  switch (type) {
    case "noauth":
      return undefined;
    case "basic":
    case "bearer":
      return { title: type, scheme: { type: "http", scheme: type } };
    case "apikey": {
      const name = facts.get("key") ?? "X-Api-Key";
      return { title: name, scheme: { type: "apiKey", in: facts.get("in") === "query" ? "query" : "header", name } };
    }
    case "oauth2":
      return { title: type, scheme: oauthScheme(facts) };
    default:
      return { title: type, scheme: { type } };
  }
}

/** Without a grant the block holds a finished token, which is sent as a bearer token. */
function oauthScheme(facts: ReadonlyMap<string, string>): JsonObject {
  const grant = facts.get("grant_type");
  if (grant === undefined) return { type: "http", scheme: "bearer" };
  const scopes = (facts.get("scope") ?? "").split(/[\s,]+/).filter((scope) => scope !== "");
  const flow = {
    tokenUrl: facts.get("accessTokenUrl"),
    scopes: Object.fromEntries(scopes.map((scope) => [scope, ""])),
  };
  return { type: "oauth2", flows: { [grant === "client_credentials" ? "clientCredentials" : grant]: flow } };
}

function factsOf(block: unknown): Map<string, string> {
  const pairs = Array.isArray(block)
    ? block.filter(isObject).map((pair): [string, unknown] => [String(pair.key), pair.value])
    : isObject(block)
      ? Object.entries(block)
      : [];
  return new Map(pairs.flatMap(([key, value]) => (typeof value === "string" && value !== "" ? [[key, value]] : [])));
}
