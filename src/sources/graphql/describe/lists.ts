/** Finds the fields that answer with records: connections, envelopes and plain lists, at the root and one object below it. */
import {
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isUnionType,
} from "graphql";
import { snake } from "../../http/describe/names.ts";
import type { Composite, Field, LeftOut, List, ListShape } from "./draft.ts";
import { offsetArguments } from "./paging.ts";

const TOTALS = ["totalCount", "total_count", "total", "count", "totalItems"];

/** Lists from the root, the ones nearest to it first. */
export function rootLists(schema: GraphQLSchema): { lists: List[]; leftOut: LeftOut[] } {
  const query = schema.getQueryType();
  const lists: List[] = [];
  const leftOut: LeftOut[] = [];
  if (query == null) return { lists, leftOut };
  const inner: { path: string[]; type: Composite }[] = [];
  const take = (owner: Composite, path: string[]) => {
    for (const field of Object.values(owner.getFields())) {
      const own = [...path, field.name];
      const found = listOf(field);
      if (found !== undefined) lists.push({ path: own, owner, field, above: undefined, ...found });
      else if (holdsUnion(field.type)) leftOut.push({ name: own.join("."), reason: UNION });
      else if (path.length === 0 && isNamespace(field)) {
        inner.push({ path: own, type: getNamedType(field.type) as Composite });
      }
    }
  };
  take(query, []);
  for (const { path, type } of inner) take(type, path);
  return { lists, leftOut };
}

const UNION = "It answers with a union of types, which have no fields in common to select.";

/** The lists inside of one record's type. */
export function nestedLists(above: List): List[] {
  return Object.values(above.node.getFields()).flatMap((field) => {
    const found = listOf(field);
    return found === undefined ? [] : [{ path: [field.name], owner: above.node, field, above, ...found }];
  });
}

/** Undefined for a field that answers with no list of records. */
export function listOf(field: Field): { node: Composite; shape: ListShape } | undefined {
  const type = getNullableType(field.type);
  if (isListType(type)) {
    const node = compositeOf(getNullableType(type.ofType));
    return node === undefined ? undefined : { node, shape: { style: "list" } };
  }
  const holder = compositeOf(type);
  if (holder === undefined) return undefined;
  return connectionOf(holder) ?? envelopeOf(holder, field);
}

export function compositeOf(type: GraphQLOutputType): Composite | undefined {
  return isObjectType(type) || isInterfaceType(type) ? type : undefined;
}

/** The id of a record, by whatever plain name. */
export function idField(node: Composite): Field | undefined {
  const fields = Object.values(node.getFields()).filter(({ args, type }) => {
    return (
      !args.some(isRequiredArgument) && ["ID", "String", "Int", "BigInt", "Long", "UUID"].includes(scalarName(type))
    );
  });
  for (const name of ["id", "gid", "uuid", "guid", `${snake(node.name)}_id`]) {
    const found = fields.find((field) => snake(field.name) === name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function scalarName(type: GraphQLOutputType): string {
  const inner = getNullableType(type);
  return isListType(inner) ? "" : String(inner);
}

function connectionOf(holder: Composite): { node: Composite; shape: ListShape } | undefined {
  const fields = holder.getFields();
  const info = fields.pageInfo && compositeOf(getNullableType(fields.pageInfo.type));
  const pages = info?.getFields() ?? {};
  if (pages.hasNextPage === undefined || pages.endCursor === undefined) return undefined;
  const total = totalOf(holder);
  const nodes = fields.nodes && itemOf(fields.nodes.type);
  if (nodes !== undefined) return { node: nodes, shape: { style: "connection", nodes: "nodes", total } };
  const edge = fields.edges && itemOf(fields.edges.type);
  const inner = edge?.getFields().node;
  const node = inner && compositeOf(getNullableType(inner.type));
  return node === undefined ? undefined : { node, shape: { style: "connection", nodes: "edges.node", total } };
}

/** `{ items: [Order!]!, total: Int }` of a field that can be asked for a part. */
function envelopeOf(holder: Composite, field: Field): { node: Composite; shape: ListShape } | undefined {
  if (offsetArguments(field) === undefined) return undefined;
  const lists = Object.values(holder.getFields()).flatMap((one) => {
    const node = itemOf(one.type);
    return node === undefined || one.args.some(isRequiredArgument) ? [] : [{ name: one.name, node }];
  });
  const [only] = lists;
  if (only === undefined || lists.length > 1) return undefined;
  return { node: only.node, shape: { style: "envelope", records: only.name, total: totalOf(holder) } };
}

function totalOf(holder: Composite): string | undefined {
  const fields = holder.getFields();
  return TOTALS.find((name) => fields[name] !== undefined && String(getNullableType(fields[name].type)) === "Int");
}

function itemOf(type: GraphQLOutputType): Composite | undefined {
  const list = getNullableType(type);
  return isListType(list) ? compositeOf(getNullableType(list.ofType)) : undefined;
}

/** An object that stands for itself: `shop`, `viewer`. One that is asked for by a key is a record. */
function isNamespace(field: Field): boolean {
  const type = isNonNullType(field.type) ? field.type.ofType : field.type;
  return isObjectType(type) && !field.args.some(isRequiredArgument);
}

function holdsUnion(type: GraphQLOutputType): boolean {
  const inner = getNullableType(type);
  if (isListType(inner)) return isUnionType(getNullableType(inner.ofType));
  const holder = compositeOf(inner);
  const nodes = holder?.getFields().nodes?.type;
  return nodes !== undefined && holder?.getFields().pageInfo !== undefined && isUnionType(getNamedType(nodes));
}
