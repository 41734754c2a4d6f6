/** Everything the shell's templates ask of a blueprint and a client part, decided here so that the templates only write. */

import type { Blueprint } from "../../../artifacts/blueprint.ts";
import type { ClientPart, PythonModule, TimestampName } from "../../../python/client-part.ts";
import { docText, expression, pythonLiteral, pythonTuple, wrap } from "../../../python/python-literal.ts";
import { unreservedColumnName } from "../../../warehouse/naming.ts";
import {
  allColumns,
  decimalCall,
  TYPE_NAMES,
  type TypeDefinition,
  type TypeName,
  typeDefinition,
  typeNameOf,
} from "./columns.ts";
import { type StrategiesView, strategiesView } from "./strategies.ts";

export interface View extends StrategiesView {
  /** The title, broken where a line of a docstring would be too long. */
  title_line: string;
  description: string[];
  single: boolean;
  client_module: string;
  /** Modules that log, as a Python tuple. */
  logging_modules: string;
  requirements: string[];
  /** The shell's constants, by what they are called where the client part leaves them the name. */
  own: Record<string, string>;
  /** `types`: empty where a table has none. */
  tables: { name: string; columns: string; types: string }[];
  native: boolean;
  type_names: Record<TypeName, boolean>;
  column_types: (Pick<TypeDefinition, "declared" | "convert" | "comment"> & { name: string })[];
  any_types: boolean;
  types_of: string;
  convert: Record<"utc" | "local" | "date" | "decimal" | "bigint" | "number" | "binary", boolean>;
  /** Nested values can have decimals in them. */
  plain_numbers: boolean;
  any_rename: boolean;
  rename_keys: boolean;
  key_list: string;
  keys: string;
}

export interface ViewOptions {
  client: ClientPart;
  single: boolean;
}

const CONSTANTS = ["MAX_LONG", "COLUMNS", "TYPES"];
const SETS = ["REPLACED", "ADVANCING", "DELETES_LISTED"];

export function viewOf(blueprint: Blueprint, { client, single }: ViewOptions): View {
  const own = ownNames(single ? client.names : []);
  const types = typesView(blueprint, client, own);
  const renamed = (names: readonly string[]) => names.some((name) => name !== unreservedColumnName(name));
  const renameKeys = blueprint.tables.some((table) => renamed(table.primary_key));
  return {
    ...strategiesView(blueprint, { own, savedDoc: client.savedDoc }),
    ...types,
    title_line: wrap(docText(blueprint.title), 70).join("\n"),
    description: wrap(docText(blueprint.description), 95),
    single,
    client_module: client.clientModule,
    logging_modules: loggingModules(client.modules),
    requirements: client.requirements,
    own,
    any_rename: blueprint.tables.some((table) => renamed(allNames(table))),
    rename_keys: renameKeys,
    key_list: renameKeys ? "key_columns(table)" : "list(table.primary_key)",
    keys: renameKeys ? "key_columns(table)" : "table.primary_key",
  };
}

/** What the shell needs of the module of timestamps. */
export function timestampsOf(blueprint: Blueprint, values: ClientPart["values"]): TimestampName[] {
  const names = usedTypes(blueprint, values).filter((name) => name !== "decimal");
  return names.flatMap((name) => typeDefinition(name, { values, decimals: false }).timestamps);
}

function allNames({ primary_key, columns }: Blueprint["tables"][number]): string[] {
  return [...primary_key, ...columns.map((column) => column.name)];
}

/** A client part takes its names from what its source is called: the shell's give way to them. */
function ownNames(taken: readonly string[]): Record<string, string> {
  const given = new Set(taken);
  const entries = [...CONSTANTS, ...SETS, ...TYPE_NAMES].map((name) => {
    let free: string = name;
    while (given.has(free)) free = `${free}_`;
    return [name, free] as const;
  });
  return Object.fromEntries(entries);
}

function loggingModules(modules: readonly PythonModule[]): string {
  const logging = modules.filter(({ content }) => /^log = logging\.getLogger/m.test(content));
  return pythonTuple([...logging.map(({ name }) => name), "sync", expression("__name__")]);
}

function usedTypes(blueprint: Blueprint, values: ClientPart["values"]): TypeName[] {
  const used = new Set(blueprint.tables.flatMap((table) => table.columns.map((column) => typeNameOf(column, values))));
  return TYPE_NAMES.filter((name) => used.has(name));
}

type TypesView = Pick<
  View,
  "tables" | "native" | "type_names" | "column_types" | "any_types" | "types_of" | "convert" | "plain_numbers"
>;

function typesView(
  blueprint: Blueprint,
  { values, nestedDecimals }: ClientPart,
  own: Record<string, string>,
): TypesView {
  const used = usedTypes(blueprint, values);
  const names = Object.fromEntries(TYPE_NAMES.map((name) => [name, used.includes(name)])) as Record<TypeName, boolean>;
  const decimals = nestedDecimals ?? names.decimal;
  const tables = blueprint.tables.map((table) => ({
    name: table.name,
    columns: pythonTuple(allColumns(table)),
    types: declaredTypes(table, { values, own }),
  }));
  return {
    tables,
    native: values === "native",
    type_names: names,
    column_types: used
      .filter((name) => name !== "decimal")
      .map((name) => {
        const { declared, convert, comment } = typeDefinition(name, { values, decimals });
        return { name: own[name] ?? name, declared, convert, comment };
      }),
    any_types: used.length > 0,
    types_of: tables.every(({ types }) => types !== "")
      ? `${own.TYPES}[table.name]`
      : `${own.TYPES}.get(table.name, {})`,
    convert: {
      utc: names.UTC_DATETIME || names.UTC_FROM_SECONDS || names.UTC_FROM_MILLISECONDS,
      local: names.NAIVE_DATETIME || names.NAIVE_FROM_SECONDS || names.NAIVE_FROM_MILLISECONDS,
      date: names.NAIVE_DATE || names.DATE_FROM_SECONDS || names.DATE_FROM_MILLISECONDS,
      decimal: names.decimal,
      bigint: names.BIG_INTEGER,
      number: names.DOUBLE,
      binary: names.BINARY,
    },
    plain_numbers: decimals && (names.JSON || values === "json"),
  };
}

/** A Python dict from column to type; empty text where no column needs one. */
function declaredTypes(
  table: Blueprint["tables"][number],
  { values, own }: { values: ClientPart["values"]; own: Record<string, string> },
): string {
  const entries = table.columns.flatMap((column) => {
    const name = typeNameOf(column, values);
    if (name === undefined) return [];
    const type = name === "decimal" ? decimalCall(column) : (own[name] ?? name);
    return [[unreservedColumnName(column.name), expression(type)] as const];
  });
  return entries.length === 0 ? "" : pythonLiteral(Object.fromEntries(entries));
}
