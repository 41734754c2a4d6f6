/** What the templates of cursors are asked to write, given the cursors of a source. */

import type { CursorFormat } from "../../../artifacts/reading.ts";
import type { TimestampName } from "../../../python/client-part.ts";
import { ascendingUse, FORMATS, type PlannedCursor, type PlannedCursors, recheckUse, timed } from "./cursors.ts";
import { type Use, useOf } from "./use.ts";

export interface CursorView {
  /** Of a table or of a feed of deleted rows. */
  any_cursor: boolean;
  any_table_cursor: boolean;
  cursor_hint: string;
  cursor_formats: { format: CursorFormat; name: string; doc: string }[];
  history_starts: { name: string; value: string }[];
  cursor_start: Use;
  cursor_overlap: Use;
  cursor_overlap_type: string;
  cursor_overlap_zero: string;
  /** Comment lines. */
  cursor_overlap_why: string[];
  cursor_sort: Use;
  cursor_ascending: "none" | "some" | "all";
  cursor_conversion: Use;
  /** Neither a clock nor an order tells what of a table changed while it was read. */
  cursor_recheck: Use;
  /** Whether cursors are times, which must not run ahead of the sync. */
  cursor_capped: Use;
  cursor_writes: boolean;
  /** Whether the saved cursor is not always what the next sync asks from. */
  cursor_ask: boolean;
  cursor_began_hint: string;
  began_hint: string;
  began_pass: string;
  /** The same, by the source's clock. */
  began_there_pass: string;
  windows: Use;
  /** Some ranges leave out their lower end. */
  window_gap: boolean;
  window_fields: Use;
  /** Some range ends with a day, not with a moment. */
  window_dates: boolean;
  page_cursor: string;
}

export function cursorView({ own, all }: PlannedCursors): CursorView {
  const formats = (Object.keys(FORMATS) as CursorFormat[]).filter((f) => all.some((cursor) => cursor.format === f));
  const capped = useOf(all, timed);
  const overlap = useOf(all, (cursor) => cursor.overlap !== 0);
  const lapping = all.filter((cursor) => cursor.overlap !== 0);
  const kinds = new Set(lapping.map((cursor) => (timed(cursor) ? "timedelta" : "int")));
  const conversion = useOf(all, (cursor) => cursor.read !== undefined);
  const start = useOf(all, (cursor) => cursor.start !== undefined);
  const ascending = ascendingUse(own);
  return {
    any_cursor: all.length > 0,
    any_table_cursor: own.length > 0,
    cursor_hint: "Cursor",
    cursor_formats: formats.map((format) => ({ format, ...FORMATS[format] })),
    history_starts: formats.flatMap((format) =>
      all.some((cursor) => cursor.format === format && cursor.startAssumed)
        ? [{ name: FORMATS[format].startName, value: FORMATS[format].historyStart }]
        : [],
    ),
    cursor_start: start,
    cursor_overlap: overlap,
    cursor_overlap_type: [...kinds].join(" | "),
    cursor_overlap_zero: kinds.has("timedelta") ? "timedelta(0)" : "0",
    cursor_overlap_why: overlapWords(lapping),
    cursor_sort: useOf(all, (cursor) => Object.keys(cursor.sortParams).length > 0),
    cursor_ascending: ascending,
    cursor_conversion: conversion,
    cursor_recheck: recheckUse(own),
    cursor_capped: capped,
    cursor_writes: capped !== false || overlap !== false || conversion !== false,
    cursor_ask: overlap !== false || start !== false,
    cursor_began_hint: capped ? ", began: datetime" : "",
    began_hint: capped ? ", began: datetime" : "",
    began_pass: capped ? ", began" : "",
    began_there_pass: capped ? ", began + client.clock_ahead" : "",
    windows: useOf(own, (cursor) => cursor.window !== undefined),
    window_gap: own.some((cursor) => cursor.window !== undefined && !cursor.inclusive),
    window_fields: useOf(all, (cursor) => cursor.window !== undefined),
    window_dates: all.some((cursor) => cursor.window !== undefined && cursor.format === "date"),
    page_cursor: { all: "reached", none: "saved", some: "reached if cursor.ascending else saved" }[ascending],
  };
}

function overlapWords(lapping: readonly PlannedCursor[]): string[] {
  return [
    ...(lapping.some((cursor) => cursor.lookback > 0) ? ["Rows may arrive late."] : []),
    ...(lapping.some((cursor) => !cursor.inclusive) ? ["The API leaves out rows that equal the value."] : []),
  ];
}

/** What the reading takes from the module of cursors. */
export function cursorImports({ all }: PlannedCursors): string[] {
  const formats = [...new Set(all.map((cursor) => cursor.format))];
  const starts = all.filter((cursor) => cursor.startAssumed).map((cursor) => FORMATS[cursor.format].startName);
  return ["Cursor", ...(formats.length > 1 ? formats.map((format) => FORMATS[format].name) : []), ...new Set(starts)];
}

/** What cursors need of the module of timestamps. */
export function timestampsOf({ all }: PlannedCursors, writes: boolean): TimestampName[] {
  const names = new Set<TimestampName>();
  for (const { read, format } of all) {
    if (read === "parse_utc" || read === "parse_epoch_seconds" || read === "parse_epoch_milliseconds") names.add(read);
    if (format === "iso8601" || format === "date") names.add("parse_utc");
    if (format === "iso8601" && writes) names.add("ISO_TIMESTAMP");
    if (format === "epoch_seconds") names.add("parse_epoch_seconds");
    if (format === "epoch_milliseconds") names.add("parse_epoch_milliseconds");
    if ((format === "epoch_seconds" || format === "epoch_milliseconds") && writes) names.add("EPOCH");
  }
  return [...names];
}
