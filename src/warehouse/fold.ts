/**
 * Operations on one table folded by key: what they amount to, column by column. An entry is a whole row or a patch of
 * a row that may be in the table already. Folding is associative, so that folds compose.
 */
import type { Value } from "./values.ts";

/** Identifies a row within its table. */
export type Key = string | number | bigint | boolean;

export interface Fold {
  /** True when the table was truncated: all rows that are not in this fold are deleted, before its entries. */
  truncated: boolean;
  /** Number of entries. */
  size: number;
  /** Roughly the bytes it holds. */
  weight: number;
  index: Map<Key, number>;
  /** Values by slot, then by entry; a column may be missing or end early: null. */
  columns: (Value | null)[][];
  /** By entry: undefined for a whole row, else the slots that the patch sets. */
  patches: (ReadonlySet<number> | undefined)[];
  /** By entry: whether the row ends up deleted; undefined in a patch that leaves that as it is. */
  deleted: (boolean | undefined)[];
}

/** A row on its way into a fold: `cells[i]` belongs into `slots[i]`. */
export interface FoldRow {
  key: Key;
  slots: readonly number[];
  cells: readonly (Value | null)[];
}

const NOTHING: ReadonlySet<number> = new Set();
const CELL_WEIGHT = 12;
const ENTRY_WEIGHT = 60;

export function emptyFold(): Fold {
  return { truncated: false, size: 0, weight: 0, index: new Map(), columns: [], patches: [], deleted: [] };
}

/** The row is exactly this; columns not named are null. */
export function foldUpsert(fold: Fold, row: FoldRow): void {
  const known = fold.index.get(row.key);
  const at = known ?? addEntry(fold, row.key);
  if (known !== undefined) clearRow(fold, at);
  setCells(fold, at, row);
  fold.patches[at] = undefined;
  fold.deleted[at] = false;
}

/** Some columns of the row, if there is one. `set` holds the same slots as `row.slots`. */
export function foldUpdate(fold: Fold, row: FoldRow, set: ReadonlySet<number>): void {
  const known = fold.index.get(row.key);
  const at = known ?? addEntry(fold, row.key);
  setCells(fold, at, row);
  if (known === undefined) {
    fold.patches[at] = set;
    fold.deleted[at] = undefined;
    return;
  }
  const before = fold.patches[at];
  if (before !== undefined && before !== set) fold.patches[at] = new Set([...before, ...set]);
}

/** Marks the row deleted, if there is one. `row` holds the key columns, needed to find it later. */
export function foldDelete(fold: Fold, row: FoldRow): void {
  const known = fold.index.get(row.key);
  const at = known ?? addEntry(fold, row.key);
  if (known === undefined) {
    setCells(fold, at, row);
    fold.patches[at] = NOTHING;
  }
  fold.deleted[at] = true;
}

/** Marks all rows deleted that exist so far, here and in the table. */
export function foldTruncate(fold: Fold): void {
  fold.truncated = true;
  fold.deleted.fill(true);
}

/** Adds what `later` amounts to, as if its operations had come now. */
export function foldAll(fold: Fold, later: Fold): void {
  if (later.truncated) foldTruncate(fold);
  // Nearly always the later rows are rows of their own, and only have to be moved.
  const fresh: number[] = [];
  for (const [key, at] of later.index) {
    if (fold.index.has(key)) foldEntry(fold, later, { key, at });
    else fresh.push(at);
  }
  const start = fold.size;
  const keys = fresh.length === later.size ? later.index.keys() : freshKeys(fold, later);
  for (const key of keys) fold.index.set(key, fold.size++);
  for (const at of fresh) {
    fold.patches.push(later.patches[at]);
    fold.deleted.push(later.deleted[at]);
  }
  later.columns.forEach((source, slot) => {
    fold.columns[slot] ??= [];
    const column = fold.columns[slot] as (Value | null)[];
    while (column.length < start) column.push(null);
    for (const at of fresh) column.push(source[at] ?? null);
  });
  fold.weight += later.weight;
}

function* freshKeys(fold: Fold, later: Fold): Generator<Key> {
  for (const key of [...later.index.keys()]) {
    if (!fold.index.has(key)) yield key;
  }
}

/** Folds one entry of `later` into the entry of the same key. */
function foldEntry(fold: Fold, later: Fold, { key, at }: { key: Key; at: number }): void {
  const patch = later.patches[at];
  const slots = patch === undefined ? [...later.columns.keys()] : [...patch];
  const row = { key, slots, cells: slots.map((slot) => later.columns[slot]?.[at] ?? null) };
  if (patch === undefined) foldUpsert(fold, row);
  else foldUpdate(fold, row, patch);
  const deleted = later.deleted[at];
  if (deleted !== undefined) fold.deleted[fold.index.get(key) as number] = deleted;
}

function addEntry(fold: Fold, key: Key): number {
  const at = fold.size++;
  fold.index.set(key, at);
  fold.weight += ENTRY_WEIGHT;
  return at;
}

function setCells(fold: Fold, at: number, { slots, cells }: FoldRow): void {
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i] as number;
    let column = fold.columns[slot];
    if (column === undefined) {
      column = [];
      fold.columns[slot] = column;
    }
    // Padding keeps the array free of holes, which would make it slow.
    while (column.length < at) column.push(null);
    const cell = cells[i] ?? null;
    column[at] = cell;
    fold.weight += typeof cell === "string" || cell instanceof Uint8Array ? CELL_WEIGHT + cell.length : CELL_WEIGHT;
  }
}

function clearRow(fold: Fold, at: number): void {
  for (const column of fold.columns) {
    if (column !== undefined && at < column.length) column[at] = null;
  }
}
