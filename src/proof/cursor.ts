/** Arithmetic on cursor values, for what a narrowed sync may send again. Shares no code with any connector. */
import type { Table } from "../artifacts/blueprint.ts";
import type { CursorFormat } from "../artifacts/reading.ts";
import type { Record_ } from "../sources/kind.ts";
import { groupBy } from "./group.ts";

/** A cursor value on a number line: seconds for times, the value itself for integers; undefined for null or text. */
export function position(value: unknown, format: CursorFormat): number | undefined {
  if (value === null || value === undefined) return undefined;
  switch (format) {
    case "iso8601":
    case "date": {
      const text = String(value);
      const time = Date.parse(/[zZ]|[+-]\d\d:?\d\d$/.test(text) || format === "date" ? text : `${text}Z`);
      return Number.isNaN(time) ? undefined : time / 1000;
    }
    case "epoch_seconds":
    case "integer":
      return Number(value);
    case "epoch_milliseconds":
      return Number(value) / 1000;
    case "string":
      return undefined;
    default:
      return format satisfies never;
  }
}

/** One unit of each format, in the number line's own unit: what an exclusive filter makes a connector go back by. */
const UNIT: { readonly [F in CursorFormat]: number } = {
  iso8601: 1,
  date: 86_400,
  epoch_seconds: 1,
  epoch_milliseconds: 0.001,
  integer: 1,
  string: 0,
};

/**
 * How many of these rows an incremental sync may send although nothing changed: those at or after the cursor, less the
 * lookback and, for an exclusive filter, one unit. Rows of a child are counted per parent, which has its own cursor.
 * Undefined when the table is read in full.
 */
export function allowedAgain(table: Table, rows: readonly Record_[]): number | undefined {
  const { advance } = table;
  if (advance.kind === "full") return undefined;
  const groups = groupBy(rows, (row) =>
    JSON.stringify((table.read.parent?.bind ?? []).map(({ column }) => String(row[column]))),
  );
  let allowed = 0;
  for (const group of groups.values()) allowed += allowedInGroup(advance, group);
  return allowed;
}

type Incremental = Exclude<Table["advance"], { kind: "full" }>;

function allowedInGroup(advance: Incremental, rows: readonly Record_[]): number {
  const format = advance.kind === "steps" ? "integer" : advance.format;
  const positions = rows.map((row) => position(row[advance.column], format));
  if (positions.some((at) => at === undefined)) return rows.length;
  const known = positions as number[];
  const highest = known.reduce((max, at) => Math.max(max, at), Number.NEGATIVE_INFINITY);
  const back = advance.kind === "steps" ? 0 : advance.lookback + (advance.inclusive ? 0 : UNIT[format]);
  // A date names a whole day, and a time may be cut to its second on the way into the request.
  const floor = Math.floor((highest - back) / (UNIT[format] || 1)) * (UNIT[format] || 1);
  return known.filter((at) => at >= floor).length;
}
