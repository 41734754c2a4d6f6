/**
 * What SQLite's declared types are in a blueprint. A declaration is a wish there: what the column really holds is looked
 * at beside it (see `describe/sqlite-values.ts`), and a column that holds other things is kept as text.
 */
import type { TypedColumn } from "./types.ts";

/** The rules of SQLite's own manual ("Determination Of Column Affinity"), and before them the words people use. */
export function sqliteType(declared: string): TypedColumn {
  const type = declared.toUpperCase();
  if (/^BOOL/.test(type)) return { type: "boolean" };
  if (/^JSON/.test(type)) return { type: "json" };
  if (/^(DATETIME|TIMESTAMP)/.test(type)) return { type: "local_timestamp" };
  if (/^DATE\b/.test(type)) return { type: "date" };
  if (type.includes("INT")) return { type: "integer" };
  if (/CHAR|CLOB|TEXT/.test(type)) return { type: "string" };
  if (type === "" || type.includes("BLOB")) return { type: "binary" };
  if (/REAL|FLOA|DOUB/.test(type)) return { type: "number" };
  if (/^(NUMERIC|DECIMAL|NUMBER|MONEY)/.test(type)) return { type: "number" };
  return { type: "string" };
}
