/**
 * How a list is paged, from two recorded requests of which one asks for the page after the other's: the later one holds
 * what the earlier one's answer gave it, or counts on from it.
 */
import type { Pagination } from "../../../../artifacts/reading.ts";
import { snake } from "../../../http/describe/names.ts";
import { isObject, type Origin } from "../../../http/describe/pointer.ts";
import { isCredential } from "../../../http/describe/secret-names.ts";
import type { Exchange, RecordedPair } from "./har-entries.ts";
import { rowsOf } from "./har-paths.ts";
import { placeInJson } from "./json-place.ts";

/** What two requests show. `places` are in the stored document, the earlier request's first. */
export interface ObservedPaging {
  value: Pagination;
  /** One sentence. */
  note: string;
  places: Origin[];
}

/** Longest walk over pairs of requests: recordings repeat themselves. */
const MAX_EXCHANGES = 200;
const PAGE_NAME = /(^|_)(page|pg|p|seite)(_(no|num|number|index))?$/;
const OFFSET_NAME = /offset|skip|start|from|begin|first/i;
const CURSOR_NAME = /next|cursor|after|token|continu|marker|scroll|bookmark|more/i;

/** `exchanges` are the answered requests of one path, in the order they were recorded. */
export function observePaging(exchanges: readonly Exchange[]): ObservedPaging | undefined {
  const some = exchanges.slice(0, MAX_EXCHANGES);
  for (const [index, earlier] of some.entries()) {
    for (const later of some.slice(index + 1)) {
      const pair = { earlier, later };
      const found = nextAddress(pair) ?? linkHeader(pair) ?? changedParameter(pair);
      if (found !== undefined) return { ...found, value: withStart(found.value, some) };
    }
  }
  return undefined;
}

interface PairOfExchanges {
  earlier: Exchange;
  later: Exchange;
}

/** The first page has the least number that was recorded, or the one before the second where it was asked for without. */
function withStart(value: Pagination, exchanges: readonly Exchange[]): Pagination {
  if (value.style !== "page") return value;
  const numbers = exchanges.flatMap(({ query }) => {
    const given = query.find((pair) => pair.name === value.page_param)?.value;
    return given !== undefined && /^\d+$/.test(given) ? [Number(given)] : [];
  });
  return { ...value, start: Math.min(value.start, ...numbers) };
}

function nextAddress({ earlier, later }: PairOfExchanges): ObservedPaging | undefined {
  const field = envelope(earlier.json).find(
    ({ value }) => typeof value === "string" && isAddress(value) && sameAddress(value, { earlier, later }),
  );
  if (field === undefined) return undefined;
  return {
    value: { style: "next_url", next: field.path },
    note: `the address at ${field.path} was asked for next`,
    places: [answerPlace(earlier, field.path), addressPlace(later)],
  };
}

function linkHeader({ earlier, later }: PairOfExchanges): ObservedPaging | undefined {
  if (earlier.next === undefined || !sameAddress(earlier.next, { earlier, later })) return undefined;
  return {
    value: { style: "link_header", rel: "next" },
    note: "the address in the answer's Link header was asked for next",
    places: [...(earlier.link === undefined ? [] : [earlier.link]), addressPlace(later)],
  };
}

function answerPlace({ body }: Exchange, path: string): Origin {
  const range = placeInJson(body.text, path.split("."));
  const place = { pointer: body.pointer, value: body.text };
  return range === undefined ? place : { ...place, excerpt: body.text.slice(range.start, range.end).slice(0, 300) };
}

function addressPlace({ pointer, url }: Exchange): Origin {
  return { pointer: `${pointer}/request/url`, value: url };
}

function isAddress(text: string): boolean {
  return /^(https?:\/\/|\/|\?)/.test(text);
}

/** Credentials are added by the client, so they are in no address of the source's. */
function sameAddress(text: string, { earlier, later }: PairOfExchanges): boolean {
  if (!URL.canParse(text, earlier.address) || earlier.address === later.address) return false;
  return bare(new URL(text, earlier.address).href) === bare(later.address);
}

function bare(address: string): string {
  const url = new URL(address);
  const query = [...url.searchParams].filter(([name, value]) => !isCredential({ name, value }, "query"));
  return `${url.origin}${url.pathname}?${JSON.stringify(query.sort(([a], [b]) => (a < b ? -1 : 1)))}`;
}

function changedParameter({ earlier, later }: PairOfExchanges): ObservedPaging | undefined {
  const before = new Map(earlier.query.map((pair) => [pair.name, pair]));
  const changed = later.query.filter(({ name, value }) => before.get(name)?.value !== value);
  const gone = earlier.query.filter(({ name }) => !later.query.some((pair) => pair.name === name));
  const [parameter] = changed;
  if (parameter === undefined || changed.length > 1) return undefined;
  const old = before.get(parameter.name);
  const counted = gone.length > 0 ? undefined : counting(parameter, { old: old?.value, earlier, later });
  const to = { pointer: parameter.pointer, value: parameter.stored };
  if (counted !== undefined) {
    const from = old === undefined ? addressPlace(earlier) : { pointer: old.pointer, value: old.stored };
    return { ...counted, places: [from, to] };
  }
  const field = envelope(earlier.json).find(
    ({ path, value }) => isCursor(value, `${path} ${parameter.name}`) && String(value) === parameter.value,
  );
  if (field === undefined) return undefined;
  return {
    value: { style: "cursor", cursor_param: parameter.name, next: field.path, cursor_only: gone.length > 0 },
    note: `${parameter.name} was sent with what the answer before had at ${field.path}`,
    places: [answerPlace(earlier, field.path), to],
  };
}

/** Long values agree by no accident; short ones must be called what they are. */
function isCursor(value: unknown, names: string): boolean {
  if (typeof value !== "bigint" && typeof value !== "string") return false;
  const text = String(value);
  return text !== "" && !isAddress(text) && (CURSOR_NAME.test(names) || text.length >= 12);
}

interface Step {
  old: string | undefined;
  earlier: Exchange;
  later: Exchange;
}

/** One page more, or as many rows more as the answer before had. */
function counting(
  { name, value }: Pick<RecordedPair, "name" | "value">,
  { old, earlier, later }: Step,
): Omit<ObservedPaging, "places"> | undefined {
  if (!/^\d{1,9}$/.test(value) || (old !== undefined && !/^\d{1,9}$/.test(old))) return undefined;
  const rows = rowsOf(earlier.json)?.rows.length ?? 0;
  const to = Number(value);
  const named = PAGE_NAME.test(snake(name));
  const from = old === undefined ? (named ? 1 : 0) : Number(old);
  const note = `${name} went from ${old ?? "nothing"} to ${value} after an answer with ${rows} rows`;
  const echoed = envelope(later.json).some(
    (field) =>
      field.value === BigInt(to) &&
      envelope(earlier.json).some((o) => o.path === field.path && o.value === BigInt(from)),
  );
  if (to - from === 1 && (named || echoed)) return { value: { style: "page", page_param: name, start: from }, note };
  const counts = to - from === rows && from % rows === 0 && (OFFSET_NAME.test(name) || echoed || rows >= 5);
  return rows > 0 && counts ? { value: { style: "offset", offset_param: name }, note } : undefined;
}

/** Plain values around the list of rows. */
function envelope(json: unknown): { path: string; value: unknown }[] {
  const found: { path: string; value: unknown }[] = [];
  const visit = (value: unknown, path: string, depth: number): void => {
    if (Array.isArray(value) || depth > 3) return;
    if (!isObject(value)) found.push({ path, value });
    else {
      for (const [name, member] of Object.entries(value)) {
        if (!name.includes(".")) visit(member, path === "" ? name : `${path}.${name}`, depth + 1);
      }
    }
  };
  if (isObject(json)) visit(json, "", 0);
  return found.filter(({ path }) => path !== "");
}
