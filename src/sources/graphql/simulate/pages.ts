/** Which rows an answer has: filters, order and pages. Strict on purpose: what a real source would ignore hides a mistake. */
import { createHash } from "node:crypto";
import { GraphQLError } from "graphql";
import type { TableOf } from "../../../artifacts/blueprint.ts";
import { canonical } from "../../answers/canonical.ts";
import type { ListPlace, Row, TableState } from "../../http/simulate/corpus.ts";
import { compareMarks } from "../../http/simulate/cursor.ts";
import type { Mark } from "../../http/simulate/series.ts";
import type { Json } from "../../record.ts";
import { flattened, pagingTypes } from "./inputs.ts";

type Table = TableOf<"graphql">;
export type Arguments = { [name: string]: Json };

export interface ListPage {
  rows: Row[];
  total: number;
  hasNextPage: boolean;
  /** Opaque place of each row. */
  cursors: string[];
}

export interface Listing {
  table: Table;
  state: TableState;
  /** Rows of one parent, or all. */
  rows: readonly Row[];
  parent: Row | undefined;
  args: Arguments;
  salt: string;
}

/** Throws `GraphQLError` for arguments that the source would not take. */
export function pageOf(listing: Listing): ListPage {
  const { table, state, args } = listing;
  checkArguments(table, args);
  const chosen = listing.rows.filter(filterOf(listing)).sort(orderOf(listing));
  const { paging } = table.read;
  const whole = { rows: chosen, total: chosen.length, hasNextPage: false, cursors: [] };
  if (paging.style === "list") return whole;
  const { maxPage, defaultPage } = state.plan;
  const asked = wholeNumber(args, paging.style === "connection" ? paging.first : paging.limit);
  const size = Math.min(asked ?? defaultPage, maxPage);
  const scope = scopeOf(listing);
  const start =
    paging.style === "connection"
      ? startAfter(chosen, placeAfter(args[paging.after], scope), orderOf(listing))
      : (wholeNumber(args, paging.offset) ?? 0);
  const rows = chosen.slice(start, start + size);
  for (const row of rows) state.living?.served.add(row);
  return {
    rows,
    total: chosen.length,
    hasNextPage: start + rows.length < chosen.length,
    cursors: rows.map((row) => cursorAt(row, scope)),
  };
}

/** What is stated must be sent as it is stated; nothing else but filters and pages may be. */
function checkArguments(table: Table, args: Arguments): void {
  const { read, advance } = table;
  const sent = new Map(flattened(without(args, Object.keys(pagingTypes(table)))));
  const free = advance.kind === "cursor" ? [advance.param, advance.window?.end_param] : [];
  const stated = new Map(flattened(read.arguments).map(([path, value]) => [path, canonical(value)]));
  const sorting = new Map(advance.kind === "cursor" ? Object.entries(advance.sort_params) : []);
  for (const [path, value] of sent) {
    if (free.includes(path)) continue;
    const wanted = stated.get(path) === canonical(value) || sorting.get(path) === String(value);
    if (!wanted) throw refused(`The argument ${path} cannot be ${canonical(value)}.`);
  }
  const missing = [...stated.keys()].find((path) => !sent.has(path));
  if (missing !== undefined) throw refused(`The argument ${missing} is missing.`);
}

function without(args: Arguments, names: readonly string[]): Arguments {
  return Object.fromEntries(Object.entries(args).filter(([name]) => !names.includes(name)));
}

function filterOf({ table, state, args }: Listing): (row: Row) => boolean {
  const { advance } = table;
  const { cursor } = state.plan;
  if (advance.kind !== "cursor" || cursor === undefined) return () => true;
  const from = markAt({ table, state, args }, advance.param);
  const end = advance.window === undefined ? undefined : markAt({ table, state, args }, advance.window.end_param);
  return ({ mark }) => {
    if (mark === undefined) return true;
    const seen = cursor.seen(mark);
    if (end !== undefined && compareMarks(seen, end) >= 0) return false;
    return from === undefined || compareMarks(seen, from) >= (advance.inclusive ? 0 : 1);
  };
}

function markAt({ table, state, args }: Pick<Listing, "table" | "state" | "args">, path: string): Mark | undefined {
  const sent = new Map(flattened(args)).get(path);
  if (sent === undefined) return undefined;
  const text = table.read.search === undefined ? String(sent) : searched(String(sent), table.read.search);
  const mark = text === undefined ? undefined : state.plan.cursor?.parse(text);
  if (mark === undefined) throw refused(`The argument ${path} is not understood: ${String(sent)}`);
  return mark;
}

/** The value inside of a search text. */
function searched(text: string, template: string): string | undefined {
  const [before = "", after = ""] = template.split("{value}");
  if (!text.startsWith(before) || !text.endsWith(after)) return undefined;
  return text.slice(before.length, text.length - after.length);
}

/** In order of the cursor only where the blueprint says so, and only when asked as it says. */
function orderOf({ table, args }: Listing): (a: ListPlace, b: ListPlace) => number {
  const byPlace = (a: ListPlace, b: ListPlace) => a.position - b.position || a.ordinal - b.ordinal;
  const { advance } = table;
  const sent = new Map(flattened(args));
  const sorting = advance.kind === "cursor" ? Object.entries(advance.sort_params) : [];
  const asked = sorting.every(([path, value]) => String(sent.get(path)) === value);
  const ascending = advance.kind === "cursor" && (sorting.length > 0 ? asked : advance.order === "ascending");
  if (!ascending) return byPlace;
  return (a, b) => compareMarks(a.mark ?? 0n, b.mark ?? 0n) || byPlace(a, b);
}

function wholeNumber(args: Arguments, name: string): number | undefined {
  const value = args[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0) {
    throw refused(`The argument ${name} must be a whole number that is not negative.`);
  }
  return value;
}

/** A place is good for one listing with its filters, as keyset cursors of real sources are. */
function scopeOf({ table, args, parent, salt }: Listing): string {
  const asked = without(args, Object.keys(pagingTypes(table)));
  return createHash("sha256")
    .update(`${salt}\0${table.name}\0${parent?.ordinal ?? ""}\0${canonical(asked)}`)
    .digest("hex")
    .slice(0, 12);
}

/** A cursor names the row that it stands at, as those of keyset connections do: what goes from before it moves nothing. */
function cursorAt({ mark, position, ordinal }: Row, scope: string): string {
  const kind = typeof mark === "bigint" ? "n" : typeof mark === "string" ? "t" : "";
  return Buffer.from(JSON.stringify([scope, kind, String(mark ?? ""), position, ordinal])).toString("base64");
}

function placeAfter(cursor: Json | undefined, scope: string): ListPlace | undefined {
  if (cursor === undefined || cursor === null) return undefined;
  const text = Buffer.from(String(cursor), "base64").toString();
  const [known, kind, mark, position, ordinal] = text.startsWith(`["${scope}"`) ? JSON.parse(text) : [];
  if (known !== scope) throw refused("The cursor is not one of this list.");
  return { mark: kind === "n" ? BigInt(mark) : kind === "t" ? mark : undefined, position, ordinal };
}

function startAfter(
  rows: readonly Row[],
  after: ListPlace | undefined,
  compare: (a: ListPlace, b: ListPlace) => number,
): number {
  if (after === undefined) return 0;
  const next = rows.findIndex((row) => compare(row, after) > 0);
  return next < 0 ? rows.length : next;
}

function refused(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: "BAD_USER_INPUT" } });
}
