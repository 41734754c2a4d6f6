/** What the readers of a destination share. */
import { UserError } from "../../errors.ts";

/** In the text of a statement, for PostgreSQL and DuckDB. */
export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export function unopened(why: string): UserError {
  return new UserError(`The destination cannot be read: ${why}.`, {
    hint: "Check destination.connection of the spec: postgresql://USER:PASSWORD@HOST:PORT/DATABASE, the path of a DuckDB file, or md:DATABASE.",
  });
}
