/**
 * The first rows of every table: at least three pages where the table has pages, ties on the cursor across their
 * boundaries, parents with many, few and no children, rows that were deleted before the first sync.
 */
import { addRow, type Corpus, createState, type Row, retireKey, setFlag, type TableState } from "./corpus.ts";
import { compareMarks } from "./cursor.ts";
import { markColumn, type TablePlan } from "./plan.ts";
import type { Mark } from "./series.ts";

/** Fewer would not show each awkward value. */
const FEWEST_ROWS = 20;

/** Characters on a page of a table of many rows, and in one of them at most. */
const HEAVY_PAGE = 100_000;
const HEAVY_ROW = 5_000;

/** A row to be made. */
interface Slot {
  parent: Row | undefined;
  mark: Mark | undefined;
}

/** `scale`: so many times the rows. Pages stay as they are, so that there are as many times more of them. */
export function makeCorpus(plans: readonly TablePlan[], seed: number, scale = 1): Corpus {
  const corpus = new Map<string, TableState>();
  for (const plan of plans) {
    const state = createState(plan, seed);
    const parents = plan.parent === undefined ? undefined : corpus.get(plan.parent.table.name)?.rows;
    fill(state, parents, scale);
    corpus.set(plan.table.name, state);
  }
  return corpus;
}

/** Whether every row needs a cursor value of its own. */
export function marksAreKeys(plan: TablePlan): boolean {
  return plan.ownKey.length === 1 && plan.ownKey[0]?.name === markColumn(plan);
}

/** The next id of a table that is read in ranges: never so far on that a reader would stop before it. */
export function nextStep(state: TableState, parent: Row | undefined): bigint {
  const { steps } = state.plan;
  const highest = state.highestStep.get(parent) ?? BigInt(steps?.start ?? 1) - 1n;
  return highest + BigInt(state.random.int(1, Math.min(3, widestGap(state.plan))));
}

/** The greatest difference between neighbouring ids at which no `empty_steps` ranges in a row can be empty. */
export function widestGap(plan: TablePlan): number {
  return plan.steps === undefined ? 1 : plan.steps.step * plan.steps.empty_steps;
}

function fill(state: TableState, parents: readonly Row[] | undefined, scale: number): void {
  const slots =
    parents === undefined ? slotsUnder(state, undefined, firstCount(state, scale)) : childSlots(state, parents, scale);
  giveMarks(state, slots);
  if (scale > 1) state.padding = paddingFor(state.plan);
  for (const slot of slots) addRow(state, slot);
  state.padding = 0;
  if (state.plan.flag !== undefined) flagSome(state);
  if (state.plan.feed !== undefined) recallSome(state);
}

/** Where there are many rows, pages are heavy: who holds more than one is to be told by it. One answer is held in any case. */
function paddingFor({ table, maxPage }: TablePlan): number {
  const { pagination, single } = table.read;
  return single || pagination.style === "none" ? 0 : Math.min(HEAVY_ROW, Math.floor(HEAVY_PAGE / maxPage));
}

/** Rows of a listing that has all the pages a listing can have; sometimes the last page is full. */
function firstCount(state: TableState, scale = 1): number {
  const { plan, random } = state;
  if (plan.table.read.single) return 1;
  if (plan.table.read.pagination.style === "none") return FEWEST_ROWS * scale + random.int(1, 15);
  const full = Math.max(2, Math.ceil(FEWEST_ROWS / plan.maxPage)) * plan.maxPage * scale;
  return full + (random.chance(0.25) ? plan.maxPage : random.int(1, plan.maxPage));
}

/** The first parent has three pages of children, the second a full page, the third none, the others a few. */
function childSlots(state: TableState, parents: readonly Row[], scale: number): Slot[] {
  const { plan, random } = state;
  const counts = [firstCount(state), plan.maxPage, 0];
  const listed = parents.filter((parent) => !parent.flagged);
  // So many times the parents have so many times the children: the first ones' share comes again.
  const period = Math.ceil(listed.length / scale);
  return listed.flatMap((parent, index) =>
    slotsUnder(state, parent, plan.table.read.single ? 1 : (counts[index % period] ?? random.int(0, 2))),
  );
}

function slotsUnder(state: TableState, parent: Row | undefined, count: number): Slot[] {
  if (state.plan.steps !== undefined) return stepMarks(state, count).map((mark) => ({ parent, mark }));
  return Array.from({ length: count }, () => ({ parent, mark: undefined }));
}

/** Ids over at least three ranges, on the edges of the first two, and with one gap as wide as it may be. */
function stepMarks(state: TableState, count: number): bigint[] {
  const { plan, random } = state;
  const { steps } = plan;
  if (steps === undefined || count === 0) return [];
  const widest = widestGap(plan);
  const usual = Math.min(widest, Math.max(1, Math.ceil((4 * steps.step) / count)));
  const marks: bigint[] = [];
  let id = BigInt(steps.start) + BigInt(random.int(0, Math.min(2, widest - 1)));
  while (marks.length < count || (count > 2 && id < BigInt(steps.start + 3 * steps.step))) {
    marks.push(id);
    id += BigInt(marks.length === Math.ceil(count / 2) ? widest : random.int(1, usual));
  }
  // Who leaves an id out between two ranges, or begins one too late, is to be told by it.
  const edges = count > 2 ? [0, steps.step - 1, steps.step].map((ahead) => BigInt(steps.start + ahead)) : [];
  return [...new Set([...marks, ...edges])].sort((a, b) => Number(a - b));
}

function giveMarks(state: TableState, slots: Slot[]): void {
  const { cursor } = state.plan;
  if (cursor === undefined) return;
  const unique = marksAreKeys(state.plan);
  const marks = cursor.series(slots.length, state.random, unique);
  // Unique marks may be fewer than asked for: days since a recent start.
  slots.length = marks.length;
  for (const [index, mark] of state.random.shuffle(marks).entries()) (slots[index] as Slot).mark = mark;
  if (!unique) tieAcrossPages(state.plan, slots);
}

/** Makes the last row of each page and the first of the next equal on the cursor, in each parent's listing. */
function tieAcrossPages(plan: TablePlan, slots: readonly Slot[]): void {
  const listings = new Map<Row | undefined, Slot[]>();
  for (const slot of slots) listings.set(slot.parent, [...(listings.get(slot.parent) ?? []), slot]);
  for (const listing of listings.values()) {
    const sorted = listing.toSorted((a, b) => compareMarks(a.mark ?? 0n, b.mark ?? 0n));
    for (let boundary = plan.maxPage; boundary < sorted.length; boundary += plan.maxPage) {
      const [before, after] = [sorted[boundary - 1], sorted[boundary]];
      if (before !== undefined && after !== undefined) before.mark = after.mark;
    }
  }
}

/** Some rows were deleted before the first sync; the one with every column filled stays. */
function flagSome(state: TableState): void {
  if (state.plan.table.read.single) return;
  for (const row of state.rows.slice(1)) {
    if (row.ordinal === 5 || state.random.chance(0.04)) setFlag(state, row, true);
  }
}

function recallSome(state: TableState): void {
  for (let i = 0; i < 3; i++) {
    const parent = state.rows[i]?.parent;
    const key = retireKey(state, parent);
    if (key !== undefined) state.feed.push({ key, at: state.feedClock - BigInt(3 - i) * 86_400_000_000n });
  }
}
