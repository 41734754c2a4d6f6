/** What an answer of a source is made of, in a few lines: lists, fields with their types, order, and what is beside them. */

import { canonical } from "../sources/answers/canonical.ts";
import { atPath, isRecord, type Literal, literalOf, parseLiterally } from "../sources/answers/exact.ts";
import { listsIn } from "../sources/answers/lists.ts";
import { kindOf } from "../sources/answers/value-kinds.ts";
import type { Exchange } from "../sources/live.ts";
import type { Json, Record_ } from "../sources/record.ts";
import { parseMoment } from "../warehouse/text.ts";

export interface Shape {
  /** Where the records are; undefined when there is no list of records. */
  path: string | undefined;
  records: Record_[];
  /** Lines for a reader. */
  lines: string[];
}

const FIELDS = 40;
const BESIDE = 12;
const SAMPLE = 350;

/** The longest list of records is taken for the records. */
export function shapeOf(exchange: Exchange): Shape {
  const { json } = exchange;
  if (json === undefined) return { path: undefined, records: [], lines: [startOf(exchange)] };
  const errors = errorsIn(exchange);
  const lists = listsIn(json).filter(({ path }) => errors === undefined || path !== "errors");
  const main = lists.filter(({ records }) => records).sort((a, b) => b.length - a.length)[0];
  const records = main === undefined ? [] : (atPath(json, main.path) as Record_[]);
  const named = lists
    .slice(0, 8)
    .map(
      ({ path, length, records: some }) => `${shownPath(path)} ${length}${some || length === 0 ? "" : " (no records)"}`,
    );
  const lines = [
    ...(errors === undefined ? [] : [`errors: ${cut(errors, SAMPLE)}`]),
    lists.length === 0 ? "lists: none" : `lists: ${named.join(", ")}`,
    ...beside(json, [...lists.map(({ path }) => path), ...(errors === undefined ? [] : ["errors"])]),
    ...(main === undefined ? [] : recordLines(exchange, main.path, records)),
  ];
  return { path: main?.path, records, lines };
}

/** A refusal's list of errors, which is no table's: also that of GraphQL, whose queries go out as POST and come back as 200. */
function errorsIn({ json, status, method }: Exchange): string | undefined {
  if (!isRecord(json) || !Array.isArray(json.errors) || (status < 400 && method !== "POST")) return undefined;
  return canonical(json.errors);
}

function shownPath(path: string): string {
  return path === "" ? '"" (the answer itself)' : path;
}

function startOf({ body, method }: Exchange): string {
  if (body === "") return method === "HEAD" ? "no body, as asked" : "no body";
  return `no JSON, begins: ${cut(body.replace(/\s+/g, " "), 300)}`;
}

/** Plain values outside lists: totals, cursors, flags. */
function beside(json: Json, lists: readonly string[]): string[] {
  if (!isRecord(json)) return [];
  const found: string[] = [];
  const visit = (value: Json, path: string, depth: number): void => {
    if (lists.includes(path)) return;
    if (isRecord(value) && depth < 3) {
      for (const [name, member] of Object.entries(value))
        visit(member, path === "" ? name : `${path}.${name}`, depth + 1);
    } else if (!isRecord(value)) found.push(`${path} ${cut(canonical(value), 60)}`);
    else found.push(`${path} {…}`);
  };
  visit(json, "", 0);
  if (found.length === 0) return [];
  const more = found.length > BESIDE ? ` and ${found.length - BESIDE} more` : "";
  return [`beside: ${found.slice(0, BESIDE).join(", ")}${more}`];
}

function recordLines(exchange: Exchange, path: string, records: readonly Record_[]): string[] {
  const [first] = records;
  if (first === undefined) return [];
  const literal = exchange.cut ? undefined : parseLiterally(exchange.body);
  const list = literal === undefined ? undefined : atPath(literal, path);
  const rows = (Array.isArray(list) ? list : records.map(literalOf)) as { [field: string]: Literal }[];
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const fields = names.slice(0, FIELDS).map((name) => `${name}: ${typesOf(name, rows)}`);
  const more =
    names.length > FIELDS ? `; and ${names.length - FIELDS} more: ${cut(names.slice(FIELDS).join(", "), 300)}` : "";
  const orders = orderOf(names, records);
  return [
    `fields of ${records.length} records: ${fields.join("; ")}${more}`,
    ...(orders.length > 0 ? [`order: ${orders.join(", ")}`] : []),
    `first: ${cut(canonical(first), SAMPLE)}`,
  ];
}

/** `text (open, paid)`, `timestamp with a zone or null`, `integer, in 12 of 50`. */
function typesOf(name: string, rows: readonly { [field: string]: Literal }[]): string {
  const values = rows.map((row) => row[name]);
  const present = values.filter((value) => value !== undefined);
  const filled = present.filter((value) => value !== null);
  const kinds = [...new Set(filled.map(kindOf))];
  const texts = new Set(filled.filter((value) => typeof value === "string"));
  const few =
    kinds.join() === "text" && filled.length >= 8 && texts.size <= 4 && [...texts].every((text) => text.length <= 24);
  const [example] = filled;
  const inner =
    kinds.join() === "object" && example && typeof example === "object"
      ? ` {${cut(Object.keys(example).join(", "), 80)}}`
      : "";
  return [
    `${kinds.length === 0 ? "always null" : kinds.join(" or ")}${inner}`,
    few ? ` (${[...texts].join(", ")})` : "",
    filled.length < present.length && filled.length > 0 ? " or null" : "",
    present.length < rows.length ? `, in ${present.length} of ${rows.length}` : "",
  ].join("");
}

/** Which way the fields run that are in order: times and numbers before texts. `no column is sorted` where none is. */
export function orderOf(names: readonly string[], records: readonly Record_[]): string[] {
  if (records.length < 3) return [];
  const orders: string[] = [];
  const texts: string[] = [];
  for (const name of names) {
    const values = records.map((record) => record[name]);
    const marks = values.map(comparable);
    const plain = values.every((value) => typeof value === "string");
    const found = running(marks) ?? running(values.map((value) => (typeof value === "number" ? value : undefined)));
    if (found !== undefined) orders.push(`${name} ${found}`);
    else if (plain) {
      const way = running(values) ?? running(values.map((value) => value.toLowerCase()));
      if (way !== undefined) texts.push(`${name} ${way}`);
    }
  }
  return orders.length + texts.length === 0 ? ["no column is sorted"] : [...orders, ...texts].slice(0, 4);
}

/** Undefined when there are not three values, one is missing, or they run both ways. */
function running(marks: readonly (bigint | number | string | undefined)[]): "ascending" | "descending" | undefined {
  const known = marks.filter((mark) => mark !== undefined);
  if (known.length < marks.length || new Set(known).size < 3) return undefined;
  const pairs = known.slice(1).map((mark, index) => [known[index] as typeof mark, mark] as const);
  if (pairs.every(([a, b]) => a <= b)) return "ascending";
  return pairs.every(([a, b]) => a >= b) ? "descending" : undefined;
}

/** A time or a whole number to compare by; undefined for anything else. */
export function comparable(value: Json | undefined): bigint | undefined {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : undefined;
  if (typeof value !== "string") return undefined;
  if (/^-?\d{1,18}$/.test(value)) return BigInt(value);
  const moment = parseMoment(value);
  return moment === undefined ? undefined : BigInt(moment.micros);
}

export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}
