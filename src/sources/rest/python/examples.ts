/** Records, answers and expectations for the tests that are generated beside a connector. */

import type { RestBlueprint as Blueprint, Column, RestTable as Table } from "../../../artifacts/blueprint.ts";
import { expression, type PythonValue, pythonLiteral } from "../../../python/python-literal.ts";
import { configurationKeys } from "../../http/python/access.ts";
import { type CursorExample, cursorExample, readCursorValue } from "./cursor-examples.ts";
import { type PagingExample, pagingExamples } from "./paging-examples.ts";
import { pathByColumns } from "./tables.ts";
import type { View } from "./view.ts";

export interface ExamplesView {
  /** What the tests take from the reading; what is not used is removed with other unused imports. */
  table_imports: string[];
  reading_functions: string[];
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
  whole: TableExample | false;
  flagged: (TableExample & { flag: string }) | false;
  feed: FeedExample | false;
  child: ChildExample | false;
}

interface TableExample {
  constant: string;
  first: string;
  second: string;
  /** Path -> pages: two with a record each. */
  listing: string;
  /** Path -> one page with both records, the later one first. */
  one_page: string;
}

interface FeedExample {
  constant: string;
  listing: string;
  keys: string;
  /** Empty where the feed has no cursor. */
  param: string;
}

interface ChildExample {
  constant: string;
  listing: string;
  gone: string;
  broken: string;
  bound: string;
  /** Whether the table has a cursor per parent row. */
  advancing: boolean;
  /** What the function that is tried takes after client and table. */
  arguments: string;
  function: string;
}

export function examplesOf(blueprint: Blueprint, view: View): ExamplesView {
  const constants = new Map(view.tables.map((table) => [table.name, table.constant]));
  const constantOf = (table: Table) => constants.get(table.name) ?? table.name;
  const example = (table: Table | undefined) => table !== undefined && tableExample(table, constantOf(table));
  const root = (test: (table: Table) => boolean) =>
    blueprint.tables.find((table) => table.read.parent === undefined && test(table));
  const changing = root((table) => table.advance.kind === "cursor");
  const [firstTable] = blueprint.tables;
  return {
    table_imports: [...constants.values()],
    reading_functions: [
      ...(view.any_whole ? ["read_whole"] : []),
      ...(view.advancing ? ["read_changes"] : []),
      ...(view.any_feed ? ["read_deletes"] : []),
      ...(view.any_flag ? ["is_deleted"] : []),
    ],
    first_paging: [
      ...(view.paging_field && firstTable !== undefined ? [`, ${constantOf(firstTable)}.paging`] : []),
      ...(view.shifting ? [', ("id",)'] : []),
      ...(view.steady === "some" ? [", False"] : []),
    ].join(""),
    test_configuration: pythonLiteral(testConfiguration(blueprint)),
    required_key: view.required[0]?.key ?? "",
    token_body: tokenBody(blueprint),
    secret_text: secretText(blueprint),
    paging_examples: pagingExamples(blueprint, { field: view.paging_field, paging: view, constantOf }),
    cursor_example: changing !== undefined && cursorExample(changing, constantOf(changing)),
    changes: example(changing),
    steps: example(root((table) => table.advance.kind === "steps")),
    whole: example(root((table) => table.advance.kind === "full")),
    flagged: flaggedExample(blueprint, example),
    feed: feedExample(blueprint, constantOf),
    child: childExample(blueprint, constantOf),
  };
}

function tableExample(table: Table, constant: string): TableExample {
  const first = recordOf(table, { variant: 0 });
  const second = recordOf(table, { variant: 1 });
  const { path } = table.read;
  return {
    constant,
    first: pythonLiteral(first),
    second: pythonLiteral(second),
    listing: pythonLiteral({ [path]: [[first], [second]] }),
    one_page: pythonLiteral({ [path]: [[second, first]] }),
  };
}

/** A record with its key and the columns that reading looks at; `variant` gives it another key and a later cursor. */
function recordOf(table: Table, options: { variant: 0 | 1 }): { [field: string]: PythonValue } {
  const record: { [field: string]: PythonValue } = {};
  const bound = new Set(table.read.parent?.bind.map((bind) => bind.column));
  for (const column of table.columns) {
    if (bound.has(column.name) || !table.primary_key.includes(column.name)) continue;
    record[column.name] = keyValue(column, options.variant);
  }
  const { advance, deletes } = table;
  if (advance.kind === "cursor") record[advance.column] = readCursorValue(table, advance, options.variant);
  if (advance.kind === "steps") record[advance.column] = advance.start + options.variant;
  if (deletes.kind === "flag") record[deletes.column] = null;
  return record;
}

/** A value that a key of that type may have. */
function keyValue(column: Column, variant: 0 | 1): PythonValue {
  switch (column.type) {
    case "integer":
    case "bigint":
    case "number":
    case "decimal":
      return 7 + variant;
    case "boolean":
      return variant === 1;
    case "date":
      return ["2024-02-29", "2024-03-01"][variant] ?? "";
    case "timestamp":
    case "local_timestamp":
      return ["2024-02-29T12:30:00Z", "2024-03-01T12:30:00Z"][variant] ?? "";
    default:
      return ["text", "other"][variant] ?? "";
  }
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
  blueprint: Blueprint,
  example: (table: Table) => TableExample | false,
): ExamplesView["flagged"] {
  const table = blueprint.tables.find(({ deletes }) => deletes.kind === "flag");
  if (table === undefined || table.deletes.kind !== "flag") return false;
  const base = example(table);
  const { column, values } = table.deletes;
  const type = table.columns.find((candidate) => candidate.name === column);
  const value = values[0] ?? (type === undefined || type.type === "boolean" ? true : keyValue(type, 1));
  return base && { ...base, flag: pythonLiteral({ ...recordOf(table, { variant: 1 }), [column]: value }) };
}

function feedExample(blueprint: Blueprint, constantOf: (table: Table) => string): FeedExample | false {
  const table = blueprint.tables.find(({ deletes }) => deletes.kind === "feed");
  if (table === undefined || table.deletes.kind !== "feed") return false;
  const { deletes } = table;
  const record = recordOf(table, { variant: 1 });
  const keys = Object.fromEntries(Object.keys(deletes.keys).map((column) => [column, record[column] ?? 7]));
  const feed: { [field: string]: PythonValue } = {};
  for (const [column, field] of Object.entries(deletes.keys)) feed[field] = keys[column] ?? 7;
  const cursor = deletes.column !== undefined && deletes.param !== undefined;
  if (deletes.column !== undefined) feed[deletes.column] = "2024-03-01T12:00:00Z";
  return {
    constant: constantOf(table),
    listing: pythonLiteral({ [deletes.path]: [[feed]] }),
    keys: pythonLiteral(keys),
    param: cursor ? pythonLiteral(deletes.param ?? "") : "",
  };
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
    const advancing = table.advance.kind !== "full";
    return {
      constant: constantOf(table),
      listing: pythonLiteral({ ...parents, [path]: [[recordOf(table, { variant: 0 })]] }),
      gone: pythonLiteral({ ...parents, [path]: expression('ApiError("gone", 404)') }),
      broken: pythonLiteral({ ...parents, [path]: expression('ApiError("broken", 400)') }),
      bound: pythonLiteral(bound),
      advancing,
      arguments: advancing ? ", {}" : "",
      function: advancing ? "read_changes" : "read_whole",
    };
  }
  return false;
}
