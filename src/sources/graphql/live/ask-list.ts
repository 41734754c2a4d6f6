/**
 * Queries of the live reader, made from a blueprint by a way of its own: values stand in the query, there are no variables,
 * and a list inside of records is asked for per record. Nothing here is shared with the generator of connectors.
 */
import {
  type ArgumentNode,
  type FieldNode,
  Kind,
  parseValue,
  print,
  type SelectionNode,
  type ValueNode,
} from "graphql";
import type { Shape, TableOf } from "../../../artifacts/blueprint.ts";
import { isRecord } from "../../answers/exact.ts";
import type { Json, Record_ } from "../../record.ts";

export type Table = TableOf<"graphql">;

export interface ListQuestion {
  table: Table;
  /** Where the page begins; undefined for the first. */
  place: Json | undefined;
  /** Records per page; default the blueprint's. */
  size?: number;
  /** Arguments besides the blueprint's, by dotted path. */
  extra?: readonly (readonly [string, Json])[];
  /** The record around, for a list inside of one. */
  parent?: Record_;
}

/** The whole query, and the path from its data to the list's answer. */
export function listQuery(question: ListQuestion): { query: string; path: string[] } {
  const { table, parent } = question;
  const { lookup, field } = table.read;
  const list = fieldAt(field.split("."), argumentsOf(question), answerOf(table));
  if (lookup === undefined || parent === undefined) return { query: whole(list), path: field.split(".") };
  const bind = table.read.parent?.bind.find(({ placeholder }) => placeholder === lookup.argument);
  const key = parent[bind?.parent_column ?? ""] ?? null;
  const inner: SelectionNode[] =
    lookup.on === undefined
      ? [list]
      : [
          {
            kind: Kind.INLINE_FRAGMENT,
            typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: lookup.on } },
            selectionSet: { kind: Kind.SELECTION_SET, selections: [list] },
          },
        ];
  const found = fieldAt([lookup.field], [argument(lookup.argument, literal(key, lookup.type))], inner);
  return { query: whole(found), path: [lookup.field, ...field.split(".")] };
}

/** A list of records in one piece with the plain list inside of each, and what the records around are known by. */
export function withInner(question: ListQuestion, inner: Table): { query: string; path: string[] } {
  const { table } = question;
  const keys = (inner.read.parent?.bind ?? []).map(({ parent_column }) => fieldAt([parent_column], [], []));
  const list = fieldAt(inner.read.field.split("."), argumentsOf({ table: inner, place: undefined }), answerOf(inner));
  const outer = fieldAt(table.read.field.split("."), argumentsOf(question), pagesOf(table, [...keys, list]));
  return { query: whole(outer), path: table.read.field.split(".") };
}

function whole(field: FieldNode): string {
  return print({
    kind: Kind.DOCUMENT,
    definitions: [
      {
        kind: Kind.OPERATION_DEFINITION,
        operation: "query" as never,
        selectionSet: { kind: Kind.SELECTION_SET, selections: [field] },
      },
    ],
  });
}

function fieldAt(
  [name = "", ...rest]: readonly string[],
  args: readonly ArgumentNode[],
  inner: readonly SelectionNode[],
): FieldNode {
  const last = rest.length === 0;
  const selections = last ? inner : [fieldAt(rest, args, inner)];
  return {
    kind: Kind.FIELD,
    name: { kind: Kind.NAME, value: name },
    ...(last && args.length > 0 ? { arguments: args } : {}),
    ...(selections.length === 0 ? {} : { selectionSet: { kind: Kind.SELECTION_SET, selections } }),
  };
}

function answerOf(table: Table): SelectionNode[] {
  const bound = new Set((table.read.parent?.bind ?? []).map(({ column }) => column));
  const columns = table.columns.filter(({ name }) => !bound.has(name));
  return pagesOf(
    table,
    columns.map(({ name, shape }) => fieldAt([name], [], shape === undefined ? [] : insideOf(shape))),
  );
}

function pagesOf({ read: { paging } }: Table, record: readonly SelectionNode[]): SelectionNode[] {
  if (paging.style === "list") return [...record];
  if (paging.style === "offset") {
    const total = paging.total === undefined ? [] : [fieldAt(paging.total.split("."), [], [])];
    return paging.records === "" ? [...record] : [fieldAt(paging.records.split("."), [], record), ...total];
  }
  const total = paging.total === undefined ? [] : [fieldAt([paging.total], [], [])];
  const info = fieldAt(["pageInfo"], [], [fieldAt(["hasNextPage"], [], []), fieldAt(["endCursor"], [], [])]);
  return [fieldAt(paging.nodes.split("."), [], record), info, ...total];
}

function insideOf(shape: Shape): SelectionNode[] {
  if (shape.kind === "value") return [];
  if (shape.kind === "list") return insideOf(shape.items);
  return shape.fields.map((field) => fieldAt([field.name], [], insideOf(field.shape)));
}

function argumentsOf({ table, place, size, extra = [] }: ListQuestion): ArgumentNode[] {
  const { paging, argument_types: types } = table.read;
  const tree: Record_ = structuredClone(table.read.arguments) as Record_;
  for (const [path, value] of extra) put(tree, path.split("."), value);
  const sent = Object.entries(tree).map(([name, value]) => argument(name, literal(value, types[name] ?? "")));
  if (paging.style === "connection") {
    sent.push(argument(paging.first, literal(size ?? paging.size, "Int")));
    if (place !== undefined && place !== null) sent.push(argument(paging.after, literal(place, "String")));
  }
  if (paging.style === "offset") {
    sent.push(
      argument(paging.limit, literal(size ?? paging.size, "Int")),
      argument(paging.offset, literal(place ?? 0, "Int")),
    );
  }
  return sent;
}

function put(tree: Record_, [first = "", ...rest]: readonly string[], value: Json): void {
  if (rest.length === 0) {
    tree[first] = value;
    return;
  }
  const known = tree[first];
  const inner: Record_ = isRecord(known) ? known : {};
  tree[first] = inner;
  put(inner, rest, value);
}

function argument(name: string, value: ValueNode): ArgumentNode {
  return { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: name }, value };
}

const NAME = /^[_A-Za-z][_0-9A-Za-z]*$/;
const TEXTUAL = /^\[*(ID|String)\b/;

/** Enumerations are written without quotation marks: names in capitals inside of anything but texts are taken for such. */
function literal(value: Json, type: string): ValueNode {
  if (value === null) return { kind: Kind.NULL };
  if (typeof value === "boolean") return { kind: Kind.BOOLEAN, value };
  if (typeof value === "bigint") return { kind: Kind.INT, value: String(value) };
  if (typeof value === "number") return parseValue(String(value));
  if (typeof value === "string") {
    if (/^(true|false)$/.test(value) && type.startsWith("Boolean"))
      return { kind: Kind.BOOLEAN, value: value === "true" };
    const enumerated =
      NAME.test(value) && !TEXTUAL.test(type) && (value === value.toUpperCase() || /^(asc|desc)$/.test(value));
    return enumerated ? { kind: Kind.ENUM, value } : { kind: Kind.STRING, value };
  }
  if (Array.isArray(value)) return { kind: Kind.LIST, values: value.map((item) => literal(item, type)) };
  return {
    kind: Kind.OBJECT,
    fields: Object.entries(value).map(([name, item]) => ({
      kind: Kind.OBJECT_FIELD,
      name: { kind: Kind.NAME, value: name },
      value: literal(item, ""),
    })),
  };
}
