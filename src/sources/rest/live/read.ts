/** Reading a table of the real source whole: all pages, of all parents. */
import { isDeepStrictEqual } from "node:util";
import type { Blueprint, Table } from "../../../artifacts/blueprint.ts";
import { UserError } from "../../../errors.ts";
import type { Json, LiveOptions, Record_ } from "../../kind.ts";
import { type Answer, atPath, createLiveClient, type LiveClient } from "./client.ts";

/**
 * Undefined when the source answers, else why it does not. An answer that the blueprint did not expect (a refused
 * parameter, another shape) is an answer: what is wrong then shows in the test, where it can be mended.
 */
export async function reachRest(blueprint: Blueprint, options: LiveOptions): Promise<string | undefined> {
  const table = blueprint.tables.find(({ read }) => read.parent === undefined);
  if (!table) return "no table can be asked without a row of another";
  try {
    const client = createLiveClient(blueprint, {
      ...options,
      signal: AbortSignal.any([options.signal, AbortSignal.timeout(15_000)]),
    });
    const answer = await client.get(client.address(table.read.path, firstParams(table)));
    const refused = answer.status === 401 || answer.status === 403 || answer.status === 429 || answer.status >= 500;
    return refused ? `${table.read.path} answers with status ${answer.status}` : undefined;
  } catch (error) {
    options.signal.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  }
}

export async function* readRest(blueprint: Blueprint, name: string, options: LiveOptions): AsyncIterable<Record_> {
  const table = blueprint.tables.find((candidate) => candidate.name === name);
  if (!table) throw new UserError(`The blueprint has no table ${name}.`);
  yield* readTable({ blueprint, client: createLiveClient(blueprint, options) }, table);
}

interface Reading {
  blueprint: Blueprint;
  client: LiveClient;
}

async function* readTable(reading: Reading, table: Table): AsyncIterable<Record_> {
  const { parent } = table.read;
  if (!parent) {
    yield* readListing(reading, table, {});
    return;
  }
  const above = reading.blueprint.tables.find(({ name }) => name === parent.table);
  if (!above) throw new UserError(`The table ${table.name} has no parent ${parent.table}.`);
  for await (const row of readTable(reading, above)) {
    const bound = Object.fromEntries(
      parent.bind.map(({ placeholder, parent_column }) => [placeholder, row[parent_column] ?? null]),
    );
    const own = Object.fromEntries(
      parent.bind.map(({ column, parent_column }) => [column, row[parent_column] ?? null]),
    );
    for await (const record of readListing(reading, table, bound)) yield { ...record, ...own };
  }
}

async function* readListing(reading: Reading, table: Table, bound: Record_): AsyncIterable<Record_> {
  const path = table.read.path.replace(/\{([^}]+)\}/g, (_, name: string) => encodeURIComponent(String(bound[name])));
  if (table.advance.kind === "steps") {
    yield* readSteps(reading, table, { path, advance: table.advance });
    return;
  }
  const { advance } = table;
  const start = advance.kind === "cursor" && advance.start ? { [advance.param]: advance.start } : {};
  yield* readPages(reading, table, { path, params: { ...firstParams(table), ...start } });
}

type Steps = Extract<Table["advance"], { kind: "steps" }>;

async function* readSteps(
  reading: Reading,
  table: Table,
  { path, advance }: { path: string; advance: Steps },
): AsyncIterable<Record_> {
  let empty = 0;
  for (let from = advance.start; empty < advance.empty_steps; from += advance.step) {
    const range = { [advance.from_param]: String(from), [advance.to_param]: String(from + advance.step - 1) };
    let count = 0;
    for await (const record of readPages(reading, table, { path, params: { ...firstParams(table), ...range } })) {
      count += 1;
      yield record;
    }
    empty = count === 0 ? empty + 1 : 0;
  }
}

interface Listing {
  path: string;
  params: Record<string, string>;
}

/**
 * All pages of a listing. Totals and flags in an answer are not believed here: pages are asked for until one is empty,
 * so that a connector that stops where the source says it ends is compared with what really comes after.
 */
async function* readPages({ client }: Reading, table: Table, { path, params }: Listing): AsyncIterable<Record_> {
  const seen = new Set<string>();
  let previous: Record_[] | undefined;
  let read = 0;
  let page = 0;
  let address: URL | undefined = client.address(path, params);
  while (address && !seen.has(address.href)) {
    seen.add(address.href);
    const answer: Answer = await client.get(address);
    const counted = table.read.pagination.style === "page" || table.read.pagination.style === "offset";
    // Past the end some sources refuse a page instead of giving an empty one.
    if (counted && page > 0 && [400, 404, 416, 422].includes(answer.status)) return;
    const records = answer.status < 400 ? recordsOf(table, answer) : undefined;
    if (!records) {
      const parent = table.read.parent !== undefined && answer.status === 404;
      if (parent) return;
      throw new UserError(`The source answers ${address.pathname} with status ${answer.status} and no records.`);
    }
    if (records.length > 0 && isDeepStrictEqual(records, previous)) {
      if (saysItEnded(table, answer, { read, page })) return;
      throw new UserError(`The source repeats a page of ${address.pathname}: it does not page as the blueprint says.`);
    }
    previous = records;
    yield* records;
    read += records.length;
    page += 1;
    if (table.read.pagination.style === "none") refuseMore(address, answer, read);
    address =
      records.length === 0 ? undefined : nextAddress({ client, table, answer, path, params, read, page, address });
  }
}

/** Whether the answer states an end that has been reached. */
function saysItEnded(
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

const TOTALS = [
  "total",
  "total_count",
  "totalCount",
  "total_items",
  "totalItems",
  "total_results",
  "totalResults",
  "count",
];
const NEXTS = [
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
const ENVELOPES = ["", "meta", "paging", "pagination", "links", "_links", "page_info", "pageInfo", "response_metadata"];

/** A listing without paging whose answer speaks of more: then one page is not all of it. Throws `UserError`. */
function refuseMore(address: URL, { body, headers }: Answer, read: number): void {
  const signs: string[] = [];
  if (linkTo(headers.get("link") ?? "", "next") !== undefined) signs.push("a Link header with a next page");
  for (const envelope of ENVELOPES) {
    const place = atPath(body ?? null, envelope);
    if (place === null || typeof place !== "object" || Array.isArray(place)) continue;
    const name = (field: string) => (envelope === "" ? field : `${envelope}.${field}`);
    for (const field of TOTALS)
      if (Number(place[field] ?? 0) > read) signs.push(`${name(field)} is ${String(place[field])}`);
    for (const field of NEXTS) if (place[field]) signs.push(`${name(field)} is given`);
    for (const field of ["has_more", "hasMore", "has_next", "hasNextPage", "more"]) {
      if (place[field] === true) signs.push(`${name(field)} is true`);
    }
  }
  if (signs.length === 0) return;
  throw new UserError(
    `${address.pathname} gives ${read} records at once, but there are more: ${signs.join(", ")}. The table needs a pagination.`,
  );
}

interface Position extends Listing {
  client: LiveClient;
  table: Table;
  answer: Answer;
  /** Records and pages read so far. */
  read: number;
  page: number;
  address: URL;
}

function nextAddress({ client, table, answer, path, params, read, page, address }: Position): URL | undefined {
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
function linkTo(header: string, rel: string): string | undefined {
  for (const [, target, params = ""] of header.matchAll(/<([^>]*)>([^<]*)/g)) {
    if (new RegExp(`;\\s*rel="?(?:[^";]*\\s)?${rel}(?:\\s[^";]*)?"?\\s*(?:[;,]|$)`, "i").test(params)) return target;
  }
  return undefined;
}

function firstParams({ read, advance }: Table): Record<string, string> {
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

function recordsOf({ read }: Table, { body }: Answer): Record_[] | undefined {
  const found = body === undefined ? undefined : atPath(body, read.records);
  if (read.single) return isRecord(found) ? [found] : undefined;
  return Array.isArray(found) && found.every(isRecord) ? found : undefined;
}

function isRecord(value: Json | undefined): value is Record_ {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
