/** How the source is authenticated against, from the security schemes and what the tables' endpoints require. */
import type { Auth } from "../../../artifacts/auth.ts";
import { withConfigurationKeys } from "../../http/describe/configuration.ts";
import {
  below,
  type DescriptionDocument,
  followed,
  isObject,
  type Located,
  membersOf,
  rootOf,
} from "../../http/describe/pointer.ts";
import { at, type Citation, type Claimed, documented, unproven } from "./draft.ts";
import { isSwagger, type Operation } from "./operations.ts";

export interface SecurityResult extends Claimed<Auth> {
  custom: string[];
}

interface Scheme {
  name: string;
  node: Located;
  auth: Auth | undefined;
  note: string | undefined;
}

/** `in name`, lower-cased, of the parameters that carry credentials: nobody else may fill them. */
export function credentialParameters(document: DescriptionDocument): Set<string> {
  const names = schemesOf(document).map(([, node]) => node.value);
  return new Set([
    "header authorization",
    ...names.filter(isObject).map((scheme) => `${scheme.in} ${scheme.name}`.toLowerCase()),
  ]);
}

/**
 * One way for the whole source: the scheme that most of `operations` accept on its own. An operation that accepts
 * requests without credentials counts for none.
 */
export function findAuth(
  document: DescriptionDocument,
  operations: readonly Operation[],
  base: string,
): SecurityResult {
  const all = schemesOf(document).map(([name, node]) => schemeOf(name, node, base));
  const required = operations.filter((operation) => alternatives(operation).length > 0 && !isOptional(operation));
  if (required.length === 0) return withoutRequirement(document, { all, operations });
  const votes = all.map((scheme) => ({ scheme, count: required.filter((one) => accepts(one, scheme.name)).length }));
  const [best] = votes.filter(({ scheme, count }) => scheme.auth && count > 0).sort((a, b) => b.count - a.count);
  if (best?.scheme.auth === undefined) return unsupported(all, required);
  const { scheme, count } = best;
  const auth = withScopes(best.scheme.auth, { operations: required, name: scheme.name });
  const missed = count < required.length ? `${required.length - count} endpoints demand another way` : undefined;
  const note = [scheme.note, missed].filter((one) => one !== undefined).join("; ");
  const first = required.find((operation) => accepts(operation, scheme.name));
  return {
    value: auth,
    claim: documented([at(scheme.node), at(first?.security)], note),
    custom: missed ? [`Authentication: ${missed}.`] : [],
  };
}

function withoutRequirement(
  document: DescriptionDocument,
  { all, operations }: { all: Scheme[]; operations: readonly Operation[] },
): SecurityResult {
  const open = operations.find((operation) => operation.security !== undefined);
  if (open !== undefined)
    return {
      value: { kind: "none" },
      claim: documented([at(open.security)], "no credentials are required"),
      custom: [],
    };
  const [scheme] = all.filter((one) => one.auth !== undefined);
  if (all.length === 0 || scheme?.auth === undefined) {
    const what = all.length === 0 ? "no way to authenticate" : "only ways to authenticate that are not supported";
    const reason = `The description names ${what}; requests are sent without credentials.`;
    return {
      value: { kind: "none" },
      claim: unproven(
        reason,
        all.map((one) => at(one.node)),
      ),
      custom: [],
    };
  }
  const optional = optionalWords(document, scheme.node);
  if (optional !== undefined) {
    return { value: { kind: "none" }, claim: documented([optional, at(scheme.node)], "a key is optional"), custom: [] };
  }
  const reason = `${scheme.name} is defined, but no endpoint says that it requires it; it is taken for all.`;
  return { value: scheme.auth, claim: unproven(reason, [at(scheme.node)]), custom: [] };
}

/** "Without a key, you can make …", "use an API key to get higher limits". */
function optionalWords(document: DescriptionDocument, scheme: Located): Citation | undefined {
  const words =
    /without (a|an|any) (api )?(key|token|authentication)\b[^.]*\b(can|may|free|limited)|(key|token|authentication) is (optional|not required)|no authentication (is )?(required|needed)/i;
  for (const node of [below(scheme, "description"), below(rootOf(document), "info", "description")]) {
    const match = typeof node.value === "string" ? words.exec(node.value) : null;
    if (match !== null) return at(node, match[0]);
  }
  return undefined;
}

function unsupported(all: Scheme[], required: readonly Operation[]): SecurityResult {
  const combined = required.some((operation) => alternatives(operation).every((one) => Object.keys(one).length > 1));
  const kinds = all.map((scheme) => `${scheme.name} (${kindOf(scheme.node)})`).join(", ") || "an undefined scheme";
  const what = combined ? `several credentials at once: ${kinds}` : kinds;
  const reason = `The source demands ${what}, which is not supported without further ado; requests are sent without credentials.`;
  return {
    value: { kind: "none" },
    claim: unproven(reason, [...all.map((scheme) => at(scheme.node)), at(required[0]?.security)]),
    custom: [`Authentication: the source demands ${what}. State \`auth\` in the spec.`],
  };
}

function schemesOf(document: DescriptionDocument): [string, Located][] {
  const root = rootOf(document);
  const place = isSwagger(document) ? below(root, "securityDefinitions") : below(root, "components", "securitySchemes");
  return membersOf(place).map(([name, node]) => [name, followed(node)]);
}

function alternatives(operation: Operation): Record<string, unknown>[] {
  const value = operation.security?.value;
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function isOptional(operation: Operation): boolean {
  return alternatives(operation).some((one) => Object.keys(one).length === 0);
}

function accepts(operation: Operation, scheme: string): boolean {
  return alternatives(operation).some((one) => Object.keys(one).length === 1 && Object.hasOwn(one, scheme));
}

function schemeOf(name: string, node: Located, base: string): Scheme {
  const found = supportedAuth(node, base);
  return { name, node, auth: found && withConfigurationKeys(found.auth), note: found?.note };
}

function supportedAuth(node: Located, base: string): { auth: Auth; note?: string } | undefined {
  const value = isObject(node.value) ? node.value : {};
  const type = String(value.type ?? "").toLowerCase();
  const scheme = String(value.scheme ?? "").toLowerCase();
  if (type === "basic" || (type === "http" && scheme === "basic")) {
    return { auth: { kind: "basic", username: "username", password: "password" } };
  }
  if (type === "http" && scheme === "bearer") return { auth: { kind: "bearer", token: "api_token" } };
  if (type === "apikey") return apiKey(value);
  return type === "oauth2" ? clientCredentials(node, base) : undefined;
}

function apiKey(value: Record<string, unknown>): { auth: Auth; note?: string } | undefined {
  const { in: place, name, description } = value;
  if ((place !== "header" && place !== "query") || typeof name !== "string") return undefined;
  const auth = {
    kind: "api_key" as const,
    in: place === "query" ? ("query" as const) : ("header" as const),
    name,
    value: "api_key",
  };
  if (place === "query" || name.toLowerCase() !== "authorization") return { auth };
  const word = /\b(Bearer|Token|ApiKey|Api-Key|Key|Basic|JWT)\s+(?:token=)?[<{[`'"$A-Z]/.exec(
    String(description ?? ""),
  )?.[1];
  if (word === undefined) return { auth, note: "whether a word stands before the key is not stated" };
  return {
    auth: { ...auth, prefix: `${word} ` },
    note: `the word ${word} before the key is read from the scheme's words`,
  };
}

function clientCredentials(node: Located, base: string): { auth: Auth } | undefined {
  const modern = below(node, "flows", "clientCredentials");
  const flow = isObject(modern.value) ? modern : below(node, "flow").value === "application" ? node : undefined;
  const url = flow === undefined ? undefined : below(flow, "tokenUrl").value;
  if (typeof url !== "string" || url === "") return undefined;
  const whole = URL.canParse(url) ? url : URL.canParse(url, `${base}/`) ? new URL(url, `${base}/`).href : undefined;
  if (whole === undefined) return undefined;
  // Relative where it can be, so that a stand-in at another address is asked for its own tokens.
  const token_url = whole.startsWith(`${base}/`) ? whole.slice(base.length) : whole;
  const common = { client_id: "client_id", client_secret: "client_secret", client_auth: "body" as const };
  return { auth: { kind: "oauth2_client_credentials", token_url, scopes: [], ...common } };
}

/** The scopes that the endpoints name, and no more. */
function withScopes(auth: Auth, { operations, name }: { operations: readonly Operation[]; name: string }): Auth {
  if (auth.kind !== "oauth2_client_credentials") return auth;
  const scopes = operations
    .flatMap(alternatives)
    .flatMap((one) => (Array.isArray(one[name]) ? one[name].map(String) : []));
  return { ...auth, scopes: [...new Set(scopes)] };
}

function kindOf(node: Located): string {
  const value = isObject(node.value) ? node.value : {};
  const flows = isObject(value.flows) ? ` ${Object.keys(value.flows).join("/")}` : "";
  const flow = typeof value.flow === "string" ? ` ${value.flow}` : "";
  const scheme = typeof value.scheme === "string" ? ` ${value.scheme}` : "";
  const place = value.in === "cookie" ? " in a cookie" : "";
  return `${String(value.type ?? "unknown")}${flows}${flow}${scheme}${place}`;
}
