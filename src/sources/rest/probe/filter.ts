/** Whether a table can be asked for what changed since a moment: does the filter narrow, and what does it leave out? */
import type { CursorFormat } from "../../../artifacts/reading.ts";
import { complaint, confirms, type Found, refutes, silent } from "../../http/probe/finding.ts";
import { NoAnswer } from "../../http/probe/session.ts";
import type { Json, Record_ } from "../../record.ts";
import { type CursorAdvance, type CursorValues, compareMarks, cursorValues, DAY, type Mark } from "./cursor-values.ts";
import { identities, identity } from "./rows.ts";
import { openingParams, recordsIn, sampleOf, type TableProbe, type Walk, walk } from "./table-probe.ts";

/** A row of the sample with what its cursor column means. */
interface Marked {
  record: Record_;
  mark: Mark;
}

export interface Filter {
  probe: TableProbe;
  advance: CursorAdvance;
  values: CursorValues;
  /** Rows of the sampled listing that have a cursor value, in its order. */
  rows: Marked[];
}

const FULL = "full, unless another parameter narrows";
/** Sources cut to the day, in a zone of their own: rows up to this much earlier are no sign that a filter is ignored. */
const SLACK = 2n * DAY;
const PAGES = 3;

/** Undefined for a table that is not filtered. */
export function filterOf(probe: TableProbe): Filter | undefined {
  const { advance, columns } = probe.table;
  if (advance.kind !== "cursor") return undefined;
  const values = cursorValues(
    advance,
    columns.find(({ name }) => name === advance.column),
  );
  const rows = probe.pages
    .flatMap(({ records }) => records)
    .flatMap((record) => {
      const mark = values.mark(record[advance.column]);
      return mark === undefined ? [] : [{ record, mark }];
    });
  return { probe, advance, values, rows };
}

/** Does the filter narrow? */
export async function askFilter(probe: TableProbe): Promise<Found | undefined> {
  const filter = filterOf(probe);
  if (filter === undefined) return undefined;
  const unusable = withoutRows(filter);
  if (unusable !== undefined) return unusable;
  const future = await askFuture(filter);
  if (future !== undefined && future.verdict !== "confirms") return future;
  return await askMiddle(filter, future);
}

/** Is a row that equals the value in the answer? */
export async function askInclusive(probe: TableProbe): Promise<Found | undefined> {
  const filter = filterOf(probe);
  if (filter === undefined || filter.rows.length === 0) return undefined;
  const { advance, values, rows } = filter;
  const { mark, like, clean } = edgeOf(filter);
  const value = values.write(mark, like);
  const read = await askFrom(filter, value, PAGES);
  const asked = read.pages.map(({ looked }) => looked);
  const equal = rows.filter((row) => compareMarks(values.seen(row.mark), values.seen(mark)) === 0);
  const known = identities(
    probe.table,
    equal.map(({ record }) => record),
  );
  const answered = read.pages.flatMap(({ records }) => records);
  const found = answered.filter((record) => known.has(identity(probe.table, record))).length;
  const request = `${advance.param}=${value}`;
  if (found > 0) {
    // A row of the day says nothing about one at midnight sharp; that matters only to who takes the filter for exclusive.
    if (!clean && !(advance.inclusive && advance.format === "date")) {
      return silent(`${request} gives the row it was taken from, which lies a little after it.`, asked);
    }
    const says = `${request} gives ${clean ? "a row whose " : "rows of that day by "}${advance.column}${clean ? " is exactly that" : ""}: the filter is inclusive.`;
    if (advance.inclusive) return confirms(says, asked);
    const corrected = probe.correct((table) => ({ ...table, advance: { ...advance, inclusive: true } }));
    return refutes(says, asked, { instead: "inclusive: true", corrected });
  }
  if (!read.ended)
    return silent(
      `The row that equals ${request} is not on the first ${read.pages.length} pages of the answer.`,
      asked,
    );
  const says = `${request} gives ${answered.length} rows, and not the ${equal.length === 1 ? "row" : `${equal.length} rows`} whose ${advance.column} is exactly that: the filter is exclusive.`;
  if (!advance.inclusive) return confirms(says, asked);
  const corrected = probe.correct((table) => ({ ...table, advance: { ...advance, inclusive: false } }));
  return refutes(says, asked, { instead: "inclusive: false", corrected });
}

function withoutRows({ probe, advance, rows }: Filter): Found | undefined {
  if (rows.length > 0) return undefined;
  const asked = probe.pages.map(({ looked }) => looked);
  const all = sampleOf(probe);
  const [example] = all;
  if (example === undefined) return silent("There is no row to take a value of the cursor from.", asked);
  const value = all.map((record) => record[advance.column]).find((found) => found !== null && found !== undefined);
  if (value === undefined)
    return refutes(`${advance.column} has no value in ${all.length} rows: it cannot be a cursor.`, asked, {
      instead: "another column, or full",
    });
  return refutes(`${advance.column} is ${shown(value)}, which is no value in format ${advance.format}.`, asked, {
    instead: "another format or column",
  });
}

/** Nothing has changed in the future: whoever answers with rows does not look at the parameter. */
async function askFuture(filter: Filter): Promise<Found | undefined> {
  const { values, rows, advance } = filter;
  const latest = rows.map(({ mark }) => mark).reduce((a, b) => (compareMarks(a, b) > 0 ? a : b));
  if (typeof latest === "string") return undefined;
  const now = BigInt(Date.now()) * 1000n;
  // A whole day: a fraction might be refused.
  const day = ((latest > now ? latest : now) / DAY + 366n) * DAY;
  const later = values.timed ? day : latest * 2n + 1_000_000n;
  const value = values.write(later, rows[0]?.record[advance.column]);
  const looked = await filter.probe.asker.ask(address(filter, value));
  const records = recordsIn(filter.probe.table, looked);
  // That a source refuses the future says nothing about the past.
  if (records === undefined) return undefined;
  const early = belowOf(filter, records, later);
  if (early.length === 0) return confirms(`${advance.param}=${value} gives no row`, [looked]);
  const says = `${advance.param}=${value}, later than any row, gives ${records.length} rows, whose ${advance.column} is ${shown(early[0]?.record[advance.column] ?? null)} and the like: the filter is ignored.`;
  return refutes(says, [looked], { instead: FULL });
}

/** From the middle of the sample on: rows after it must be there, rows before it not. */
async function askMiddle(filter: Filter, future: Found | undefined): Promise<Found> {
  const { advance, values, rows, probe } = filter;
  const sorted = [...rows].sort((a, b) => compareMarks(a.mark, b.mark));
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] as Marked;
  const value = values.write(middle.mark, middle.record[advance.column]);
  const request = `${advance.param}=${value}`;
  const read = await askFrom(filter, value, 2).catch((error: unknown) => refusedValue(filter, value, error));
  if (!("pages" in read)) return read;
  const looked = read.pages.map((page) => page.looked);
  const records = read.pages.flatMap((page) => page.records);
  const early = belowOf(filter, records, middle.mark);
  if (early.length > 0) {
    const says = `${request} gives ${early.length} of ${records.length} rows whose ${advance.column} is earlier, ${shown(early[0]?.record[advance.column] ?? null)} for one: the filter is ignored, or is about another column.`;
    return refutes(says, looked, { instead: FULL });
  }
  const end = endOf(filter, middle.mark);
  const later = sorted.filter(
    (row) =>
      compareMarks(values.seen(row.mark), values.seen(middle.mark)) > 0 &&
      (end === undefined || compareMarks(row.mark, end) < 0),
  );
  const answered = identities(probe.table, records);
  const kept = later.filter(({ record }) => answered.has(identity(probe.table, record))).length;
  if (later.length > 0 && kept === 0 && read.ended) {
    const says = `${request} gives ${records.length} rows and none of ${later.length} whose ${advance.column} is later: the filter leaves out what comes after.`;
    return refutes(says, looked, { instead: FULL });
  }
  const exchanges = [...(future?.exchanges ?? []), ...looked.map(({ exchange }) => exchange)];
  const nothing = future === undefined ? "" : `${future.says}; `;
  const says = `${nothing}${request} gives ${records.length} rows${read.ended ? "" : " on two pages"}, none earlier.`;
  if (future !== undefined || narrowed(filter, records, middle.mark)) return { verdict: "confirms", says, exchanges };
  return {
    verdict: "silent",
    says: `${says} The rows without it look the same: whether it narrows cannot be told.`,
    exchanges,
  };
}

/** Whether rows that the plain listing gives first are left out. */
function narrowed({ probe, advance, values }: Filter, records: readonly Record_[], from: Mark): boolean {
  const kept = identities(probe.table, records);
  return (probe.pages[0]?.records ?? []).some((record) => {
    const mark = values.mark(record[advance.column]);
    return (
      mark !== undefined &&
      compareMarks(values.seen(mark), values.seen(from)) < 0 &&
      !kept.has(identity(probe.table, record))
    );
  });
}

/** Rows clearly before a moment. */
function belowOf({ values, advance }: Filter, records: readonly Record_[], from: Mark): Marked[] {
  const limit = typeof from === "bigint" && values.timed ? from - SLACK : from;
  return records.flatMap((record) => {
    const mark = values.mark(record[advance.column]);
    return mark !== undefined && typeof mark === typeof limit && compareMarks(values.seen(mark), values.seen(limit)) < 0
      ? [{ record, mark }]
      : [];
  });
}

/** The latest value of the sample that the parameter writes exactly; where there is none, the latest. */
function edgeOf({ values, rows, advance }: Filter): { mark: Mark; like: Json; clean: boolean } {
  const sorted = [...rows].sort((a, b) => compareMarks(b.mark, a.mark));
  const clean = sorted.find(({ mark }) => compareMarks(values.seen(mark), mark) === 0);
  const chosen = (clean ?? sorted[0]) as Marked;
  return { mark: chosen.mark, like: chosen.record[advance.column] ?? null, clean: clean !== undefined };
}

/** End of the range that is asked for with a window. */
function endOf({ advance }: Filter, from: Mark): Mark | undefined {
  return advance.window === undefined || typeof from === "string"
    ? undefined
    : from + BigInt(advance.window.days) * DAY;
}

function filterParams({ probe, advance, values, rows }: Filter, value: string): Record<string, string> {
  const mark = values.mark(value);
  const params = { ...openingParams(probe.table), [advance.param]: value };
  if (advance.window === undefined || typeof mark !== "bigint" || !values.timed) return params;
  const end = mark + BigInt(advance.window.days) * DAY;
  return { ...params, [advance.window.end_param]: values.write(end, rows[0]?.record[advance.column]) };
}

function address(filter: Filter, value: string): URL {
  const { asker, listing } = filter.probe;
  return asker.address(listing.path, filterParams(filter, value));
}

function askFrom(filter: Filter, value: string, pages: number): Promise<Walk> {
  return walk(filter.probe, filterParams(filter, value), pages);
}

const OTHERS: readonly CursorFormat[] = ["iso8601", "date", "epoch_seconds", "epoch_milliseconds"];

/** The value is refused: is there a format that is not? */
async function refusedValue(filter: Filter, value: string, error: unknown): Promise<Found> {
  const { advance, probe, values, rows } = filter;
  const refusal = error instanceof NoAnswer ? error.exchanges[0] : undefined;
  if (refusal === undefined || ![400, 422].includes(refusal.status)) throw error;
  const says = `${advance.param}=${value} is refused with ${complaint({ exchange: refusal, text: refusal.body })}`;
  const mark = rows[0]?.mark;
  if (values.timed && typeof mark === "bigint") {
    const column = probe.table.columns.find(({ name }) => name === advance.column);
    for (const format of OTHERS.filter((other) => other !== advance.format)) {
      const other = { ...advance, format };
      const written = cursorValues(other, column).write(mark);
      const looked = await probe.asker.ask(
        address({ ...filter, advance: other, values: cursorValues(other, column) }, written),
      );
      if (recordsIn(probe.table, looked) === undefined) continue;
      const corrected = probe.correct((table) => ({ ...table, advance: other }));
      const exchanges = [refusal, looked.exchange];
      return {
        verdict: "refutes",
        says: `${says}; ${written} is answered.`,
        exchanges,
        instead: `format: ${format}`,
        corrected,
      };
    }
  }
  return { verdict: "refutes", says: `${says}.`, exchanges: [refusal], instead: FULL };
}

function shown(value: Json): string {
  return typeof value === "object" && value !== null ? "an object" : String(value).slice(0, 40);
}
