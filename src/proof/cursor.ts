/** Arithmetic on cursor values, for what a narrowed sync may send again. Shares no code with any connector. */
import { type ColumnType, parentOf, type Table } from "../artifacts/blueprint.ts";
import type { Advance, CursorFormat } from "../artifacts/reading.ts";
import type { Record_ } from "../sources/record.ts";
import { groupBy } from "./group.ts";

/** A cursor value on a number line: seconds for times, the value itself for integers; undefined for null or text. */
export function position(value: unknown, format: CursorFormat): number | undefined {
  if (value === null || value === undefined) return undefined;
  switch (format) {
    case "iso8601":
    case "date": {
      // Databases write a space for the T, and a zone of whole hours.
      const text = String(value)
        .replace(/^(\d{4}-\d\d-\d\d) /, "$1T")
        .replace(/([+-]\d\d)$/, (zone, _, at: number) => (at > 10 ? `${zone}:00` : zone));
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

/** How many of these rows an incremental sync may send although nothing changed. Undefined when the table is read in full. */
export function allowedAgain(table: Table, rows: readonly Record_[]): number | undefined {
  return onEdge(table, rows)?.length;
}

/**
 * The rows that an incremental sync may send although nothing changed: those at or after the cursor, less the lookback and,
 * for an exclusive filter, one unit. Each parent of a child table has a cursor of its own. Undefined when the table is read
 * in full.
 */
export function onEdge(table: Table, rows: readonly Record_[]): Record_[] | undefined {
  const { advance } = table;
  if (advance.kind === "full") return undefined;
  if (advance.kind === "files") return latestFiles(rows, advance.by);
  const edge = edgeOf(table, advance);
  const groups = groupBy(rows, (row) =>
    JSON.stringify((parentOf(table)?.bind ?? []).map(({ column }) => String(row[column]))),
  );
  return [...groups.values()].flatMap((group) => onEdgeOfGroup(edge, group));
}

/** Where rows may come again: in which column, how it is written, and how far back. */
interface Edge {
  column: string;
  format: CursorFormat;
  back: number;
}

function edgeOf({ columns }: Table, advance: Exclude<Advance, { kind: "full" | "files" }>): Edge {
  const { column } = advance;
  switch (advance.kind) {
    case "steps":
      return { column, format: "integer", back: 0 };
    case "cursor":
      return {
        column,
        format: advance.format,
        back: advance.lookback + (advance.inclusive ? 0 : UNIT[advance.format]),
      };
    case "column":
      return { column, format: formatOf(columns.find(({ name }) => name === column)?.type), back: advance.lookback };
  }
}

function formatOf(type: ColumnType | undefined): CursorFormat {
  switch (type) {
    case "integer":
    case "bigint":
    case "number":
    case "decimal":
      return "integer";
    case "date":
      return "date";
    case "timestamp":
    case "local_timestamp":
      return "iso8601";
    default:
      return "string";
  }
}

function onEdgeOfGroup({ column, format, back }: Edge, rows: readonly Record_[]): Record_[] {
  const numbers = format === "integer" ? wholeNumbers(rows.map((row) => row[column])) : undefined;
  if (numbers !== undefined) {
    const top = numbers.reduce((max, one) => (one > max ? one : max), numbers[0] ?? 0n);
    return rows.filter((_, at) => (numbers[at] ?? top) >= top - BigInt(Math.ceil(back)));
  }
  const positions = rows.map((row) => position(row[column], format));
  if (positions.some((at) => at === undefined)) return [...rows];
  const known = positions as number[];
  const highest = known.reduce((max, at) => Math.max(max, at), Number.NEGATIVE_INFINITY);
  // A date names a whole day, and a time may be cut to its second on the way into the request.
  const floor = Math.floor((highest - back) / (UNIT[format] || 1)) * (UNIT[format] || 1);
  return rows.filter((_, at) => (known[at] ?? highest) >= floor);
}

/** Beyond 2^53 too, where neighbours are the same to floating point. Undefined where one is something else. */
function wholeNumbers(values: readonly unknown[]): bigint[] | undefined {
  const texts = values.map(String);
  return texts.every((text) => /^-?\d+$/.test(text)) ? texts.map(BigInt) : undefined;
}

/** Files are read whole: those of the latest time may be read again, as another may have come with the same time. */
function latestFiles(rows: readonly Record_[], by: "modified" | "name"): Record_[] {
  if (by === "name") return [];
  const times = rows.map((row) => String(row._modified ?? ""));
  const latest = times.reduce((max, time) => (time > max ? time : max), "");
  return rows.filter((_, at) => times[at] === latest);
}
