/** The stand-in's schema: a type per table, the fields that list its rows, and those that find one row by its key. */
import {
  type FieldNode,
  GraphQLBoolean,
  type GraphQLFieldConfig,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLSchema,
  GraphQLString,
  GraphQLUnionType,
  Kind,
} from "graphql";
import type { BlueprintOf, Column, Shape, TableOf } from "../../../artifacts/blueprint.ts";
import { singular } from "../../http/describe/names.ts";
import { type Corpus, type Row, type TableState, textOf } from "../../http/simulate/corpus.ts";
import { unfit } from "../../http/simulate/plan.ts";
import type { Json } from "../../record.ts";
import { anyScalar, createInputTypes, type InputTypes } from "./inputs.ts";
import { type Arguments, type ListPage, pageOf } from "./pages.ts";

type Table = TableOf<"graphql">;
type Field = GraphQLFieldConfig<unknown, Context, Arguments>;
type Fields = Record<string, Field>;

/** What one query knows and leaves behind. */
export interface Context {
  corpus: Corpus;
  salt: string;
  /** Told of every page that is given. */
  gave: (table: Table, page: ListPage) => void;
  /** A table that is closed: what its field does instead. */
  denied: (table: Table, field: readonly (string | number)[]) => boolean;
}

interface Building {
  blueprint: BlueprintOf<"graphql">;
  corpus: Corpus;
  inputs: InputTypes;
  types: Map<string, GraphQLObjectType>;
}

/** Throws `UserError` for a blueprint that no schema can be made of. */
export function createSchema(blueprint: BlueprintOf<"graphql">, corpus: Corpus): GraphQLSchema {
  const building: Building = { blueprint, corpus, inputs: createInputTypes(blueprint.tables), types: new Map() };
  for (const table of blueprint.tables) building.types.set(table.name, rowType(table, building));
  const roots = blueprint.tables.filter(({ read }) => read.parent === undefined);
  const fields = nested(
    roots.map((table) => [table.read.field.split("."), listField(table, building)]),
    "Query",
  );
  return new GraphQLSchema({
    query: new GraphQLObjectType({ name: "Query", fields: { ...fields, ...lookups(building) } }),
  });
}

/** Extension of a list's field: the table it lists. */
export const TABLE_OF_FIELD = "table";

const ANY = anyScalar("Any");

function rowType(table: Table, building: Building): GraphQLObjectType {
  const { blueprint, corpus } = building;
  const state = stateOf(corpus, table);
  return new GraphQLObjectType({
    name: typeName(table, blueprint),
    fields: () => {
      const children = blueprint.tables.filter(({ read }) => read.parent?.table === table.name);
      const lists = children.map((child): [string[], Field] => [
        child.read.field.split("."),
        listField(child, building),
      ]);
      const own = state.plan.columns.map((column): [string, Field] => [
        column.name,
        {
          type: columnType(column, `${typeName(table, blueprint)}_${column.name}`),
          resolve: (row) => (row as Row).record[column.name] ?? null,
        },
      ]);
      return { ...Object.fromEntries(own), ...nested(lists, typeName(table, blueprint)) };
    },
  });
}

/** The name that queries use, where they do. */
function typeName(table: Table, { tables }: BlueprintOf<"graphql">): string {
  const stated = tables.find(({ read }) => read.parent?.table === table.name && read.lookup?.on !== undefined);
  if (stated?.read.lookup?.on !== undefined) return stated.read.lookup.on;
  const words = singular(table.name).split(/[^A-Za-z0-9]+/);
  return `${words.map((word) => `${word[0]?.toUpperCase() ?? ""}${word.slice(1)}`).join("")}Row`;
}

function columnType(column: Column, name: string): GraphQLOutputType {
  return column.type === "json" && column.shape !== undefined ? shapeType(column.shape, name) : ANY;
}

function shapeType(shape: Shape, name: string): GraphQLOutputType {
  switch (shape.kind) {
    case "value":
      return ANY;
    case "list":
      return new GraphQLList(shapeType(shape.items, name));
    case "object":
      return new GraphQLObjectType({
        name,
        fields: Object.fromEntries(
          shape.fields.map((field) => [field.name, { type: shapeType(field.shape, `${name}_${field.name}`) }]),
        ),
      });
  }
}

/** Fields below objects that stand for themselves: `shop.orders`. */
function nested(entries: readonly (readonly [readonly string[], Field])[], owner: string): Fields {
  const fields: Fields = {};
  const inner = new Map<string, [readonly string[], Field][]>();
  for (const [[first = "", ...rest], field] of entries) {
    if (rest.length === 0) fields[first] = field;
    else inner.set(first, [...(inner.get(first) ?? []), [rest, field]]);
  }
  for (const [name, below] of inner) {
    const own = `${owner}_${name}`;
    fields[name] = {
      type: new GraphQLObjectType({ name: own, fields: nested(below, own) }),
      // The row stays the source of what is below.
      resolve: (source) => source ?? {},
    };
  }
  return fields;
}

function listField(table: Table, building: Building): Field {
  const state = stateOf(building.corpus, table);
  const row = building.types.get(table.name);
  return {
    type: listType(table, () => row ?? building.types.get(table.name) ?? unknownTable(table.name), building),
    args: building.inputs.argumentsOf(table),
    extensions: { [TABLE_OF_FIELD]: table },
    // biome-ignore lint/complexity/useMaxParams: the library calls it so.
    resolve: (source, args, context, info) => {
      const parent = table.read.parent === undefined ? undefined : (source as Row);
      const rows = parent === undefined ? state.rows : state.rows.filter((one) => one.parent === parent);
      const page = pageOf({ table, state, rows, parent, args: plain(args), salt: context.salt });
      const path: (string | number)[] = [];
      for (let place: typeof info.path | undefined = info.path; place; place = place.prev) path.unshift(place.key);
      const given = context.denied(table, path) ? halved(page) : page;
      context.gave(table, given);
      return answered(table, given);
    },
  };
}

/** What a source gives that comes upon an error half way: some of the rows, and no word of others. */
function halved(page: ListPage): ListPage {
  return { ...page, rows: page.rows.slice(0, Math.ceil(page.rows.length / 2)), hasNextPage: false };
}

function answered(table: Table, page: ListPage): unknown {
  const { paging } = table.read;
  if (paging.style === "list") return page.rows;
  if (paging.style === "offset") return paging.records === "" ? page.rows : envelope(paging, page);
  const { rows, cursors, hasNextPage, total } = page;
  const pageInfo = { hasNextPage, endCursor: cursors.at(-1) ?? null };
  const nodes =
    paging.nodes === "nodes" ? { nodes: rows } : { edges: rows.map((node, at) => ({ node, cursor: cursors[at] })) };
  return { ...nodes, pageInfo, ...(paging.total === undefined ? {} : { [paging.total]: total }) };
}

function envelope(paging: { records: string; total?: string | undefined }, page: ListPage): unknown {
  const body: Record<string, unknown> = {};
  place(body, paging.records.split("."), page.rows);
  if (paging.total !== undefined) place(body, paging.total.split("."), page.total);
  return body;
}

function place(body: Record<string, unknown>, [first = "", ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) body[first] = value;
  else {
    body[first] ??= {};
    place(body[first] as Record<string, unknown>, rest, value);
  }
}

function listType(table: Table, row: () => GraphQLObjectType, building: Building): GraphQLOutputType {
  const { paging } = table.read;
  const name = `${typeName(table, building.blueprint)}s_${table.name}`;
  if (paging.style === "connection") return connectionType(name, paging, row);
  if (paging.style === "list" || paging.records === "") return lazyList(row);
  const fields: [string[], Field][] = [[paging.records.split("."), { type: lazyList(row) }]];
  if (paging.total !== undefined) fields.push([paging.total.split("."), { type: GraphQLInt }]);
  return new GraphQLObjectType({ name, fields: () => byDefault(nested(fields, name)) });
}

/** Objects on the way to the list are those of the answer. */
function byDefault(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, { resolve: _, ...field }]) => [name, field]));
}

function lazyList(row: () => GraphQLObjectType): GraphQLOutputType {
  return new GraphQLList(row());
}

function connectionType(
  name: string,
  paging: Extract<Table["read"]["paging"], { style: "connection" }>,
  row: () => GraphQLObjectType,
): GraphQLObjectType {
  const pageInfo = new GraphQLObjectType({
    name: `${name}_PageInfo`,
    fields: { hasNextPage: { type: new GraphQLNonNull(GraphQLBoolean) }, endCursor: { type: GraphQLString } },
  });
  return new GraphQLObjectType({
    name,
    fields: () => {
      const edge = new GraphQLObjectType({
        name: `${name}_Edge`,
        fields: { cursor: { type: GraphQLString }, node: { type: row() } },
      });
      const rows: Fields =
        paging.nodes === "nodes" ? { nodes: { type: lazyList(row) } } : { edges: { type: new GraphQLList(edge) } };
      const total: Fields = paging.total === undefined ? {} : { [paging.total]: { type: GraphQLInt } };
      return { ...rows, pageInfo: { type: new GraphQLNonNull(pageInfo) }, ...total };
    },
  });
}

/** A field may find rows of several tables: then it answers with any of them. */
function lookups({ blueprint, corpus, inputs, types }: Building): Fields {
  const found = new Map<string, { parents: Map<string, string>; argument: string; type: string }>();
  for (const { read } of blueprint.tables) {
    if (read.lookup === undefined || read.parent === undefined) continue;
    const { lookup, parent } = read;
    const column = parent.bind.find(({ placeholder }) => placeholder === lookup.argument)?.parent_column;
    if (column === undefined)
      throw unfit(parent.table, `no column of it goes into ${lookup.field}(${lookup.argument})`);
    const known = found.get(lookup.field) ?? { parents: new Map(), argument: lookup.argument, type: lookup.type };
    known.parents.set(parent.table, column);
    found.set(lookup.field, known);
  }
  const fields = [...found].map(([name, { parents, argument, type }]): [string, Field] => {
    const members = [...parents.keys()].map((table) => types.get(table) ?? unknownTable(table));
    const [only] = members;
    const shared = blueprint.tables.some(({ read }) => read.lookup?.field === name && read.lookup.on !== undefined);
    const union = () =>
      new GraphQLUnionType({
        name: `${name}_Result`,
        types: members,
        resolveType: (row) => types.get(tableOf(corpus, row as Row))?.name,
      });
    return [
      name,
      {
        type: shared || only === undefined ? union() : only,
        args: { [argument]: { type: inputs.type(type) } },
        // biome-ignore lint/complexity/useMaxParams: the library calls it so.
        resolve: (_source, args, _context, info) => {
          const asked = typesAsked(info.fieldNodes);
          const meant = [...parents].filter(
            ([table]) => asked.length === 0 || asked.includes(types.get(table)?.name ?? ""),
          );
          return rowWith(corpus, new Map(meant), textOf(args[argument]));
        },
      },
    ];
  });
  return Object.fromEntries(fields);
}

/** Keys of different tables may be alike here, where a real source's are not: the type that is asked for decides. */
function typesAsked(nodes: readonly FieldNode[]): string[] {
  return nodes.flatMap(({ selectionSet }) =>
    (selectionSet?.selections ?? []).flatMap((one) =>
      one.kind === Kind.INLINE_FRAGMENT && one.typeCondition !== undefined ? [one.typeCondition.name.value] : [],
    ),
  );
}

function rowWith(corpus: Corpus, parents: ReadonlyMap<string, string>, key: string): Row | null {
  for (const [table, column] of parents) {
    const found = corpus.get(table)?.rows.find(({ record, bound }) => textOf({ ...record, ...bound }[column]) === key);
    if (found !== undefined) return found;
  }
  return null;
}

function tableOf(corpus: Corpus, row: Row): string {
  return [...corpus].find(([, state]) => state.rows.includes(row))?.[0] ?? "";
}

function stateOf(corpus: Corpus, table: Table): TableState {
  return corpus.get(table.name) ?? unknownTable(table.name);
}

function unknownTable(name: string): never {
  throw new RangeError(`the simulated source has no table ${name}`);
}

/** What the library makes of arguments has no prototype. */
function plain(args: Arguments): Arguments {
  return { ...args } as { [name: string]: Json };
}
