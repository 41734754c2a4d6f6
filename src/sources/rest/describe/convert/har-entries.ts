/** The recorded requests of one host, each with what the other parts need of it. */
import { isObject, type JsonObject, type Origin } from "../../../http/describe/pointer.ts";
import type { Pair } from "./credentials.ts";
import { LEFT_OUT } from "./har-traffic.ts";
import { parseRecorded, type RecordedBody } from "./infer-schema.ts";

/** `stored` is what stands at `pointer` in the stored document. */
export interface RecordedPair extends Pair {
  stored: unknown;
}

export interface Exchange {
  /** Of the entry, in the stored document. */
  pointer: string;
  /** In lower case. */
  method: string;
  /** As it stands in the recording. */
  url: string;
  /** The same, written the usual way. */
  address: string;
  origin: string;
  segments: string[];
  query: RecordedPair[];
  headers: RecordedPair[];
  mime: string;
  body: RecordedBody;
  /** The answer, where it is a success and an object or a list; whole numbers are `bigint`. */
  json: unknown;
  /** A `Link` header that names a next page, and that page's address. */
  link: Origin | undefined;
  next: string | undefined;
  graphql: boolean;
}

/** Entries to other hosts were emptied before; they are passed over here. */
export function readExchanges(stored: JsonObject, host: string): Exchange[] {
  const entries = (stored.log as JsonObject).entries as JsonObject[];
  return entries.flatMap((entry, index) => {
    const request = entry.request as JsonObject;
    const response = isObject(entry.response) ? entry.response : {};
    const url = new URL(String(request.url));
    if (url.origin !== host || entry.comment === LEFT_OUT) return [];
    return [exchangeOf({ request, response, url, pointer: `/log/entries/${index}` })];
  });
}

interface Parts {
  request: JsonObject;
  response: JsonObject;
  url: URL;
  pointer: string;
}

function exchangeOf({ request, response, url, pointer }: Parts): Exchange {
  const content = isObject(response.content) ? response.content : {};
  const text = typeof content.text === "string" ? content.text : "";
  const status = Number(response.status ?? 0);
  const json = status >= 200 && status <= 299 && text !== "" ? parseRecorded(text) : undefined;
  const links = pairs(response.headers, `${pointer}/response/headers`).filter(({ name }) => /^link$/i.test(name));
  const link = links.find(({ value }) => /rel="?next/i.test(value));
  const next = link === undefined ? undefined : /<([^<>]*)>\s*;[^,]*rel="?next/i.exec(link.value)?.[1];
  return {
    pointer,
    method: String(request.method ?? "GET").toLowerCase(),
    url: String(request.url),
    address: url.href,
    origin: url.origin,
    segments: url.pathname.split("/").filter((segment) => segment !== ""),
    query: queryOf({ request, url, pointer }),
    headers: pairs(request.headers, `${pointer}/request/headers`),
    mime: String(content.mimeType ?? "").toLowerCase(),
    body: { pointer: `${pointer}/response/content/text`, text },
    json: typeof json === "object" && json !== null ? json : undefined,
    link: link === undefined ? undefined : { pointer: link.pointer, value: link.stored },
    next,
    graphql: isGraphql(request),
  };
}

/** The address decides; the list beside it is what can be quoted. */
function queryOf({ request, url, pointer }: Omit<Parts, "response">): RecordedPair[] {
  const listed = pairs(request.queryString, `${pointer}/request/queryString`);
  return [...url.searchParams].map(([name, value]) => {
    const same = listed.find((pair) => pair.name === name || decoded(pair.name) === name);
    return { name, value, pointer: same?.pointer ?? `${pointer}/request/url`, stored: same?.stored ?? request.url };
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not encoded: the name is meant as it stands.
    return text;
  }
}

function pairs(list: unknown, pointer: string): RecordedPair[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown, index) =>
    isObject(entry) && typeof entry.name === "string"
      ? [{ name: entry.name, value: String(entry.value ?? ""), pointer: `${pointer}/${index}`, stored: entry }]
      : [],
  );
}

function isGraphql(request: JsonObject): boolean {
  const data = isObject(request.postData) ? request.postData : {};
  const text = typeof data.text === "string" ? data.text : "";
  return (
    /graphql/i.test(String(data.mimeType ?? "")) ||
    /^\s*\[?\s*\{[\s\S]*"query"\s*:\s*"\s*(query|mutation|\{)/.test(text)
  );
}
