/** Rows for the tests of a connector's client part, as the driver would give them. */
import type { Column } from "../../../artifacts/blueprint.ts";
import type { Engine } from "../../../artifacts/kinds/database.ts";
import { expression, type PythonValue, pythonLiteral, pythonTuple } from "../../../python/python-literal.ts";
import type { DatabaseBlueprint, DatabaseTable } from "../complete.ts";
import type { TablesView } from "./tables.ts";

export interface TestsView {
  /** The first table that advances. */
  moving:
    | { constant: string; early: string; late: string; blank: string | false; cursor: string; later: string }
    | false;
  whole: { constant: string; row: string; column: string; value: string };
  /** A column that can hold what its type cannot. */
  misfit: { constant: string; row: string; column: string } | false;
}

export function testsView({ source, tables }: DatabaseBlueprint, views: TablesView): TestsView {
  const { engine } = source;
  const constant = (table: DatabaseTable) => views.tables[tables.indexOf(table)]?.constant ?? "";
  const first = tables[0] as DatabaseTable;
  const moving = tables.find(({ advance }) => advance.kind === "column");
  const plain = first.columns[0] as Column;
  return {
    moving: moving === undefined ? false : movingView(engine, moving, constant(moving)),
    whole: {
      constant: constant(first),
      row: rowOf(engine, first, {}),
      column: pythonLiteral(plain.name),
      value: pythonLiteral(recordValue(engine, plain)),
    },
    misfit: misfitOf(engine, tables, constant),
  };
}

function movingView(engine: Engine, table: DatabaseTable, constant: string): TestsView["moving"] {
  const name = table.advance.kind === "column" ? table.advance.column : "";
  const column = table.columns.find((one) => one.name === name) as Column;
  const [cursor, later] = [driverValue(engine, column, 0), driverValue(engine, column, 1)];
  const text = (value: PythonValue) =>
    typeof value === "object" ? `str(${pythonLiteral(value)})` : pythonLiteral(String(value));
  return {
    constant,
    early: rowOf(engine, table, { [name]: cursor }),
    late: rowOf(engine, table, { [name]: later }),
    blank: column.nullable && rowOf(engine, table, { [name]: null }),
    cursor: text(cursor),
    later: text(later),
  };
}

function rowOf(engine: Engine, table: DatabaseTable, given: { [column: string]: PythonValue }): string {
  const values = table.columns.map((column): PythonValue => {
    const known = given[column.name];
    return known === undefined ? driverValue(engine, column, 0) : known;
  });
  if (table.advance.kind === "column")
    values.push(
      values[table.columns.findIndex(({ name }) => table.advance.kind === "column" && name === table.advance.column)] ??
        null,
    );
  return pythonTuple(values);
}

function misfitOf(
  engine: Engine,
  tables: readonly DatabaseTable[],
  constant: (table: DatabaseTable) => string,
): TestsView["misfit"] {
  if (engine === "sqlserver") return false;
  for (const table of tables) {
    const column = table.columns.find(
      ({ type, name }) => /^(date|timestamp|local_timestamp)$/.test(type) && !table.primary_key.includes(name),
    );
    if (column === undefined) continue;
    const odd = engine === "postgresql" ? "infinity" : engine === "mysql" ? "0000-00-00 00:00:00" : "someday";
    return { constant: constant(table), row: rowOf(engine, table, { [column.name]: odd }), column: column.name };
  }
  return false;
}

/** As the driver gives a value of the column: `n` 0 or 1, the second after the first. */
function driverValue(engine: Engine, { type }: Column, n: number): PythonValue {
  switch (type) {
    case "boolean":
      return engine === "postgresql" || engine === "sqlserver" ? n === 1 : n;
    case "integer":
    case "bigint":
      return 9007199254740993n + BigInt(n);
    case "number":
      return 0.5 + n;
    case "decimal":
      return engine === "sqlite" ? 0.5 + n : expression(`Decimal("0.10000000000000000${n}")`);
    case "date":
      return `2024-01-0${n + 1}`;
    case "timestamp":
      return engine === "postgresql" ? `2024-01-02 03:04:05.00000${n}+00` : `2024-01-02 03:04:05.00000${n}`;
    case "local_timestamp":
      return `2024-01-02 03:04:05.00000${n}`;
    case "binary":
      return expression('b"\\x00\\xff"');
    case "json":
      return engine === "postgresql" ? { a: [1] } : '{"a": [1]}';
    case "string":
      return n === 0 ? "" : "ä";
  }
}

function recordValue(engine: Engine, column: Column): PythonValue {
  if (column.type === "binary") return "AP8=";
  if (column.type === "json") return { a: [1] };
  if (column.type === "boolean") return false;
  if (engine === "sqlite" && column.type === "decimal") return expression('Decimal("0.5")');
  return driverValue(engine, column, 0);
}
