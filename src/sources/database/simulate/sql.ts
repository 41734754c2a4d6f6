/** The stand-in's own SQL: tables made from the blueprint, and rows written into them. */
import type { Column } from "../../../artifacts/blueprint.ts";
import type { Engine } from "../../../artifacts/kinds/database.ts";
import { writeJson } from "../../http/simulate/exact.ts";
import type { Json, Record_ } from "../../record.ts";
import type { DatabaseTable } from "../complete.ts";
import { quoteName, quoteRelation, quoteText } from "../engines/quote.ts";
import type { SimulatedColumn } from "./values.ts";

/** Where the database's own type is not known, or is one of its own making. */
const BY_TYPE: { readonly [E in Exclude<Engine, "sqlserver">]: { readonly [T in Column["type"]]: string } } = {
  postgresql: {
    boolean: "boolean",
    integer: "bigint",
    bigint: "numeric(38,0)",
    number: "double precision",
    decimal: "numeric",
    string: "text",
    date: "date",
    timestamp: "timestamp with time zone",
    local_timestamp: "timestamp without time zone",
    binary: "bytea",
    json: "jsonb",
  },
  mysql: {
    boolean: "tinyint(1)",
    integer: "bigint",
    bigint: "bigint unsigned",
    number: "double",
    decimal: "decimal",
    string: "longtext",
    date: "date",
    timestamp: "timestamp(6)",
    local_timestamp: "datetime(6)",
    binary: "longblob",
    json: "json",
  },
  sqlite: {
    boolean: "BOOLEAN",
    integer: "INTEGER",
    bigint: "INTEGER",
    number: "REAL",
    decimal: "TEXT",
    string: "TEXT",
    date: "TEXT",
    timestamp: "TEXT",
    local_timestamp: "TEXT",
    binary: "BLOB",
    json: "TEXT",
  },
};

const KNOWN = {
  postgresql:
    /^(boolean|smallint|integer|bigint|oid|real|double precision|money|numeric|text|character varying|character|uuid|inet|cidr|interval|bit|bit varying|time without time zone|time with time zone|date|timestamp with time zone|timestamp without time zone|bytea|json|jsonb)(\[\])*$/,
  mysql:
    /^(tinyint|smallint|mediumint|int|bigint|bit|year|float|double|decimal|char|varchar|tinytext|text|mediumtext|longtext|enum|set|time|date|datetime|timestamp|json|binary|varbinary|tinyblob|blob|mediumblob|longblob)/i,
};

export function simulatedColumns(engine: Exclude<Engine, "sqlserver">, table: DatabaseTable): SimulatedColumn[] {
  return table.columns.map((column) => ({ column, engine, declared: declaredType(engine, table, column) }));
}

function declaredType(engine: Exclude<Engine, "sqlserver">, table: DatabaseTable, column: Column): string {
  const own = table.read.types[column.name];
  if (own !== undefined && engine === "postgresql" && KNOWN.postgresql.test(own.replace(/\([^)]*\)/, ""))) return own;
  if (own !== undefined && engine === "mysql" && KNOWN.mysql.test(own)) return own;
  const { precision = 38, scale = 9 } = column;
  if (column.type === "decimal" && engine !== "sqlite") return `${BY_TYPE[engine].decimal}(${precision},${scale})`;
  // MySQL wants a length for what is in a key.
  if (engine === "mysql" && table.primary_key.includes(column.name)) {
    if (column.type === "string") return "varchar(190)";
    if (column.type === "binary") return "varbinary(190)";
  }
  return BY_TYPE[engine][column.type];
}

export function createTable(engine: Engine, table: DatabaseTable, columns: readonly SimulatedColumn[]): string[] {
  const lines = columns.map(({ column, declared }) => {
    // Without it MySQL would set a TIMESTAMP itself.
    const nullable = column.nullable ? (engine === "mysql" ? " NULL DEFAULT NULL" : "") : " NOT NULL";
    const first =
      engine === "mysql" && /^timestamp/i.test(declared) && !column.nullable ? " DEFAULT '2000-01-01 00:00:00'" : "";
    return `${quoteName(engine, column.name)} ${declared}${nullable}${first}`;
  });
  if (table.primary_key.length > 0) {
    lines.push(`PRIMARY KEY (${table.primary_key.map((name) => quoteName(engine, name)).join(", ")})`);
  }
  const { schema } = table.read;
  const made =
    schema === undefined || engine !== "postgresql" ? [] : [`CREATE SCHEMA IF NOT EXISTS ${quoteName(engine, schema)}`];
  const options = engine === "mysql" ? " DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin" : "";
  return [...made, `CREATE TABLE ${quoteRelation(engine, table.read)} (\n  ${lines.join(",\n  ")}\n)${options}`];
}

/** How a table's rows are written; names and literals as the engine wants them. */
export interface TableWriter {
  /** One statement for many rows: they are far fewer round trips then. */
  insert(rows: readonly Record_[]): string;
  update(row: Record_, key: Record_): string;
  remove(key: Record_): string;
}

export function tableWriter(engine: Engine, table: DatabaseTable, columns: readonly SimulatedColumn[]): TableWriter {
  const relation = quoteRelation(engine, table.read);
  const byName = new Map(columns.map((simulated) => [simulated.column.name, simulated]));
  const written = (row: Record_, name: string) => {
    const found = byName.get(name);
    return found === undefined ? "NULL" : literal(found, row[name] ?? null);
  };
  const where = (key: Record_) =>
    Object.keys(key)
      .map((name) =>
        key[name] === null
          ? `${quoteName(engine, name)} IS NULL`
          : `${quoteName(engine, name)} = ${written(key, name)}`,
      )
      .join(" AND ");
  return {
    insert: (rows) => {
      const names = columns.map(({ column }) => column.name);
      const values = rows.map((row) => `(${names.map((name) => written(row, name)).join(", ")})`);
      return `INSERT INTO ${relation} (${names.map((name) => quoteName(engine, name)).join(", ")}) VALUES ${values.join(", ")}`;
    },
    update: (row, key) => {
      const set = columns.map(({ column }) => `${quoteName(engine, column.name)} = ${written(row, column.name)}`);
      return `UPDATE ${relation} SET ${set.join(", ")} WHERE ${where(key)}`;
    },
    remove: (key) => `DELETE FROM ${relation} WHERE ${where(key)}`,
  };
}

function literal({ column, engine, declared }: SimulatedColumn, value: Json): string {
  if (value === null) return "NULL";
  const text = (content: string) => quoteText(engine, content);
  switch (column.type) {
    case "boolean":
      return engine === "postgresql" ? String(value) : value === true ? "1" : "0";
    case "integer":
    case "bigint":
      return String(value);
    case "number":
      if (engine === "sqlite") return realLiteral(Number(value));
      return engine === "postgresql" ? text(String(value)) : String(value);
    case "binary": {
      const hex = Buffer.from(String(value), "base64").toString("hex");
      return engine === "postgresql" ? `'\\x${hex}'` : `X'${hex}'`;
    }
    case "json":
      return declared.endsWith("[]") && Array.isArray(value) ? text(arrayText(value)) : text(writeJson(value));
    case "timestamp":
    case "local_timestamp":
      return text(engine === "mysql" ? String(value).replace("T", " ").replace("Z", "") : String(value));
    case "decimal":
      return engine === "sqlite" ? text(String(value)) : String(declared === "money" ? text(String(value)) : value);
    default:
      return text(String(value));
  }
}

function realLiteral(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? `${value}.0` : String(value);
}

/** PostgreSQL's own way of writing an array. */
function arrayText(items: readonly Json[]): string {
  const parts = items.map((item) =>
    item === null ? "NULL" : `"${String(item).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`,
  );
  return `{${parts.join(",")}}`;
}
