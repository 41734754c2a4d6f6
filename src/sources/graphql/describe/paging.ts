/** How the pages of a list are asked for, and how large they may be. */
import { getNullableType, isRequiredArgument } from "graphql";
import type { GraphqlPaging } from "../../../artifacts/kinds/graphql.ts";
import { snake } from "../../http/describe/names.ts";
import { at, type Claimed, documented, type Field, type List, unproven } from "./draft.ts";

export interface PagingResult extends Claimed<GraphqlPaging> {
  /** GraphQL types of the paging's arguments. */
  types: Record<string, string>;
}

const OFFSETS = /^(offset|skip|start|start_?index|from)$/;
const LIMITS = /^(limit|take|first|count|size|per_?page|page_?size|max_?results|top)$/;
const PAGES = /^(page|page_?number|page_?no)$/;
const AFTERS = /^(after|cursor|after_?cursor|start_?cursor)$/;
const LARGEST =
  /\b(?:max(?:imum)?|at most|up to|no more than|not exceed|limited to|limit is|cannot exceed|between \d+ and)\D{0,24}?(\d{1,5})\b/i;
/** Where nothing is said: large enough to be quick, small enough to be allowed. */
const USUAL = 50;

/** Undefined unless a part of the list can be asked for by its place. */
export function offsetArguments({ args }: Field): { offset: string; limit: string } | undefined {
  const whole = args.filter(({ type }) => String(getNullableType(type)) === "Int");
  const offset = whole.find(({ name }) => OFFSETS.test(snake(name)))?.name;
  const limit = whole.find(({ name }) => LIMITS.test(snake(name)))?.name;
  return offset === undefined || limit === undefined ? undefined : { offset, limit };
}

/** Names of arguments that say which part of a list is wanted. */
export function pagingArguments({ args }: Field): string[] {
  return args
    .map(({ name }) => name)
    .filter((name) => [OFFSETS, LIMITS, PAGES, AFTERS, /^(before|last)$/].some((one) => one.test(snake(name))));
}

/** A text instead of a paging says why the list cannot be read whole. */
export function pagingOf({ owner, field, shape }: List): PagingResult | string {
  const types = Object.fromEntries(field.args.map(({ name, type }) => [name, String(type)]));
  const place = at(owner.name, field.name);
  if (shape.style === "connection") {
    const first = field.args.find(({ name }) => name === "first") ?? field.args.find((a) => LIMITS.test(snake(a.name)));
    const after = field.args.find(({ name }) => AFTERS.test(snake(name)));
    if (first === undefined || after === undefined)
      return "it has pages, but no arguments to ask for them (first, after)";
    const size = sizeOf(field, first.name);
    const total = shape.total === undefined ? {} : { total: shape.total };
    const names = { first: first.name, after: after.name };
    const value = { style: "connection" as const, ...names, size: size.value, nodes: shape.nodes, ...total };
    return { value, claim: sized(place, size), types: picked(types, [first.name, after.name]) };
  }
  const offset = offsetArguments(field);
  if (offset !== undefined) {
    const size = sizeOf(field, offset.limit);
    const records = shape.style === "envelope" ? shape.records : "";
    const total = shape.style === "envelope" && shape.total !== undefined ? { total: shape.total } : {};
    const value = { style: "offset" as const, ...offset, size: size.value, records, ...total };
    return { value, claim: sized(place, size), types: picked(types, [offset.offset, offset.limit]) };
  }
  const part = pagingArguments(field).filter((name) => !/^(before|last)$/.test(name));
  if (part.some((name) => PAGES.test(snake(name)))) return `its pages are asked for by number (${part.join(", ")})`;
  if (part.length > 0) return `it gives a part of the records (${part.join(", ")}), and no way to ask for the rest`;
  return { value: { style: "list" }, claim: documented([place], "a plain list, taken to be whole"), types: {} };
}

/** Arguments that must be sent, besides those that the paging sends. */
export function neededArguments(field: Field, sent: readonly string[]): string[] {
  return field.args.filter((arg) => isRequiredArgument(arg) && !sent.includes(arg.name)).map(({ name }) => name);
}

interface Size {
  value: number;
  stated: boolean;
}

function sizeOf(field: Field, argument: string): Size {
  const arg = field.args.find(({ name }) => name === argument);
  const words = [arg?.description, field.description].filter((text) => text != null).join(" ");
  const largest = Number(LARGEST.exec(words)?.[1] ?? "0");
  if (largest > 0) return { value: Math.min(largest, 250), stated: true };
  const usual = typeof arg?.defaultValue === "number" && arg.defaultValue > 0 ? arg.defaultValue : USUAL;
  return { value: Math.max(usual, USUAL), stated: false };
}

function sized(place: ReturnType<typeof at>, { value, stated }: Size): Claimed<unknown>["claim"] {
  if (stated) return documented([place]);
  return unproven(`The largest page is not documented; ${value} records are asked for.`, [place]);
}

function picked(types: Record<string, string>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, types[name] ?? "Int"]));
}
