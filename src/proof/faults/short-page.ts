/**
 * A page with fewer records than were asked for, where more follow: some sources fill pages unevenly, or hold themselves to
 * a size of their own. A listing by number has one page more from there on; one by offset is asked for the rest anyway.
 */
import type { Table } from "../../artifacts/blueprint.ts";
import type { Pagination } from "../../artifacts/reading.ts";
import type { Interception, WholeAnswer } from "../gateway/exchange.ts";
import type { PassingRequest } from "../gateway.ts";
import { tableOf } from "../table-of.ts";
import { bodyOf, valueAt, withBody, withValueAt } from "./body.ts";
import { listingOf, paramOf, targetWith } from "./listing.ts";
import type { Blows } from "./strike.ts";

/** Whether any table is listed so that only an empty page, or a count of records, is its end. */
export function canFallShort(tables: readonly Table[]): boolean {
  return tables.some(({ read }) => read.kind === "rest" && placeIn(read.pagination) !== undefined);
}

interface Place {
  param: string;
  first: number;
  /** Whether what is left out of a page is on one more page after it. */
  moves: boolean;
}

/** Where pages are counted, one more would be one too many. */
function placeIn(pagination: Pagination): Place | undefined {
  if (pagination.style === "offset") return { param: pagination.offset_param, first: 0, moves: false };
  if (pagination.style !== "page") return undefined;
  const { page_param: param, start: first, total_pages, has_more } = pagination;
  return total_pages === undefined && has_more === undefined ? { param, first, moves: true } : undefined;
}

export function shortPage(tables: readonly Table[]): Blows {
  /** Which page of a listing is short; it is so for whoever asks again. */
  const short = new Map<string, number>();

  const asked = (request: PassingRequest) => {
    const read = tableOf(tables, request.path)?.read;
    const place = read && placeIn(read.pagination);
    if (read === undefined || place === undefined) return undefined;
    const at = Number(paramOf(request, place.param) ?? place.first);
    return { at, place, records: read.records, listing: listingOf(request, place.param) };
  };
  return {
    strike: (request) => {
      const page = asked(request);
      if (page === undefined || short.has(page.listing)) return undefined;
      const { at, listing, records } = page;
      return {
        kind: "pass",
        edit: (answer) => {
          if (recordsIn(answer, records).length > 1) short.set(listing, at);
          return withHalf(answer, records, "first");
        },
      };
    },
    spare: (request): Interception | undefined => {
      const page = asked(request);
      const from = page && short.get(page.listing);
      if (page === undefined || from === undefined) return undefined;
      const { at, place, records } = page;
      if (at === from) return { kind: "pass", edit: (answer) => withHalf(answer, records, "first") };
      if (!place.moves || at < from) return undefined;
      const target = targetWith(request, place.param, at - 1);
      if (at > from + 1) return { kind: "pass", target };
      return { kind: "pass", target, edit: (answer) => withHalf(answer, records, "second") };
    },
  };
}

function recordsIn(answer: WholeAnswer, path: string): unknown[] {
  const records = valueAt(bodyOf(answer), path);
  return Array.isArray(records) ? records : [];
}

function withHalf(answer: WholeAnswer, path: string, which: "first" | "second"): WholeAnswer {
  const records = recordsIn(answer, path);
  if (records.length < 2) return answer;
  const middle = Math.ceil(records.length / 2);
  const half = which === "first" ? records.slice(0, middle) : records.slice(middle);
  return withBody(answer, withValueAt(bodyOf(answer), path, half));
}
