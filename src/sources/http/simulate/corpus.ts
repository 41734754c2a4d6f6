/**
 * The rows of a simulated source: what they are, how one is added, and what a complete sync must have of them. The same
 * blueprint and seed give the same rows.
 */
import type { Column } from "../../../artifacts/blueprint.ts";
import type { Json, Record_ } from "../../record.ts";
import { compareMarks } from "./cursor.ts";
import { writeJson } from "./exact.ts";
import type { Living } from "./living.ts";
import { markColumn, type TablePlan } from "./plan.ts";
import { createRandom, type Random } from "./random.ts";
import type { Mark } from "./series.ts";
import { keyValue, makeValue, plainInteger, typedLiteral, writeTime } from "./values.ts";

/** What a row's place in a listing follows from. */
export interface ListPlace {
  /** Number in its table, in order of creation. */
  ordinal: number;
  /** Place in listings that are not sorted by the cursor; in [0, 1). */
  position: number;
  /** Value of the cursor or of the steps' column. */
  mark: Mark | undefined;
}

export interface Row extends ListPlace {
  /** As served. Decimals are the text of their digits. */
  record: Record_;
  /** Columns taken from the parent. */
  bound: Record_;
  parent: Row | undefined;
  /** Deleted, but still listed. */
  flagged: boolean;
  /** Columns whose numbers have come to be served as text. */
  texts?: ReadonlySet<string>;
}

/** An entry of the list of deleted keys. */
export interface FeedEntry {
  key: Record_;
  /** When the row was deleted, microseconds since 1970. */
  at: bigint;
}

export interface TableState {
  plan: TablePlan;
  random: Random;
  /** Everything that is listed, flagged rows included. */
  rows: Row[];
  /** Keys deleted since the start; whole rows where the table has no key. */
  deleted: Record_[];
  feed: FeedEntry[];
  /** Latest time in `feed`, microseconds since 1970. */
  feedClock: bigint;
  /** The highest mark that was ever listed: a deleted row may have had it. */
  highest: Mark | undefined;
  /** The same per parent, for steps, whose ids start anew under each. */
  highestStep: Map<Row | undefined, bigint>;
  /** Set from when on the source moves while it is read. */
  living?: Living;
  /** Identities in use or used once; a key never comes back. */
  taken: Set<string>;
  /** Next number for keys, per parent where they repeat. */
  counters: Map<Row | undefined, number>;
  created: number;
  /** Characters that are added to a text of each row. */
  padding: number;
}

export type Corpus = ReadonlyMap<string, TableState>;

/** First time in feeds: after all first rows, before every change. */
const FEED_START = 1_735_689_600_000_000n;
const NULL_SHARE = 0.12;

export function createState(plan: TablePlan, seed: number): TableState {
  return {
    plan,
    random: createRandom(seed, plan.table.name),
    rows: [],
    deleted: [],
    feed: [],
    feedClock: FEED_START,
    highest: undefined,
    highestStep: new Map(),
    taken: new Set(),
    counters: new Map(),
    created: 0,
    padding: 0,
  };
}

/** Adds a row. Undefined when no key is left, as in a table whose key is a boolean. */
export function addRow(state: TableState, place: Place): Row | undefined {
  const key = drawKey(state, place);
  if (key === undefined) return undefined;
  if (state.plan.table.primary_key.length > 0) return keep(state, makeRow(state, key, place));
  // Without a key rows must differ in their values. A later ordinal has other values.
  for (let attempt = 0; attempt < 100; attempt++) {
    const row = makeRow(state, key, place);
    if (take(state, writeJson({ ...row.record, ...row.bound }))) return keep(state, row);
    state.created += 1;
  }
  return undefined;
}

interface Place {
  parent: Row | undefined;
  mark: Mark | undefined;
}

function makeRow(state: TableState, key: Record_, place: Place): Row {
  return {
    ordinal: state.created,
    position: state.random.next(),
    record: makeRecord(state, { key, mark: place.mark }),
    bound: boundOf(state.plan, place.parent),
    parent: place.parent,
    mark: place.mark,
    flagged: false,
  };
}

function keep(state: TableState, row: Row): Row {
  state.created += 1;
  state.rows.push(row);
  noteMark(state, row);
  return row;
}

/** A key no row has and none will have: what a list of deletes shows of times before the first sync. */
export function retireKey(state: TableState, parent: Row | undefined): Record_ | undefined {
  const column = markColumn(state.plan);
  if (column !== undefined && state.plan.table.primary_key.includes(column)) return undefined;
  const key = drawKey(state, { parent, mark: undefined });
  return key === undefined ? undefined : keyOf(state.plan, { ...key, ...boundOf(state.plan, parent) });
}

/** The row as the destination must have it. */
export function truthRow(row: Row): Record_ {
  return structuredClone({ ...row.record, ...row.bound });
}

export function keyOf(plan: TablePlan, row: Record_): Record_ {
  if (plan.table.primary_key.length === 0) return row;
  return Object.fromEntries(plan.table.primary_key.map((name) => [name, row[name] ?? null]));
}

/** Moves a row to a mark and writes it into the record. */
export function setMark(state: TableState, row: Row, mark: Mark): void {
  row.mark = mark;
  const written = writeMark(state, mark);
  const column = markColumn(state.plan);
  if (column !== undefined && written !== undefined) row.record[column] = written;
  noteMark(state, row);
}

export function setFlag(state: TableState, row: Row, flagged: boolean): void {
  const { flag } = state.plan;
  if (flag === undefined) return;
  row.flagged = flagged;
  row.record[flag.column] = flagValue(state, flagged);
}

/** A parameter or a placeholder writes a value like this. */
export function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : writeJson(value ?? null);
}

function makeRecord(state: TableState, given: { key: Record_; mark: Mark | undefined }): Record_ {
  const { plan } = state;
  const record: Record_ = {};
  for (const [index, column] of plan.columns.entries()) {
    record[column.name] = given.key[column.name] ?? makeCell(state, column, { index, mark: given.mark });
  }
  return record;
}

function makeCell(state: TableState, column: Column, place: { index: number; mark: Mark | undefined }): Json {
  const { plan, random, created } = state;
  if (column.name === markColumn(plan) && place.mark !== undefined) return writeMark(state, place.mark) ?? null;
  if (column.name === plan.flag?.column) return flagValue(state, false);
  if (plan.unique.has(column.name)) return keyValue(column, created);
  // Row 0 has everything, so that no column is empty; another row surely lacks something.
  const forced = created === 2 + 2 * (place.index % 3);
  if (column.nullable && created > 0 && !plan.table.read.single && (forced || random.chance(NULL_SHARE))) return null;
  const value = makeValue(column, random, { ordinal: created, index: place.index, sparse: plan.sparse });
  return column === paddedColumn(state) ? `${String(value)} ${".".repeat(state.padding)}` : value;
}

/** The first column of free text; undefined where there is none, or nothing is padded. */
function paddedColumn({ plan, padding }: TableState): Column | undefined {
  if (padding === 0) return undefined;
  const bound = new Set([...plan.table.primary_key, ...plan.unique, markColumn(plan), plan.flag?.column]);
  return plan.columns.find(({ name, type, values }) => type === "string" && !values?.length && !bound.has(name));
}

function writeMark(state: TableState, mark: Mark): Json | undefined {
  if (state.plan.cursor !== undefined) return state.plan.cursor.write(mark, state.random);
  if (typeof mark !== "bigint") return undefined;
  // Some sources keep running numbers as text.
  const column = state.plan.columns.find(({ name }) => name === markColumn(state.plan));
  return column?.type === "string" ? String(mark) : plainInteger(mark);
}

function noteMark(state: TableState, row: Row): void {
  const { mark } = row;
  if (mark === undefined) return;
  if (state.highest === undefined || compareMarks(mark, state.highest) > 0) state.highest = mark;
  const step = state.highestStep.get(row.parent);
  if (typeof mark === "bigint" && (step === undefined || mark > step)) state.highestStep.set(row.parent, mark);
}

function boundOf(plan: TablePlan, parent: Row | undefined): Record_ {
  if (parent === undefined) return {};
  const whole = { ...parent.record, ...parent.bound };
  return Object.fromEntries(plan.bind.map((bind) => [bind.column, whole[bind.parent_column] ?? null]));
}

function flagValue(state: TableState, flagged: boolean): Json {
  const { plan, random } = state;
  const column = plan.columns.find((candidate) => candidate.name === plan.flag?.column);
  const values = plan.flag?.values ?? [];
  if (column === undefined) return null;
  if (values.length > 0) return flagged ? typedLiteral(column, random.pick(values)) : liveValue(column, values, random);
  if (column.type === "boolean") return flagged;
  if (!flagged) return null;
  const timed = column.type === "timestamp" || column.type === "date" || column.type === "local_timestamp";
  if (timed) return writeTime(column, FEED_START + BigInt(random.int(0, 1_000_000)) * 1_000_000n, random);
  return makeValue(column, random, { ordinal: 0, index: 0 });
}

/** A value of the flag's column that does not mean deleted. */
function liveValue(column: Column, deleted: readonly string[], random: Random): Json {
  const listed = (column.values ?? []).filter((value) => !deleted.includes(String(value)));
  if (listed.length > 0) return typedLiteral(column, random.pick(listed));
  const candidates: Json[] =
    column.type === "boolean" ? [false, true] : column.type === "string" ? ["active", "live", "current"] : [0, 1, 2, 3];
  return candidates.find((value) => !deleted.includes(String(value))) ?? null;
}

/** Draws own key columns until the whole key is new. The cursor's column, if it is in the key, is given by the mark. */
function drawKey(state: TableState, place: { parent: Row | undefined; mark: Mark | undefined }): Record_ | undefined {
  const { plan } = state;
  if (plan.table.primary_key.length === 0) return {};
  const marked = markColumn(plan);
  const drawn = plan.ownKey.filter((column) => column.name !== marked);
  const counted = plan.ownKey.length === 1;
  for (let attempt = 0; attempt < 400; attempt++) {
    const key: Record_ = {};
    for (const column of drawn)
      key[column.name] = keyValue(column, counted ? count(state, place.parent) : drawNumber(state, attempt));
    const identity = { ...key, ...boundOf(plan, place.parent) };
    const whole = plan.table.primary_key.map((name) =>
      name === marked ? String(place.mark) : writeJson(identity[name] ?? null),
    );
    if (take(state, JSON.stringify(whole))) return key;
    if (drawn.length === 0) return undefined;
  }
  return undefined;
}

/** The parts of a composite key repeat: only the whole of it tells rows apart. */
function drawNumber(state: TableState, attempt: number): number {
  return state.random.int(0, 7 + attempt);
}

function count(state: TableState, parent: Row | undefined): number {
  const scope = state.plan.keyRepeats ? parent : undefined;
  const n = state.counters.get(scope) ?? 0;
  state.counters.set(scope, n + 1);
  return n;
}

function take(state: TableState, identity: string): boolean {
  if (state.taken.has(identity)) return false;
  state.taken.add(identity);
  return true;
}
