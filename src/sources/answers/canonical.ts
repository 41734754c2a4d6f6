/** Records as text that is equal for equal records. */
import type { Json, Record_ } from "../record.ts";

/** Equal for equal values, whatever the order of their members; integers of any size keep their digits. */
export function canonical(value: Json): string {
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name] ?? null)}`).join(",")}}`;
}

/** Text of the values of some columns; undefined when one is null or absent, or none is named. */
export function valuesText(record: Record_, columns: readonly string[]): string | undefined {
  if (columns.length === 0) return undefined;
  const values = columns.map((column) => record[column] ?? null);
  return values.includes(null) ? undefined : canonical(values);
}
