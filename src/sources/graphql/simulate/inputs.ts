/** Arguments of the stand-in's fields: their types, made from all that the blueprint says of them, and what was sent. */
import {
  GraphQLBoolean,
  type GraphQLFieldConfigArgumentMap,
  GraphQLFloat,
  GraphQLID,
  GraphQLInputObjectType,
  type GraphQLInputType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLScalarType,
  GraphQLString,
  type ListTypeNode,
  type NamedTypeNode,
  parseType,
  type TypeNode,
  valueFromASTUntyped,
} from "graphql";
import type { TableOf } from "../../../artifacts/blueprint.ts";
import { unfit } from "../../http/simulate/plan.ts";
import type { Json } from "../../record.ts";

type Table = TableOf<"graphql">;

/** Fields inside of an input object; none: a value. */
interface Tree {
  [name: string]: Tree;
}

export interface InputTypes {
  /** The arguments of a table's field. Throws `UserError` for one whose type is not stated. */
  argumentsOf(table: Table): GraphQLFieldConfigArgumentMap;
  /** A type as a blueprint writes it: `ID!`, `[Status!]`, `OrderFilter`. */
  type(text: string): GraphQLInputType;
}

const BUILT_IN = [GraphQLString, GraphQLInt, GraphQLFloat, GraphQLBoolean, GraphQLID];

/** One type may be used by several tables: its fields are those that any of them sends. */
export function createInputTypes(tables: readonly Table[]): InputTypes {
  const trees = new Map<string, Tree>();
  for (const table of tables) {
    const sent = treeOf(table);
    for (const [name, tree] of Object.entries(sent)) {
      const stated = table.read.argument_types[name];
      if (stated !== undefined) merge(childOf(trees, namedType(parseType(stated))), tree);
    }
  }
  const made = new Map<string, GraphQLInputType>();
  const named = (name: string): GraphQLInputType => {
    const known = BUILT_IN.find((type) => type.name === name) ?? made.get(name);
    if (known !== undefined) return known;
    const tree = trees.get(name) ?? {};
    const type = Object.keys(tree).length === 0 ? anyScalar(name) : inputObject(name, tree);
    made.set(name, type);
    return type;
  };
  const typeOf = (node: TypeNode): GraphQLInputType => {
    if (node.kind === "NonNullType") return new GraphQLNonNull(typeOf(node.type) as GraphQLScalarType);
    if (node.kind === "ListType") return new GraphQLList(typeOf((node as ListTypeNode).type));
    return named((node as NamedTypeNode).name.value);
  };
  return {
    type: (text) => typeOf(parseType(text)),
    argumentsOf: (table) => {
      const usual = pagingTypes(table);
      const names = [...new Set([...Object.keys(usual), ...Object.keys(treeOf(table))])];
      return Object.fromEntries(
        names.map((name) => {
          const text = table.read.argument_types[name] ?? usual[name];
          if (text === undefined) throw unfit(table.name, `the type of its argument ${name} is not stated`);
          return [name, { type: typeOf(parseType(text)) }];
        }),
      );
    },
  };
}

/** Everything a table may be asked with besides its paging, as nested names. */
function treeOf({ read, advance }: Table): Tree {
  const tree: Tree = {};
  const paths = advance.kind === "cursor" ? [advance.param, ...Object.keys(advance.sort_params)] : [];
  if (advance.kind === "cursor" && advance.window !== undefined) paths.push(advance.window.end_param);
  for (const path of paths) put(tree, path.split("."));
  for (const [name] of Object.entries(read.arguments)) put(tree, [name]);
  for (const [path] of flattened(read.arguments)) put(tree, path.split("."));
  return tree;
}

function put(tree: Tree, path: readonly string[]): void {
  let place = tree;
  for (const step of path) {
    place[step] ??= {};
    place = place[step];
  }
}

function merge(into: Tree, from: Tree): void {
  for (const [name, inner] of Object.entries(from)) {
    into[name] ??= {};
    merge(into[name], inner);
  }
}

function childOf(trees: Map<string, Tree>, name: string): Tree {
  const tree = trees.get(name) ?? {};
  trees.set(name, tree);
  return tree;
}

function namedType(node: TypeNode): string {
  return node.kind === "NamedType" ? node.name.value : namedType(node.type);
}

export function pagingTypes({ read: { paging } }: Table): Record<string, string> {
  if (paging.style === "connection") return { [paging.first]: "Int", [paging.after]: "String" };
  return paging.style === "offset" ? { [paging.offset]: "Int", [paging.limit]: "Int" } : {};
}

/** Names of inner types are of no account: queries name those of variables only. */
function inputObject(name: string, tree: Tree): GraphQLInputObjectType {
  return new GraphQLInputObjectType({
    name,
    fields: Object.fromEntries(
      Object.entries(tree).map(([field, inner]) => {
        const own = `${name}_${field}`;
        return [field, { type: Object.keys(inner).length === 0 ? anyScalar(own) : inputObject(own, inner) }];
      }),
    ),
  });
}

/** Takes and gives any value as it is: dates, enumerations, numbers of any size. */
export function anyScalar(name: string): GraphQLScalarType {
  return new GraphQLScalarType({
    name,
    serialize: (value) => value,
    parseValue: (value) => value,
    parseLiteral: (node) => valueFromASTUntyped(node),
  });
}

/** Dotted path and value of everything that was sent; nulls are as good as absent. */
export function flattened(value: Json, path = ""): [string, Json][] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value) || typeof value !== "object") return [[path, value]];
  return Object.entries(value).flatMap(([name, inner]) => flattened(inner, path === "" ? name : `${path}.${name}`));
}
