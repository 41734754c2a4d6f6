/** Postman collections, versions 2.0 and 2.1, as a description that the drafting pass reads. */
import { UserError } from "../../../../errors.ts";
import { isObject, type JsonObject } from "../../../http/describe/pointer.ts";
import { scrub } from "../../../http/describe/scrub.ts";
import { isCredential } from "../../../http/describe/secret-names.ts";
import { template } from "../listings.ts";
import {
  buildDescription,
  type RecordedAnswer,
  type RecordedOperation,
  type RecordedParameter,
  type RecordedScheme,
} from "./build-description.ts";
import type { ConvertedDocument } from "./converted-document.ts";
import { credentialsOf, type Pair, schemeOfBlock } from "./credentials.ts";
import { parseRecorded } from "./infer-schema.ts";
import { flattenItems, type PostmanRequest } from "./postman-items.ts";
import { fill, pairsOf, readAddress, textOfDescription } from "./postman-url.ts";

/** Headers that every client sends of itself, or that say nothing of the source. */
const USUAL_HEADERS =
  /^(accept|accept-.*|content-.*|user-agent|host|connection|cache-control|pragma|postman-token|origin|referer|cookie|if-.*|x-request-id|x-csrf.*|x-xsrf.*)$/i;

/** Throws `UserError` for another version of the format, and where the collection is not whole. */
export function convertPostman(address: string, given: JsonObject): ConvertedDocument {
  const collection = isObject(given.collection) && given.info === undefined ? given.collection : given;
  checkVersion(address, collection);
  const stored = withoutScripts(scrub(collection)) as JsonObject;
  const requests = flattenItems(address, stored);
  const draft = collect(requests);
  const info = isObject(stored.info) ? stored.info : {};
  const words = textOfDescription(info.description);
  const inner = isObject(info.description) ? "/info/description/content" : "/info/description";
  const built = buildDescription({
    from: "postman",
    stored,
    title: { text: typeof info.name === "string" ? info.name : address, pointer: "/info/name" },
    description: words === "" ? undefined : { text: words, pointer: inner },
    ...draft,
  });
  return { text: `${JSON.stringify(stored, null, 2)}\n`, ...built };
}

function checkVersion(address: string, collection: JsonObject): void {
  const info = isObject(collection.info) ? collection.info : {};
  const version = /\/v(\d+\.\d+)(\.\d+)?\//.exec(String(info.schema ?? ""))?.[1];
  if (version !== "2.0" && version !== "2.1") {
    const which = version === undefined ? `names the format ${String(info.schema)}` : `has version ${version}`;
    throw new UserError(`${address} is a Postman collection that ${which}, which cannot be read.`, {
      hint: "Export it from Postman as Collection v2.1.",
    });
  }
  if (!Array.isArray(collection.item)) {
    throw new UserError(`${address} is a Postman collection without a list of requests at /item.`, {
      hint: "Export the collection again; an environment or a monitor is none.",
    });
  }
}

/** Scripts are no description, and hold whatever their authors put in. */
function withoutScripts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutScripts);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([key, member]) => !(key === "event" && Array.isArray(member)));
  return Object.fromEntries(kept.map(([key, member]) => [key, withoutScripts(member)]));
}

interface Draft {
  server: { url: string; pointer: string } | undefined;
  schemes: Map<string, RecordedScheme>;
  operations: RecordedOperation[];
  leftOut: { name: string; reason: string }[];
}

function collect(requests: readonly PostmanRequest[]): Draft {
  const draft: Draft = { server: undefined, schemes: new Map(), operations: [], leftOut: [] };
  const seen = requests.flatMap((request) => {
    const address = readAddress(request.url, request.urlPointer, request.variables);
    return address === undefined ? [] : [{ request, address }];
  });
  const servers = seen.filter(({ request }) => request.method === "get").flatMap(({ address }) => address.server ?? []);
  draft.server = mostCommon(servers);
  for (const one of seen) {
    const { request } = one;
    if (one.address.server === undefined && draft.server !== undefined) {
      const name = `${request.method.toUpperCase()} ${one.address.path}`;
      if (!request.again)
        draft.leftOut.push({ name, reason: `${request.name} has a variable without a value in its address.` });
      continue;
    }
    if (request.graphql !== undefined && !request.again) {
      const name = `${request.method.toUpperCase()} ${one.address.path}`;
      draft.leftOut.push({ name, reason: `${request.name} asks with GraphQL, which is not read yet.` });
    }
    const own = operationOf(one, draft);
    const same = draft.operations.find(
      (known) =>
        known.method === own.method &&
        template(known.path) === template(own.path) &&
        known.server?.url === own.server?.url,
    );
    const taken = draft.operations.some((known) => known.method === own.method && known.path === own.path);
    if (same !== undefined) merge(same, own);
    else if (request.again) continue;
    else if (!taken) draft.operations.push(own);
    else draft.leftOut.push({ name: own.path, reason: `Is also asked for at ${own.server?.url}, another address.` });
  }
  return draft;
}

function mostCommon(servers: readonly { url: string; pointer: string }[]): Draft["server"] {
  const counts = new Map<string, number>();
  for (const { url } of servers) counts.set(url, (counts.get(url) ?? 0) + 1);
  return [...servers].sort((a, b) => (counts.get(b.url) ?? 0) - (counts.get(a.url) ?? 0))[0];
}

interface Addressed {
  request: PostmanRequest;
  address: NonNullable<ReturnType<typeof readAddress>>;
}

function operationOf({ request, address }: Addressed, draft: Draft): RecordedOperation {
  const { headers } = request;
  const security = securityOf(request, { headers, query: address.query, draft });
  const carried = new Set(security?.schemes.map((name) => draft.schemes.get(name)?.scheme.name));
  const place = placeOf(address, draft.server);
  const query = address.query.filter((pair) => !isCredential(pair, "query") && !carried.has(pair.name));
  const plain = headers.flatMap((pair) => {
    const fixed = fill(pair.value, request.variables);
    const usual = USUAL_HEADERS.test(pair.name) || isCredential(pair, "header") || carried.has(pair.name);
    return usual || fixed === undefined || fixed === "" ? [] : [{ ...pair, fixed }];
  });
  return {
    method: request.method,
    path: place.path,
    pointer: request.pointer,
    summary: request.name,
    description: request.description.text,
    descriptionPointer: request.description.text === "" ? undefined : request.description.pointer,
    parameters: [
      ...address.placeholders.map((pair) => parameter(pair, "path")),
      ...query.map((pair) => parameter(pair, "query")),
      ...plain.map(({ fixed, ...pair }) => ({ ...parameter(pair, "header"), fixed })),
    ],
    answers: request.examples.flatMap(answerOf),
    security,
    server: place.server,
    recorded: {
      always: query.map(({ name, value }) => ({ name, value: value === "" ? undefined : value })),
      bound: [],
    },
    paging: undefined,
  };
}

/** The path below the common server, where the request goes there. */
function placeOf(
  { server, path }: Addressed["address"],
  common: Draft["server"],
): { path: string; server: RecordedOperation["server"] } {
  if (server === undefined || common === undefined || server.url === common.url) return { path, server: undefined };
  const whole = `${server.url}${path}`;
  if (whole.startsWith(`${common.url}/`)) return { path: whole.slice(common.url.length), server: undefined };
  return { path, server };
}

function parameter(pair: Pair, place: RecordedParameter["in"]): RecordedParameter {
  const { name, value, pointer, description } = pair;
  const values = value === "" || value.includes("{{") ? [] : [value];
  return { name, in: place, pointer, values, ...(description === undefined ? {} : { description }) };
}

/** The request's own block or the nearest folder's; else what its headers and parameters carry. */
function securityOf(
  request: PostmanRequest,
  { headers, query, draft }: { headers: readonly Pair[]; query: readonly Pair[]; draft: Draft },
): RecordedOperation["security"] {
  const { auth } = request;
  const found = auth === undefined ? undefined : schemeOfBlock(auth.block);
  if (auth !== undefined && found !== undefined) {
    if (!draft.schemes.has(found.title)) {
      draft.schemes.set(found.title, { scheme: found.scheme, pointer: auth.pointer });
    }
    return { schemes: [found.title], pointer: auth.pointer };
  }
  const carried = credentialsOf({ headers, query });
  for (const [name, scheme] of carried) if (!draft.schemes.has(name)) draft.schemes.set(name, scheme);
  const [first] = carried.values();
  if (first !== undefined) return { schemes: [...carried.keys()], pointer: first.pointer };
  return auth === undefined ? undefined : { schemes: [], pointer: auth.pointer };
}

function answerOf(example: { value: JsonObject; pointer: string }): RecordedAnswer[] {
  const { value, pointer } = example;
  const status = value.code ?? 200;
  if (typeof value.body !== "string" || Number(status) < 200 || Number(status) > 299) return [];
  const parsed = parseRecorded(value.body);
  if (typeof parsed !== "object" || parsed === null) return [];
  const headers = pairsOf(value.header, `${pointer}/header`);
  const type = headers
    .find((header) => header.name.toLowerCase() === "content-type")
    ?.value.split(";")[0]
    ?.trim();
  const link = headers.find((header) => header.name.toLowerCase() === "link" && /rel="?next/.test(header.value));
  const media = type !== undefined && /json$/i.test(type) ? type.toLowerCase() : "application/json";
  return [{ body: { pointer: `${pointer}/body`, text: value.body }, media, link: link?.pointer }];
}

/** Two saved requests of one endpoint: what either shows holds. */
function merge(into: RecordedOperation, other: RecordedOperation): void {
  for (const found of other.parameters) {
    const known = into.parameters.find((one) => one.in === found.in && one.name === found.name);
    if (known !== undefined) known.values.push(...found.values);
    // A placeholder goes by the first request's name.
    else if (found.in !== "path") into.parameters.push(found);
  }
  into.answers.push(...other.answers);
  into.security ??= other.security;
  into.recorded = {
    ...into.recorded,
    always: into.recorded.always.flatMap(({ name, value }) => {
      const again = other.recorded.always.find((one) => one.name === name);
      return again === undefined ? [] : [{ name, value: again.value === value ? value : undefined }];
    }),
  };
}
