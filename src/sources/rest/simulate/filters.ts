/**
 * Query parameters of a table: which are known, which are required, what they leave of the rows and in which order.
 * Strict on purpose: a parameter that a real source would ignore hides a connector's mistake.
 */
import type { FeedEntry, ListPlace, Row } from "../../http/simulate/corpus.ts";
import { compareMarks } from "../../http/simulate/cursor.ts";
import { Refusal } from "../../http/simulate/exchange.ts";
import { parseIso } from "../../http/simulate/instant.ts";
import type { TablePlan } from "../../http/simulate/plan.ts";
import type { Mark } from "../../http/simulate/series.ts";

export type Query = ReadonlyMap<string, string>;

/** Throws `Refusal` (400) for a parameter that is unknown, missing or has a value it may not have. */
export function checkParams(plan: TablePlan, query: Query, paging: readonly string[]): void {
  const { read } = plan.table;
  const free = new Set([...paging, ...advanceParams(plan)]);
  const stated = new Map([...Object.entries(plan.cursor?.advance.sort_params ?? {}), ...Object.entries(read.params)]);
  for (const name of query.keys()) {
    if (!free.has(name) && !stated.has(name)) throw badParam("unknown_parameter", `There is no parameter ${name}.`);
  }
  for (const [name, value] of stated) {
    if (free.has(name)) continue;
    const sent = query.get(name);
    if (sent === undefined && Object.hasOwn(read.params, name)) throw missingParam(name);
    if (sent !== undefined && sent !== value) {
      throw badParam("bad_parameter", `The parameter ${name} must be ${value}.`);
    }
  }
}

/** The rows a query leaves, in the order of the answer. Throws `Refusal` (400) for malformed values. */
export function selectRows(plan: TablePlan, rows: readonly Row[], query: Query): Row[] {
  return rows.filter(rowFilter(plan, query)).sort(rowOrder(plan, query));
}

/** Compares places in the answer to a query. */
export function rowOrder(plan: TablePlan, query: Query): (a: ListPlace, b: ListPlace) => number {
  const byPlace = (a: ListPlace, b: ListPlace) => a.position - b.position || a.ordinal - b.ordinal;
  if (!sortsByCursor(plan, query)) return byPlace;
  return (a, b) => compareMarks(a.mark ?? 0n, b.mark ?? 0n) || byPlace(a, b);
}

/** Entries of the list of deletes at or after its parameter, oldest first. Throws `Refusal` (400). */
export function selectFeed(plan: TablePlan, entries: readonly FeedEntry[], query: Query): FeedEntry[] {
  const param = plan.feed?.param;
  for (const name of query.keys()) {
    if (name !== param) throw badParam("unknown_parameter", `There is no parameter ${name}.`);
  }
  const sent = param === undefined ? undefined : query.get(param);
  if (sent === undefined) return [...entries];
  const from = parseIso(sent);
  if (from === undefined) throw badParam("bad_parameter", `The parameter ${param} is not a time: ${sent}`);
  return entries.filter((entry) => entry.at >= from);
}

/** A whole number of at least `least`. Throws `Refusal` (400). */
export function wholeParam(query: Query, name: string, least: number): number | undefined {
  const sent = query.get(name);
  if (sent === undefined) return undefined;
  const value = Number(sent);
  if (!/^\d{1,15}$/.test(sent) || value < least) {
    throw badParam("bad_parameter", `The parameter ${name} must be a whole number of at least ${least}: ${sent}`);
  }
  return value;
}

export function badParam(code: string, message: string): Refusal {
  return new Refusal(400, { code, message });
}

function missingParam(name: string): Refusal {
  return badParam("missing_parameter", `The parameter ${name} is missing.`);
}

function advanceParams(plan: TablePlan): string[] {
  const { cursor, steps } = plan;
  if (steps !== undefined) return [steps.from_param, steps.to_param];
  if (cursor === undefined) return [];
  return [cursor.advance.param, ...(cursor.advance.window === undefined ? [] : [cursor.advance.window.end_param])];
}

/** In order of the cursor only where the blueprint says so, and only when asked as it says. */
function sortsByCursor(plan: TablePlan, query: Query): boolean {
  if (plan.steps !== undefined) return true;
  if (plan.cursor === undefined) return false;
  const { order, sort_params } = plan.cursor.advance;
  const sorting = Object.entries(sort_params);
  return sorting.length === 0 ? order === "ascending" : sorting.every(([name, value]) => query.get(name) === value);
}

function rowFilter(plan: TablePlan, query: Query): (row: Row) => boolean {
  if (plan.steps !== undefined) return stepFilter(plan, query);
  const { cursor } = plan;
  if (cursor === undefined) return () => true;
  const { param, window, inclusive } = cursor.advance;
  const from = markParam(plan, query, param);
  const end = window === undefined ? undefined : markParam(plan, query, window.end_param);
  if (from !== undefined && end !== undefined && compareMarks(from, end) > 0) {
    throw badParam("bad_parameter", `The parameter ${param} is after ${window?.end_param}.`);
  }
  return (row) => {
    if (row.mark === undefined) return true;
    const mark = cursor.seen(row.mark);
    if (end !== undefined && compareMarks(mark, end) >= 0) return false;
    return from === undefined || compareMarks(mark, from) >= (inclusive ? 0 : 1);
  };
}

function markParam(plan: TablePlan, query: Query, name: string): Mark | undefined {
  const sent = query.get(name);
  if (sent === undefined) return undefined;
  const mark = plan.cursor?.parse(sent);
  if (mark === undefined) {
    throw badParam("bad_parameter", `The parameter ${name} is not in format ${plan.cursor?.advance.format}: ${sent}`);
  }
  return mark;
}

/** Both ends are required and inclusive, and a range has `step` ids at most. */
function stepFilter(plan: TablePlan, query: Query): (row: Row) => boolean {
  const { steps } = plan;
  if (steps === undefined) return () => true;
  const [from, to] = [steps.from_param, steps.to_param].map((name) => {
    const sent = query.get(name);
    if (sent === undefined) throw missingParam(name);
    if (!/^-?\d{1,18}$/.test(sent))
      throw badParam("bad_parameter", `The parameter ${name} is not a whole number: ${sent}`);
    return BigInt(sent);
  }) as [bigint, bigint];
  if (to - from >= BigInt(steps.step)) {
    throw badParam("bad_parameter", `The range from ${from} to ${to} has more than ${steps.step} ids.`);
  }
  return (row) => typeof row.mark === "bigint" && row.mark >= from && row.mark <= to;
}
