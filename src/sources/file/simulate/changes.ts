/**
 * Changes at the simulated place between two syncs. Only changes that a correct connector can see are made, so each may
 * touch fewer rows than asked for, or none:
 * - where files are told by name alone, none is ever changed: rows with a key of their own come again in a new file;
 * - a table in one file has no ties and nothing late;
 * - no file is of a time to come: whoever goes by the latest time alone is found by those that come late;
 * - rows without a key, but with `_file` and `_line`, are never updated unless their file is told by its time.
 */
import type { Json, Record_ } from "../../record.ts";
import type { Change } from "../../simulator.ts";
import {
  filesInOrder,
  freshName,
  isVaried,
  keyOf,
  keyText,
  makeRecord,
  rowsOf,
  type SimulatedFile,
  store,
  type TableState,
  truthOf,
  valueFor,
} from "./corpus.ts";

const HOUR = 3_600_000_000n;
/** Names before the first of all. */
const LATE_NAME = 100;

/** Returns the rows touched, as they are now; for `delete` as they were. */
export function makeChange(state: TableState, { kind, count }: Change): Record_[] {
  switch (kind) {
    case "insert":
      return isVaried(state)
        ? addFile(state, { records: fresh(state, count), micros: highest(state) + HOUR })
        : append(state, count);
    case "tie":
      if (!isVaried(state) || isByName(state)) return [];
      return addFile(state, { records: fresh(state, count), micros: highest(state) });
    case "late":
      return insertLate(state, count);
    case "ahead":
      return [];
    case "update":
      return update(state, count);
    case "delete":
      return remove(state, count);
  }
}

export function isByName({ table }: TableState): boolean {
  return table.advance.kind === "files" && table.advance.by === "name";
}

/** Whether a row is told by something in itself, and not by its place in a file. */
export function hasOwnKey({ ownKey, table }: TableState): boolean {
  return ownKey.length > 0 && !table.primary_key.includes("_line") && !table.primary_key.includes("_file");
}

function fresh(state: TableState, count: number): Record_[] {
  return Array.from({ length: count }, () => makeRecord(state));
}

export function highest(state: TableState): bigint {
  return state.files.reduce((max, { micros }) => (micros > max ? micros : max), 0n);
}

function addFile(state: TableState, made: { records: Record_[]; micros: bigint; name?: string }): Record_[] {
  const file: SimulatedFile = { name: made.name ?? freshName(state), closed: state.files.length % 2 === 0, ...made };
  state.files.push(file);
  store(state, [file]);
  return changedRows(state, file);
}

/** Rows of a file that was put there. */
export function changedRows(state: TableState, file: SimulatedFile): Record_[] {
  const now = new Map(truthOf(state).map((row) => [keyText(state, row), row]));
  // What a later file says otherwise of is not touched.
  return rowsOf(state, file).filter(
    (row) => state.table.primary_key.length === 0 || now.get(keyText(state, row))?._file === file.name,
  );
}

function append(state: TableState, count: number): Record_[] {
  const [file] = state.files;
  if (file === undefined || isByName(state)) return [];
  file.records.push(...fresh(state, count));
  file.micros += HOUR;
  store(state, [file]);
  return rowsOf(state, file);
}

/**
 * A file that arrives with a time, or a name, before others. Where rows have a key of their own it also has an older
 * version of a row in the last file: that one must not win.
 */
function insertLate(state: TableState, count: number): Record_[] {
  if (!isVaried(state)) return [];
  const inOrder = filesInOrder(state);
  const last = inOrder.at(-1);
  if (last === undefined) return [];
  const records = fresh(state, count);
  const old = last.records.at(-1);
  if (hasOwnKey(state) && old !== undefined) records.push(changed(state, ownPart(state, old)));
  if (!isByName(state)) {
    const made = addFile(state, { records, micros: highest(state) - HOUR / 2n });
    // The row that it has an older version of stays as it is, but comes again.
    const stays = records.length > count ? rowsOf(state, last).slice(-1) : [];
    return [...made, ...stays];
  }
  const late = state.files.filter(({ name }) => name < (inOrder[0]?.name ?? "")).length;
  return addFile(state, {
    records,
    micros: highest(state) + HOUR,
    name: freshName(state, LATE_NAME + late + state.files.length),
  });
}

function update(state: TableState, count: number): Record_[] {
  const chosen = state.random.shuffle(truthOf(state)).slice(0, count);
  if (hasOwnKey(state) && isVaried(state)) {
    const records = chosen.map((row) => changed(state, ownPart(state, row)));
    return addFile(state, { records, micros: highest(state) + HOUR });
  }
  const file = state.files.find(({ name }) => name === chosen[0]?._file);
  if (file === undefined || isByName(state)) return [];
  for (const row of chosen.filter(({ _file }) => _file === file.name)) {
    const at = Number(row._line) - 1;
    file.records[at] = changed(state, file.records[at] ?? {});
  }
  file.micros = highest(state) + HOUR;
  store(state, [file]);
  // The file's time is in each of its rows.
  return rowsOf(state, file);
}

function ownPart({ own }: TableState, row: Record_): Record_ {
  return Object.fromEntries(own.map(({ name }) => [name, row[name] ?? null]));
}

/** The record with another value in one column. */
function changed(state: TableState, record: Record_): Record_ {
  const candidates = state.own.filter((column) => !state.ownKey.includes(column));
  for (const [index, column] of state.random.shuffle(candidates).entries()) {
    for (let attempt = 0; attempt < 20; attempt++) {
      const value: Json = valueFor(state, column, { ordinal: 2 * attempt + 100, index });
      if (plain(value) !== plain(record[column.name] ?? null)) return { ...record, [column.name]: value };
    }
  }
  return record;
}

function plain(value: Json): string {
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? `${inner}n` : inner));
}

/** Rows at the end of a file, and the rows of a file that goes as a whole. */
function remove(state: TableState, count: number): Record_[] {
  if (isByName(state)) return [];
  const before = truthOf(state);
  const [longest, ...others] = state.files.toSorted((a, b) => b.records.length - a.records.length);
  if (longest === undefined || longest.records.length <= count) return [];
  longest.records.splice(-count);
  longest.micros = highest(state) + HOUR;
  store(state, [longest]);
  const gone = others.length > 1 ? others.at(-1) : undefined;
  if (gone !== undefined) {
    state.files.splice(state.files.indexOf(gone), 1);
    state.shelf.remove(gone.name);
  }
  const left = new Set(truthOf(state).map((row) => keyText(state, row)));
  const removed = before.filter((row) => !left.has(keyText(state, row)));
  state.deleted.push(...removed.map((row) => keyOf(state, row)));
  return removed;
}
