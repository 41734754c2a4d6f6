/** Finds the arguments that make a list come in ascending order of a column. */
import {
  type GraphQLArgument,
  type GraphQLEnumType,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
} from "graphql";
import { snake } from "../../http/describe/names.ts";
import { at, type Citation, type List } from "./draft.ts";

export interface Order {
  /** Dotted path of an argument -> its value, as text. */
  params: Record<string, string>;
  cite: Citation;
}

const SORT = /^(order_?by|sort(_?(by|key|field|order|column))?|ordering|order)$/;
const KEY = /^(field|key|by|column|sort|sort_by|property|name)$/;
const DIRECTION = /^(direction|dir|order|sort_order|order_direction|sort_direction)$/;

/** Undefined unless both the column and the direction are documented values. */
export function findOrder({ owner, field }: List, column: string): Order | undefined {
  for (const arg of field.args) {
    if (!SORT.test(snake(arg.name))) continue;
    const type = inner(arg.type);
    const params = isEnumType(type)
      ? byEnum({ arg, type, column, others: field.args })
      : isInputObjectType(type)
        ? byObject(arg.name, type, column)
        : undefined;
    if (params !== undefined) return { params, cite: at(owner.name, field.name, arg.name) };
  }
  return undefined;
}

interface EnumQuestion {
  arg: GraphQLArgument;
  type: GraphQLEnumType;
  column: string;
  others: readonly GraphQLArgument[];
}

/** `UPDATED_AT_ASC`; or `UPDATED_AT` with `reverse: false`, or with a direction of its own. */
function byEnum({ arg, type, column, others }: EnumQuestion): Record<string, string> | undefined {
  const names = type.getValues().map(({ name }) => name);
  const whole = names.find(
    (name) => /_asc(ending)?$/.test(snake(name)) && same(snake(name).replace(/_asc(ending)?$/, ""), column),
  );
  if (whole !== undefined) return { [arg.name]: whole };
  const plain = names.find((name) => same(name, column));
  if (plain === undefined) return undefined;
  const reverse = others.find(
    (other) => snake(other.name) === "reverse" && String(getNullableType(other.type)) === "Boolean",
  );
  if (reverse !== undefined) return { [arg.name]: plain, [reverse.name]: "false" };
  for (const other of others) {
    const direction = other === arg || !DIRECTION.test(snake(other.name)) ? undefined : upward(other.type);
    if (direction !== undefined) return { [arg.name]: plain, [other.name]: direction };
  }
  return undefined;
}

/** `{ field: UPDATED_AT, direction: ASC }`, or `{ updated_at: asc }`. */
function byObject(name: string, type: GraphQLInputObjectType, column: string): Record<string, string> | undefined {
  const fields = Object.values(type.getFields());
  const key = fields.find((field) => KEY.test(snake(field.name)) && isEnumType(inner(field.type)));
  const direction = fields.find((field) => field !== key && DIRECTION.test(snake(field.name)));
  if (key !== undefined && direction !== undefined) {
    const values = (inner(key.type) as GraphQLEnumType).getValues();
    const value = values.find((one) => same(one.name, column))?.name;
    const up = upward(direction.type);
    if (value === undefined || up === undefined) return undefined;
    return { [`${name}.${key.name}`]: value, [`${name}.${direction.name}`]: up };
  }
  const own = fields.find((field) => same(field.name, column));
  const up = own && upward(own.type);
  return own === undefined || up === undefined ? undefined : { [`${name}.${own.name}`]: up };
}

function upward(type: GraphQLInputType): string | undefined {
  const direction = inner(type);
  if (!isEnumType(direction)) return undefined;
  return direction.getValues().find(({ name }) => /^asc(ending)?$/i.test(name))?.name;
}

function inner(type: GraphQLInputType): GraphQLInputType {
  const plain = getNullableType(type);
  return isListType(plain) ? getNullableType(plain.ofType) : plain;
}

/** Sources drop the ending of times: `UPDATED` sorts by `updatedAt`. */
function same(value: string, column: string): boolean {
  const [a, b] = [snake(value), snake(column)];
  return a === b || a.replace(/_(at|on)$/, "") === b.replace(/_(at|on)$/, "");
}
