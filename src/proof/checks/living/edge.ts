/** Which rows a sync may bring again after one that read a moving source. */
import type { Table } from "../../../artifacts/blueprint.ts";
import type { Record_ } from "../../../sources/record.ts";
import { onEdge } from "../../cursor.ts";
import type { Mover } from "./mover.ts";

interface States {
  /** The rows before anything changed, and as they are now. */
  original: readonly Record_[];
  now: readonly Record_[];
  mover: Pick<Mover, "ahead">;
}

/**
 * How many rows that nobody changed may come again: the cursor lies on the edge of one of these states, as the sync that
 * moved it may have read the source before its changes or after them. Rows whose time is still to come are no edge: they
 * come again until it has. Undefined where the table is read in full.
 */
export function unchangedOnTheEdge(table: Table, { original, now, mover }: States): number | undefined {
  const ahead = new Set(mover.ahead(table).map(textOf));
  const isAhead = (row: Record_) => ahead.has(textOf(row));
  const unchanged = new Set(untouched(now, original).map(textOf));
  const edges = [original, now].map((rows) =>
    onEdge(
      table,
      rows.filter((row) => !isAhead(row)),
    ),
  );
  if (edges.some((edge) => edge === undefined)) return undefined;
  const counts = edges.map((edge = []) => edge.filter((row) => unchanged.has(textOf(row))).length);
  return Math.max(...counts) + original.filter(isAhead).length;
}

/** Rows that are as they were. */
export function untouched(rows: readonly Record_[], earlier: readonly Record_[]): Record_[] {
  const known = new Set(earlier.map(textOf));
  return rows.filter((row) => known.has(textOf(row)));
}

function textOf(row: Record_): string {
  return JSON.stringify(row, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
}
