/** Recorded HTTP traffic (HAR 1.1 and 1.2) as a description that the drafting pass reads. */
import { UserError } from "../../../../errors.ts";
import { isObject, type JsonObject } from "../../../http/describe/pointer.ts";
import { scrub } from "../../../http/describe/scrub.ts";
import { isCredential } from "../../../http/describe/secret-names.ts";
import {
  buildDescription,
  type RecordedOperation,
  type RecordedParameter,
  type RecordedScheme,
} from "./build-description.ts";
import type { ConvertedDocument } from "./converted-document.ts";
import { credentialsOf, type Pair } from "./credentials.ts";
import { type Exchange, readExchanges } from "./har-entries.ts";
import { observePaging } from "./har-paging.ts";
import { templatePaths } from "./har-paths.ts";
import { keepTraffic } from "./har-traffic.ts";

/** What browsers and programs send of themselves, and marks of single requests. */
const USUAL_HEADERS =
  /^(:.*|accept.*|access-control-.*|content-.*|user-agent|host|connection|cache-control|pragma|origin|referer|dnt|te|cookie|if-.*|priority|range|upgrade.*|sec-.*|x-requested-with|x-forwarded-.*|traceparent|tracestate|baggage|sentry-trace|.*(csrf|xsrf|request-id|correlation|trace|span|client|device|browser|session|timestamp|nonce).*)$/i;
/** Parameters that only keep answers from being taken out of a cache. */
const CACHE_BUSTER = /^(_|_t|cb|nocache|cachebuster|cache_?bust|rnd)$/i;

/** Throws `UserError` for another version of the format, a broken entry, and a recording without a JSON answer. */
export function convertHar(address: string, root: JsonObject): ConvertedDocument {
  checkVersion(address, root);
  const { kept, host, leftOut } = keepTraffic(address, root);
  const stored = scrub(kept);
  const exchanges = readExchanges(stored, host);
  const answered = exchanges.filter((one) => one.method === "get" && one.json !== undefined);
  if (answered[0] === undefined) throw nothingRecorded(address, exchanges);
  const paths = templatePaths(exchanges);
  const schemes = new Map<string, RecordedScheme>();
  const groups = new Map<string, Exchange[]>();
  for (const exchange of exchanges) {
    const key = `${exchange.method} ${paths.get(exchange)?.path}`;
    groups.set(key, [...(groups.get(key) ?? []), exchange]);
  }
  const operations = [...groups.values()].flatMap((group) => {
    const [first] = group;
    const place = first === undefined ? undefined : paths.get(first);
    return place === undefined ? [] : [operationOf(group, { place, schemes })];
  });
  const origin = answered[0].origin;
  const built = buildDescription({
    from: "har",
    stored,
    title: { text: new URL(origin).host, pointer: `${answered[0].pointer}/request/url` },
    description: undefined,
    server: { url: origin, pointer: `${answered[0].pointer}/request/url` },
    schemes,
    operations,
    leftOut: [...leftOut, ...graphqlRequests(exchanges)],
  });
  return { text: `${JSON.stringify(stored, null, 1)}\n`, ...built };
}

function checkVersion(address: string, root: JsonObject): void {
  const log = isObject(root.log) ? root.log : {};
  if (/^1\.[12](\.\d+)?$/.test(String(log.version ?? "1.2"))) return;
  throw new UserError(`${address} is a HAR file of version ${String(log.version)}, which cannot be read.`, {
    hint: "Record it with a browser or a proxy that writes HAR 1.2.",
  });
}

function nothingRecorded(address: string, exchanges: readonly Exchange[]): UserError {
  const bare = exchanges.filter((one) => one.method === "get" && one.mime.includes("json"));
  if (bare.length > 0) {
    return new UserError(`${address} has ${bare.length} answers with JSON to GET requests, but not their bodies.`, {
      hint: "Save the recording with its content (in browsers: Save all as HAR with content).",
    });
  }
  return new UserError(`${address} holds no JSON answer to a GET request.`, {
    hint: "Record the requests that list records, or give another description.",
  });
}

interface OperationFacts {
  place: { path: string; placeholders: { name: string; seen: boolean; values: string[] }[] };
  schemes: Map<string, RecordedScheme>;
}

function operationOf(group: readonly Exchange[], { place, schemes }: OperationFacts): RecordedOperation {
  const answered = group.filter((one) => one.json !== undefined);
  const [first] = answered.length > 0 ? answered : group;
  if (first === undefined) throw new Error("a group of recorded requests without one");
  const carried = new Map<string, RecordedScheme>();
  for (const { headers, query } of group) {
    for (const [name, scheme] of credentialsOf({ headers, query })) {
      carried.set(name, carried.get(name) ?? scheme);
      schemes.set(name, schemes.get(name) ?? scheme);
    }
  }
  const cookie = group.flatMap(({ headers }) => headers).find((header) => header.name.toLowerCase() === "cookie");
  if (schemes.size === 0 && cookie !== undefined) {
    // Named so that it is known of, and demanded of nobody: what the cookies are for does not show.
    schemes.set("Cookie", { scheme: { type: "apiKey", in: "cookie", name: "Cookie" }, pointer: cookie.pointer });
  }
  const [credential] = carried.values();
  return {
    method: first.method,
    path: place.path,
    pointer: `${first.pointer}/request/url`,
    summary: "",
    description: "",
    descriptionPointer: undefined,
    parameters: parametersOf(group, { place, first }),
    answers: answered.map(({ body, mime, link }) => ({ body, media: mediaOf(mime), link: link?.pointer })),
    security: credential === undefined ? undefined : { schemes: [...carried.keys()], pointer: credential.pointer },
    server: undefined,
    recorded: {
      always: alwaysSent(group),
      bound: place.placeholders.filter(({ seen }) => seen).map(({ name }) => name),
    },
    paging: first.method === "get" ? observePaging(answered) : undefined,
  };
}

function mediaOf(mime: string): string {
  const bare = mime.split(";")[0]?.trim().toLowerCase() ?? "";
  return /json$/.test(bare) ? bare : "application/json";
}

function parametersOf(
  group: readonly Exchange[],
  { place, first }: { place: OperationFacts["place"]; first: Exchange },
): RecordedParameter[] {
  const inPath = place.placeholders.map(
    ({ name, values }): RecordedParameter => ({ name, in: "path", pointer: `${first.pointer}/request/url`, values }),
  );
  return [...inPath, ...queryOf(group), ...headersOf(group)];
}

function isPlain(pair: Pair): boolean {
  return pair.name !== "" && !isCredential(pair, "query") && !CACHE_BUSTER.test(pair.name);
}

function queryOf(group: readonly Exchange[]): RecordedParameter[] {
  const byName = new Map<string, RecordedParameter>();
  for (const { name, value, pointer } of group.flatMap(({ query }) => query.filter(isPlain))) {
    const known = byName.get(name) ?? { name, in: "query" as const, pointer, values: [] };
    if (value !== "") known.values.push(value);
    byName.set(name, known);
  }
  return [...byName.values()];
}

/** Headers of the source's own, such as its version's, where every request carries the same. */
function headersOf(group: readonly Exchange[]): RecordedParameter[] {
  const [first, ...rest] = group;
  return (first?.headers ?? []).flatMap((header) => {
    if (USUAL_HEADERS.test(header.name) || isCredential(header, "header")) return [];
    const everywhere = rest.every(({ headers }) =>
      headers.some((other) => other.name.toLowerCase() === header.name.toLowerCase() && other.value === header.value),
    );
    const { name, value, pointer } = header;
    return everywhere && value !== "" ? [{ name, in: "header" as const, pointer, values: [value], fixed: value }] : [];
  });
}

function alwaysSent(group: readonly Exchange[]): { name: string; value: string | undefined }[] {
  const [first, ...rest] = group;
  return (first?.query ?? []).filter(isPlain).flatMap(({ name, value }) => {
    const others = rest.map(({ query }) => query.find((pair) => pair.name === name));
    if (others.some((pair) => pair === undefined)) return [];
    return [{ name, value: others.every((pair) => pair?.value === value) ? value : undefined }];
  });
}

function graphqlRequests(exchanges: readonly Exchange[]): { name: string; reason: string }[] {
  const asked = exchanges.filter((one) => one.graphql);
  const paths = [...new Set(asked.map((one) => new URL(one.address).pathname))];
  return paths.map((path) => {
    const count = asked.filter((one) => new URL(one.address).pathname === path).length;
    return { name: `POST ${path}`, reason: `Is asked with GraphQL (${count} recorded), which is not read yet.` };
  });
}
