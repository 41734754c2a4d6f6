/**
 * How an answer is paged, from parameters, fields of the envelope and headers. Where several ways are offered, the one
 * that loses no rows when the list changes meanwhile goes first: cursor, next address, Link header, page, offset.
 */
import type { Pagination } from "../../../artifacts/reading.ts";
import { snake } from "../../http/describe/names.ts";
import { below, type Located } from "../../http/describe/pointer.ts";
import { at, type Claimed, documented, type Listing, unproven } from "./draft.ts";
import { envelopeFields, type Field } from "./envelope.ts";
import type { Parameter } from "./operations.ts";
import { recordedPaging } from "./recorded-claims.ts";

/** Pages beyond this size gain little and strain the source. */
export const MAX_PAGE_SIZE = 1000;

const PAGE = /^(page|page_?(number|num|no|index)|current_page|p|pg|paging_page)$/;
const OFFSET = /^(offset|skip|start|start_at|start_index|start_row|from|first_result|page_offset|record_offset|begin)$/;
const SIZE =
  /^((page_?)?(size|limit)|per_?page|page_length|items_per_page|results_per_page|limit_per_page|max_?results|max_?items|max_page_size|count|take|rows|top|num|n|first|hits_per_page|page_count|limit_to|pagesize|perpage)$/;
const CURSOR =
  /^(cursor|(page_|pagination_|start_|next_)?(cursor|token)|page_(cursor|after)|after|continuation(_token)?|marker|scroll_id|bookmark|next|starting_after|start_key|resume_token|sync_token|after_(id|cursor))$/;
const NEXT_CURSOR =
  /^(next_?(page_?)?(cursor|token|marker|key|id|offset|start)?|(end_|after_?)cursor|cursor|continuation(_token)?|after|scroll_id|bookmark|marker|next_page)$/;
const NEXT_URL = /^(next(_?page)?(_?(url|link|href|uri|page_url))?|next_records_url)$/;
const HAS_MORE =
  /^(has_?(more|next)(_?(page|pages|results|items|data))?|more|more_(results|items|pages)|is_truncated)$/;
const TOTAL_PAGES = /^(total_?pages|page_?count|pages|last_page|num_pages|pages_total|nb_pages)$/;
const TOTAL =
  /^(total(_?(count|results|items|records|elements|rows|entries|hits|size))?|count_total|records_total|result_count|num_found|count)$/;
const URL_WORDS = /\b(url|uri|link|address|href)\b/i;

export interface PagingResult extends Claimed<Pagination> {
  /** Parameters that take the place of paging: a limit where there is no second page to ask for. */
  params: Record<string, string>;
  /** Why one reading may not give all rows. */
  partial?: string;
  /** What the pagination styles cannot express. */
  custom?: string;
}

interface Facts {
  listing: Listing;
  parameters: Parameter[];
  fields: Field[];
  size: Parameter | undefined;
}

export function findPagination(listing: Listing): PagingResult {
  const parameters = listing.operation.parameters.filter((parameter) => parameter.in === "query");
  const fields = envelopeFields(listing);
  const size = parameters.find((parameter) => SIZE.test(snake(parameter.name)) && isNumeric(parameter));
  const facts = { listing, parameters, fields, size };
  const named =
    cursorStyle(facts) ??
    nextUrlStyle(facts) ??
    linkStyle(facts) ??
    pageStyle(facts) ??
    offsetStyle(facts) ??
    unpaged(facts);
  return recordedPaging(listing, named);
}

/** The size to ask for: the documented maximum up to 1000, else the documented default, else the source's own. */
export function pageSize(parameter: Parameter | undefined): number | undefined {
  if (parameter === undefined) return undefined;
  const stated = parameter.shape.maximum ?? proseMaximum(parameter.description);
  if (stated !== undefined && stated >= 1) return Math.min(Math.floor(stated), MAX_PAGE_SIZE);
  // A size that was asked for and answered is as good as a documented one.
  const recorded = parameter.node.document.conversion === undefined ? undefined : parameter.shape.example;
  const usual = Number(parameter.shape.default ?? recorded);
  return Number.isInteger(usual) && usual >= 1 ? Math.min(usual, MAX_PAGE_SIZE) : undefined;
}

/** "between 1 and 100", "maximum of 100", "max: 100", "up to 100", "at most 100", "cannot exceed 100". */
function proseMaximum(text: string): number | undefined {
  const match =
    /between\s+\d+\s+and\s+(\d[\d,]*)/i.exec(text) ??
    /\bmax(?:imum)?(?:\s+(?:value|size|limit|number|page size|allowed))?\s*(?:is|of|:|=|value:?)?\s*`?(\d[\d,]*)/i.exec(
      text,
    ) ??
    /\b(?:up to|at most|no more than|cannot exceed|not exceed)\s+`?(\d[\d,]*)/i.exec(text);
  return match?.[1] === undefined ? undefined : Number(match[1].replaceAll(",", ""));
}

function cursorStyle(facts: Facts): PagingResult | undefined {
  const parameter = facts.parameters.find(isCursor);
  if (parameter === undefined) return undefined;
  const next = nextCursorFor(parameter, facts);
  const ends = facts.fields.find((field) => HAS_MORE.test(field.name) && field.shape.types.has("boolean"));
  const common = { style: "cursor" as const, cursor_param: parameter.name, cursor_only: false, ...sized(facts) };
  const more = ends === undefined ? {} : { has_more: ends.path };
  if (next !== undefined) {
    const cite = [at(parameter.node), at(next.node), at(ends?.node), at(facts.size?.node)];
    return { value: { ...common, next: next.path, ...more }, claim: documented(cite), params: {} };
  }
  // With a next address or a Link header the cursor need not be known.
  if (nextUrlStyle(facts) ?? linkStyle(facts)) return undefined;
  const told = proseNext(parameter, facts.listing);
  const guess = told?.next ?? conventionalNext(parameter.name);
  const where = "no schema says where the answer carries the next one";
  const source = told === undefined ? "a usual name" : "read from an endpoint's words";
  return {
    value: { ...common, next: guess, ...more },
    claim: unproven(`${parameter.name} takes a cursor, but ${where}; ${guess} is taken, ${source}.`, [
      at(parameter.node),
      at(told?.node, told?.next.split(".")[0]),
    ]),
    params: {},
    partial: `${where}, so pages after the first may be missed`,
    custom: `Paging: ${parameter.name} takes a cursor, and ${where}. Check that it is ${guess}.`,
  };
}

/** A cursor by name, unless it counts; or an offset that is a token. */
function isCursor(parameter: Parameter): boolean {
  const name = snake(parameter.name);
  const token = /\b(opaque|token|cursor)\b/i.test(parameter.description) && !isNumeric(parameter);
  if (PAGE.test(name) || OFFSET.test(name)) return token;
  if (!CURSOR.test(name)) return false;
  return !(/^(after|next|marker)$/.test(name) && (isDateLike(parameter) || parameter.shape.types.has("boolean")));
}

function nextCursorFor(parameter: Parameter, facts: Facts): Field | undefined {
  const name = snake(parameter.name);
  const plain = facts.fields.filter((field) => !looksLikeUrl(field) && !field.shape.types.has("boolean"));
  const usable = plain.filter((field) => !/(^|\.)(prev|previous|self|first|last)(\.|_|$)/i.test(snakePath(field.path)));
  return (
    usable.find((field) => field.name === `next_${name}`) ??
    usable.find((field) => field.name === name && /next/i.test(field.path)) ??
    usable.find(
      (field) => NEXT_CURSOR.test(field.name) && /next|after|continuation|end/i.test(snakePath(field.path)),
    ) ??
    usable.find((field) => NEXT_CURSOR.test(field.name) || field.name === name)
  );
}

/** "a `next_page` with an `offset`" in the words of this endpoint, or of another that has the same parameter. */
function proseNext(parameter: Parameter, listing: Listing): { next: string; node: Located } | undefined {
  const others = listing.spoken.get(parameter.node.pointer) ?? [];
  for (const node of [below(listing.operation.node, "description"), below(parameter.node, "description"), ...others]) {
    const words = typeof node.value === "string" ? node.value : "";
    const named = [...words.matchAll(/`([A-Za-z_][\w.]*)`/g)].map((match) => match[1] ?? "");
    const holder = named.find((name) => /^next/i.test(name) && snake(name) !== snake(parameter.name));
    if (holder === undefined) continue;
    const inside = named.includes(parameter.name) && /^next_?page$/i.test(holder);
    return { next: inside ? `${holder}.${parameter.name}` : holder, node };
  }
  return undefined;
}

function conventionalNext(name: string): string {
  const tail =
    name
      .split(/[[\].]/)
      .filter(Boolean)
      .at(-1) ?? name;
  if (/^next/i.test(tail)) return tail;
  return tail.includes("_") || tail === tail.toLowerCase()
    ? `next_${tail}`
    : `next${tail[0]?.toUpperCase()}${tail.slice(1)}`;
}

function nextUrlStyle(facts: Facts): PagingResult | undefined {
  const urls = facts.fields.filter((field) => looksLikeUrl(field) && field.shape.types.has("string"));
  const next =
    urls.find((field) => NEXT_URL.test(field.name)) ??
    urls.find((field) => field.name === "href" && /(^|\.)_?next\.href$/i.test(field.path));
  if (next === undefined) return undefined;
  const cite = [at(next.node), at(facts.size?.node)];
  return { value: { style: "next_url", next: next.path, ...sized(facts) }, claim: documented(cite), params: {} };
}

function looksLikeUrl(field: Field): boolean {
  const { shape } = field;
  if (!/next|href|links?/i.test(field.path) || !shape.types.has("string")) return false;
  if (/(^|\.)_?links\.next(\.href)?$/i.test(field.path)) return true;
  const example = typeof shape.example === "string" && /^(https?:\/\/|\/)/.test(shape.example);
  const named = /(url|uri|link|href)$/.test(field.name);
  return (
    named || example || /^(uri|url|uri-reference)/.test(shape.format ?? "") || URL_WORDS.test(shape.description ?? "")
  );
}

function linkStyle(facts: Facts): PagingResult | undefined {
  const { operation } = facts.listing;
  const told = /`?\blink`?\s+(response\s+)?header/i.exec(operation.description);
  const node = operation.linkHeader;
  if (node === undefined && told === null) return undefined;
  const cite = [at(node ?? operation.node), at(facts.size?.node)];
  return { value: { style: "link_header", rel: "next", ...sized(facts) }, claim: documented(cite), params: {} };
}

function pageStyle(facts: Facts): PagingResult | undefined {
  const parameter = facts.parameters.find((one) => PAGE.test(snake(one.name)) && !isDateLike(one));
  if (parameter === undefined) return undefined;
  const pages = facts.fields.find((field) => TOTAL_PAGES.test(field.name) && isCount(field));
  const more = facts.fields.find((field) => HAS_MORE.test(field.name) && field.shape.types.has("boolean"));
  const start = firstPage(parameter);
  const value: Pagination = {
    style: "page",
    page_param: parameter.name,
    start: start.value,
    ...sized(facts),
    ...(pages === undefined ? {} : { total_pages: pages.path }),
    ...(more === undefined ? {} : { has_more: more.path }),
  };
  const cite = [at(parameter.node), at(facts.size?.node), at(pages?.node), at(more?.node)];
  return { value, claim: documented(cite, start.note), params: {} };
}

function firstPage(parameter: Parameter): { value: number; note?: string } {
  const { shape, description } = parameter;
  if (shape.default === 0 || shape.default === 1) return { value: shape.default };
  if (/\b(zero|0)[- ](based|indexed)|starts? (at|from|with) (zero|0)\b/i.test(description)) return { value: 0 };
  if (shape.minimum === 0)
    return { value: 0, note: "the least value of the page parameter is taken as the first page" };
  if (shape.minimum === 1 || /\b(one|1)[- ](based|indexed)|starts? (at|from|with) (one|1)\b/i.test(description))
    return { value: 1 };
  return { value: 1, note: "the number of the first page is not stated; 1 is taken" };
}

function offsetStyle(facts: Facts): PagingResult | undefined {
  const parameter = facts.parameters.find((one) => OFFSET.test(snake(one.name)) && isNumeric(one) && !isDateLike(one));
  if (parameter === undefined) return undefined;
  const total = facts.fields.find(
    (field) => TOTAL.test(field.name) && isCount(field) && countsAll(field, facts.fields),
  );
  const more = facts.fields.find((field) => HAS_MORE.test(field.name) && field.shape.types.has("boolean"));
  const { size_param, size } = sized(facts);
  const value: Pagination = {
    style: "offset",
    offset_param: parameter.name,
    ...(size_param === undefined ? {} : { limit_param: size_param }),
    ...(size === undefined ? {} : { limit: size }),
    ...(total === undefined ? {} : { total: total.path }),
    ...(more === undefined ? {} : { has_more: more.path }),
  };
  return {
    value,
    claim: documented([at(parameter.node), at(facts.size?.node), at(total?.node), at(more?.node)]),
    params: {},
  };
}

/** `count` may be that of the page: taken for all of them it would end the read early. */
function countsAll(field: Field, fields: readonly Field[]): boolean {
  if (!/^(count|result_count)$/.test(field.name)) return true;
  if (/\b(total|overall|all|available)\b/i.test(field.shape.description ?? "")) return true;
  const neighbours = fields.map((other) => other.name);
  return neighbours.includes("next") && neighbours.some((name) => /^prev(ious)?$/.test(name));
}

function unpaged(facts: Facts): PagingResult {
  const { listing, size, parameters } = facts;
  const step = parameters.find((parameter) => ROW_CURSOR.test(snake(parameter.name)));
  const limit = pageSize(size);
  const params = size !== undefined && limit !== undefined ? { [size.name]: String(limit) } : {};
  const base = { value: { style: "none" as const }, params };
  if (step !== undefined) {
    const reason = `${step.name} seems to page by the last row seen, which no paging style expresses: only the first page is read.`;
    return { ...base, claim: unproven(reason, [at(step.node)]), partial: reason, custom: `${listing.path}: ${reason}` };
  }
  if (size !== undefined) {
    const reason = `${size.name} limits the answer, and no parameter is described that asks for the rest.`;
    return { ...base, claim: unproven(reason, [at(size.node)]), partial: reason };
  }
  const reason = "No paging parameter, next address or Link header is described; one answer is taken to hold all rows.";
  return { ...base, claim: unproven(reason, [at(listing.operation.node)]) };
}

const ROW_CURSOR =
  /^(starting_after|ending_before|(max|since|before|after|less_than|greater_than|last_seen)_(\w+_)?id|(min|last)_id)$/;

function sized(facts: Facts): { size_param?: string; size?: number } {
  if (facts.size === undefined) return {};
  const size = pageSize(facts.size);
  return { size_param: facts.size.name, ...(size === undefined ? {} : { size }) };
}

function isNumeric(parameter: Parameter): boolean {
  const { types, default: usual } = parameter.shape;
  if (types.has("integer") || types.has("number") || types.size === 0) return true;
  return typeof usual === "number" || /^\d+$/.test(String(parameter.shape.example ?? ""));
}

function isDateLike(parameter: Parameter): boolean {
  return (
    /^date/.test(parameter.shape.format ?? "") ||
    /\b(date|date-?time|timestamp|iso.?8601)\b/i.test(parameter.description)
  );
}

function isCount(field: Field): boolean {
  return field.shape.types.has("integer") || field.shape.types.has("number");
}

function snakePath(path: string): string {
  return path.split(".").map(snake).join(".");
}
