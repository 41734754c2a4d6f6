/**
 * A target for a connector that was written elsewhere: it is given its configuration by its own keys, and what it sends is
 * put into the terms of the description before it reaches the warehouse. All checks then judge it as one of ours.
 */
import type { Blueprint, Table } from "../artifacts/blueprint.ts";
import { webPart } from "../artifacts/blueprint.ts";
import type { Adopted } from "../artifacts/spec.ts";
import type { DeclaredTable, Operation, Row, SyncWriter, Warehouse, WireValue } from "../warehouse/warehouse.ts";
import type { SyncRequest, Target } from "./target.ts";

export function adoptedTarget(target: Target, adopted: Adopted): Target {
  const sent = (table: Table) => asItSends(adopted, table);
  return {
    ...target,
    naming: { ...target.naming, key: (ours) => keyFor(adopted, ours), sent },
    destinationSql: ({ tables, ...input }) =>
      target.destinationSql({ ...input, tables: tables.map((one) => ({ ...one, table: sent(one.table) })) }),
    sync: (request) => target.sync(inItsTerms(target, adopted, request)),
  };
}

/** The connector's key whose value is, or holds, that key of ours. */
export function keyFor({ configuration }: Adopted, ours: string): string | undefined {
  return Object.keys(configuration).find((key) => configuration[key]?.includes(`{${ours}}`));
}

/** The connector's configuration. A key whose value is not known is left out. */
export function fillConfiguration({ configuration }: Adopted, values: Readonly<Record<string, string>>) {
  const filled = Object.entries(configuration).flatMap(([key, text]): [string, string][] => {
    const wanted = placeholders(text);
    if (wanted.some((name) => values[name] === undefined)) return [];
    return [[key, text.replace(PLACEHOLDER, (_, name: string) => values[name] ?? "")]];
  });
  return Object.fromEntries(filled);
}

const PLACEHOLDER = /\{([a-z][a-z0-9_]*)\}/g;

function placeholders(text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)].map(([, name]) => name ?? "");
}

function inItsTerms(target: Target, adopted: Adopted, request: SyncRequest): SyncRequest {
  const { blueprint, configuration, secretKeys, environment } = request;
  const address = configuration.base_url;
  const known = blueprint === undefined ? undefined : webPart(blueprint.source).base_url;
  const inCode = keyFor(adopted, "base_url") === undefined && address !== undefined && known !== undefined;
  const rewrite = inCode ? { SYNCSMITH_REWRITE: JSON.stringify({ from: known, to: address }) } : {};
  return {
    ...request,
    configuration: fillConfiguration(adopted, configuration),
    ...(secretKeys === undefined ? {} : { secretKeys: secretKeysOf(adopted, secretKeys) }),
    ...(blueprint === undefined ? {} : { blueprint: asItNames(adopted, blueprint) }),
    environment: { ...environment, ...rewrite },
    warehouse: renaming(request.warehouse, names(target, adopted, blueprint?.tables ?? [])),
  };
}

function secretKeysOf({ configuration }: Adopted, secrets: readonly string[]): string[] {
  return Object.keys(configuration).filter((key) =>
    placeholders(configuration[key] ?? "").some((name) => secrets.includes(name)),
  );
}

/** Without a name: its module is called as its author called it. */
function asItNames({ tables }: Adopted, blueprint: Blueprint): Blueprint {
  const renamed = blueprint.tables.map((table) => ({ ...table, name: tables[table.name]?.name ?? table.name }));
  return { ...blueprint, name: "", tables: renamed };
}

/** Columns stay in their order. */
function asItSends({ tables }: Adopted, table: Table): Table {
  const { name = table.name, columns = {} } = tables[table.name] ?? {};
  const own = (column: string) => columns[column] ?? column;
  const { advance } = table;
  return {
    ...table,
    ...{ name, primary_key: table.primary_key.map(own) },
    columns: table.columns.map((column) => ({ ...column, name: own(column.name) })),
    ...("column" in advance ? { advance: { ...advance, column: own(advance.column) } } : {}),
  } as Table;
}

/** By the connector's name of a table. */
type Names = ReadonlyMap<string, { table: string; columns: ReadonlyMap<string, string>; added: ReadonlySet<string> }>;

function names({ naming }: Target, { tables: stated }: Adopted, tables: readonly Table[]): Names {
  return new Map(
    tables.map((table) => {
      const { name = table.name, columns = {}, added = [] } = stated[table.name] ?? {};
      const own = table.columns.map(
        (column) => [columns[column.name] ?? column.name, naming.column(column.name)] as const,
      );
      return [name, { table: naming.table(table.name), columns: new Map(own), added: new Set(added) }];
    }),
  );
}

function renaming(warehouse: Warehouse, known: Names): Warehouse {
  return {
    ...warehouse,
    begin: async (options) => {
      const writer = await warehouse.begin(options);
      const forms = new WeakMap<readonly string[], Form>();
      const own: SyncWriter = {
        declare: (tables) => writer.declare(tables.map((table) => declaredAs(known, table))),
        apply: (operations) => writer.apply(operations.map((operation) => sentAs(known, operation, forms))),
        checkpoint: (state) => writer.checkpoint(state),
        finish: (how) => writer.finish(how),
        get warnings() {
          return writer.warnings;
        },
        get schemaChanges() {
          return writer.schemaChanges;
        },
        get rows() {
          return writer.rows;
        },
      };
      return own;
    },
  };
}

function declaredAs(known: Names, table: DeclaredTable): DeclaredTable {
  const found = known.get(table.name);
  if (found === undefined) return table;
  const columns = table.columns.filter(({ name }) => !found.added.has(name));
  return {
    ...table,
    name: found.table,
    columns: columns.map((column) => ({ ...column, name: found.columns.get(column.name) ?? column.name })),
  };
}

/** What becomes of rows with the same columns: which of their values stay, and under which names. */
interface Form {
  at: readonly number[];
  names: readonly string[];
}

function sentAs(known: Names, operation: Operation, forms: WeakMap<readonly string[], Form>): Operation {
  const found = known.get(operation.table);
  if (found === undefined) return operation;
  if (operation.kind === "truncate") return { ...operation, table: found.table };
  const nameOf = (column: string) => found.columns.get(column) ?? column;
  const { row } = operation;
  if (row instanceof Map) {
    const kept = [...row].filter(([column]) => !found.added.has(column));
    const renamed = kept.map(([column, value]): [string, WireValue] => [nameOf(column), value]);
    return { ...operation, table: found.table, row: new Map(renamed) };
  }
  let form = forms.get(row.names);
  if (form === undefined) {
    const at = row.names.flatMap((column, index) => (found.added.has(column) ? [] : [index]));
    form = { at, names: at.map((index) => nameOf(row.names[index] ?? "")) };
    forms.set(row.names, form);
  }
  return { ...operation, table: found.table, row: { names: form.names, ...valuesAt(row, form.at) } };
}

function valuesAt({ types, values }: Row, at: readonly number[]): Pick<Row, "types" | "values"> {
  if (at.length === values.length) return { types, values };
  return { types: at.map((index) => types[index] ?? "unspecified"), values: at.map((index) => values[index] ?? null) };
}
