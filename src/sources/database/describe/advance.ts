/**
 * By which column a table can advance: a time of change that every row has. An ascending key is not taken by itself: it
 * does not move when a row changes.
 */
import type { Claim, Column } from "../../../artifacts/blueprint.ts";
import type { Engine } from "../../../artifacts/kinds/database.ts";
import type { Advance } from "../../../artifacts/reading.ts";
import { quoteName, quoteRelation } from "../engines/quote.ts";
import type { Session } from "../live/session.ts";
import { type CatalogueTable, tableLines } from "./catalogue.ts";

export type DatabaseAdvance = Extract<Advance, { kind: "full" | "column" }>;

export interface FoundAdvance {
  value: DatabaseAdvance;
  /** Lines of the catalogue that say so. */
  lines: string[];
  status: Claim["status"];
  /** Why it is unproven, or a note. */
  text: string;
}

const MODIFIED = /(^|_)(updated?|modified|modif|changed?|last_edited|edited|touched|lastmod|mtime)(_|$)/;

/** Seconds read again, for rows whose transaction was committed after others with a later time. SQLite has one writer. */
const LOOKBACK: { readonly [E in Engine]: number } = { postgresql: 300, mysql: 300, sqlserver: 300, sqlite: 0 };

export interface AdvanceQuestion {
  engine: Engine;
  table: CatalogueTable;
  columns: readonly Column[];
  primaryKey: readonly string[];
  /** Without one nothing is known of the rows. */
  session: Pick<Session, "rows"> | undefined;
}

export async function findAdvance(question: AdvanceQuestion): Promise<FoundAdvance> {
  const { engine, table, columns, primaryKey, session } = question;
  const candidates = columns.filter(
    ({ name, type }) => (type === "timestamp" || type === "local_timestamp") && MODIFIED.test(snake(name)),
  );
  const leading = new Set(table.indexes.filter(({ partial }) => !partial).map((index) => index.columns[0]));
  const [column] = candidates.toSorted((a, b) => Number(leading.has(b.name)) - Number(leading.has(a.name)));
  const lines = tableLines(table);
  const head = [lines.head];
  if (column === undefined) return full("No column tells when a row was changed: all is read at each sync.", head);
  const line = [lines.columns.get(column.name) ?? lines.head];
  if (primaryKey.length === 0)
    return full(
      `${column.name} tells of changes, but without a key an old row could not be replaced: all is read at each sync.`,
      line,
    );
  const nulls =
    column.nullable && session !== undefined ? await nullsIn(session, { engine, table, column: column.name }) : 0;
  if (nulls > 0)
    return full(
      `${column.name} tells of changes, but is null in ${nulls} rows, which would not be found again: all is read at each sync. Fill the column and make it NOT NULL, then build again.`,
      line,
    );
  const value = { kind: "column" as const, column: column.name, lookback: LOOKBACK[engine] };
  const index = leading.has(column.name) ? "" : ` There is no index that begins with it: each sync sorts the table.`;
  if (isMaintained(table, column.name))
    return { value, lines: line, status: "documented", text: `the database sets ${column.name} itself.${index}` };
  return {
    value,
    lines: line,
    status: "unproven",
    text: `By its name ${column.name} tells of changes; that every write sets it is not in the catalogue.${index}`,
  };
}

/** How many rows have no value; exact. */
export async function nullsIn(
  session: Pick<Session, "rows">,
  { engine, table, column }: { engine: Engine; table: Pick<CatalogueTable, "schema" | "relation">; column: string },
): Promise<number> {
  const [[count] = []] = await session.rows(
    `SELECT count(*) AS n FROM ${quoteRelation(engine, table)} WHERE ${quoteName(engine, column)} IS NULL`,
  );
  return Number(String(count ?? 0));
}

/** A trigger that names the column, or a clause that makes the server set it. */
function isMaintained({ columns, triggers }: CatalogueTable, name: string): boolean {
  if (columns.some((column) => column.name === name && column.maintained === true)) return true;
  return triggers.some((text) => text.toLowerCase().includes(name.toLowerCase()));
}

function full(reason: string, lines: string[]): FoundAdvance {
  return { value: { kind: "full" }, lines, status: "documented", text: reason };
}

/** `updatedAt`, `Updated-At` as `updated_at`. */
export function snake(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .toLowerCase();
}
