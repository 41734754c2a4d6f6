/** How many rows a listing has, as far as it was read, and which ones another reading of it has beyond those. */
import { atPath } from "../../answers/exact.ts";
import type { Looked } from "../../http/live/look.ts";
import { envelopeFields, TOTALS } from "../live/listing.ts";
import { identity } from "./rows.ts";
import type { TableProbe, Walk } from "./table-probe.ts";

export interface Measure {
  looked: Looked[];
  /** Identities of the rows that were read, in the source's order. */
  order: string[];
  /** Whether these are all. */
  whole: boolean;
  /** What the answer says the number of rows is. */
  total: number | undefined;
}

export function measured({ table }: TableProbe, { pages, ended }: Walk): Measure {
  const { pagination } = table.read;
  const body = pages[0]?.looked.json ?? null;
  const stated = "total" in pagination && pagination.total !== undefined ? atPath(body, pagination.total) : undefined;
  const guessed = envelopeFields(body).find(([, name]) => TOTALS.includes(name) && name !== "count")?.[2];
  const total = Number(stated ?? guessed ?? Number.NaN);
  return {
    looked: pages.map(({ looked }) => looked),
    order: pages.flatMap(({ records }) => records).map((record) => identity(table, record)),
    whole: ended,
    total: Number.isInteger(total) ? total : undefined,
  };
}

/** Without a total that is not what was counted. */
export function trusted(measure: Measure): Measure {
  const { order, whole, total } = measure;
  return whole && total !== new Set(order).size ? { ...measure, total: undefined } : measure;
}

export interface Beyond {
  rows: number;
  /** There may be more. */
  atLeast: boolean;
  /** By the totals that the answers state, not by the rows themselves. */
  byTotal: boolean;
}

/** Rows of `shown` that `plain` has not; undefined when there are none, or none that can be counted. */
export function beyond(plain: Measure, shown: Measure): Beyond | undefined {
  const more = plain.total === undefined || shown.total === undefined ? 0 : Math.max(0, shown.total - plain.total);
  if (more > 0) return { rows: more, atLeast: false, byTotal: true };
  const known = new Set(plain.order);
  const extra = plain.whole ? shown.order.filter((row) => !known.has(row)) : amid(plain.order, shown.order);
  const rows = new Set(extra).size;
  return rows === 0 ? undefined : { rows, atLeast: !(plain.whole && shown.whole), byTotal: false };
}

/**
 * Where neither is read to its end: rows that stand among those of `plain` and are none of them. Only where what is left
 * without them is how `plain` begins, row by row: else the two come in different orders, and nothing follows.
 */
function amid(plain: readonly string[], shown: readonly string[]): string[] {
  const known = new Set(plain);
  const upTo = shown.slice(0, shown.findLastIndex((row) => known.has(row)) + 1);
  const shared = upTo.filter((row) => known.has(row));
  return shared.every((row, index) => row === plain[index]) ? upTo.filter((row) => !known.has(row)) : [];
}

/** Whether a second reading of the same listing gives the same rows, apart from new ones that have come. */
export function steady(before: Measure, after: Measure): boolean {
  const now = new Set(after.order);
  if (before.whole && after.whole) return before.order.every((row) => now.has(row));
  return after.order.every((row, index) => index >= before.order.length || row === before.order[index]);
}

/** Whether the number of rows is known. */
export function counted({ whole, total }: Measure): boolean {
  return whole || total !== undefined;
}

/** `334 rows`, `the first 100 rows`. */
export function sizeOf({ order, whole, total }: Measure): string {
  if (whole) return `${new Set(order).size} rows`;
  return total === undefined ? `the first ${order.length} rows` : `${total} rows`;
}
