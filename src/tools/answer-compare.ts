/** Two answers of a source held against each other: which records are shared, and what a parameter has changed. */

import { canonical, valuesText } from "../sources/answers/canonical.ts";
import type { Record_ } from "../sources/record.ts";
import { counted } from "../wording/numbers.ts";
import { comparable } from "./answer-shape.ts";

export interface Compared {
  /** 1-based, as the model counts. */
  number: number;
  params: Readonly<Record<string, string>>;
  records: readonly Record_[];
}

const SIZE = /size|limit|per_?page|page_?len|max|count|top|rows|take|first/i;

/** Sentences on `one`, seen from `other`, which was asked before it. */
export function compareAnswers(one: Compared, other: Compared): string[] {
  const key = likelyKey([...one.records], [...other.records]);
  return [...edgeWords(one, other, key), sharedWords(one, other, key)];
}

/** The earlier one that differs in the fewest parameters; of several the first. */
export function nearestRequest<T extends Pick<Compared, "params">>(
  one: Pick<Compared, "params">,
  earlier: readonly T[],
): T | undefined {
  return [...earlier].sort((a, b) => changedParams(one, a).length - changedParams(one, b).length)[0];
}

/** `asked per_page=1000, got 100 records`. */
export function sizeWords(params: Readonly<Record<string, string>>, count: number): string | undefined {
  const [name, value] = Object.entries(params).find(([one, text]) => SIZE.test(one) && /^\d{1,7}$/.test(text)) ?? [];
  if (name === undefined || count === 0) return undefined;
  const asked = Number(value);
  const how = count === asked ? "as asked" : count < asked ? "fewer: clamped, or there are no more" : "more: ignored";
  return `asked ${name}=${value}, got ${count} records (${how})`;
}

function changedParams(one: Pick<Compared, "params">, other: Pick<Compared, "params">): string[] {
  const names = new Set([...Object.keys(one.params), ...Object.keys(other.params)]);
  return [...names].filter((name) => one.params[name] !== other.params[name]);
}

/** A field that tells all records of both answers apart. */
export function likelyKey(...lists: readonly Record_[][]): string | undefined {
  const [first] = lists.flat();
  if (first === undefined) return undefined;
  const rank = (name: string) =>
    /^_?(id|uuid|guid)$/i.test(name) ? 0 : /(id|uuid|guid|key|code|number)$/i.test(name) ? 1 : 2;
  const names = Object.keys(first)
    .filter((name) => rank(name) < 2)
    .sort((a, b) => rank(a) - rank(b));
  return names.find((name) =>
    lists.every((records) => {
      const texts = records.map((record) => valuesText(record, [name]));
      return !texts.includes(undefined) && new Set(texts).size === records.length;
    }),
  );
}

function nameOf(record: Record_, key: string | undefined): string {
  return (key === undefined ? undefined : valuesText(record, [key])) ?? canonical(record);
}

function sharedWords(one: Compared, other: Compared, key: string | undefined): string {
  const known = new Map(other.records.map((record) => [nameOf(record, key), canonical(record)]));
  const own = new Set(one.records.map((record) => nameOf(record, key)));
  const shared = one.records.filter((record) => known.has(nameOf(record, key)));
  const altered = shared.filter((record) => known.get(nameOf(record, key)) !== canonical(record)).length;
  const gone = [...known.keys()].filter((name) => !own.has(name)).length;
  const by = key === undefined ? "by their whole text" : `by ${key}`;
  if (
    one.records.length === other.records.length &&
    shared.length === one.records.length &&
    altered === 0 &&
    gone === 0
  ) {
    return `the same ${one.records.length} records as request ${other.number}`;
  }
  return [
    `shares ${shared.length} of ${one.records.length} records with request ${other.number} (${by})`,
    `${one.records.length - shared.length} are new`,
    `${gone} of the ${other.records.length} there are not here`,
    ...(altered > 0 ? [`${altered} shared ones differ in their values`] : []),
  ].join(", ");
}

/** Rows of the other answer that equal the one value that was changed, and how many of them are here. */
function edgeWords(one: Compared, other: Compared, key: string | undefined): string[] {
  const [param, another] = changedParams(one, other);
  const text = param === undefined ? undefined : one.params[param];
  const bound = comparable(text);
  if (param === undefined || another !== undefined || bound === undefined || !filters(param)) return [];
  const here = new Set(one.records.map((record) => nameOf(record, key)));
  return fieldsFor(param, bound, [...one.records, ...other.records]).flatMap((name) => {
    const equal = other.records.filter((record) => comparable(record[name]) === bound);
    const kept = equal.filter((record) => here.has(nameOf(record, key))).length;
    const were = counted(equal.length, "record");
    return equal.length === 0
      ? []
      : [`of ${were} of request ${other.number} whose ${name} is ${text}, ${kept} are here`];
  });
}

/** One sentence per parameter that looks like a filter: how the records that came lie to its value. */
export function filterWords({ params, records }: Pick<Compared, "params" | "records">): string[] {
  if (records.length === 0) return [];
  return Object.entries(params).flatMap(([param, text]) => {
    if (!filters(param)) return [];
    const bound = comparable(text);
    const words = bound === undefined ? sameWords(param, text, records) : boundWords({ param, text, bound }, records);
    return words === undefined ? [] : [`${param}: ${words}`];
  });
}

function filters(param: string): boolean {
  return !SIZE.test(param) && !/page|offset|skip|cursor|^start$|sort|order|fields|include|expand/i.test(param);
}

/** `all 20 have status open`; undefined where no field is called as the parameter. */
function sameWords(param: string, text: string, records: readonly Record_[]): string | undefined {
  const values = records.map((record) => record[param]).filter((value) => ["string", "boolean"].includes(typeof value));
  if (values.length < records.length) return undefined;
  const others = values.filter((value) => String(value) !== text).length;
  return others === 0
    ? `all ${records.length} have ${param} ${text}`
    : `${others} of ${records.length} have another ${param} than ${text}`;
}

interface Bound {
  param: string;
  text: string;
  bound: bigint;
}

const UPPER = ["before", "until", "to", "end", "max", "lt", "lte", "less", "upper"];

/** Of several fields only those that keep to the value, where there are such. */
function boundWords({ param, text, bound }: Bound, records: readonly Record_[]): string | undefined {
  const shown = `${text}${/^\d{4}-\d\d-\d\d$/.test(text) ? " (start of the day)" : ""}`;
  const upper = wordsOf(param).some((word) => UPPER.includes(word));
  const lines = fieldsFor(param, bound, records).map((name) => {
    const marks = records.map((record) => comparable(record[name])).filter((mark) => mark !== undefined);
    const [below, equal] = [marks.filter((mark) => mark < bound).length, marks.filter((mark) => mark === bound).length];
    const out = upper ? marks.length - below - equal : below;
    const none = marks.length < records.length ? `, ${records.length - marks.length} have none` : "";
    if (out > 0) {
      return {
        kept: false,
        says: `${out} of ${marks.length} have ${name} ${upper ? "above" : "below"} ${shown}${none}`,
      };
    }
    const on = equal === 0 ? "" : `, ${equal} of them exactly that`;
    const how = equal === marks.length ? `${shown}` : `${upper ? "<=" : ">="} ${shown}${on}`;
    return { kept: true, says: `all ${marks.length} have ${name} ${how}${none}` };
  });
  const kept = lines.filter((line) => line.kept);
  const words = (kept.length > 0 ? kept : lines).map(({ says }) => says);
  return words.length === 0 ? undefined : words.join("; ");
}

/** Fields that a value of the parameter can be about: those it is named after, else those of its kind. */
function fieldsFor(param: string, bound: bigint, records: readonly Record_[]): string[] {
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))].filter((name) => {
    const marks = records.map((record) => comparable(record[name])).filter((mark) => mark !== undefined);
    return marks.length > 0 && sameScale(bound, marks);
  });
  const exactly = names.filter((name) => name === param);
  const asked = wordsOf(param).map(stem);
  const alike = names.filter((name) => wordsOf(name).some((word) => word.length > 3 && asked.includes(stem(word))));
  return (exactly.length > 0 ? exactly : alike.length > 0 ? alike : names).slice(0, 3);
}

function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split(/[^a-z]+/);
}

/** `updated`, `updates` and `update` are one word. */
function stem(word: string): string {
  return word.replace(/(ied|ies|ed|es|e|s|d)$/, "");
}

/** Whether values and a bound can be of one kind: not an id held against a time. */
function sameScale(bound: bigint, marks: readonly bigint[]): boolean {
  const digits = (value: bigint) => String(value < 0n ? -value : value).length;
  return marks.some((mark) => Math.abs(digits(mark) - digits(bound)) <= 1);
}
