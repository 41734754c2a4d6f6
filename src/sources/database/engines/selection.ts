/**
 * How a column is selected so that its value arrives exactly: what a database would send in a form of its own, such as
 * money with a currency sign or an array, it is asked to turn into text, a number or JSON itself.
 */
import type { Column } from "../../../artifacts/blueprint.ts";
import type { Engine } from "../../../artifacts/kinds/database.ts";
import { mysqlBase } from "./mysql-types.ts";
import { split } from "./postgresql-types.ts";
import { quoteName } from "./quote.ts";

/** Types whose text PostgreSQL's drivers give as it is. */
const POSTGRESQL_TEXTS = new Set(["text", "character varying", "character", "bpchar", "name", "citext"]);

/** The expression for one column, in the SELECT of a connector and of the independent reader alike. */
export function selected(engine: Engine, column: Pick<Column, "name" | "type">, declared: string | undefined): string {
  const name = quoteName(engine, column.name);
  if (declared === undefined) return name;
  switch (engine) {
    case "postgresql":
      return fromPostgresql(name, column.type, declared);
    case "mysql":
      return fromMysql(name, column.type, declared);
    case "sqlserver":
      return fromSqlserver(name, column.type, declared);
    case "sqlite":
      return name;
  }
}

function fromPostgresql(name: string, type: Column["type"], declared: string): string {
  const { base } = split(declared);
  if (type === "string") return POSTGRESQL_TEXTS.has(base) && !declared.endsWith("[]") ? name : `${name}::text`;
  if (type === "json" && base !== "json" && base !== "jsonb") return `to_jsonb(${name})`;
  if (type === "decimal" && base === "money") return `${name}::numeric`;
  if (type === "integer" && base === "oid") return `${name}::bigint`;
  return name;
}

function fromMysql(name: string, type: Column["type"], declared: string): string {
  const base = mysqlBase(declared);
  if (base === "bit") return `CAST(${name} AS UNSIGNED)`;
  // The server writes a FLOAT with six digits only; as a double it shows all that it holds.
  if (base === "float" && type === "number") return `(${name} + 0e0)`;
  if (type === "string" && /^(date|datetime|timestamp|decimal|numeric|double|float|json)$/.test(base))
    return `CAST(${name} AS CHAR)`;
  return name;
}

function fromSqlserver(name: string, type: Column["type"], declared: string): string {
  const base = /^[a-z0-9_]+/.exec(declared.toLowerCase())?.[0] ?? "";
  if (/^(date|datetime|datetime2|smalldatetime)$/.test(base)) return `CONVERT(nvarchar(40), ${name}, 126)`;
  // Style 127 writes the moment in UTC.
  if (base === "datetimeoffset") return `CONVERT(nvarchar(40), ${name}, 127)`;
  if (base === "time") return `CONVERT(nvarchar(40), ${name}, 114)`;
  if (/^(money|smallmoney)$/.test(base)) return `CAST(${name} AS decimal(19, 4))`;
  if (type === "string" && !/char|text/.test(base)) return `CONVERT(nvarchar(max), ${name})`;
  return name;
}
