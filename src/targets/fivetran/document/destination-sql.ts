/**
 * SQL that a person runs in the destination after the first sync: counts against the local run, samples, the range of
 * dates, and the platform's own columns. Text only: nothing here connects to a destination.
 */
import type { Basis } from "../../../artifacts/report.ts";

/** The destinations there is SQL for. */
export const DIALECTS = ["snowflake", "bigquery", "postgresql", "databricks", "redshift"] as const;
export type DestinationType = (typeof DIALECTS)[number];

/** Names as they are in the destination, that is after the platform's renaming. */
export interface DestinationTable {
  name: string;
  /** Empty: the platform made `_fivetran_id`. */
  primary_key: string[];
  /** Columns whose range is asked for, with what the local run has in them, where that is known. */
  ranged?: { column: string; lowest?: string; highest?: string }[];
  /** Live rows after the local run. */
  rows: number;
}

export interface DestinationSqlInput {
  /** Name of the connection, which is the schema (in BigQuery: the data set). */
  connection: string;
  /** BigQuery project, Snowflake database, Databricks catalogue or Redshift database. PostgreSQL connects to one. */
  project?: string;
  tables: DestinationTable[];
  /** What the rows of the local run came from. Only `live` counts can be expected in the destination. */
  basis?: Basis;
  /** Only the one statement that counts all tables, or only the statements of each; default both. */
  part?: "overview" | "tables";
}

/** All statements for one destination, each ended with `;` and headed by a comment. */
export function destinationSql(type: DestinationType, input: DestinationSqlInput): string {
  const dialect = SYNTAX[type];
  // A project may be written in other letters than the platform's own names: only those are folded.
  const project = input.project && dialect.qualifies ? [dialect.identifier(input.project, false)] : [];
  const from = (table: string) =>
    [...project, dialect.identifier(input.connection), dialect.identifier(table)].join(".");
  const parts = [heading(type, input)];
  if (input.tables.length > 1 && input.part !== "tables") parts.push(overview(dialect, input, from));
  for (const table of input.part === "overview" ? [] : input.tables)
    parts.push(...statementsFor(dialect, table, from(table.name)));
  return `${parts.join("\n\n")}\n`;
}

interface Dialect {
  /** Quoted always, so that reserved words are safe; folded the way the platform creates names there. */
  identifier(name: string, folded?: boolean): string;
  literal(text: string): string;
  qualifies: boolean;
}

const standardLiteral = (text: string) => `'${text.replaceAll("'", "''")}'`;
const backslashLiteral = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
const doubleQuoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

const SYNTAX: { readonly [D in DestinationType]: Dialect } = {
  // The platform's names are unquoted there, hence stored in upper case; quoting them in lower case finds nothing.
  snowflake: {
    identifier: (name, folded = true) => doubleQuoted(folded ? name.toUpperCase() : name),
    literal: (text) => standardLiteral(text.replaceAll("\\", "\\\\")),
    qualifies: true,
  },
  bigquery: {
    identifier: (name) => `\`${name.replaceAll("\\", "\\\\").replaceAll("`", "\\`")}\``,
    literal: backslashLiteral,
    qualifies: true,
  },
  postgresql: { identifier: (name) => doubleQuoted(name), literal: standardLiteral, qualifies: false },
  databricks: {
    identifier: (name) => `\`${name.replaceAll("`", "``")}\``,
    literal: backslashLiteral,
    qualifies: true,
  },
  redshift: { identifier: (name) => doubleQuoted(name), literal: standardLiteral, qualifies: true },
};

const TITLES: { readonly [D in DestinationType]: string } = {
  snowflake: "Snowflake",
  bigquery: "BigQuery",
  postgresql: "PostgreSQL",
  databricks: "Databricks",
  redshift: "Redshift",
};

function heading(type: DestinationType, input: DestinationSqlInput): string {
  const lines = [
    `${TITLES[type]}: schema ${input.connection}, which is the name of the connection.`,
    input.basis === undefined || input.basis === "live"
      ? "Expected counts are those of the local run; rows that the source gained since come on top."
      : `Expected counts are those of the local run on a ${input.basis} source. Compare real data with the source itself.`,
  ];
  if (type === "postgresql" && input.project) lines.push(`Connect to the database ${input.project} first.`);
  return lines.map(comment).join("\n");
}

function overview(dialect: Dialect, input: DestinationSqlInput, from: (table: string) => string): string {
  const selects = input.tables.map((table, index) => {
    const label = index === 0 ? [" AS table_name", " AS expected_rows", " AS live_rows"] : ["", "", ""];
    return `SELECT ${dialect.literal(table.name)}${label[0]}, ${table.rows}${label[1]}, COUNT(*)${label[2]}\nFROM ${from(table.name)}\nWHERE ${live(dialect)}`;
  });
  return `${comment("All tables: expected and live rows.")}\n${selects.join("\nUNION ALL\n")};`;
}

function statementsFor(dialect: Dialect, table: DestinationTable, from: string): string[] {
  const synced = dialect.identifier("_fivetran_synced");
  const deleted = dialect.identifier("_fivetran_deleted");
  const keys = table.primary_key.length > 0 ? table.primary_key : ["_fivetran_id"];
  const key = keys.map((name) => dialect.identifier(name)).join(", ");
  const statements = [
    [
      `${table.name}: live and deleted rows, and when the platform wrote them. The local run had ${table.rows} live rows.`,
      `SELECT COUNT(CASE WHEN ${live(dialect)} THEN 1 END) AS live_rows,\n       COUNT(CASE WHEN ${deleted} THEN 1 END) AS deleted_rows,\n       MIN(${synced}) AS first_synced,\n       MAX(${synced}) AS last_synced\nFROM ${from};`,
    ],
    [
      `${table.name}: keys that occur more than once. Expected: no rows.`,
      `SELECT ${key}, COUNT(*) AS occurrences\nFROM ${from}\nGROUP BY ${key}\nHAVING COUNT(*) > 1\nLIMIT 10;`,
    ],
    [`${table.name}: sample.`, `SELECT *\nFROM ${from}\nWHERE ${live(dialect)}\nLIMIT 10;`],
    [
      `${table.name}: what the platform wrote last.`,
      `SELECT ${key}, ${synced}, ${deleted}\nFROM ${from}\nORDER BY ${synced} DESC\nLIMIT 5;`,
    ],
  ];
  const ranged = table.ranged ?? [];
  if (ranged.length > 0) {
    const named = (word: string, column: string) => dialect.identifier(`${word}_${column}`);
    const selected = ranged.flatMap(({ column }) => [
      `MIN(${dialect.identifier(column)}) AS ${named("lowest", column)}`,
      `MAX(${dialect.identifier(column)}) AS ${named("highest", column)}`,
    ]);
    statements.splice(3, 0, [
      `${table.name}: ranges of its key, of what it advances by, and of its dates.${expectedRanges(ranged)}`,
      `SELECT ${selected.join(",\n       ")}\nFROM ${from}\nWHERE ${live(dialect)};`,
    ]);
  }
  return statements.map(([title, sql]) => `${comment(title ?? "")}\n${sql}`);
}

function expectedRanges(ranged: NonNullable<DestinationTable["ranged"]>): string {
  const known = ranged.flatMap(({ column, lowest, highest }) =>
    lowest === undefined || highest === undefined ? [] : [`${column} ${lowest} to ${highest}`],
  );
  return known.length === 0 ? "" : ` The local run had ${known.join(", ")}.`;
}

/** Null counts as not deleted: the column is null where no delete was ever sent. */
function live(dialect: Dialect): string {
  return `COALESCE(${dialect.identifier("_fivetran_deleted")}, FALSE) = FALSE`;
}

/** A name cannot end the comment and start a statement. */
function comment(text: string): string {
  return `-- ${text.replace(/[\r\n\u2028\u2029]+/g, " ")}`;
}
