/** One listing of the real source, page by page: what is asked first, what an answer holds, what comes next. */
import type { RestTable as Table } from "../../../artifacts/blueprint.ts";
import { atPath, isRecord } from "../../answers/exact.ts";
import type { Addresses, Answer } from "../../http/live/client.ts";
import type { Json, Record_ } from "../../record.ts";

export interface Listing {
  path: string;
  params: Record<string, string>;
}

/** Whether the answer states an end that has been reached. */
export function saysItEnded(
  { read: { pagination } }: Table,
  { body }: Answer,
  { read, page }: { read: number; page: number },
): boolean {
  const at = (place: string | undefined) => (place === undefined ? undefined : atPath(body ?? null, place));
  if (pagination.style === "page") {
    return at(pagination.has_more) === false || Number(at(pagination.total_pages) ?? Number.POSITIVE_INFINITY) <= page;
  }
  if (pagination.style === "offset") {
    return at(pagination.has_more) === false || Number(at(pagination.total) ?? Number.POSITIVE_INFINITY) <= read;
  }
  return false;
}

export const TOTALS = [
  "total",
  "total_count",
  "totalCount",
  "total_items",
  "totalItems",
  "total_results",
  "totalResults",
  "count",
];
export const NEXTS = [
  "next",
  "next_page",
  "nextPage",
  "next_page_url",
  "next_url",
  "next_cursor",
  "nextCursor",
  "nextPageToken",
  "next_page_token",
  "next_token",
];
export const MORES = ["has_more", "hasMore", "has_next", "hasNextPage", "more"];
const ENVELOPES = [
  "",
  "meta",
  "meta.pagination",
  "meta.paging",
  "meta.page",
  "paging",
  "paging.cursors",
  "pagination",
  "links",
  "_links",
  "page_info",
  "pageInfo",
  "response_metadata",
];

type Said = Pick<Answer, "body" | "headers">;

/** What in an answer speaks of more records than the `read` ones: `total is 37`. */
export function signsOfMore({ body, headers }: Said, read: number): string[] {
  const signs: string[] = [];
  if (linkTo(headers.get("link") ?? "", "next") !== undefined) signs.push("a Link header with a next page");
  for (const [name, field, value] of envelopeFields(body ?? null)) {
    if (isTotalBeyond(field, value, read)) signs.push(`${name} is ${String(value)}`);
    if (NEXTS.includes(field) && value) signs.push(`${name} is given`);
    if (MORES.includes(field) && value === true) signs.push(`${name} is true`);
  }
  return signs;
}

/** A total in an answer that is more than the `read` records: `total is 37`. */
export function totalsBeyond({ body }: Said, read: number): string[] {
  return envelopeFields(body ?? null).flatMap(([name, field, value]) =>
    isTotalBeyond(field, value, read) ? [`${name} is ${String(value)}`] : [],
  );
}

function isTotalBeyond(field: string, value: Json, read: number): boolean {
  return TOTALS.includes(field) && Number(value ?? 0) > read;
}

/** Fields beside the records that by their names are about paging: path, name and value. */
export function envelopeFields(body: Json): [path: string, field: string, value: Json][] {
  const fields: [string, string, Json][] = [];
  for (const envelope of ENVELOPES) {
    const place = atPath(body, envelope);
    if (place === undefined || !isRecord(place)) continue;
    for (const [field, value] of Object.entries(place))
      fields.push([envelope === "" ? field : `${envelope}.${field}`, field, value]);
  }
  return fields;
}

export interface Position extends Listing {
  client: Addresses;
  table: Table;
  answer: Answer;
  /** Records and pages read so far. */
  read: number;
  page: number;
  address: URL;
}

export function nextAddress({ client, table, answer, path, params, read, page, address }: Position): URL | undefined {
  const { pagination } = table.read;
  const body = answer.body ?? null;
  const text = (place: string) => {
    const found = atPath(body, place);
    return found === undefined || found === null || found === "" || found === false ? undefined : String(found);
  };
  switch (pagination.style) {
    case "none":
      return undefined;
    case "page":
      return client.address(path, { ...params, [pagination.page_param]: String(pagination.start + page) });
    case "offset":
      return client.address(path, { ...params, [pagination.offset_param]: String(read) });
    case "cursor": {
      const next = text(pagination.next);
      const ended = pagination.has_more !== undefined && atPath(body, pagination.has_more) === false;
      if (next === undefined || ended) return undefined;
      return client.address(path, { ...(pagination.cursor_only ? {} : params), [pagination.cursor_param]: next });
    }
    case "next_url": {
      const next = text(pagination.next);
      return next === undefined ? undefined : client.follow(next, address);
    }
    case "link_header": {
      const next = linkTo(answer.headers.get("link") ?? "", pagination.rel);
      return next === undefined ? undefined : client.follow(next, address);
    }
    default:
      return pagination satisfies never;
  }
}

/** RFC 8288, as far as paging needs it. */
export function linkTo(header: string, rel: string): string | undefined {
  for (const [, target, params = ""] of header.matchAll(/<([^>]*)>([^<]*)/g)) {
    if (new RegExp(`;\\s*rel="?(?:[^";]*\\s)?${rel}(?:\\s[^";]*)?"?\\s*(?:[;,]|$)`, "i").test(params)) return target;
  }
  return undefined;
}

export function firstParams({ read, advance }: Table): Record<string, string> {
  const { pagination } = read;
  const params: Record<string, string> = { ...read.params, ...(advance.kind === "cursor" ? advance.sort_params : {}) };
  if (pagination.style === "page") params[pagination.page_param] = String(pagination.start);
  if (pagination.style === "offset") {
    params[pagination.offset_param] = "0";
    if (pagination.limit_param && pagination.limit) params[pagination.limit_param] = String(pagination.limit);
  } else if (pagination.style !== "none" && pagination.size_param && pagination.size) {
    params[pagination.size_param] = String(pagination.size);
  }
  return params;
}

export function recordsOf({ read }: Table, { body }: Answer): Record_[] | undefined {
  const found = body === undefined ? undefined : atPath(body, read.records);
  if (read.single) return isRecord(found) ? [found] : undefined;
  return Array.isArray(found) && found.every(isRecord) ? found : undefined;
}
