/** How tables advance, as the generated code states it: which kinds of cursor there are and what each needs. */
import type {
  RestAdvance as Advance,
  RestBlueprint as Blueprint,
  Column,
  RestTable as Table,
} from "../../../artifacts/blueprint.ts";
import type { CursorFormat } from "../../../artifacts/reading.ts";
import { UserError } from "../../../errors.ts";
import { type Expression, expression, pythonCall, pythonLiteral } from "../../../python/python-literal.ts";
import { type Use, useOf } from "./use.ts";

export type CursorAdvance = Extract<Advance, { kind: "cursor" }>;

/** A cursor with everything decided that the generated code depends on. */
export interface PlannedCursor {
  column: string;
  param: string;
  /** What its values mean, which is how they are compared. */
  format: CursorFormat;
  /** Function that reads the column where records write it otherwise than the parameter is written. */
  read: string | undefined;
  start: string | undefined;
  /** Whether `start` was made up because ranges need one. */
  startAssumed: boolean;
  /** In units of the cursor for integers, else in milliseconds. */
  overlap: number;
  inclusive: boolean;
  lookback: number;
  ascending: boolean;
  sortParams: { [param: string]: string };
  window: { days: number; param: string } | undefined;
}

/** How cursors of a format are called and described, and where their history begins if nobody says. */
export const FORMATS: Record<CursorFormat, { name: string; doc: string; historyStart: string; startName: string }> = {
  iso8601: {
    name: "TimestampCursor",
    doc: "A cursor written as an ISO 8601 timestamp.",
    historyStart: "2000-01-01T00:00:00Z",
    startName: "HISTORY_START",
  },
  date: {
    name: "DateCursor",
    doc: "A cursor written as a date.",
    historyStart: "2000-01-01",
    startName: "HISTORY_START_DATE",
  },
  epoch_seconds: {
    name: "EpochSecondsCursor",
    doc: "A cursor written as seconds since 1970.",
    historyStart: "946684800",
    startName: "HISTORY_START_SECONDS",
  },
  epoch_milliseconds: {
    name: "EpochMillisecondsCursor",
    doc: "A cursor written as milliseconds since 1970.",
    historyStart: "946684800000",
    startName: "HISTORY_START_MILLISECONDS",
  },
  integer: { name: "IntegerCursor", doc: "A cursor that is a growing number.", historyStart: "0", startName: "" },
  string: { name: "TextCursor", doc: "A cursor that the API orders as text.", historyStart: "", startName: "" },
};

/** Names of constants that this part may define, which no table may take. */
export const CURSOR_CONSTANTS = Object.values(FORMATS).map((format) => format.startName);

/** The cursor of a table that advances by one. Throws `UserError` for a column that cannot be one. */
export function planCursor(table: Pick<Table, "name" | "columns">, advance: CursorAdvance): PlannedCursor {
  const column = table.columns.find((candidate) => candidate.name === advance.column);
  const { format, read } = meaningOf(table.name, advance, column);
  const timed = format !== "integer" && format !== "string";
  if (advance.window !== undefined && !timed) {
    throw new UserError(
      `The table ${table.name} asks for ranges of ${advance.window.days} days, but its cursor ${advance.column} is no time.`,
      { hint: `Leave the window out of tables.${table.name}.advance, or name a cursor that is a time.` },
    );
  }
  const window = advance.window && { days: advance.window.days, param: advance.window.end_param };
  return {
    column: advance.column,
    param: advance.param,
    format,
    read,
    start: advance.start ?? (window && FORMATS[format].historyStart),
    startAssumed: advance.start === undefined && window !== undefined,
    overlap: overlapOf(format, advance),
    inclusive: advance.inclusive,
    lookback: advance.lookback,
    ascending: advance.order === "ascending",
    sortParams: advance.sort_params,
    window,
  };
}

/** The cursor of a table's feed of deleted rows; nothing states how its times are written but ISO 8601. */
export function planFeedCursor(table: Table): PlannedCursor | undefined {
  const { deletes } = table;
  if (deletes.kind !== "feed" || deletes.column === undefined || deletes.param === undefined) return undefined;
  return {
    column: deletes.column,
    param: deletes.param,
    format: "iso8601",
    read: undefined,
    start: undefined,
    startAssumed: false,
    overlap: 0,
    inclusive: true,
    lookback: 0,
    ascending: false,
    sortParams: {},
    window: undefined,
  };
}

export function cursorExpression(cursor: PlannedCursor, { own, all }: PlannedCursors): Expression {
  const formats = new Set(all.map((other) => other.format));
  const start = cursor.startAssumed ? expression(FORMATS[cursor.format].startName) : cursor.start;
  return pythonCall(formats.size === 1 ? "Cursor" : FORMATS[cursor.format].name, {
    column: cursor.column,
    param: cursor.param,
    window_days: cursor.window?.days,
    end_param: cursor.window?.param,
    start,
    overlap: cursor.overlap === 0 ? undefined : amount(cursor.overlap, cursor),
    left_out: cursor.window !== undefined && !cursor.inclusive ? amount(unitOf(cursor.format), cursor) : undefined,
    sort_params: Object.keys(cursor.sortParams).length === 0 ? undefined : cursor.sortParams,
    ascending: cursor.ascending && ascendingUse(own) === "some" ? true : undefined,
    recheck: needsRecheck(cursor) && recheckUse(own) === "some" ? true : undefined,
    read: cursor.read === undefined ? undefined : expression(cursor.read),
  });
}

export interface PlannedCursors {
  /** By which tables advance. */
  own: PlannedCursor[];
  /** These and those of feeds of deleted rows. */
  all: PlannedCursor[];
}

export function planCursors(blueprint: Blueprint): PlannedCursors {
  const own = blueprint.tables.flatMap((table) =>
    table.advance.kind === "cursor" ? [planCursor(table, table.advance)] : [],
  );
  const feeds = blueprint.tables.flatMap((table) => planFeedCursor(table) ?? []);
  return { own, all: [...own, ...feeds] };
}

/** Whether none, some or all are read in ascending order. */
export function ascendingUse(all: readonly PlannedCursor[]): "none" | "some" | "all" {
  return useOf(all, (cursor) => cursor.ascending) || "none";
}

/** Whether some or all are neither times, which a clock caps, nor read in their order. */
export function recheckUse(all: readonly PlannedCursor[]): Use {
  return useOf(all, needsRecheck);
}

function needsRecheck(cursor: PlannedCursor): boolean {
  return !timed(cursor) && !cursor.ascending;
}

/** Whether its values are times. */
export function timed(cursor: PlannedCursor): boolean {
  return cursor.format !== "integer" && cursor.format !== "string";
}

function overlapOf(format: CursorFormat, { inclusive, lookback }: CursorAdvance): number {
  if (format === "string") return 0;
  return lookback * (format === "integer" ? 1 : 1000) + (inclusive ? 0 : unitOf(format));
}

/** The least that two values of a format differ by: milliseconds, or for an integer 1. Text has none. */
function unitOf(format: CursorFormat): number {
  return { iso8601: 1000, epoch_seconds: 1000, epoch_milliseconds: 1, date: 86_400_000, integer: 1, string: 0 }[format];
}

function amount(milliseconds: number, cursor: PlannedCursor): Expression | number {
  if (!timed(cursor)) return milliseconds;
  for (const [unit, size] of Object.entries({ days: 86_400_000, hours: 3_600_000, minutes: 60_000, seconds: 1000 })) {
    if (milliseconds % size === 0) return expression(`timedelta(${unit}=${milliseconds / size})`);
  }
  return expression(`timedelta(milliseconds=${pythonLiteral(milliseconds)})`);
}

/** What the values of the parameter mean, and how to read the column where its records are written otherwise. */
function meaningOf(
  table: string,
  advance: CursorAdvance,
  column: Column | undefined,
): { format: CursorFormat; read: string | undefined } {
  const { format } = advance;
  const written = column === undefined ? undefined : writtenAs(column, format);
  if (column === undefined || written === undefined || written === format) return { format, read: undefined };
  if (written === "other") {
    throw new UserError(`The table ${table} cannot advance by ${column.name}: a ${column.type} is no cursor.`, {
      hint: `Name another column in tables.${table}.advance, or read the table in full.`,
    });
  }
  // The parameter takes the column's own text: what it means is told by the column.
  if (format === "string" || (format === "integer" && written !== "iso8601"))
    return { format: written, read: undefined };
  const readers: Partial<Record<CursorFormat, string>> = {
    iso8601: "parse_utc",
    date: "parse_utc",
    epoch_seconds: "parse_epoch_seconds",
    epoch_milliseconds: "parse_epoch_milliseconds",
  };
  if (written === "date" && format === "iso8601") return { format, read: undefined };
  const read = readers[written];
  if (read === undefined || format === "integer") {
    throw new UserError(
      `The table ${table} cannot advance by ${column.name}: its values are no ${format.replaceAll("_", " ")}.`,
      { hint: `State the format of the parameter ${advance.param} in tables.${table}.advance.` },
    );
  }
  return { format, read };
}

/** How records write a column that serves as a cursor; undefined: as its parameter is written. */
function writtenAs(column: Column, format: CursorFormat): CursorFormat | "other" | undefined {
  switch (column.type) {
    case "timestamp":
    case "local_timestamp":
      return column.format ?? "iso8601";
    case "date":
      return column.format === undefined || column.format === "iso8601" ? "date" : column.format;
    case "integer":
    case "bigint":
    case "number":
    case "decimal":
      if (format === "iso8601" || format === "date") return "epoch_seconds";
      return format === "string" ? "integer" : undefined;
    case "string":
      // Text may hold a time of day, which a date parameter does not take.
      return format === "date" ? "iso8601" : undefined;
    default:
      return "other";
  }
}
