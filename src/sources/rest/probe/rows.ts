/** Records compared exactly: by canonical text, and by key. */
import type { RestTable as Table } from "../../../artifacts/blueprint.ts";
import { canonical, valuesText } from "../../answers/canonical.ts";
import type { Record_ } from "../../record.ts";

/** What tells a record from others: its key where it has one, else all of it. */
export function identity({ primary_key }: Pick<Table, "primary_key">, record: Record_): string {
  return valuesText(record, primary_key) ?? canonical(record);
}

export function identities(table: Pick<Table, "primary_key">, records: readonly Record_[]): Set<string> {
  return new Set(records.map((record) => identity(table, record)));
}

/** Those of `records` that are among `others`. */
export function sharedCount(
  table: Pick<Table, "primary_key">,
  records: readonly Record_[],
  others: readonly Record_[],
): number {
  const known = identities(table, others);
  return records.filter((record) => known.has(identity(table, record))).length;
}
