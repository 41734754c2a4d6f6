/** Columns of a table whose lowest and highest value say something about whether all its rows are there. */
import type { Table } from "./blueprint.ts";
import { advanceColumn } from "./reading.ts";

/** Columns of dates and times besides key and cursor. */
const MAX_DATES = 4;
const DATES = ["date", "timestamp", "local_timestamp"];
const WITHOUT_ORDER = ["json", "boolean", "binary"];

/** In the source's names: the key, what the table advances by, its first dates and times. */
export function rangedColumns({ primary_key, columns, advance }: Table): string[] {
  const advancing = advanceColumn(advance);
  const dates = columns.filter(({ type }) => DATES.includes(type)).slice(0, MAX_DATES);
  const names = [...primary_key, ...(advancing === undefined ? [] : [advancing]), ...dates.map(({ name }) => name)];
  const ordered = (name: string) => !WITHOUT_ORDER.includes(columns.find((column) => column.name === name)?.type ?? "");
  return [...new Set(names)].filter(ordered);
}
