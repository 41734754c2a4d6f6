/**
 * Changes at the simulated source between two syncs. Only changes that a correct connector can see are made, so each
 * may touch fewer rows than asked for, or none:
 * - `single` records are only updated;
 * - rows whose cursor is their key, rows read in ranges of ids, and rows without a key that are not read whole are
 *   never updated: nothing would show it, or the old row would stay;
 * - `tie` and `late` need a cursor, `late` a lookback; a cursor that is the whole key has no ties;
 * - `ahead` needs a cursor of times, and a source that lives; whoever has to name the end of what he asks for names the
 *   present, and is not shown what is still to come;
 * - a row is not deleted where its children's deletion could not show.
 *
 * Deleting a parent deletes its children. A new parent has none but `single` ones; the next row that is inserted in a
 * child table is its.
 *
 * Once the source lives (`living.ts`), changes bear the present time.
 */
import type { Record_ } from "../../record.ts";
import type { Change } from "../../simulator.ts";
import { addRow, type Corpus, keyOf, type Row, setFlag, setMark, type TableState, truthRow } from "./corpus.ts";
import { marksAreKeys, nextStep, widestGap } from "./first-rows.ts";
import { DAY } from "./instant.ts";
import { chosenFrom, latestMark, presentMark } from "./living.ts";
import { markColumn, type TablePlan } from "./plan.ts";
import type { Mark } from "./series.ts";
import { makeValue } from "./values.ts";

/** Returns the rows touched, as they are now; for `delete` as they were. Throws for a table there is not. */
export function makeChange(corpus: Corpus, change: Change): Record_[] {
  const state = stateOf(corpus, change.table);
  switch (change.kind) {
    case "insert":
      return insert(corpus, state, { count: change.count, mark: (parent) => nextMark(state, parent) });
    case "tie": {
      const { cursor } = state.plan;
      if (cursor === undefined || state.highest === undefined || marksAreKeys(state.plan)) return [];
      const latest = latestMark(state, cursor);
      return insert(corpus, state, { count: change.count, mark: () => latest });
    }
    case "late":
      return insertLate(corpus, state, change.count);
    case "ahead":
      return insertAhead(corpus, state, change.count);
    case "update":
      return update(state, change.count);
    case "delete":
      return remove(corpus, state, change.count);
  }
}

export function stateOf(corpus: Corpus, table: string): TableState {
  const state = corpus.get(table);
  if (state === undefined) throw new RangeError(`the simulated source has no table ${table}`);
  return state;
}

function insert(
  corpus: Corpus,
  state: TableState,
  options: { count: number; mark: (parent: Row | undefined) => Mark | undefined },
): Record_[] {
  if (state.plan.table.read.single) return [];
  const added: Row[] = [];
  for (let i = 0; i < options.count; i++) {
    const parent = pickParent(corpus, state, i);
    if (parent === "none") break;
    const row = addRow(state, { parent, mark: options.mark(parent) });
    if (row === undefined) continue;
    added.push(row);
    addSingles(corpus, state.plan, row);
  }
  return added.map(truthRow);
}

function insertLate(corpus: Corpus, state: TableState, count: number): Record_[] {
  const { cursor } = state.plan;
  const highest = cursor && (presentMark(state, cursor) ?? state.highest);
  if (cursor === undefined || state.highest === undefined || highest === undefined) return [];
  if (cursor.before(highest, state.random, "all") === undefined) return [];
  // The first lies exactly at the end of the lookback, the others within it.
  let first = true;
  const mark = () => {
    // Time goes on at a source that lives: by when it is asked again, the end of the lookback has moved.
    const by = state.living !== undefined ? "half" : first ? "all" : "any";
    const chosen = cursor.before(highest, state.random, by);
    first = false;
    return chosen;
  };
  return insert(corpus, state, { count, mark });
}

/** No zone on earth is there yet. */
const AHEAD = 2n * DAY;

/** Does not count as the highest mark: what comes later bears the time at which it comes. */
function insertAhead(corpus: Corpus, state: TableState, count: number): Record_[] {
  const { cursor } = state.plan;
  const { living, highest, random } = state;
  if (living === undefined || !cursor?.timed || cursor.advance.window !== undefined) return [];
  const rows = insert(corpus, state, { count, mark: () => cursor.at(living.now() + AHEAD, highest, random) });
  state.highest = highest;
  return rows;
}

/** Later than every mark there ever was, but for those that are still to come. */
export function nextMark(state: TableState, parent: Row | undefined): Mark | undefined {
  const { cursor, steps } = state.plan;
  if (steps !== undefined) return nextStep(state, parent);
  if (cursor === undefined) return undefined;
  const present = presentMark(state, cursor);
  if (present !== undefined) return present;
  return cursor.after(state.highest ?? cursor.series(1, state.random, true)[0] ?? 0n, state.random);
}

/** The newest parent first: children of a parent that a connector does not know yet are easily missed. */
function pickParent(corpus: Corpus, state: TableState, index: number): Row | undefined | "none" {
  if (state.plan.parent === undefined) return undefined;
  const live = stateOf(corpus, state.plan.parent.table.name).rows.filter((row) => !row.flagged);
  const newest = live.at(-1);
  if (newest === undefined) return "none";
  return index === 0 ? newest : state.random.pick(live);
}

/** Where a parent always has its one record, a new parent has it, too. */
function addSingles(corpus: Corpus, plan: TablePlan, parent: Row): void {
  for (const child of plan.children.filter((candidate) => candidate.table.read.single)) {
    const state = stateOf(corpus, child.table.name);
    const row = addRow(state, { parent, mark: nextMark(state, parent) });
    if (row !== undefined) addSingles(corpus, child, row);
  }
}

/** Whether rows that were there before may come anew. */
export function isUpdated({ table, cursor, steps }: TablePlan): boolean {
  const cursorInKey = cursor !== undefined && table.primary_key.includes(cursor.column);
  const keyless = table.primary_key.length === 0 && table.deletes.kind !== "absence";
  return !cursorInKey && !keyless && steps === undefined;
}

function update(state: TableState, count: number): Record_[] {
  if (!isUpdated(state.plan)) return [];
  const live = state.rows.filter((row) => !row.flagged);
  const chosen = chosenFrom(state, live).slice(0, count);
  return chosen.filter((row) => touch(state, row)).map(truthRow);
}

/** Changes a value and moves the cursor on. False when the row has nothing that can change. */
function touch(state: TableState, row: Row): boolean {
  const { plan, random } = state;
  const fixed = new Set([...plan.table.primary_key, ...plan.unique, markColumn(plan), plan.flag?.column]);
  const candidates = plan.columns.filter((column) => !fixed.has(column.name));
  let changed = false;
  for (const column of random.shuffle(candidates)) {
    const before = row.record[column.name];
    for (let attempt = 0; attempt < 20 && !changed; attempt++) {
      const value = makeValue(column, random, { ordinal: 2 * attempt + 100, index: 0 });
      changed = JSON.stringify(value, bigintText) !== JSON.stringify(before, bigintText);
      if (changed) row.record[column.name] = value;
    }
    if (changed) break;
  }
  const mark = nextMark(state, row.parent);
  if (mark === undefined) return changed;
  setMark(state, row, mark);
  return true;
}

function remove(corpus: Corpus, state: TableState, count: number): Record_[] {
  if (state.plan.table.read.single) return [];
  if (state.plan.flag !== undefined && state.plan.table.primary_key.length === 0) return [];
  state.feedClock = state.living?.now() ?? state.feedClock + BigInt(state.random.int(1, 3600)) * 1_000_000n;
  const gone: Record_[] = [];
  for (const row of chosenFrom(state, state.rows)) {
    if (gone.length === count) break;
    // Row 0 is the one with every column filled.
    if (row.flagged || row.ordinal === 0 || !showsBelow(corpus, state.plan, row) || !spares(state, row)) continue;
    gone.push(truthRow(row));
    removeRow(corpus, state, row);
  }
  return gone;
}

/** Whether the deletion of what hangs on the row can be seen: flags are not, once their listing is gone. */
function showsBelow(corpus: Corpus, plan: TablePlan, row: Row): boolean {
  return plan.children.every((child) => {
    const rows = stateOf(corpus, child.table.name).rows.filter((candidate) => candidate.parent === row);
    const hidden = child.flag !== undefined && plan.flag === undefined;
    // Also rows that are flagged already: no sync may have seen it yet.
    if (hidden && rows.length > 0) return false;
    return rows.every((candidate) => showsBelow(corpus, child, candidate));
  });
}

/** Whether the ids that stay are still close enough for a reader in ranges. */
function spares(state: TableState, row: Row): boolean {
  const { steps } = state.plan;
  if (steps === undefined || typeof row.mark !== "bigint") return true;
  const ids = state.rows
    .filter((other) => other.parent === row.parent && other !== row)
    .map((other) => other.mark as bigint)
    .sort((a, b) => (a < b ? -1 : 1));
  const mark = row.mark;
  const widest = BigInt(widestGap(state.plan));
  const before = ids.findLast((id) => id < mark) ?? BigInt(steps.start) - 1n;
  const after =
    ids.find((id) => id > mark) ?? (state.highestStep.get(row.parent) ?? mark) + (widest < 3n ? widest : 3n);
  return after - before <= widest;
}

/** As the table shows deletes: flagged and moved on the cursor, or gone from the listing and perhaps in the feed. */
function removeRow(corpus: Corpus, state: TableState, row: Row): void {
  const { plan } = state;
  const key = keyOf(plan, truthRow(row));
  state.deleted.push(key);
  if (plan.feed !== undefined) state.feed.push({ key, at: state.feedClock });
  if (plan.flag === undefined) state.rows.splice(state.rows.indexOf(row), 1);
  else {
    setFlag(state, row, true);
    const mark = plan.cursor === undefined ? undefined : nextMark(state, row.parent);
    if (mark !== undefined) setMark(state, row, mark);
  }
  for (const child of plan.children) {
    const below = stateOf(corpus, child.table.name);
    below.feedClock = below.living?.now() ?? below.feedClock + 1_000_000n;
    for (const orphan of below.rows.filter((candidate) => candidate.parent === row && !candidate.flagged)) {
      removeRow(corpus, below, orphan);
    }
  }
}

function bigintText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}n` : value;
}
