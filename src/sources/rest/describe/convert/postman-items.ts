/** The requests of a Postman collection in order, with what the folders around them hand down. */
import { UserError } from "../../../../errors.ts";
import { isObject, type JsonObject } from "../../../http/describe/pointer.ts";
import type { Pair } from "./credentials.ts";
import { pairsOf, textOfDescription, type Variables } from "./postman-url.ts";

export interface PostmanRequest {
  name: string;
  description: { text: string; pointer: string };
  /** In lower case. */
  method: string;
  url: unknown;
  urlPointer: string;
  /** Of the request. */
  pointer: string;
  headers: Pair[];
  /** The `auth` block that holds; undefined where neither the request nor a folder has one. */
  auth: { block: JsonObject; pointer: string } | undefined;
  variables: Variables;
  examples: { value: JsonObject; pointer: string }[];
  /** The query, where the request asks with GraphQL. */
  graphql: string | undefined;
  /** As it was sent for a saved example: another sending of the request before it. */
  again: boolean;
}

/** Deeper than folders are ever nested. */
const MAX_FOLDERS = 60;

interface Scope {
  pointer: string;
  auth: PostmanRequest["auth"];
  variables: Variables;
  depth: number;
}

/** Throws `UserError` for an entry that is neither a request nor a folder. Requests made for saved examples count too. */
export function flattenItems(address: string, collection: JsonObject): PostmanRequest[] {
  const found: PostmanRequest[] = [];
  const visit = (owner: JsonObject, scope: Scope): void => {
    const inner = scopeOf(owner, scope);
    for (const [index, item] of (owner.item as unknown[]).entries()) {
      const pointer = `${scope.pointer}/item/${index}`;
      if (!isObject(item)) throw malformed(address, pointer, "is neither a request nor a folder");
      if (Array.isArray(item.item)) {
        if (scope.depth > MAX_FOLDERS) throw malformed(address, pointer, "lies too deep in folders");
        visit(item, { ...inner, pointer, depth: scope.depth + 1 });
      } else if (item.request !== undefined)
        found.push(...requestsOf(item, { ...scopeOf(item, { ...inner, pointer }) }));
      else throw malformed(address, pointer, "has neither a request nor a list of items");
    }
  };
  visit(collection, { pointer: "", auth: undefined, variables: new Map(), depth: 0 });
  return found;
}

function malformed(address: string, pointer: string, what: string): UserError {
  return new UserError(`${address} is not a whole Postman collection: ${pointer} ${what}.`, {
    hint: "Export it from Postman again, as Collection v2.1.",
  });
}

/** An absent or empty `auth` means that of the folder around. */
function scopeOf(owner: JsonObject, scope: Scope): Scope {
  const list = Array.isArray(owner.variable) ? owner.variable : owner.variables;
  const key = Array.isArray(owner.variable) ? "variable" : "variables";
  const own = pairsOf(list, `${scope.pointer}/${key}`).map(
    ({ name, value, pointer }): [string, { value: string; pointer: string }] => [
      name,
      { value, pointer: `${pointer}/value` },
    ],
  );
  return {
    ...scope,
    auth: isObject(owner.auth) ? { block: owner.auth, pointer: `${scope.pointer}/auth` } : scope.auth,
    variables: new Map([...scope.variables, ...own.filter(([, { value }]) => value !== "")]),
  };
}

/** The request as it is saved, and as it was sent for each example: the parameters may differ. */
function requestsOf(item: JsonObject, scope: Scope): PostmanRequest[] {
  const pointer = `${scope.pointer}/request`;
  const examples = (Array.isArray(item.response) ? item.response : [])
    .map((value: unknown, index) => ({ value, pointer: `${scope.pointer}/response/${index}` }))
    .filter((example): example is { value: JsonObject; pointer: string } => isObject(example.value));
  const name = typeof item.name === "string" ? item.name : "";
  const own = requestOf(item.request, { pointer, name, scope });
  if (own === undefined) return [];
  const others = examples.flatMap((example) => {
    const sent = requestOf(example.value.originalRequest, {
      pointer: `${example.pointer}/originalRequest`,
      name,
      scope: { ...scope, auth: own.auth },
    });
    return sent === undefined ? [] : [{ ...sent, description: own.description, again: true }];
  });
  return [{ ...own, examples }, ...others];
}

function requestOf(
  request: unknown,
  { pointer, name, scope }: { pointer: string; name: string; scope: Scope },
): PostmanRequest | undefined {
  if (typeof request === "string") return plainRequest(request, { pointer, name, scope });
  if (!isObject(request)) return undefined;
  const held = isObject(request.description) ? "/description/content" : "/description";
  return {
    name,
    description: { text: textOfDescription(request.description), pointer: `${pointer}${held}` },
    method: typeof request.method === "string" ? request.method.toLowerCase() : "get",
    url: request.url,
    urlPointer: `${pointer}/url`,
    pointer,
    headers: headersOf(request.header, `${pointer}/header`),
    auth: isObject(request.auth) ? { block: request.auth, pointer: `${pointer}/auth` } : scope.auth,
    variables: scope.variables,
    examples: [],
    graphql: graphqlOf(request.body),
    again: false,
  };
}

/** A request that is only an address is a GET. */
function plainRequest(url: string, facts: { pointer: string; name: string; scope: Scope }): PostmanRequest {
  const { pointer, name, scope } = facts;
  const { auth, variables } = scope;
  const nothing = { headers: [], examples: [], graphql: undefined, again: false };
  const description = { text: "", pointer };
  return { name, description, method: "get", url, urlPointer: pointer, pointer, auth, variables, ...nothing };
}

/** A list, or lines of text. */
function headersOf(header: unknown, pointer: string): Pair[] {
  if (typeof header !== "string") return pairsOf(header, pointer);
  return header.split("\n").flatMap((line) => {
    const [, name, value = ""] = /^\s*([\w-]+):\s*(.*?)\s*$/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, value, pointer }];
  });
}

function graphqlOf(body: unknown): string | undefined {
  if (!isObject(body)) return undefined;
  if (isObject(body.graphql)) return String(body.graphql.query ?? "");
  const raw = body.mode === "raw" && typeof body.raw === "string" ? body.raw : "";
  return /^\s*\{\s*"query"\s*:\s*"\s*(query|\{)/.test(raw) ? raw : undefined;
}
