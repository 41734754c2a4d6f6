/** Names and texts as each database wants them written. */
import type { Engine } from "../../../artifacts/kinds/database.ts";

/** A name, whatever it is: mixed case, reserved words and quotes in it included. */
export function quoteName(engine: Engine, name: string): string {
  if (engine === "mysql") return `\`${name.replaceAll("`", "``")}\``;
  if (engine === "sqlserver") return `[${name.replaceAll("]", "]]")}]`;
  return `"${name.replaceAll('"', '""')}"`;
}

export function quoteRelation(engine: Engine, read: { schema?: string | undefined; relation: string }): string {
  const names = read.schema === undefined ? [read.relation] : [read.schema, read.relation];
  return names.map((name) => quoteName(engine, name)).join(".");
}

/** A text as a literal. */
export function quoteText(engine: Engine, text: string): string {
  const doubled = text.replaceAll("'", "''");
  return engine === "mysql" ? `'${doubled.replaceAll("\\", "\\\\")}'` : `'${doubled}'`;
}
