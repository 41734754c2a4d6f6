/** Cutting a listing into pages, in every style, and what an answer says of the other pages. */
import { createHash } from "node:crypto";
import type { Pagination } from "../../../artifacts/reading.ts";
import type { ListPlace, Row } from "../../http/simulate/corpus.ts";
import type { Exact } from "../../http/simulate/exact.ts";
import { pageSize, type TablePlan } from "../../http/simulate/plan.ts";
import { badParam, type Query, rowOrder, wholeParam } from "./filters.ts";

/** Where a request stands in its listing. */
export interface Position {
  /** Parameters that select the rows: those of the first request, where a cursor replaces them. */
  query: Query;
  offset: number;
  /** The row that the page comes after, where cursors name one: what goes from before it moves nothing. */
  after?: ListPlace;
  size: number;
}

export interface Page {
  rows: Row[];
  /** Path in the answer -> value. */
  fields: [string, Exact][];
  headers: Record<string, string>;
}

/** What addresses of pages are made of. */
export interface Address {
  /** Scheme and authority. */
  origin: string;
  /** As asked, percent-encoded. */
  path: string;
  /** Makes tokens of one simulator useless at another. */
  salt: string;
}

/** Parameter in the addresses that `next_url` and `link_header` hand out; never documented, only followed. */
const TOKEN_PARAM = "_page";

/** Parameters that the style of pagination brings. */
export function pagingParams(plan: TablePlan): string[] {
  const { pagination } = plan.table.read;
  const names = [tokenParam(pagination), pageSize(pagination).param];
  if (pagination.style === "page") names.push(pagination.page_param);
  if (pagination.style === "offset") names.push(pagination.offset_param);
  return names.filter((name) => name !== undefined);
}

/** The parameters of the first request of a listing, where a lone cursor stands for them. */
export function firstQuery(plan: TablePlan, query: Query, address: Address): Query {
  const { pagination } = plan.table.read;
  if (pagination.style !== "cursor" || !pagination.cursor_only) return query;
  const token = readToken(query.get(pagination.cursor_param) ?? "", address);
  return token === undefined ? query : new Map(token.query);
}

/** Throws `Refusal` (400) for malformed positions, foreign tokens and parameters beside a token that stands alone. */
export function findPosition(plan: TablePlan, query: Query, address: Address): Position {
  const { pagination } = plan.table.read;
  const resumed = resume(pagination, query, address);
  const position = resumed ?? { query, offset: 0 };
  const size = sizeOf(plan, position.query);
  switch (pagination.style) {
    case "none":
      return { ...position, size: Number.POSITIVE_INFINITY };
    case "page": {
      const page = wholeParam(query, pagination.page_param, pagination.start) ?? pagination.start;
      return { query, offset: (page - pagination.start) * size, size };
    }
    case "offset":
      return { query, offset: wholeParam(query, pagination.offset_param, 0) ?? 0, size };
    default:
      return { ...position, size };
  }
}

/** Cuts the page at `position` out of `rows`. */
export function cutPage(plan: TablePlan, rows: readonly Row[], where: { position: Position; address: Address }): Page {
  const { pagination } = plan.table.read;
  const offset = offsetIn(plan, rows, where.position);
  const { size } = where.position;
  const page = rows.slice(offset, offset + size);
  const more = offset + page.length < rows.length;
  const fields: [string, Exact][] = [];
  if ("has_more" in pagination && pagination.has_more !== undefined) fields.push([pagination.has_more, more]);
  switch (pagination.style) {
    case "page":
      if (pagination.total_pages !== undefined) fields.push([pagination.total_pages, Math.ceil(rows.length / size)]);
      break;
    case "offset":
      if (pagination.total !== undefined) fields.push([pagination.total, rows.length]);
      break;
    case "cursor": {
      // With `has_more` some sources go on handing out cursors: the one after the last page leads to an empty page.
      const stale = pagination.has_more !== undefined && page.length > 0 && ending(plan) % 2 === 0;
      const next = more || stale ? makeToken(where, page.length, page.at(-1)) : undefined;
      fields.push(...nextField(plan, pagination.next, next));
      break;
    }
    case "next_url":
      fields.push(...nextField(plan, pagination.next, more ? nextAddress(where, page.length) : undefined));
      break;
    case "link_header":
      return {
        rows: page,
        fields,
        headers: { link: linkHeader(pagination.rel, where, more ? page.length : undefined) },
      };
    default:
      break;
  }
  return { rows: page, fields, headers: {} };
}

function tokenParam(pagination: Pagination): string | undefined {
  switch (pagination.style) {
    case "cursor":
      return pagination.cursor_param;
    case "next_url":
    case "link_header":
      return TOKEN_PARAM;
    default:
      return undefined;
  }
}

function sizeOf(plan: TablePlan, query: Query): number {
  const { param } = pageSize(plan.table.read.pagination);
  const asked = param === undefined ? undefined : wholeParam(query, param, 1);
  return Math.min(asked ?? plan.defaultPage, plan.maxPage);
}

function offsetIn(plan: TablePlan, rows: readonly Row[], { offset, after, query }: Position): number {
  if (after === undefined) return offset;
  const compare = rowOrder(plan, query);
  const next = rows.findIndex((row) => compare(row, after) > 0);
  return next < 0 ? rows.length : next;
}

interface Token {
  offset: number;
  after?: { mark: string | undefined; text: boolean; position: number; ordinal: number };
  query: [string, string][];
}

function resume(pagination: Pagination, query: Query, address: Address): Omit<Position, "size"> | undefined {
  const name = tokenParam(pagination);
  const text = name === undefined ? undefined : query.get(name);
  if (name === undefined || text === undefined) return undefined;
  const token = readToken(text, address);
  if (token === undefined) throw badParam("bad_cursor", `The parameter ${name} is not a cursor of this listing.`);
  const first = new Map(token.query);
  const place = { offset: token.offset, ...(token.after === undefined ? {} : { after: placeOf(token.after) }) };
  const rest = new Map([...query].filter(([key]) => key !== name));
  if (pagination.style === "cursor" && pagination.cursor_only) {
    const extra = [...rest.keys()][0];
    if (extra !== undefined) throw badParam("unknown_parameter", `Beside ${name} there must be no parameter ${extra}.`);
    return { query: first, ...place };
  }
  const size = pageSize(pagination).param;
  const differing = [...new Set([...first.keys(), ...rest.keys()])].find(
    (key) => key !== size && first.get(key) !== rest.get(key),
  );
  if (differing !== undefined) {
    throw badParam("bad_cursor", `The cursor was made for another value of the parameter ${differing}.`);
  }
  return { query: rest, ...place };
}

function placeOf({ mark, text, position, ordinal }: NonNullable<Token["after"]>): ListPlace {
  return { mark: mark === undefined || text ? mark : BigInt(mark), position, ordinal };
}

/** Opaque to clients, and with characters that must be escaped in an address. `last`: the row to go on after. */
function makeToken(where: { position: Position; address: Address }, taken: number, last?: Row): string {
  const names = [...where.position.query];
  const after = last && {
    mark: last.mark === undefined ? undefined : String(last.mark),
    text: typeof last.mark === "string",
    position: last.position,
    ordinal: last.ordinal,
  };
  const token: Token = { offset: where.position.offset + taken, ...(after ? { after } : {}), query: names };
  const text = JSON.stringify(token);
  return `${Buffer.from(text).toString("base64")}+/${checksum(text, where.address)}=`;
}

function readToken(text: string, address: Address): Token | undefined {
  const match = /^(.+)\+\/([0-9a-f]{16})=$/.exec(text);
  const inner = Buffer.from(match?.[1] ?? "", "base64").toString();
  if (match === null || checksum(inner, address) !== match[2]) return undefined;
  return JSON.parse(inner) as Token;
}

function checksum(text: string, address: Address): string {
  const hash = createHash("sha256").update(`${address.salt}\n${decodeURIComponent(address.path)}\n${text}`);
  return hash.digest("hex").slice(0, 16);
}

/** Null, "" or nothing at all: a table ends its listings in one of these ways. */
function nextField(plan: TablePlan, path: string, next: string | undefined): [string, Exact][] {
  if (next !== undefined) return [[path, next]];
  const end = ([null, "", undefined] as const)[ending(plan) % 3];
  return end === undefined ? [] : [[path, end]];
}

function ending(plan: TablePlan): number {
  return createHash("sha256").update(plan.table.name).digest().readUInt16BE(0);
}

/** Absolute and relative by turns. */
function nextAddress(where: { position: Position; address: Address }, taken: number): string {
  const absolute = Math.floor(where.position.offset / where.position.size) % 2 === 0;
  return `${absolute ? where.address.origin : ""}${pageTarget(where, taken)}`;
}

function pageTarget(where: { position: Position; address: Address }, taken: number): string {
  const query = new URLSearchParams([...where.position.query]);
  query.set(TOKEN_PARAM, makeToken(where, taken));
  return `${where.address.path}?${query}`;
}

/** The first page is named as well, and first: a reader has to look at `rel` (RFC 8288). */
function linkHeader(rel: string, where: { position: Position; address: Address }, taken: number | undefined): string {
  const { origin, path } = where.address;
  const query = new URLSearchParams([...where.position.query].filter(([name]) => name !== TOKEN_PARAM));
  const links = [
    `<${origin}${path}${query.size > 0 ? `?${query}` : ""}>; rel="${rel === "first" ? "start" : "first"}"`,
  ];
  if (taken !== undefined) links.push(`<${origin}${pageTarget(where, taken)}>; rel="${rel}"; title="more, please"`);
  return links.join(", ");
}
