/** The cursor of a table: which values its column takes, how they are ordered, written and compared with a parameter. */
import type { Column } from "../../../artifacts/blueprint.ts";
import type { Advance } from "../../../artifacts/reading.ts";
import { UserError } from "../../../errors.ts";
import type { Json } from "../../record.ts";
import { DAY, floorTo, parseIso, SECOND, writeDate, writeIso } from "./instant.ts";
import type { Random } from "./random.ts";
import { type Domain, type Mark, makeSeries, mislead, type Range } from "./series.ts";
import { plainInteger, writeTime } from "./values.ts";

export type CursorAdvance = Extract<Advance, { kind: "cursor" }>;

export interface Cursor {
  column: string;
  advance: CursorAdvance;
  /** Whether its marks are moments. */
  timed: boolean;
  /** `count` marks in ascending order, all after `start`; with ties unless `unique`. */
  series(count: number, random: Random, unique: boolean): Mark[];
  /** A mark later than `mark`. Throws when the corpus would reach the present. */
  after(mark: Mark, random: Random): Mark;
  /** The mark of what changes at a moment (microseconds since 1970), where `highest` was the last. */
  at(moment: bigint, highest: Mark | undefined, random: Random): Mark;
  /**
   * A mark earlier than `highest`, by no more than the lookback: by all of it, by half of it, or by any part. Undefined
   * when the lookback is too short for any.
   */
  before(highest: Mark, random: Random, by: "all" | "half" | "any"): Mark | undefined;
  /** As the record carries it. */
  write(mark: Mark, random: Random): Json;
  /** A parameter's value as a mark; undefined when it is malformed. */
  parse(text: string): Mark | undefined;
  /** The mark as far as the parameter's format can tell it: the day, for a date. */
  seen(mark: Mark): Mark;
}

/** Without a stated start, corpora end here: well in the past, so that changes have room. */
const CORPUS_END = 1_719_705_600n * SECOND;
const LEAST_SPAN = 90n * DAY;
/** Integers get a digit more on the way, and large ones are beyond 2^53: who compares text, or reads floats, is to be told. */
const LEAST_INTEGER = 960n;
const LEAST_BIGINT = 9_999_999_999_999_960n;

export function createCursor(table: string, column: Column, options: { advance: CursorAdvance; now: bigint }): Cursor {
  const { advance, now } = options;
  const domain = domainOf(table, column, advance);
  const unit = parameterUnit(domain, advance);
  const parse = (text: string) => parseParameter(text, { domain, advance, column });
  const range = rangeOf({ table, advance, domain, unit, parse, now });
  let misleading: ReadonlyMap<Mark, number> = new Map();
  return {
    column: column.name,
    advance,
    timed: domain.kind === "instant",
    series: (count, random, unique) => {
      const marks = makeSeries(count, { domain, range, random, unique });
      const misled = unique ? undefined : mislead(marks, { domain, range });
      if (misled === undefined) return marks;
      misleading = misled.zones;
      return misled.marks;
    },
    after: (mark, random) => later(mark, { table, domain, random, now }),
    at: (moment, highest, random) => {
      const first = highest ?? makeSeries(1, { domain, range, random, unique: true })[0] ?? 0n;
      if (domain.kind !== "instant") return later(first, { table, domain, random, now });
      const mark = floorTo(moment, domain.grain);
      if (typeof highest !== "bigint" || mark > highest) return mark;
      // Within a second times tell which change came first; whole seconds and days do not.
      return domain.grain < SECOND ? highest + domain.grain : highest;
    },
    before: (highest, random, by) => {
      if (typeof highest === "string") return undefined;
      const back = domain.kind === "instant" ? BigInt(advance.lookback) * SECOND : BigInt(advance.lookback);
      const steps = Number(back / domain.grain);
      if (steps < 1) return undefined;
      const taken = { all: () => steps, half: () => Math.ceil(steps / 2), any: () => random.int(1, steps) }[by]();
      const mark = highest - domain.grain * BigInt(taken);
      // Below the floor the first sync of a connector with a start would not ask.
      const earliest = floorTo(range.floor, domain.grain) + domain.grain;
      return mark >= earliest ? mark : earliest < highest ? earliest : undefined;
    },
    write: (mark, random) => {
      const zone = misleading.get(mark);
      return zone === undefined ? domain.write(mark, random) : writeIso(mark as bigint, { zone });
    },
    parse: (text) => {
      const mark = parse(text);
      return typeof mark === "bigint" ? floorTo(mark, unit) : mark;
    },
    seen: (mark) => (typeof mark === "bigint" ? floorTo(mark, unit) : mark),
  };
}

/** Negative, zero or positive, as for `Array.sort`. Text is compared by code units, as sources in the C locale do. */
export function compareMarks(a: Mark, b: Mark): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function domainOf(table: string, column: Column, advance: CursorAdvance): Domain {
  const misfit = new UserError(
    `The table ${table} cannot be simulated: its cursor ${column.name} is of type ${column.type} and its parameter ${advance.param} in format ${advance.format}.`,
    { hint: "State a cursor column and a format that fit each other." },
  );
  const { format } = advance;
  const timed = format !== "integer" && format !== "string";
  switch (column.type) {
    case "date":
    case "timestamp":
    case "local_timestamp": {
      if (format === "integer" && !column.format?.startsWith("epoch")) throw misfit;
      const write = (mark: Mark, random: Random) => writeTime(column, mark as bigint, random);
      const zoned = column.type === "timestamp" && !column.format?.startsWith("epoch");
      return { kind: "instant", grain: timeGrain(column), zoned, write };
    }
    case "integer":
    case "bigint":
    case "number": {
      if (timed) return epochDomain(format, plainInteger);
      const least = column.type === "bigint" ? LEAST_BIGINT : LEAST_INTEGER;
      return { kind: "integer", grain: 1n, least, write: (m) => plainInteger(m as bigint) };
    }
    case "decimal":
      return timed ? epochDomain(format, String) : { kind: "integer", grain: 1n, write: String };
    case "string":
      return textDomain(format);
    default:
      throw misfit;
  }
}

function timeGrain(column: Column): bigint {
  if (column.type === "date") return DAY;
  if (column.format === "epoch_seconds") return SECOND;
  return column.format === "epoch_milliseconds" ? 1000n : 1n;
}

/** Moments that the record carries as a plain number of seconds or milliseconds. */
function epochDomain(format: CursorAdvance["format"], write: (value: bigint) => Json): Domain {
  const grain = format === "epoch_milliseconds" ? 1000n : SECOND;
  return { kind: "instant", grain, write: (mark) => write((mark as bigint) / grain) };
}

/** A text column is written in one shape throughout, so that its text sorts as its values do. */
function textDomain(format: CursorAdvance["format"]): Domain {
  switch (format) {
    case "iso8601":
      return { kind: "instant", grain: 1000n, write: (mark) => writeIso(mark as bigint, { zone: "Z", decimals: 3 }) };
    case "date":
      return { kind: "instant", grain: DAY, write: (mark) => writeDate(mark as bigint) };
    case "epoch_seconds":
    case "epoch_milliseconds":
      return epochDomain(format, String);
    case "integer":
      return { kind: "integer", grain: 1n, write: String };
    case "string":
      return { kind: "text", grain: 1n, write: (mark) => mark as string };
  }
}

function parameterUnit(domain: Domain, advance: CursorAdvance): bigint {
  if (domain.kind !== "instant") return 1n;
  switch (advance.format) {
    case "date":
      return DAY;
    case "epoch_seconds":
      return SECOND;
    case "epoch_milliseconds":
      return 1000n;
    case "integer":
      return domain.grain;
    default:
      return 1n;
  }
}

function parseParameter(
  text: string,
  options: { domain: Domain; advance: CursorAdvance; column: Column },
): Mark | undefined {
  const { domain, advance, column } = options;
  if (text === "") return undefined;
  const whole = /^-?\d{1,30}$/.test(text) ? BigInt(text) : undefined;
  if (domain.kind === "text") return text;
  if (domain.kind === "integer") return whole;
  switch (advance.format) {
    case "date":
      return /^\d{4}-\d{2}-\d{2}$/.test(text) ? parseIso(text) : undefined;
    case "epoch_seconds":
      return whole === undefined ? undefined : whole * SECOND;
    case "epoch_milliseconds":
      return whole === undefined ? undefined : whole * 1000n;
    case "integer":
      return whole === undefined ? undefined : whole * domain.grain;
    case "string":
      // The source's own text comes back; an epoch column's text is digits.
      return column.format?.startsWith("epoch") ? whole && whole * domain.grain : parseIso(text);
    case "iso8601":
      return parseIso(text);
  }
}

function rangeOf(options: {
  table: string;
  advance: CursorAdvance;
  domain: Domain;
  unit: bigint;
  parse: (text: string) => Mark | undefined;
  now: bigint;
}): Range {
  const { table, advance, domain, now, unit } = options;
  const start = advance.start === undefined ? undefined : options.parse(advance.start);
  if (advance.start !== undefined && start === undefined) {
    throw new UserError(
      `The table ${table} cannot be simulated: its start ${advance.start} is not in format ${advance.format}.`,
      { hint: `Write the start as the parameter ${advance.param} takes it.` },
    );
  }
  const open = { floor: 0n, limit: 10n ** 30n, prefix: "", span: 0n, edges: [] };
  if (domain.kind === "text") return typeof start === "string" ? { ...open, prefix: start } : open;
  if (domain.kind === "integer") return { ...open, floor: typeof start === "bigint" ? start : (domain.least ?? 1000n) };
  const windows = BigInt(advance.window?.days ?? 0) * DAY * 5n;
  const wanted = windows > LEAST_SPAN ? windows : LEAST_SPAN;
  if (typeof start !== "bigint") {
    return { ...open, floor: CORPUS_END - wanted, limit: CORPUS_END + 200n * DAY, span: wanted };
  }
  const room = now - start - unit;
  if (room < 4n * DAY) {
    throw new UserError(
      `The table ${table} cannot be simulated: its start ${advance.start} is less than five days ago.`,
      { hint: "State an earlier start: simulated rows lie between the start and now." },
    );
  }
  // A quarter of the time since the start is left for changes.
  const span = wanted < room / 2n ? wanted : room / 2n;
  const edges =
    advance.window === undefined ? [] : windowEdges({ start, days: advance.window.days, now, domain, unit });
  return { ...open, floor: start + unit, limit: start + unit + (room * 3n) / 4n, span, edges };
}

/**
 * Around the first bounds between two windows, and in the last window, which the present cuts short: who leaves something
 * out there is to be told by it.
 */
function windowEdges(options: { start: bigint; days: number; now: bigint; domain: Domain; unit: bigint }): bigint[] {
  const { start, days, now, domain, unit } = options;
  const least = unit > domain.grain ? unit : domain.grain;
  const bounds = [1n, 2n, 3n].map((n) => start + n * BigInt(days) * DAY);
  const around = bounds.flatMap((bound) => [bound - least, bound, bound + least]);
  // Changes come after it, a day each where marks are days.
  const latest = floorTo(now - (domain.grain === DAY ? 45n : 2n) * DAY, DAY);
  return [...around.filter((mark) => mark < latest), ...(latest > start + 4n * DAY ? [latest] : [])];
}

function later(mark: Mark, options: { table: string; domain: Domain; random: Random; now: bigint }): Mark {
  const { table, domain, random, now } = options;
  if (typeof mark === "string") {
    const number = BigInt(mark.slice(-12)) + BigInt(random.int(1, 5));
    return mark.slice(0, -12) + String(number).padStart(12, "0");
  }
  if (domain.kind === "integer") return mark + BigInt(random.int(1, 5));
  const ahead = domain.grain === DAY ? DAY : BigInt(random.int(1, 90)) * SECOND;
  const fraction = random.pick([0n, 250_000n, 1n]);
  const next = floorTo(mark + ahead + fraction, domain.grain);
  if (next >= now - 60n * SECOND) throw new Error(`The table ${table} has no room left for changes in the past.`);
  return next;
}
