/**
 * A page without records where more follow. Where the way to the next page is given out by the answer, the empty page is
 * put before the one that was asked for, and leads to it. Where an answer states a total, the page is empty for once: who
 * takes it for the end has fewer than the total. The last of so many pages is left alone: nothing tells an empty one there
 * from the end, and some sources count one page too many.
 */

import type { Table, TableOf } from "../../artifacts/blueprint.ts";
import type { Pagination } from "../../artifacts/reading.ts";
import type { Interception, WholeAnswer } from "../gateway/exchange.ts";
import type { PassingRequest } from "../gateway.ts";
import { tableOf } from "../table-of.ts";
import { bodyOf, isObject, numberOf, valueAt, withBody, withValueAt } from "./body.ts";
import { listingOf, paramOf, targetOf, targetWith } from "./listing.ts";
import type { Blows } from "./strike.ts";

/** Given out as a cursor, and known again. */
const MINTED = "syncsmith-after-an-empty-page";

/** Whether any table's answers can tell an empty page from the end. */
export function canTellEmptyPage(tables: readonly Table[]): boolean {
  return tables.some(({ read }) => {
    if (read.kind === "graphql") return read.paging.style === "connection";
    return read.kind === "rest" && waysOf(read.pagination) !== undefined;
  });
}

type Ways = "cursor" | "next_url" | "link_header" | "number" | "total";

function waysOf(pagination: Pagination): Ways | undefined {
  switch (pagination.style) {
    case "cursor":
    case "next_url":
    case "link_header":
      return pagination.style;
    case "page":
      if (pagination.has_more !== undefined) return "number";
      return pagination.total_pages === undefined ? undefined : "total";
    case "offset":
      return pagination.total === undefined ? undefined : "total";
    default:
      return undefined;
  }
}

export function emptyPage(tables: readonly Table[]): Blows {
  const given: Given = { originals: [], moved: new Map(), totals: new Map() };
  return {
    strike: (asked) => {
      // A page that comes after an empty one may be struck as well.
      const request = originalOf(given, asked) ?? asked;
      const table = tableOf(tables, request.path);
      if (table !== undefined) return instead(request, strikeListing(given, request, table));
      if (request.method !== "POST" || !/\bendCursor\b/.test(request.body)) return undefined;
      const minted = mint(given, request);
      return instead(request, { kind: "pass", edit: (answer) => emptyConnection(answer, minted) });
    },
    spare: (request) => {
      const original = originalOf(given, request);
      if (original !== undefined) return instead(original, { kind: "pass" });
      return behind(given, request) ?? counted(given, request, tableOf(tables, request.path));
    },
  };
}

/** What was given out instead of pages. */
interface Given {
  /** What was asked for when an empty page was given instead, by the number of the cursor that leads to it. */
  originals: PassingRequest[];
  /** Listings by number that have one page more than the source knows: from which number on. */
  moved: Map<string, { from: number; param: string }>;
  /** How many pages a listing has, by its last answer that says so. */
  totals: Map<string, number>;
}

function mint({ originals }: Given, request: PassingRequest): string {
  return `${MINTED}-${originals.push(request) - 1}`;
}

/** The request that a minted cursor stands for. */
function originalOf({ originals }: Given, { query, body }: PassingRequest): PassingRequest | undefined {
  const minted = new RegExp(`${MINTED}-(\\d+)`).exec(`${JSON.stringify(query)}${body}`);
  return originals[Number(minted?.[1] ?? Number.NaN)];
}

/** A page by number that comes after an empty one the source does not know of. */
function behind({ moved }: Given, request: PassingRequest): Interception | undefined {
  for (const [listing, { from, param }] of moved) {
    const page = Number(paramOf(request, param));
    if (listing !== listingOf(request, param) || !(page > from)) continue;
    return { kind: "pass", target: targetWith(request, param, page - 1) };
  }
  return undefined;
}

/** Keeps how many pages an answer speaks of. */
function counted(
  { totals }: Given,
  request: PassingRequest,
  table: TableOf<"rest"> | undefined,
): Interception | undefined {
  const pagination = table?.read.pagination;
  if (pagination?.style !== "page" || pagination.total_pages === undefined) return undefined;
  const { page_param, total_pages } = pagination;
  return {
    kind: "pass",
    edit: (answer) => {
      const total = numberOf(valueAt(bodyOf(answer), total_pages));
      if (total !== undefined) totals.set(listingOf(request, page_param), total);
      return answer;
    },
  };
}

type Change = (body: unknown) => unknown;

function strikeListing(given: Given, request: PassingRequest, { read }: TableOf<"rest">): Interception | undefined {
  const { pagination, records } = read;
  const way = waysOf(pagination);
  if (way === undefined || read.single) return undefined;
  const emptied = (answer: WholeAnswer, change: Change = (body) => body): WholeAnswer => {
    const body = bodyOf(answer);
    return Array.isArray(valueAt(body, records)) ? withBody(answer, change(withValueAt(body, records, []))) : answer;
  };
  if (way === "total") return totalTells(given, request, pagination) ? { kind: "pass", edit: emptied } : undefined;
  if (way === "number") {
    const more = pushBack(given, request, pagination);
    if (more === undefined) return undefined;
    return { kind: "pass", edit: (answer) => emptied(answer, (body) => withValueAt(body, more, true)) };
  }
  const minted = mint(given, request);
  const address = `http://${String(request.headers.host)}${request.path}?_page=${minted}`;
  return {
    kind: "pass",
    edit: (answer) => {
      if (pagination.style === "link_header") {
        return { ...emptied(answer), headers: { ...answer.headers, link: `<${address}>; rel="${pagination.rel}"` } };
      }
      return emptied(answer, (body) => leadingTo(body, pagination, { minted, address }));
    },
  };
}

/** Moves the pages of a listing by one, once; returns where its answers say that more follow. */
function pushBack({ moved }: Given, request: PassingRequest, pagination: Pagination): string | undefined {
  if (pagination.style !== "page" || pagination.has_more === undefined) return undefined;
  const param = pagination.page_param;
  const listing = listingOf(request, param);
  if (moved.has(listing)) return undefined;
  moved.set(listing, { from: Number(paramOf(request, param) ?? pagination.start), param });
  return pagination.has_more;
}

function leadingTo(body: unknown, pagination: Pagination, to: { minted: string; address: string }): unknown {
  if (pagination.style === "next_url") return withValueAt(body, pagination.next, to.address);
  if (pagination.style !== "cursor") return body;
  const led = withValueAt(body, pagination.next, to.minted);
  return pagination.has_more === undefined ? led : withValueAt(led, pagination.has_more, true);
}

/** Asks for what a request stands for. */
function instead({ path, query, body }: PassingRequest, given: Interception | undefined): Interception | undefined {
  if (given?.kind !== "pass") return given;
  return { ...given, target: targetOf(path, query), ...(body === "" ? {} : { body }) };
}

/** The first page of all is left alone: where it is empty, a total of rows that appeared since is nobody's mistake. */
function totalTells({ totals }: Given, request: PassingRequest, pagination: Pagination): boolean {
  if (pagination.style === "page") {
    const nth = Number(paramOf(request, pagination.page_param) ?? pagination.start) - pagination.start + 1;
    return nth > 1 && nth < (totals.get(listingOf(request, pagination.page_param)) ?? 0);
  }
  return pagination.style === "offset" && (numberOf(paramOf(request, pagination.offset_param)) ?? 0) > 0;
}

/** The outermost connection of a GraphQL answer, without nodes and with more to come. */
function emptyConnection(answer: WholeAnswer, cursor: string): WholeAnswer {
  const emptied = (value: unknown): unknown => {
    if (!isObject(value)) return undefined;
    if (isObject(value.pageInfo)) {
      const lists = Object.entries(value).map(([name, inner]) => [name, Array.isArray(inner) ? [] : inner]);
      const pageInfo = { ...value.pageInfo, hasNextPage: true, endCursor: cursor };
      return { ...Object.fromEntries(lists), pageInfo };
    }
    for (const [name, inner] of Object.entries(value)) {
      const found = emptied(inner);
      if (found !== undefined) return { ...value, [name]: found };
    }
    return undefined;
  };
  const changed = emptied(bodyOf(answer));
  return changed === undefined ? answer : withBody(answer, changed);
}
