/** SQLite's catalogue. */
import { quoteText } from "../engines/quote.ts";
import type { Session, SqlValue } from "../live/session.ts";
import type { Catalogue, CatalogueIndex, CatalogueTable } from "./catalogue.ts";

export async function sqliteCatalogue(session: Pick<Session, "rows">): Promise<Catalogue> {
  const [[version] = []] = await session.rows("SELECT sqlite_version()");
  const found = await session.rows(
    "SELECT name, type, coalesce(sql, '') FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
  );
  const tables: CatalogueTable[] = [];
  for (const [name, type, sql] of found.map((row) => row.map(String))) {
    // Search indexes and the like are modules, whose rows are not rows.
    if (/^CREATE\s+VIRTUAL\b/i.test(sql ?? "")) continue;
    tables.push(await tableOf(session, name ?? "", type === "view"));
  }
  return { version: `SQLite ${String(version)}`, tables };
}

async function tableOf(session: Pick<Session, "rows">, name: string, isView: boolean): Promise<CatalogueTable> {
  const table = quoteText("sqlite", name);
  const columns = await session.rows(
    `SELECT name, type, "notnull", pk, hidden FROM pragma_table_xinfo(${table}) WHERE hidden <> 1 ORDER BY cid`,
  );
  const key = columns
    .filter((row) => Number(row[3]) > 0)
    .sort((a, b) => Number(a[3]) - Number(b[3]))
    .map(([column]) => String(column));
  const rowid = key.length === 1 && columns.some((row) => Number(row[3]) > 0 && /^integer$/i.test(String(row[1])));
  const triggers = await session.rows(
    `SELECT name || ': ' || sql AS body FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ${table} COLLATE NOCASE AND sql LIKE '%UPDATE%'`,
  );
  return {
    relation: name,
    kind: isView ? "view" : "table",
    readable: true,
    columns: columns.map(([column, type, notNull, place]) => ({
      name: String(column),
      type: String(type ?? ""),
      // Only the row's own number is never null by being the key: other keys may hold nulls.
      nullable: Number(notNull) === 0 && !(rowid && Number(place) > 0),
      readable: true,
    })),
    indexes: [
      ...(key.length === 0 ? [] : [{ name: "PRIMARY", unique: true, primary: true, columns: key, partial: false }]),
      ...(await indexesOf(session, table)),
    ],
    rowSecurity: false,
    triggers: triggers.map(([text]) => String(text)),
  };
}

async function indexesOf(session: Pick<Session, "rows">, table: string): Promise<CatalogueIndex[]> {
  const list = await session.rows(
    `SELECT name, "unique", origin, partial FROM pragma_index_list(${table}) ORDER BY name`,
  );
  const indexes: CatalogueIndex[] = [];
  for (const [name, unique, origin, partial] of list) {
    if (origin === "pk") continue;
    const parts: SqlValue[][] = await session.rows(
      `SELECT name FROM pragma_index_info(${quoteText("sqlite", String(name))}) ORDER BY seqno`,
    );
    const columns = parts.some(([column]) => column === null) ? [] : parts.map(([column]) => String(column));
    indexes.push({
      name: String(name),
      unique: Number(unique) === 1,
      primary: false,
      columns,
      partial: Number(partial) === 1,
    });
  }
  return indexes.sort((a, b) => a.columns.length - b.columns.length);
}
