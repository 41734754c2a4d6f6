/** Columns from the fields of a record's type, and the lists inside it that become tables of their own. */
import {
  type GraphQLOutputType,
  getNullableType,
  isEnumType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isScalarType,
  isUnionType,
} from "graphql";
import type { Column, Shape } from "../../../artifacts/blueprint.ts";
import type { Composite, DraftColumn, Field, LeftOut } from "./draft.ts";
import { compositeOf, idField, listOf } from "./lists.ts";
import { pagingArguments } from "./paging.ts";
import { type Typed, typeOfScalar } from "./scalars.ts";

export interface RecordFields {
  columns: DraftColumn[];
  leftOut: LeftOut[];
}

export interface ColumnContext {
  /** Types that have tables of their own: inside of others only their ids are taken. */
  listed: ReadonlySet<string>;
}

/** Levels of objects inside a column. */
const DEPTH = 3;
const MAX_DESCRIPTION = 500;

export function fieldsOf(node: Composite, context: ColumnContext): RecordFields {
  const columns: DraftColumn[] = [];
  const leftOut: LeftOut[] = [];
  for (const field of Object.values(node.getFields())) {
    if (becomesTable(field)) continue;
    const made = columnOf(field, { ...context, chain: [node.name] });
    if (typeof made === "string") leftOut.push({ name: field.name, reason: made });
    else columns.push(made);
  }
  return { columns, leftOut };
}

/** Lists of records that have pages, or an id to know them by; other lists stay in the record. */
export function becomesTable(field: Field): boolean {
  const list = listOf(field);
  if (list === undefined) return false;
  return list.shape.style !== "list" || idField(list.node) !== undefined || pagingArguments(field).length > 0;
}

interface Context extends ColumnContext {
  /** Types around, from the record's inwards. */
  chain: readonly string[];
}

/** A text instead of a column says why there is none. */
function columnOf(field: Field, context: Context): DraftColumn | string {
  const needed = field.args.filter(isRequiredArgument).map(({ name }) => name);
  if (needed.length > 0) return `It needs the ${needed.length > 1 ? "arguments" : "argument"} ${needed.join(", ")}.`;
  const typed = typeOf(field.type, context);
  if (typeof typed === "string") return typed;
  const { guessed, cuts, ...rest } = typed;
  const description = field.description?.replace(/\s+/g, " ").trim().slice(0, MAX_DESCRIPTION);
  return {
    column: {
      name: field.name,
      ...rest,
      nullable: !isNonNullType(field.type),
      ...(description ? { description } : {}),
    },
    field,
    cuts: cuts.map((cut) => `${field.name}${cut}`),
    ...(guessed === undefined ? {} : { guessed }),
  };
}

type Made = Typed & Pick<Column, "shape" | "values"> & { cuts: string[] };

function typeOf(type: GraphQLOutputType, context: Context): Made | string {
  const inner = getNullableType(type);
  if (isEnumType(inner)) return { type: "string", values: inner.getValues().map(({ name }) => name), cuts: [] };
  if (isScalarType(inner)) return { ...typeOfScalar(inner), cuts: [] };
  const shaped = shapeOf(inner, context);
  return typeof shaped === "string" ? shaped : { type: "json", shape: shaped.shape, cuts: shaped.cuts };
}

/** A text instead of a shape says why nothing of it can be selected. */
function shapeOf(type: GraphQLOutputType, context: Context): { shape: Shape; cuts: string[] } | string {
  const inner = getNullableType(type);
  if (isListType(inner)) {
    const items = shapeOf(inner.ofType, context);
    return typeof items === "string" ? items : { shape: { kind: "list", items: items.shape }, cuts: items.cuts };
  }
  if (isEnumType(inner)) return { shape: { kind: "value", type: "string" }, cuts: [] };
  if (isScalarType(inner)) return { shape: { kind: "value", type: typeOfScalar(inner).type }, cuts: [] };
  if (isUnionType(inner)) return "It is a union of types, which have no fields in common to select.";
  const object = compositeOf(inner);
  if (object === undefined) return "It has no fields to select.";
  return objectShape(object, context);
}

function objectShape(object: Composite, context: Context): { shape: Shape; cuts: string[] } | string {
  const id = idField(object);
  const again = context.chain.includes(object.name);
  const deep = context.chain.length > DEPTH;
  if (id !== undefined && (again || deep || context.listed.has(object.name))) {
    const shape: Shape = { kind: "object", fields: [{ name: id.name, shape: leaf(id) }] };
    const why = again
      ? `: only ${id.name} is taken, as ${object.name} is inside of itself`
      : context.listed.has(object.name)
        ? `: only ${id.name} is taken, as ${object.name} has a table of its own`
        : `: only ${id.name} is taken, as it is ${DEPTH} levels down`;
    return { shape, cuts: [why] };
  }
  if (again) return `${object.name} is inside of itself, and has no id to take.`;
  if (deep) return `${object.name} is ${DEPTH} levels down, and has no id to take.`;
  const fields: { name: string; shape: Shape }[] = [];
  const cuts: string[] = [];
  for (const field of Object.values(object.getFields())) {
    const part = partOf(field, { ...context, chain: [...context.chain, object.name] });
    if (typeof part === "string") cuts.push(`.${field.name}: ${part}`);
    else {
      fields.push({ name: field.name, shape: part.shape });
      cuts.push(...part.cuts.map((cut) => `.${field.name}${cut}`));
    }
  }
  return fields.length === 0 ? "Nothing of it can be selected." : { shape: { kind: "object", fields }, cuts };
}

function partOf(field: Field, context: Context): { shape: Shape; cuts: string[] } | string {
  if (field.args.some(isRequiredArgument)) return "it needs arguments";
  if (becomesTable(field)) return "a list of records inside of an object is not taken";
  return shapeOf(field.type, context);
}

function leaf({ type }: Field): Shape {
  const inner = getNullableType(type);
  return { kind: "value", type: isScalarType(inner) ? typeOfScalar(inner).type : "string" };
}
