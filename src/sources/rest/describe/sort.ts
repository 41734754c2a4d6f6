/** Finds the parameters that make a listing come in ascending order of a column. */

import { snake } from "../../http/describe/names.ts";
import type { Located } from "../../http/describe/pointer.ts";
import type { Listing } from "./draft.ts";
import type { Parameter } from "./operations.ts";

const SORT = /^(sort(_?by|_field|_column|_key)?|order_?by|ordering|sorting|orderby)$/;
const DIRECTION = /^((sort|order)_?(direction|dir|order)|direction|dir|order|sort_ascending|ascending)$/;

/** Undefined unless both the column and the direction are documented values. */
export function findSort(
  listing: Listing,
  column: string,
): { params: Record<string, string>; node: Located } | undefined {
  const parameters = listing.operation.parameters.filter((parameter) => parameter.in === "query");
  const sort = parameters.find((parameter) => SORT.test(snake(parameter.name)));
  const direction = parameters.find((parameter) => parameter !== sort && DIRECTION.test(snake(parameter.name)));
  if (sort === undefined) return undefined;
  const values = textValues(sort);
  const combined = values.find((value) => isAscending(value, column));
  if (combined !== undefined) return { params: { [sort.name]: combined }, node: sort.node };
  const plain = values.find((value) => sameColumn(value, column)) ?? describedColumn(sort, column);
  if (plain === undefined) return undefined;
  const upward = direction === undefined ? undefined : ascendingValue(direction);
  if (direction !== undefined && upward !== undefined) {
    return { params: { [sort.name]: plain, [direction.name]: upward }, node: sort.node };
  }
  // A minus sign for descending makes the bare name ascending.
  const minus =
    values.some((value) => value === `-${plain}`) ||
    /(`-`|"-"|'-'|\bminus\b|\bhyphen\b|prefix\w*\s+(with\s+)?-)/i.test(sort.description);
  return minus ? { params: { [sort.name]: plain }, node: sort.node } : undefined;
}

function textValues(parameter: Parameter): string[] {
  return (parameter.shape.values ?? []).filter((value) => typeof value === "string");
}

/** `updated_at:asc`, `updated_at asc`, `+updated_at`, `asc(updated_at)`, `updated_at_asc`. */
function isAscending(value: string, column: string): boolean {
  const match = /^(?:(\+)([\w.]+)|([\w.]+?)[ :.,_-](asc|ascending)|(asc)\(([\w.]+)\))$/i.exec(value);
  const name = match?.[2] ?? match?.[3] ?? match?.[6];
  return name !== undefined && sameColumn(name, column);
}

/** Sources drop the ending of times: `updated` sorts by `updated_at`. */
function sameColumn(value: string, column: string): boolean {
  const [a, b] = [snake(value), snake(column)];
  if (/^-/.test(value)) return false;
  return a === b || a.replace(/_(at|on)$/, "") === b.replace(/_(at|on)$/, "");
}

function describedColumn(sort: Parameter, column: string): string | undefined {
  if (textValues(sort).length > 0) return undefined;
  return new RegExp(`[\`'"]${column.replace(/[^\w]/g, "\\$&")}[\`'"]`).test(sort.description) ? column : undefined;
}

function ascendingValue(direction: Parameter): string | undefined {
  const stated = textValues(direction).find((value) => /^asc(ending)?$/i.test(value));
  if (stated !== undefined) return stated;
  return /[`'"]asc[`'"]/.test(direction.description) ? "asc" : undefined;
}
