/** A connector's tables as Python: a constant each. */
import type { Column } from "../../../artifacts/blueprint.ts";
import type { Engine } from "../../../artifacts/kinds/database.ts";
import { type Expression, expression, pythonCall, pythonLiteral, pythonTuple } from "../../../python/python-literal.ts";
import type { DatabaseBlueprint, DatabaseTable } from "../complete.ts";
import { type Conversion, conversionOf } from "./conversions.ts";
import { isNumber, queriesOf, savedValueOf } from "./queries.ts";

export interface TableView {
  constant: string;
  expression: string;
}

export interface TablesView {
  tables: TableView[];
  table_constants: string;
  conversions: Conversion[];
}

/** Which parts tables have: what none has is not in the code at all. */
export interface Parts {
  convert: boolean;
  value: boolean;
  lookback: boolean;
  /** Some table advances by a time. */
  times: boolean;
}

export function tablesView({ source, tables }: DatabaseBlueprint, taken: ReadonlySet<string>): TablesView {
  const { engine } = source;
  const parts = partsOf(engine, tables);
  const names = constantNames(tables, taken);
  const found = new Set<Conversion>();
  const views = tables.map((table, index) => {
    for (const column of table.columns) {
      const conversion = conversionOf(engine, column);
      if (conversion !== undefined) found.add(conversion);
    }
    return { constant: names[index] ?? "", expression: tableCall(engine, table, parts) };
  });
  const constants = names.join(", ");
  return {
    tables: views,
    table_constants: `${constants}${names.length === 1 ? "," : ""}`,
    conversions: [...found].sort(),
  };
}

export function partsOf(engine: Engine, tables: readonly DatabaseTable[]): Parts {
  return {
    convert: tables.some(({ columns }) => columns.some((column) => conversionOf(engine, column) !== undefined)),
    value: tables.some((table) => !["text", undefined].includes(savedValueOf(engine, table))),
    lookback: tables.some(({ advance }) => advance.kind === "column" && advance.lookback > 0),
    times: tables.some((table) => table.advance.kind === "column" && !isNumber(cursorOf(table))),
  };
}

function tableCall(engine: Engine, table: DatabaseTable, parts: Parts): string {
  const { select, changes } = queriesOf(engine, table);
  const { deletes } = table;
  const converted = table.columns.flatMap((column) => {
    const conversion = conversionOf(engine, column);
    return conversion === undefined ? [] : [[column.name, expression(conversion)] as const];
  });
  const call = pythonCall("Table", {
    name: table.name,
    primary_key: expression(pythonTuple(table.primary_key)),
    columns: expression(pythonTuple(table.columns.map(({ name }) => name))),
    select: sqlBlock(select),
    portion: table.read.batch,
    convert: parts.convert ? Object.fromEntries(converted) : undefined,
    changes:
      changes &&
      pythonCall("Changes", {
        since: sqlText(changes.since),
        order: sqlText(changes.order),
        value: parts.value ? valueCall(engine, table) : undefined,
        // Texts of one notation sort as the times do.
        rank: parts.lookback ? expression(isNumber(cursorOf(table)) ? "Decimal" : "str") : undefined,
      }),
    deleted: deletes.kind === "flag" ? flagCall(deletes) : undefined,
  });
  return pythonLiteral(call);
}

function cursorOf({ advance, columns }: DatabaseTable): Pick<Column, "type"> {
  return columns.find(({ name }) => advance.kind === "column" && name === advance.column) ?? { type: "string" };
}

function flagCall({ column, values }: { column: string; values: string[] }): Expression {
  const lower = values.map((value) => value.toLowerCase());
  return pythonCall("DeletedFlag", { column, values: values.length > 0 ? expression(pythonTuple(lower)) : undefined });
}

/** What is done to the saved text before it goes into the query. */
function valueCall(engine: Engine, table: DatabaseTable): Expression {
  const saved = savedValueOf(engine, table);
  if (saved === "text") return expression("str");
  if (saved === "number") {
    const { type } = cursorOf(table);
    if (type === "number") return expression("float");
    // SQLite's driver takes no decimals.
    return expression(type === "decimal" ? (engine === "sqlite" ? "float" : "Decimal") : "int");
  }
  const lookback = table.advance.kind === "column" ? table.advance.lookback : 0;
  return expression(`lambda saved: earlier(saved, ${lookback})`);
}

/** What an ordinary Python text cannot hold as it is. */
const AWKWARD =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what is looked for.
  /"""|\\|[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;

/** SQL on lines of its own. */
function sqlBlock(sql: string): Expression {
  return expression(AWKWARD.test(sql) ? pythonLiteral(`\n${sql}\n`) : `"""\n${sql}\n"""`);
}

/** SQL on one line, in quotes that it does not have itself. */
function sqlText(sql: string): Expression {
  const plain = !AWKWARD.test(sql);
  if (plain && !sql.includes('"')) return expression(`"${sql}"`);
  if (plain && !sql.includes("'")) return expression(`'${sql}'`);
  return expression(plain && !sql.endsWith('"') ? `"""${sql}"""` : pythonLiteral(sql));
}

/** `sales.Orders` becomes ORDERS; what the modules define themselves is not taken. */
function constantNames(tables: readonly DatabaseTable[], taken: ReadonlySet<string>): string[] {
  const used = new Set(taken);
  return tables.map(({ name }) => {
    const plain = name
      .normalize("NFKD")
      .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
      .replace(/[^A-Za-z0-9]+/g, "_")
      .replace(/^_+|_+$/g, "")
      .toUpperCase();
    const base = /^[A-Z]/.test(plain) ? plain : `TABLE_${plain}`.replace(/_$/, "");
    let constant = base;
    for (let n = 2; used.has(constant); n++) constant = `${base}_${n}`;
    used.add(constant);
    return constant;
  });
}
