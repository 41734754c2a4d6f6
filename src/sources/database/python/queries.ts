/** The SQL of a connector: what is selected of a table, and which of its rows are new. */
import type { Column } from "../../../artifacts/blueprint.ts";
import type { Engine } from "../../../artifacts/kinds/database.ts";
import { UserError } from "../../../errors.ts";
import type { DatabaseTable } from "../complete.ts";
import { quoteName, quoteRelation } from "../engines/quote.ts";
import { selected } from "../engines/selection.ts";

export interface TableQueries {
  select: string;
  changes?: { since: string; order: string };
}

/** What a saved text has to become before it is compared: a number for numbers, where the database would not see to it. */
export type SavedValue = "text" | "number" | "earlier";

/** In the driver's own way of writing places for values. */
export function queriesOf(engine: Engine, table: DatabaseTable): TableQueries {
  const { read, columns, advance } = table;
  const cursor = advance.kind === "column" ? columnOf(table, advance.column) : undefined;
  const list = columns.map((column) => selected(engine, column, read.types[column.name]));
  if (cursor !== undefined) list.push(reachedBy(engine, cursor));
  const select = `SELECT ${list.join(",\n       ")}\nFROM ${quoteRelation(engine, read)}${cursor === undefined ? "" : ` AS ${ALIAS}`}`;
  if (cursor === undefined || advance.kind !== "column") return { select: percents(engine, select) };
  const name = quoteName(engine, cursor.name);
  const since = `${name} >= ${bound(engine, cursor, advance.lookback)}`;
  // Nothing tells when rows without a value change: they come each time.
  const condition = cursor.nullable ? `(${since} OR ${name} IS NULL)` : since;
  return {
    select: percents(engine, select),
    changes: {
      since: percents(engine, `WHERE ${condition}`).replaceAll(PLACE, engine === "sqlite" ? "?" : "%s"),
      order: percents(
        engine,
        `ORDER BY ${ALIAS}.${name}${cursor.nullable && engine === "postgresql" ? " NULLS FIRST" : ""}`,
      ),
    },
  };
}

export function savedValueOf(engine: Engine, table: DatabaseTable): SavedValue | undefined {
  if (table.advance.kind !== "column") return undefined;
  const column = columnOf(table, table.advance.column);
  // PostgreSQL takes a text for what it is compared with; the others would go by way of a double.
  if (isNumber(column)) return engine === "postgresql" ? "text" : "number";
  return engine === "sqlite" && isTime(column) && table.advance.lookback > 0 ? "earlier" : "text";
}

export function isNumber({ type }: Pick<Column, "type">): boolean {
  return type === "integer" || type === "bigint" || type === "decimal" || type === "number";
}

function isTime({ type }: Pick<Column, "type">): boolean {
  return type === "date" || type === "timestamp" || type === "local_timestamp";
}

/** Selected expressions may have the name of the column: the order is that of the table's own. */
const ALIAS = "source";

/** Where the value goes, until percent signs of names are out of the way. */
const PLACE = "\u0000";

/** The drivers of the servers take a percent sign for a place. */
function percents(engine: Engine, sql: string): string {
  return engine === "sqlite" ? sql : sql.replaceAll("%", "%%");
}

function columnOf(table: DatabaseTable, name: string): Column {
  const column = table.columns.find((one) => one.name === name);
  if (column !== undefined && (isTime(column) || isNumber(column))) return column;
  throw new UserError(
    `${table.name} cannot advance by ${name}: ${column === undefined ? "it is no column" : `it is of type ${column.type}`}.`,
    {
      hint: "Advance by a column of times or numbers, or read the table in full.",
    },
  );
}

/**
 * The last of the selected columns: how far a row takes the table. Nothing, for a time that is still to come: rows of today
 * would be behind it for ever. Nor the present instead of it: where a time has no zone, what is still to come is so in the
 * latest zone on earth, whose present is up to 26 hours ahead of the table's own.
 */
function reachedBy(engine: Engine, column: Column): string {
  const name = quoteName(engine, column.name);
  if (!isTime(column)) return name;
  if (engine === "sqlite") {
    const ahead = column.type === "timestamp" ? "" : ", '+14 hours'";
    const now = `replace(datetime('now'${ahead}), ' ', CASE substr(${name}, 11, 1) WHEN 'T' THEN 'T' ELSE ' ' END)`;
    return `CASE WHEN ${name} <= ${now} THEN ${name} END`;
  }
  const now = NOW[engine][column.type === "timestamp" ? "zoned" : "local"];
  const value = `CASE WHEN ${name} <= ${now} THEN ${name} END`;
  if (engine === "sqlserver") return `CONVERT(nvarchar(40), ${value}, ${column.type === "timestamp" ? 127 : 126})`;
  // As text, since a driver would make a time of it again. The name stays that of an expression.
  return engine === "postgresql" ? `(${value})::text` : `CAST(${value} AS CHAR)`;
}

const NOW: { readonly [E in Exclude<Engine, "sqlite">]: { zoned: string; local: string } } = {
  postgresql: { zoned: "now()", local: "now() AT TIME ZONE 'UTC' + interval '14 hours'" },
  mysql: { zoned: "UTC_TIMESTAMP(6)", local: "UTC_TIMESTAMP(6) + INTERVAL 14 HOUR" },
  sqlserver: { zoned: "SYSDATETIMEOFFSET()", local: "DATEADD(hour, 14, SYSUTCDATETIME())" },
};

/** The value from which on rows are new; lookback in seconds for times, else in units. */
function bound(engine: Engine, column: Column, lookback: number): string {
  if (!isTime(column)) return lookback === 0 ? PLACE : numberBound(engine, column, lookback);
  if (engine === "postgresql") {
    const type = { date: "date", timestamp: "timestamptz", local_timestamp: "timestamp" }[column.type as "date"];
    return lookback === 0 ? PLACE : `CAST(${PLACE} AS ${type}) - interval '${lookback} seconds'`;
  }
  if (engine === "mysql") return lookback === 0 ? PLACE : `CAST(${PLACE} AS DATETIME(6)) - INTERVAL ${lookback} SECOND`;
  if (engine === "sqlserver") {
    const type = column.type === "timestamp" ? "datetimeoffset" : "datetime2";
    return lookback === 0 ? `CAST(${PLACE} AS ${type})` : `DATEADD(second, -${lookback}, CAST(${PLACE} AS ${type}))`;
  }
  return PLACE;
}

function numberBound(engine: Engine, column: Column, lookback: number): string {
  const type = column.type === "integer" ? "bigint" : "numeric";
  return engine === "postgresql" ? `CAST(${PLACE} AS ${type}) - ${lookback}` : `${PLACE} - ${lookback}`;
}
