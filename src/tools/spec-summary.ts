/** What a spec means for the person who is asked about it: which hosts hear of it, which credentials go there. */
import type { Spec } from "../artifacts/spec.ts";
import { list } from "../wording/numbers.ts";

const REFERENCE = /\$\{(env|file):([^}]+)\}/g;

/** `the environment variable SHOP_TOKEN`, `the file key.txt`, for every reference anywhere in a spec. */
export function referencesIn(value: unknown): { kind: "env" | "file"; name: string }[] {
  const found = new Map<string, { kind: "env" | "file"; name: string }>();
  for (const [whole, kind, name = ""] of JSON.stringify(value).matchAll(REFERENCE)) {
    found.set(whole, { kind: kind as "env" | "file", name });
  }
  return [...found.values()];
}

/** Hosts that a build sends requests to, as far as the spec names them. */
export function hostsIn({ source }: Spec): string[] {
  const token = source.auth?.kind === "oauth2_client_credentials" ? [source.auth.token_url] : [];
  const addresses = [...(source.base_url === undefined ? [] : [source.base_url]), ...source.docs, ...token];
  return [
    ...new Set(
      addresses.flatMap((address) =>
        /^https?:/i.test(address) && URL.canParse(address) ? [new URL(address).host] : [],
      ),
    ),
  ];
}

/** What it is about, line by line. */
export function specLines(spec: Spec): string[] {
  const { source } = spec;
  const tables = spec.tables?.map((table) => (typeof table === "string" ? table : table.name));
  return [
    `${spec.name}, a ${source.kind} source for ${spec.target}${source.base_url === undefined ? "" : `, at ${source.base_url}`}`,
    `read from: ${source.docs.length === 0 ? "the spec alone" : source.docs.join(", ")}`,
    `authentication: ${source.auth === undefined ? "as the source describes it" : source.auth.kind.replaceAll("_", " ")}`,
    `tables: ${tables === undefined ? "all that are found" : list(tables)}`,
  ];
}
