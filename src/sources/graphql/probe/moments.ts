/** Values of a cursor's column as numbers that can be compared. */
import type { Column } from "../../../artifacts/blueprint.ts";
import { parseMoment } from "../../../warehouse/text.ts";
import type { Json, Record_ } from "../../record.ts";
import type { Table } from "../live/ask-list.ts";

export interface Moment {
  at: number;
  text: string;
  value: Json;
}

export function columnOf(table: Table, name: string): Column | undefined {
  return table.columns.find((column) => column.name === name);
}

/** Of the records that have one. */
export function momentsOf(column: Column | undefined, records: readonly Record_[]): Moment[] {
  return records.flatMap((record) => {
    const value = record[column?.name ?? ""];
    if (value === undefined || value === null || value === "" || column === undefined) return [];
    const text = String(value);
    const at = typeof value === "string" ? instant(text) : Number(value);
    return at === undefined || Number.isNaN(at) ? [] : [{ at, text, value }];
  });
}

/** Microseconds, exact enough for the years that sources have. */
function instant(text: string): number | undefined {
  const moment = parseMoment(text);
  if (moment === undefined) return undefined;
  const fraction = Number(`0.${/\.(\d+)/.exec(text)?.[1] ?? "0"}`);
  const whole = Date.parse(text.replace(/\.\d+/, ""));
  return Number.isNaN(whole) ? undefined : whole * 1000 + Math.round(fraction * 1_000_000);
}
