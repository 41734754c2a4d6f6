/**
 * The rows of a simulated database and what happens to them between syncs. Only changes that a correct connector can see
 * are made, so each may touch fewer rows than asked for, or none: rows of a table without a key that is not read whole
 * are never updated, `tie` and `late` need a column to advance by, `late` a lookback, `ahead` a column of times.
 */
import { createRandom } from "../../http/simulate/random.ts";
import type { Json, Record_ } from "../../record.ts";
import type { Change } from "../../simulator.ts";
import type { DatabaseTable } from "../complete.ts";
import { aheadMark, lateMarks, type Marked, markColumn, marksAreKeys, nextMark, setMark } from "./marks.ts";
import type { TableWriter } from "./sql.ts";
import { keyValue, makeValue, type SimulatedColumn } from "./values.ts";

export interface TableState extends Marked {
  table: DatabaseTable;
  columns: SimulatedColumn[];
  writer: TableWriter;
  rows: Record_[];
  /** Marked as deleted: in the table, and in no destination. */
  flagged: Set<Record_>;
  deleted: Record_[];
  /** Keys that are taken, as text. */
  keys: Set<string>;
  created: number;
}

/** Rows per table: enough for ties, nulls and the ends of every type. */
const ROWS = 60;
const TIED_SHARE = 0.25;
const NULL_SHARE = 0.12;

export function createState(
  table: DatabaseTable,
  columns: SimulatedColumn[],
  given: { writer: TableWriter; seed: number; scale: number },
): TableState {
  const state: TableState = {
    table,
    columns,
    writer: given.writer,
    random: createRandom(given.seed, table.name),
    rows: [],
    flagged: new Set(),
    deleted: [],
    keys: new Set(),
    highest: undefined,
    living: false,
    created: 0,
  };
  const rows = ROWS * given.scale;
  for (let n = 0; n < rows; n++) {
    const tied = n > 0 && !marksAreKeys(state) && (n === rows - 1 || state.random.chance(TIED_SHARE));
    if (addRow(state, tied ? state.highest : nextMark(state)) === undefined) break;
  }
  return state;
}

export function truthOf(state: TableState): Record_[] {
  return structuredClone(state.rows.filter((row) => !state.flagged.has(row)));
}

/** Makes the change; returns the rows touched, as they are now (for `delete` as they were), and the SQL that makes it. */
export function makeChange(state: TableState, { kind, count }: Change): { rows: Record_[]; statements: string[] } {
  switch (kind) {
    case "insert":
      return inserted(
        state,
        Array.from({ length: count }, () => nextMark(state)),
      );
    case "tie":
      if (state.highest === undefined || marksAreKeys(state)) return { rows: [], statements: [] };
      return inserted(
        state,
        Array.from({ length: count }, () => state.highest),
      );
    case "late":
      return inserted(state, lateMarks(state, count));
    case "ahead":
      return insertedAhead(state, count);
    case "update":
      return updated(state, count);
    case "delete":
      return removed(state, count);
  }
}

function inserted(state: TableState, marks: (bigint | undefined)[]): { rows: Record_[]; statements: string[] } {
  const rows = marks.map((mark) => addRow(state, mark)).filter((row) => row !== undefined);
  return { rows: structuredClone(rows), statements: rows.length === 0 ? [] : [state.writer.insert(rows)] };
}

/** They do not count as the highest: from now on what changes bears the time at which it does. */
function insertedAhead(state: TableState, count: number): { rows: Record_[]; statements: string[] } {
  const mark = aheadMark(state);
  if (mark === undefined) return { rows: [], statements: [] };
  const { highest } = state;
  state.living = true;
  const made = inserted(
    state,
    Array.from({ length: count }, () => mark),
  );
  state.highest = highest;
  return made;
}

function updated(state: TableState, count: number): { rows: Record_[]; statements: string[] } {
  const { table, random, writer } = state;
  const marked = markColumn(state);
  const keyless = table.primary_key.length === 0;
  if (keyless && table.deletes.kind !== "absence") return { rows: [], statements: [] };
  if (marked !== undefined && table.primary_key.includes(marked.column.name)) return { rows: [], statements: [] };
  const live = random.shuffle(state.rows.filter((row) => !state.flagged.has(row) && state.rows[0] !== row));
  const statements: string[] = [];
  const rows: Record_[] = [];
  for (const row of live.slice(0, count)) {
    const before = structuredClone(keyOf(state, row));
    state.keys.delete(text(before));
    touch(state, row);
    state.keys.add(text(keyOf(state, row)));
    statements.push(writer.update(row, before));
    rows.push(row);
  }
  return { rows: structuredClone(rows), statements };
}

/** Changes a value, and moves the row on. */
function touch(state: TableState, row: Record_): void {
  const { table, random } = state;
  const marked = markColumn(state)?.column.name;
  const flag = table.deletes.kind === "flag" ? table.deletes.column : undefined;
  const free = state.columns.filter(
    ({ column: { name } }) => !table.primary_key.includes(name) && name !== marked && name !== flag,
  );
  for (const [index, simulated] of random.shuffle(free).entries()) {
    const { name } = simulated.column;
    const value = makeValue(simulated, random, { ordinal: 200 + 2 * index, index });
    if (text(value) === text(row[name] ?? null)) continue;
    row[name] = value;
    break;
  }
  moveOn(state, row);
}

/** To later than all others, where the table advances by a column. */
export function moveOn(state: TableState, row: Record_): void {
  const mark = nextMark(state);
  if (mark !== undefined) setMark(state, row, mark);
}

function removed(state: TableState, count: number): { rows: Record_[]; statements: string[] } {
  const { table, random, writer } = state;
  const statements: string[] = [];
  const gone: Record_[] = [];
  for (const row of random
    .shuffle(state.rows.slice(1))
    .filter((one) => !state.flagged.has(one))
    .slice(0, count)) {
    gone.push(structuredClone(row));
    state.deleted.push(structuredClone(table.primary_key.length === 0 ? row : keyOf(state, row)));
    if (table.deletes.kind === "flag") {
      flag(state, row);
      statements.push(writer.update(row, keyOf(state, row)));
    } else {
      statements.push(writer.remove(keyOf(state, row)));
      state.keys.delete(text(keyOf(state, row)));
      state.rows.splice(state.rows.indexOf(row), 1);
    }
  }
  return { rows: gone, statements };
}

function flag(state: TableState, row: Record_): void {
  const { table, columns } = state;
  if (table.deletes.kind !== "flag") return;
  const { column: name, values } = table.deletes;
  const column = columns.find(({ column: one }) => one.name === name);
  if (column === undefined) return;
  const [first] = values;
  if (first !== undefined) row[name] = column.column.type === "integer" ? Number(first) : first;
  else row[name] = column.column.type === "boolean" ? true : makeValue(column, state.random, { ordinal: 0, index: 0 });
  moveOn(state, row);
  state.flagged.add(row);
}

/** Undefined when no key is left. Without a key rows must differ in their values: a later ordinal has others. */
function addRow(state: TableState, mark: bigint | undefined): Record_ | undefined {
  for (let attempt = 0; attempt < (state.table.primary_key.length === 0 ? 50 : 1); attempt++) {
    const row = drawRow(state, mark);
    if (row !== undefined) return row;
    state.created += 1;
  }
  return undefined;
}

function drawRow(state: TableState, mark: bigint | undefined): Record_ | undefined {
  const { table, columns, random } = state;
  const ordinal = state.created;
  const row: Record_ = {};
  for (const [index, simulated] of columns.entries())
    row[simulated.column.name] = cell(state, simulated, { ordinal, index });
  const blank = table.primary_key.length > 0 && markColumn(state)?.column.nullable && (ordinal === 5 || ordinal === 9);
  if (mark !== undefined && !blank) setMark(state, row, mark);
  const key = text(keyOf(state, row));
  if (state.keys.has(key)) return undefined;
  state.keys.add(key);
  state.created += 1;
  state.rows.splice(random.int(Math.min(1, state.rows.length), state.rows.length), 0, row);
  return row;
}

function cell(state: TableState, simulated: SimulatedColumn, place: { ordinal: number; index: number }): Json {
  const { table, random } = state;
  const { column } = simulated;
  if (table.primary_key.includes(column.name)) return keyValue(simulated, keyNumber(state, column.name));
  if (table.deletes.kind === "flag" && table.deletes.column === column.name) {
    if (column.type === "boolean") return false;
    return column.nullable ? null : column.type === "integer" ? 0 : "";
  }
  if (column.name === markColumn(state)?.column.name) return null;
  // Row 0 has everything, so that no column is empty; another row surely lacks something.
  const forced = place.ordinal === 2 + 2 * (place.index % 3);
  if (column.nullable && place.ordinal > 0 && (forced || random.chance(NULL_SHARE))) return null;
  return makeValue(simulated, random, place);
}

/** The parts of a composite key repeat: only the whole of it tells rows apart. */
function keyNumber({ table, created }: TableState, name: string): number {
  const place = table.primary_key.indexOf(name);
  if (table.primary_key.length === 1) return created;
  const step = 4 ** place;
  return place === table.primary_key.length - 1 ? Math.floor(created / step) : Math.floor(created / step) % 4;
}

export function keyOf({ table }: TableState, row: Record_): Record_ {
  if (table.primary_key.length === 0) return row;
  return Object.fromEntries(table.primary_key.map((name) => [name, row[name] ?? null]));
}

function text(value: Json): string {
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? `${inner}n` : inner));
}
