/** How a table is taken in, in the four terms of the API document. */
import { parentOf, type Table } from "../artifacts/blueprint.ts";

export type IngestionType = "snapshot" | "append" | "cdc" | "cdc_with_deletes";

/**
 * Without a key only rows that never come twice can be appended: ids in steps, and files that never change. A child table
 * has no place of its own to go on from: it is read whole.
 */
export function ingestionTypeOf(table: Table): IngestionType {
  const { advance, deletes, primary_key } = table;
  if (advance.kind === "full" || deletes.kind === "absence" || parentOf(table) !== undefined) return "snapshot";
  if (primary_key.length > 0) return deletes.kind === "none" ? "cdc" : "cdc_with_deletes";
  const once = advance.kind === "steps" || (advance.kind === "files" && advance.by === "name");
  return once ? "append" : "snapshot";
}
