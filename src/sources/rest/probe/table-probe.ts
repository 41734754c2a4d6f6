/** A table under questions: its listing at the real source, and the sample of its records that the questions share. */
import type { RestBlueprint as Blueprint, RestTable as Table } from "../../../artifacts/blueprint.ts";
import type { Answer } from "../../http/live/client.ts";
import type { Looked } from "../../http/live/look.ts";
import { complaint } from "../../http/probe/finding.ts";
import { type Asker, NoAnswer } from "../../http/probe/session.ts";
import type { Record_ } from "../../record.ts";
import { firstParams, type Listing, nextAddress, recordsOf, saysItEnded } from "../live/listing.ts";

export interface Page {
  looked: Looked;
  /** With the columns that come from the parent. */
  records: Record_[];
}

export interface TableProbe {
  /** As corrected so far. */
  readonly table: Table;
  asker: Asker;
  /** Of the sample: the whole listing, one parent's, or one range of ids. */
  listing: Listing;
  /** Columns that come from the parent. */
  bound: Record_;
  /** First two pages of the listing, as far as there are two. */
  pages: Page[];
  /** Whether `pages` are all there are. */
  ended: boolean;
  /** Pages of other parents or ranges. */
  others: Page[];
  /** Why the second page could not be had, where there should be one. */
  broken: NoAnswer | undefined;
  /** Whether totals and flags that state the end have not been seen to lie. */
  endsHold: boolean;
  /** Changes the table for the questions that follow; returns the blueprint so far. */
  correct(change: (table: Table) => Table): Blueprint;
}

/** All records that have been seen of the table. */
export function sampleOf({ pages, others }: Pick<TableProbe, "pages" | "others">): Record_[] {
  return [...pages, ...others].flatMap(({ records }) => records);
}

/** Where the sample was seen. */
export function lookedAt({ pages, others }: Pick<TableProbe, "pages" | "others">): Looked[] {
  return [...pages, ...others].map(({ looked }) => looked);
}

export function answerOf({ exchange, headers, json }: Looked): Answer {
  return { status: exchange.status, headers, body: json };
}

/** Records at the declared place of a good answer; undefined when there are none to be had. */
export function recordsIn(table: Table, looked: Looked, bound: Record_ = {}): Record_[] | undefined {
  if (looked.elsewhere !== undefined || looked.exchange.status >= 300) return undefined;
  return recordsOf(table, answerOf(looked))?.map((record) => ({ ...record, ...bound }));
}

/** Parameters of the first page, as a first sync asks for it. */
export function openingParams(table: Table): Record<string, string> {
  const { advance } = table;
  const params = firstParams(table);
  if (advance.kind === "cursor" && advance.start !== undefined) params[advance.param] = advance.start;
  if (advance.kind === "steps") Object.assign(params, rangeParams(advance, advance.start));
  return params;
}

export function rangeParams(
  { from_param, to_param, step }: Extract<Table["advance"], { kind: "steps" }>,
  from: number,
): Record<string, string> {
  return { [from_param]: String(from), [to_param]: String(from + step - 1) };
}

type Scope = Pick<TableProbe, "table" | "asker" | "listing" | "bound" | "endsHold">;

export interface Walk {
  pages: Page[];
  /** Whether the last of the pages is the listing's last. */
  ended: boolean;
}

/**
 * Reads a listing from its first page on, at most `most` pages. Throws `NoAnswer` when the first page is none; a page
 * after it that is refused is the end where pages are counted.
 */
export async function walk(scope: Scope, params: Record<string, string>, most: number): Promise<Walk> {
  const { asker, table, bound } = scope;
  const looked = await asker.ask(asker.address(scope.listing.path, params));
  const records = recordsIn(table, looked, bound);
  if (records === undefined) throw new NoAnswer(`The source answers with ${complaint(looked)}.`, [looked.exchange]);
  return await walkOn(scope, { pages: [{ looked, records }], ended: false }, { params, most });
}

/** Goes on from pages that are read already. */
export async function walkOn(
  { asker, table, listing, bound, endsHold }: Scope,
  { pages: read }: Walk,
  { params, most }: { params: Record<string, string>; most: number },
): Promise<Walk> {
  const pages = [...read];
  for (;;) {
    const last = pages.at(-1);
    if (last === undefined || last.records.length === 0) return { pages, ended: true };
    const count = pages.reduce((sum, { records }) => sum + records.length, 0);
    const answer = answerOf(last.looked);
    const next = nextAddress({
      client: asker,
      table,
      answer,
      path: listing.path,
      params,
      read: count,
      page: pages.length,
      address: last.looked.address,
    });
    const stated = endsHold && saysItEnded(table, answer, { read: count, page: pages.length });
    if (next === undefined || stated) return { pages, ended: true };
    if (pages.length >= most) return { pages, ended: false };
    const looked = await asker.ask(next);
    const records = recordsIn(table, looked, bound);
    const { style } = table.read.pagination;
    if (records === undefined) {
      const past = (style === "page" || style === "offset") && [400, 404, 416, 422].includes(looked.exchange.status);
      if (past) return { pages: [...pages, { looked, records: [] }], ended: true };
      throw new NoAnswer(`Page ${pages.length + 1} answers with ${complaint(looked)}.`, [
        last.looked.exchange,
        looked.exchange,
      ]);
    }
    pages.push({ looked, records });
  }
}
