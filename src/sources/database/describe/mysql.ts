/** The catalogue of MySQL and MariaDB. Tables that the user has no right to at all are not in it: only that there may be some is known. */
import type { Session, SqlValue } from "../live/session.ts";
import type { Catalogue, CatalogueColumn, CatalogueIndex, CatalogueTable } from "./catalogue.ts";

const TABLES = `
SELECT table_name, table_type, table_rows, table_comment, avg_row_length
FROM information_schema.tables
WHERE table_schema = DATABASE() AND table_type IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED') ORDER BY table_name`;
const COLUMNS = `
SELECT table_name, column_name, column_type, is_nullable, column_comment, extra, privileges
FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position`;
const INDEXES = `
SELECT table_name, index_name, non_unique, column_name, sub_part
FROM information_schema.statistics WHERE table_schema = DATABASE() ORDER BY table_name, index_name, seq_in_index`;
/** MariaDB's JSON is a text with a check. */
const JSON_CHECKS = `
SELECT table_name, check_clause FROM information_schema.check_constraints WHERE constraint_schema = DATABASE()`;

export async function mysqlCatalogue(session: Session): Promise<Catalogue> {
  const [[version] = []] = texts(await session.rows("SELECT VERSION()"));
  const maria = /mariadb/i.test(version ?? "");
  const columns = grouped(texts(await session.rows(COLUMNS)));
  const indexes = grouped(texts(await session.rows(INDEXES)));
  const checks = maria ? grouped(texts(await session.rows(JSON_CHECKS))) : new Map<string, string[][]>();
  const tables = texts(await session.rows(TABLES)).map(
    ([relation = "", type = "", rows = "", comment = ""]): CatalogueTable => {
      const json = jsonColumns(checks.get(relation) ?? []);
      const own = (columns.get(relation) ?? []).map((row) => columnOf(row, json));
      return {
        relation,
        kind: type === "VIEW" ? "view" : "table",
        ...(comment === "" || type === "VIEW" ? {} : { comment }),
        ...(rows === "" ? {} : { rows: Number(rows) }),
        readable: own.some(({ readable }) => readable),
        columns: own,
        indexes: indexesOf(indexes.get(relation) ?? []),
        rowSecurity: false,
        triggers: [],
      };
    },
  );
  const unseen = await unseenTables(session);
  return {
    version: maria ? `MariaDB ${version}` : `MySQL ${version}`,
    tables,
    ...(unseen === undefined ? {} : { unseen }),
  };
}

/** Rights to the whole database or to all of them, as against rights to tables of it. */
const SEES_ALL = `
SELECT (SELECT count(*) FROM information_schema.schema_privileges
         WHERE privilege_type = 'SELECT' AND DATABASE() LIKE table_schema)
     + (SELECT count(*) FROM information_schema.user_privileges WHERE privilege_type = 'SELECT'), DATABASE()`;

/** Who has rights to some tables or columns only is not shown that there are others. */
async function unseenTables(session: Session): Promise<Catalogue["unseen"]> {
  const [[rights = "0", database = ""] = []] = texts(await session.rows(SEES_ALL));
  if (rights !== "0") return undefined;
  return {
    name: `${database}.*`,
    reason: `The user has rights to single tables or columns. The server does not show it what else there is, other tables and other columns of these: grant SELECT on ${database}.* if all are to be read.`,
  };
}

function columnOf(row: string[], json: ReadonlySet<string>): CatalogueColumn {
  const [, name = "", type = "", nullable = "", comment = "", extra = "", privileges = ""] = row;
  const listed = /^(enum)\((.*)\)$/is.exec(type);
  return {
    name,
    type: json.has(name) ? "json" : type,
    nullable: nullable === "YES",
    readable: privileges.split(",").includes("select"),
    ...(comment === "" ? {} : { comment }),
    ...(listed === null ? {} : { values: listedValues(listed[2] ?? "") }),
    ...(/on update current_timestamp/i.test(extra) ? { maintained: true } : {}),
  };
}

/** `'a','it''s'` in its parts. */
function listedValues(text: string): string[] {
  return [...text.matchAll(/'((?:[^']|'')*)'/g)].map(([, value = ""]) => value.replaceAll("''", "'"));
}

function jsonColumns(checks: string[][]): Set<string> {
  return new Set(checks.flatMap(([, clause = ""]) => /^json_valid\(`(.+)`\)$/i.exec(clause)?.[1] ?? []));
}

function indexesOf(rows: string[][]): CatalogueIndex[] {
  const byName = new Map<string, CatalogueIndex>();
  for (const [, name = "", loose = "", column = "", part = ""] of rows) {
    const known = byName.get(name) ?? {
      name,
      unique: loose === "0",
      primary: name === "PRIMARY",
      columns: [],
      partial: false,
    };
    // An index on an expression names no column; one on the beginning of a text is not about the whole.
    if (column !== "") known.columns.push(column);
    byName.set(name, { ...known, partial: known.partial || part !== "" || column === "" });
  }
  return [...byName.values()].sort(
    (a, b) => Number(b.primary) - Number(a.primary) || a.columns.length - b.columns.length,
  );
}

function texts(rows: SqlValue[][]): string[][] {
  return rows.map((row) =>
    row.map((value) => (value === null ? "" : Buffer.from(value as Uint8Array).toString("utf8"))),
  );
}

function grouped(rows: string[][]): Map<string, string[][]> {
  const groups = new Map<string, string[][]>();
  for (const row of rows) groups.set(row[0] ?? "", [...(groups.get(row[0] ?? "") ?? []), row]);
  return groups;
}
