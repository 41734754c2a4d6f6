/** What a spec means for the person who is asked about it: which hosts hear of it, which credentials go there. */
import { type Spec, type SpecSource, webSpec } from "../artifacts/spec.ts";
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

/**
 * The credentials whose values a build may send to the source, in words. A stand-in gets none; but a source that describes
 * itself is asked with them before there is one, and so is any source by a model that has a question.
 */
export function credentialsSent(spec: Spec, { model }: { model: boolean }): string[] {
  if (spec.test.mode === "simulated" && !model && !describesItself(spec.source)) return [];
  return referencesIn(spec).map(({ kind, name }) => (kind === "env" ? name : `the file ${name}`));
}

/** Whether it is opened to be described, as far as the spec tells. */
function describesItself(source: SpecSource): boolean {
  const has = (ending: RegExp) => source.docs.some((address) => ending.test(address.split(/[?#]/)[0] ?? ""));
  switch (source.kind) {
    case "rest":
      return false;
    case "graphql":
      return !has(/\.(graphqls?|gql|sdl)$/i);
    case "database":
      // The catalogue of SQL Server is not read: its tables are stated.
      return !has(/\.sql$/i) && source.engine !== "sqlserver";
    case "file":
      return true;
  }
}

/** Hosts that a build sends requests to, as far as the spec names them. */
export function hostsIn({ source }: Spec): string[] {
  const { base_url, auth } = webSpec(source);
  const token = auth?.kind === "oauth2_client_credentials" ? [auth.token_url] : [];
  const stated = [base_url, ...(source.kind === "file" ? [source.base_url, source.endpoint_url] : [])];
  const addresses = [...stated.filter((address) => address !== undefined), ...source.docs, ...token];
  const servers = "host" in source && source.host !== undefined ? [source.host] : [];
  return [
    ...servers,
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
    `${spec.name}, a ${source.kind} source for ${spec.target === "both" ? "fivetran and lakeflow" : spec.target}${placed(source)}`,
    `read from: ${source.docs.length === 0 ? "the spec alone" : source.docs.join(", ")}`,
    `authentication: ${authentication(source)}`,
    `tables: ${tables === undefined ? "all that are found" : list(tables)}`,
  ];
}

function placed(source: SpecSource): string {
  switch (source.kind) {
    case "rest":
    case "graphql":
      return source.base_url === undefined ? "" : `, at ${source.base_url}`;
    case "database":
      return `, ${source.engine}${source.path ? ` in ${source.path}` : ` at ${source.host ?? "a host to be named"}`}`;
    case "file":
      return `, ${source.store} at ${source.path ?? source.bucket ?? source.base_url ?? source.host ?? "a place to be named"}`;
  }
}

function authentication(source: SpecSource): string {
  if (source.kind === "database") return source.user === undefined ? "none" : "user and password";
  if (source.kind === "file") {
    if (source.store === "s3") return source.access_key_id === undefined ? "none" : "access key";
    return source.user === undefined ? "none" : source.private_key === undefined ? "user and password" : "private key";
  }
  return source.auth === undefined ? "as the source describes it" : source.auth.kind.replaceAll("_", " ");
}
