/** PostgreSQL's catalogue, also of a DDL file that was loaded into an embedded server. */
import { quoteText } from "../engines/quote.ts";
import type { Catalogue, CatalogueColumn, CatalogueIndex, CatalogueTable } from "./catalogue.ts";

type Rows = (sql: string) => Promise<unknown[][]>;

/** One JSON document per table: drivers differ in everything but text. */
const TABLES = `
SELECT json_build_object(
  'schema', n.nspname, 'relation', c.relname, 'kind', c.relkind::text,
  'comment', obj_description(c.oid, 'pg_class'),
  'rows', CASE WHEN c.reltuples < 0 THEN NULL ELSE c.reltuples::bigint END,
  'security', c.relrowsecurity,
  'usable', has_schema_privilege(n.oid, 'USAGE'),
  'columns', (
    SELECT json_agg(json_build_object(
      'name', a.attname,
      'type', format_type(COALESCE(NULLIF(t.typbasetype, 0), t.oid),
                          CASE WHEN t.typbasetype = 0 THEN a.atttypmod ELSE t.typtypmod END),
      'nullable', NOT (a.attnotnull OR t.typnotnull),
      'readable', has_column_privilege(c.oid, a.attnum, 'SELECT'),
      'comment', col_description(c.oid, a.attnum),
      'values', (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid),
      'width', (SELECT s.avg_width FROM pg_stats s
                 WHERE s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname LIMIT 1)
    ) ORDER BY a.attnum)
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
  'indexes', (
    SELECT json_agg(json_build_object(
      'name', ic.relname, 'unique', i.indisunique, 'primary', i.indisprimary,
      'partial', i.indpred IS NOT NULL,
      'columns', CASE WHEN i.indexprs IS NULL THEN (
        SELECT json_agg(a.attname ORDER BY k.place)
        FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, place)
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
        WHERE k.place <= i.indnkeyatts) ELSE '[]'::json END
    ) ORDER BY i.indisprimary DESC, i.indnkeyatts, ic.relname)
    FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid
    WHERE i.indrelid = c.oid AND i.indisvalid),
  'triggers', (
    SELECT json_agg(p.proname || ': ' || p.prosrc)
    FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid
    WHERE g.tgrelid = c.oid AND NOT g.tgisinternal AND (g.tgtype & 16) > 0 AND g.tgenabled <> 'D')
)::text
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_toast%'
  AND n.nspname NOT LIKE 'pg\\_temp%'
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')`;

interface Entry {
  schema: string;
  relation: string;
  kind: string;
  comment: string | null;
  rows: number | null;
  security: boolean;
  usable: boolean;
  columns:
    | (Omit<CatalogueColumn, "comment" | "values" | "width"> & {
        comment: string | null;
        values: string[] | null;
        width: number | null;
      })[]
    | null;
  indexes: CatalogueIndex[] | null;
  triggers: string[] | null;
}

const KINDS: Readonly<Record<string, CatalogueTable["kind"]>> = {
  v: "view",
  m: "materialized view",
  f: "foreign table",
};

/** `schemas`: only these; default all but the database's own. */
export async function postgresqlCatalogue(rows: Rows, schemas: readonly string[] | undefined): Promise<Catalogue> {
  const only =
    schemas === undefined
      ? ""
      : `\n  AND n.nspname IN (${schemas.map((name) => quoteText("postgresql", name)).join(", ")})`;
  const [[version] = []] = await rows("SELECT current_setting('server_version')");
  const found = await rows(`${TABLES}${only}\nORDER BY n.nspname, c.relname`);
  const tables = found.map(([text]) => tableOf(JSON.parse(String(text)) as Entry));
  return { version: `PostgreSQL ${String(version)}`, tables };
}

function tableOf(entry: Entry): CatalogueTable {
  const columns = (entry.columns ?? []).map(columnOf);
  return {
    schema: entry.schema,
    relation: entry.relation,
    kind: KINDS[entry.kind] ?? "table",
    ...(entry.comment === null ? {} : { comment: entry.comment }),
    ...(entry.rows === null ? {} : { rows: entry.rows }),
    readable: entry.usable && columns.some(({ readable }) => readable),
    columns,
    indexes: (entry.indexes ?? []).map((index) => ({ ...index, columns: index.columns ?? [] })),
    rowSecurity: entry.security,
    triggers: entry.triggers ?? [],
  };
}

function columnOf({ comment, values, width, ...column }: NonNullable<Entry["columns"]>[number]): CatalogueColumn {
  return {
    ...column,
    ...(comment === null ? {} : { comment }),
    ...(values === null ? {} : { values }),
    ...(width === null ? {} : { width }),
  };
}
