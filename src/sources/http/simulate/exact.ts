/**
 * JSON written exactly: integers of any size and decimals of any length as plain digits, which `JSON.stringify`
 * cannot do. Also puts values at dotted paths, as an answer's envelope needs it.
 */
import type { Json } from "../../record.ts";

const DIGITS = Symbol("digits");

/** A number given by its digits. */
export interface Digits {
  readonly [DIGITS]: string;
}
export type Exact = Json | Digits | readonly Exact[] | { readonly [key: string]: Exact };
export interface ExactObject {
  [key: string]: Exact;
}

/** Throws `TypeError` when `text` is not a JSON number. */
export function digits(text: string): Digits {
  if (!/^-?(0|[1-9]\d*)(\.\d+)?$/.test(text)) throw new TypeError(`${text} is not a number in plain digits`);
  return { [DIGITS]: text };
}

export function writeJson(value: Exact): string {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (isList(value)) return `[${value.map(writeJson).join(",")}]`;
  if (isDigits(value)) return value[DIGITS];
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${writeJson(member)}`);
  return `{${members.join(",")}}`;
}

/** Thrown when a path leads through something that is not an object, or to a place already taken. */
export class PathConflict extends Error {
  override readonly name = "PathConflict";
}

/** Puts `value` at a dotted path, making the objects on the way. Throws `PathConflict`. */
export function putAt(root: ExactObject, path: string, value: Exact): void {
  const steps = path.split(".");
  const last = steps.pop() ?? "";
  let place = root;
  for (const step of steps) {
    const next = Object.hasOwn(place, step) ? place[step] : {};
    if (!isPlainObject(next)) throw new PathConflict(`"${step}" in the path "${path}" is not an object`);
    place[step] = next;
    place = next;
  }
  if (Object.hasOwn(place, last)) throw new PathConflict(`two values belong at the path "${path}"`);
  place[last] = value;
}

function isList(value: Exact): value is readonly Exact[] {
  return Array.isArray(value);
}

function isDigits(value: object): value is Digits {
  return DIGITS in value;
}

function isPlainObject(value: Exact | undefined): value is ExactObject {
  return typeof value === "object" && value !== null && !isList(value) && !isDigits(value);
}
