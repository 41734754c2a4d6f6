/** The page before once more, in place of the one that was asked for: a stale cache, or a parameter that is ignored. */
import type { Table } from "../../artifacts/blueprint.ts";
import type { Pagination } from "../../artifacts/reading.ts";
import type { Interception, WholeAnswer } from "../gateway/exchange.ts";
import type { PassingRequest } from "../gateway.ts";
import { tableOf } from "../table-of.ts";
import { bodyOf, isObject, numberOf, valueAt } from "./body.ts";
import type { Blows } from "./strike.ts";

/** Whether any table comes in pages. */
export function hasPages(tables: readonly Table[]): boolean {
  return tables.some(({ read }) => {
    if (read.kind === "graphql") return read.paging.style !== "list";
    return read.kind === "rest" && read.pagination.style !== "none";
  });
}

interface Seen {
  request: PassingRequest;
  answer: WholeAnswer;
}

/** `forEver`: the first listing that is struck goes on with the same page. */
export function repeatedPage(tables: readonly Table[], forEver: boolean): Blows {
  /** The furthest page of each listing: who looks at an earlier one once more has not gone back. */
  const pages = new Map<string, Seen>();
  let stuck: { listing: string; answer: WholeAnswer } | undefined;

  const kept = (request: PassingRequest, listing: string): Interception => ({
    kind: "pass",
    edit: (answer) => {
      const before = pages.get(listing);
      if (before === undefined || !isBehind(tables, before.request, request)) pages.set(listing, { request, answer });
      return answer;
    },
  });
  return {
    strike: (request) => {
      const listing = listingOf(tables, request);
      if (listing === undefined) return undefined;
      if (stuck !== undefined) return stuck.listing === listing ? given(stuck.answer) : undefined;
      const before = pages.get(listing);
      if (before === undefined || !continues(tables, before, request)) return undefined;
      if (forEver) stuck = { listing, answer: before.answer };
      return given(before.answer);
    },
    spare: (request) => {
      const listing = listingOf(tables, request);
      return listing === undefined ? undefined : kept(request, listing);
    },
  };
}

function given({ status, headers, body }: WholeAnswer): Interception {
  return { kind: "answer", status, headers, body };
}

/** Same name, same listing; undefined for a request that has no pages. */
function listingOf(tables: readonly Table[], { method, path, query, body }: PassingRequest): string | undefined {
  const table = tableOf(tables, path);
  if (table !== undefined) {
    const params = placeParams(table.read.pagination);
    if (params === undefined) return undefined;
    return JSON.stringify([path, params === "any" ? [] : query.filter(([name]) => !params.includes(name))]);
  }
  return method === "POST" ? queryTextOf(body) : undefined;
}

/** Parameters by which pages of one listing differ; `any` where answers lead from one to the next. */
function placeParams(pagination: Pagination): readonly string[] | "any" | undefined {
  switch (pagination.style) {
    case "page":
      return [pagination.page_param];
    case "offset":
      return [pagination.offset_param];
    case "cursor":
    case "next_url":
    case "link_header":
      return "any";
    default:
      return undefined;
  }
}

/** Whether the request is for the page after that one, and not for the first of another listing. */
function continues(tables: readonly Table[], before: Seen, request: PassingRequest): boolean {
  const table = tableOf(tables, request.path);
  const body = bodyOf(before.answer);
  if (table === undefined) {
    return /"hasNextPage"\s*:\s*true/.test(before.answer.body) || movesOn(before.request, request);
  }
  const { pagination, records } = table.read;
  const rows = valueAt(body, records);
  if (!Array.isArray(rows) || rows.length === 0) return false;
  switch (pagination.style) {
    case "cursor":
    case "next_url": {
      const next = valueAt(body, pagination.next);
      return next !== undefined && next !== null && next !== "";
    }
    case "link_header":
      return (before.answer.headers.link ?? "").includes(`rel="${pagination.rel}"`);
    case "page":
      return placeOf(request, pagination.page_param) > placeOf(before.request, pagination.page_param);
    case "offset":
      return placeOf(request, pagination.offset_param) > placeOf(before.request, pagination.offset_param);
    case "none":
      return false;
  }
}

/** Whether a request is for a page before that one, where its place tells. */
function isBehind(tables: readonly Table[], furthest: PassingRequest, request: PassingRequest): boolean {
  const table = tableOf(tables, request.path);
  if (table === undefined) return movesOn(request, furthest);
  const { pagination } = table.read;
  const params = placeParams(pagination);
  if (params === undefined || params === "any") return false;
  return params.some((param) => placeOf(request, param) < placeOf(furthest, param));
}

/** Without the parameter it is the first page. */
function placeOf({ query }: PassingRequest, param: string): number {
  return Number(query.find(([name]) => name === param)?.[1] ?? Number.NEGATIVE_INFINITY);
}

/** Pages of one GraphQL list by offset: the same query, and variables that differ in one number, which grew. */
function movesOn(before: PassingRequest, request: PassingRequest): boolean {
  const [ours, theirs] = [variablesOf(before.body), variablesOf(request.body)];
  const names = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])];
  const differing = names.filter((name) => JSON.stringify(ours[name]) !== JSON.stringify(theirs[name]));
  const [only = ""] = differing;
  return differing.length === 1 && (numberOf(theirs[only]) ?? 0) > (numberOf(ours[only]) ?? 0);
}

function queryTextOf(body: string): string | undefined {
  const parsed = bodyOf({ body });
  return isObject(parsed) && typeof parsed.query === "string" ? parsed.query : undefined;
}

function variablesOf(body: string): Record<string, unknown> {
  const parsed = bodyOf({ body });
  return isObject(parsed) && isObject(parsed.variables) ? parsed.variables : {};
}
