/** Records, answers and expectations for the tests that are generated beside a connector. */

import type { Blueprint, Table } from "../../../artifacts/blueprint.ts";
import { unreservedColumnName } from "../../../warehouse/naming.ts";
import { configurationKeys } from "./access.ts";
import { allColumns, sampleOf } from "./columns.ts";
import { type CursorExample, cursorExample, readCursorValue } from "./cursor-examples.ts";
import { type PagingExample, pagingExamples } from "./paging-examples.ts";
import { expression, type PythonValue, pythonLiteral } from "./python-literal.ts";
import { strategyOf } from "./reading-view.ts";
import { pathByColumns } from "./tables.ts";
import type { View } from "./view.ts";

export interface ExamplesView {
  row: RowExample;
  /** What the tests take from the models and from the sync; what is not used is removed with other unused imports. */
  table_imports: string[];
  sync_functions: string[];
  first_paging: string;
  test_configuration: string;
  /** A required key, to take away. */
  required_key: string;
  token_body: string;
  secret_text: string;
  paging_examples: PagingExample[];
  cursor_example: CursorExample | false;
  changes: TableExample | false;
  steps: TableExample | false;
  replaced: TableExample | false;
  whole: TableExample | false;
  flagged: (TableExample & { flag: string }) | false;
  feed: (TableExample & { feed_listing: string; keys: string }) | false;
  child: ChildExample | false;
}

interface RowExample {
  constant: string;
  record: string;
  stored: string;
  key: string;
  columns: string;
  /** A record with a value that cannot be read. */
  unreadable: { record: string; value: string } | false;
}

interface TableExample {
  name: string;
  constant: string;
  first: string;
  second: string;
  /** Path -> pages: two with a record each. */
  listing: string;
  /** Path -> one page with both records, the later one first. */
  one_page: string;
  /** Path -> an error of the client. */
  broken: string;
  /** A state in which the table had rows, or a cursor. */
  state_with_rows: string;
  state_with_cursor: string;
}

interface ChildExample {
  name: string;
  constant: string;
  listing: string;
  gone: string;
  broken: string;
  stored: string;
  function: string;
}

export function examplesOf(blueprint: Blueprint, view: View): ExamplesView {
  const constants = new Map(view.tables.map((table) => [table.name, table.constant]));
  const constantOf = (table: Table) => constants.get(table.name) ?? table.name;
  const example = (table: Table | undefined) => table !== undefined && tableExample(table, constantOf(table));
  const root = (test: (table: Table) => boolean) =>
    blueprint.tables.find((table) => table.read.parent === undefined && test(table));
  const changing = root((table) => table.advance.kind === "cursor");
  const functions = ["sync_tables", "write_page", ...view.strategies.map((strategy) => strategy.function)];
  const [firstTable] = blueprint.tables;
  return {
    row: rowExample(blueprint, constantOf),
    table_imports: [...constants.values()],
    sync_functions: view.any_feed ? [...functions, "apply_delete_feed"] : functions,
    first_paging: view.paging_field && firstTable !== undefined ? `, ${constantOf(firstTable)}.paging` : "",
    test_configuration: pythonLiteral(testConfiguration(blueprint)),
    required_key: view.required[0]?.key ?? "",
    token_body: tokenBody(blueprint),
    secret_text: secretText(blueprint),
    paging_examples: pagingExamples(blueprint, { field: view.paging_field, constantOf }),
    cursor_example: changing !== undefined && cursorExample(changing, constantOf(changing)),
    changes: example(changing),
    steps: example(root((table) => table.advance.kind === "steps")),
    replaced: example(root((table) => table.deletes.kind === "absence")),
    whole: example(root((table) => strategyOf(table) === "whole")),
    flagged: flaggedExample(
      root((table) => table.deletes.kind === "flag"),
      example,
    ),
    feed: feedExample(
      root((table) => table.deletes.kind === "feed"),
      example,
    ),
    child: childExample(blueprint, constantOf),
  };
}

function tableExample(table: Table, constant: string): TableExample {
  const first = recordOf(table, { variant: 0 });
  const second = recordOf(table, { variant: 1 });
  const { path } = table.read;
  const example = cursorExample(table, constant);
  return {
    name: table.name,
    constant,
    first: pythonLiteral(first),
    second: pythonLiteral(second),
    listing: pythonLiteral({ [path]: [[first], [second]] }),
    one_page: pythonLiteral({ [path]: [[second, first]] }),
    broken: pythonLiteral({ [path]: expression('ApiError("down")') }),
    state_with_rows: pythonLiteral({ [table.name]: { rows: 2 } }),
    state_with_cursor: pythonLiteral({ [table.name]: { cursor: expression(example ? example.late_cursor : "None") } }),
  };
}

/** A record with its key and the columns that reading looks at; `variant` gives it another key and a later cursor. */
function recordOf(table: Table, options: { variant: 0 | 1 }): { [field: string]: PythonValue } {
  const record: { [field: string]: PythonValue } = {};
  const bound = new Set(table.read.parent?.bind.map((bind) => bind.column));
  for (const column of table.columns) {
    if (bound.has(column.name) || !table.primary_key.includes(column.name)) continue;
    record[column.name] = varied(sampleOf(column).sent, options.variant);
  }
  const { advance, deletes } = table;
  if (advance.kind === "cursor") record[advance.column] = readCursorValue(table, advance, options.variant);
  if (advance.kind === "steps") record[advance.column] = advance.start + options.variant;
  if (deletes.kind === "flag") record[deletes.column] = null;
  return record;
}

function varied(sent: PythonValue, variant: 0 | 1): PythonValue {
  if (variant === 0) return sent;
  if (typeof sent === "number" && Number.isInteger(sent)) return sent + 1;
  return sent === "text" ? "other" : sent;
}

function rowExample(blueprint: Blueprint, constantOf: (table: Table) => string): RowExample {
  const variety = (table: Table) => new Set(table.columns.map((column) => `${column.type} ${column.format}`)).size;
  const [table] = [...blueprint.tables].sort((a, b) => variety(b) - variety(a));
  if (table === undefined) throw new Error("A blueprint has at least one table.");
  const record: { [field: string]: PythonValue } = {};
  const stored: { [column: string]: PythonValue } = {};
  for (const name of allColumns(table)) stored[name] = null;
  for (const column of table.columns) {
    const sample = sampleOf(column);
    record[column.name] = sample.sent;
    stored[unreservedColumnName(column.name)] = sample.stored;
  }
  // Key columns that come from elsewhere, such as a parent, are filled in before a record is shaped.
  const loose = allColumns(table).filter(
    (name) => !table.columns.some((column) => unreservedColumnName(column.name) === name),
  );
  for (const name of loose) record[name] = stored[name] = 7;
  const keys = new Set([...table.primary_key, ...loose]);
  const key = Object.fromEntries(Object.entries(record).filter(([name]) => keys.has(name)));
  const unreadable = table.columns.find((column) =>
    ["timestamp", "local_timestamp", "date", "number", "decimal", "bigint"].includes(column.type),
  );
  return {
    constant: constantOf(table),
    record: pythonLiteral(record),
    stored: pythonLiteral(stored),
    key: pythonLiteral(key),
    columns: pythonLiteral(allColumns(table)),
    unreadable: unreadable !== undefined && {
      record: pythonLiteral({ ...record, [unreadable.name]: "yesterday" }),
      value: "yesterday",
    },
  };
}

function testConfiguration(blueprint: Blueprint): { [key: string]: string } {
  const required = configurationKeys(blueprint).filter((key) => key.required && key.default === undefined);
  return Object.fromEntries(required.map(({ key }) => [key, `test-${key.replaceAll("_", "-")}`]));
}

/** A value that must not be shown, where there is one. */
function secretText(blueprint: Blueprint): string {
  const { auth } = blueprint.source;
  const configuration = testConfiguration(blueprint);
  switch (auth.kind) {
    case "none":
      return "";
    case "api_key":
      return configuration[auth.value] ?? "";
    case "bearer":
      return configuration[auth.token] ?? "";
    case "basic":
      return configuration[auth.password === "" ? auth.username : auth.password] ?? "";
    case "oauth2_client_credentials":
      return configuration[auth.client_secret] ?? "";
    case "session":
      return configuration[auth.password] ?? "";
  }
}

function tokenBody(blueprint: Blueprint): string {
  const { auth } = blueprint.source;
  if (auth.kind === "oauth2_client_credentials") {
    return pythonLiteral({ access_token: "test-token", token_type: "Bearer", expires_in: 3600 });
  }
  return auth.kind === "session" ? pythonLiteral(nested(auth.token_path, "test-token")) : "";
}

/** A value at the end of a dotted path. */
function nested(path: string, value: PythonValue): PythonValue {
  return path.split(".").reduceRight<PythonValue>((inner, name) => ({ [name]: inner }), value);
}

function flaggedExample(
  table: Table | undefined,
  example: (table: Table) => TableExample | false,
): ExamplesView["flagged"] {
  if (table === undefined || table.deletes.kind !== "flag") return false;
  const base = example(table);
  const { column, values } = table.deletes;
  const type = table.columns.find((candidate) => candidate.name === column);
  const value = values[0] ?? (type === undefined || type.type === "boolean" ? true : sampleOf(type).sent);
  const flagged = { ...recordOf(table, { variant: 1 }), [column]: value };
  return base && { ...base, flag: pythonLiteral(flagged) };
}

function feedExample(table: Table | undefined, example: (table: Table) => TableExample | false): ExamplesView["feed"] {
  if (table === undefined || table.deletes.kind !== "feed") return false;
  const base = example(table);
  const { deletes } = table;
  const record = recordOf(table, { variant: 1 });
  const entries = Object.entries(deletes.keys).map(([column, field]) => [field, record[column] ?? 7] as const);
  const feed: { [field: string]: PythonValue } = Object.fromEntries(entries);
  if (deletes.column !== undefined) feed[deletes.column] = "2024-03-01T12:00:00Z";
  const keys = Object.fromEntries(
    table.primary_key.map((column) => [unreservedColumnName(column), expected(table, column, record)]),
  );
  return base && { ...base, feed_listing: pythonLiteral({ [deletes.path]: [[feed]] }), keys: pythonLiteral(keys) };
}

/** What the destination has for a key column. */
function expected(table: Table, column: string, record: { [field: string]: PythonValue }): PythonValue {
  const known = table.columns.find((candidate) => candidate.name === column);
  const sample = known && sampleOf(known);
  return sample !== undefined && sample.sent !== sample.stored && sample.sent === record[column]
    ? sample.stored
    : (record[column] ?? 7);
}

function childExample(blueprint: Blueprint, constantOf: (table: Table) => string): ChildExample | false {
  for (const table of blueprint.tables) {
    const { parent } = table.read;
    const above = blueprint.tables.find((candidate) => candidate.name === parent?.table);
    if (parent === undefined || above === undefined || above.read.parent !== undefined) continue;
    const parentRecord = recordOf(above, { variant: 0 });
    for (const bind of parent.bind) parentRecord[bind.parent_column] ??= 7;
    const bound = Object.fromEntries(parent.bind.map((bind) => [bind.column, parentRecord[bind.parent_column] ?? 7]));
    const path = pathByColumns(table).replace(/\{([^{}]*)\}/g, (_, column: string) =>
      encodeURIComponent(String(bound[column])),
    );
    const parents = { [above.read.path]: [[parentRecord]] };
    return {
      name: table.name,
      constant: constantOf(table),
      listing: pythonLiteral({ ...parents, [path]: [[recordOf(table, { variant: 0 })]] }),
      gone: pythonLiteral({ ...parents, [path]: expression('ApiError("gone", 404)') }),
      broken: pythonLiteral({ ...parents, [path]: expression('ApiError("broken", 400)') }),
      stored: pythonLiteral(
        Object.fromEntries(
          Object.keys(bound).map((column) => [unreservedColumnName(column), storedBound(table, column, bound)]),
        ),
      ),
      function: { replace: "replace_table", whole: "sync_whole", changes: "", children: "sync_changes_by_parent" }[
        strategyOf(table)
      ],
    };
  }
  return false;
}

function storedBound(table: Table, column: string, bound: { [column: string]: PythonValue }): PythonValue {
  const known = table.columns.find((candidate) => candidate.name === column);
  const value = bound[column] ?? null;
  // Only types that change on their way are told apart here; a parent's key is a number or a text.
  return known?.type === "bigint" || known?.type === "decimal" ? expression(`str(${pythonLiteral(value)})`) : value;
}
