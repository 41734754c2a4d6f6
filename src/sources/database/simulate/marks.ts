/**
 * Where the rows of a simulated database lie on the column that they advance by: microseconds for moments, whole numbers for
 * numbers.
 */
import { UserError } from "../../../errors.ts";
import { DAY, floorTo, SECOND } from "../../http/simulate/instant.ts";
import type { Random } from "../../http/simulate/random.ts";
import type { Record_ } from "../../record.ts";
import type { DatabaseTable } from "../complete.ts";
import { momentGrain, type SimulatedColumn, whole, writeMoment } from "./values.ts";

/** What of a table its marks follow from. */
export interface Marked {
  table: DatabaseTable;
  columns: SimulatedColumn[];
  random: Random;
  /** The highest mark that any row ever had, but for rows whose time is still to come. */
  highest: bigint | undefined;
  /** Whether what changes bears the present time, not one of the corpus. */
  living: boolean;
}

/** Well in the past, so that changes have room. */
const CORPUS_START = 1_704_067_200n * SECOND;
const FIRST_NUMBER = 1000n;
/** No zone on earth is there yet. */
const AHEAD = 2n * DAY;

export function markColumn({ table, columns }: Pick<Marked, "table" | "columns">): SimulatedColumn | undefined {
  const { advance } = table;
  return advance.kind === "column" ? columns.find(({ column }) => column.name === advance.column) : undefined;
}

export function marksAreKeys(state: Marked): boolean {
  const name = markColumn(state)?.column.name;
  return name === undefined || (state.table.primary_key.length === 1 && state.table.primary_key[0] === name);
}

/** Later than every mark there ever was, but for those that are still to come. */
export function nextMark(state: Marked): bigint | undefined {
  const column = markColumn(state);
  if (column === undefined) return undefined;
  if (isNumber(column)) return (state.highest ?? FIRST_NUMBER) + BigInt(state.random.int(1, 5));
  const grain = momentGrain(column);
  if (state.living) return presentMark(state, grain);
  const ahead = BigInt(state.random.int(20, 4000)) * SECOND + state.random.pick([0n, 250_000n, 1n]);
  const next = (state.highest ?? CORPUS_START) + (ahead > grain ? ahead : grain);
  return next - (next % grain);
}

/** Undefined where the table advances by no time. */
export function aheadMark(state: Marked): bigint | undefined {
  const column = markColumn(state);
  return column === undefined || isNumber(column) ? undefined : floorTo(present() + AHEAD, momentGrain(column));
}

/** In microseconds since 1970. The engines go by this machine's clock, and so does what they take for the present. */
function present(): bigint {
  return BigInt(Date.now()) * 1000n;
}

/** Within a second times tell which change came first; whole seconds and days do not. */
function presentMark({ highest }: Marked, grain: bigint): bigint {
  const mark = floorTo(present(), grain);
  if (highest === undefined || mark > highest) return mark;
  return grain < SECOND ? highest + grain : highest;
}

/** The first exactly at the end of the lookback, the others within it. Where time goes on, its end has moved by then. */
export function lateMarks(state: Marked, count: number): bigint[] {
  const column = markColumn(state);
  const { advance } = state.table;
  if (column === undefined || state.highest === undefined || advance.kind !== "column" || marksAreKeys(state))
    return [];
  const unit = isNumber(column) ? 1n : SECOND;
  const grain = isNumber(column) ? 1n : momentGrain(column);
  const steps = (BigInt(advance.lookback) * unit) / grain;
  if (steps < 1n) return [];
  const { highest, random } = state;
  if (state.living && !isNumber(column)) {
    return Array.from({ length: count }, () => presentMark(state, grain) - grain * ((steps + 1n) / 2n));
  }
  return Array.from(
    { length: count },
    (_, n) => highest - grain * (n === 0 ? steps : BigInt(random.int(1, Number(steps)))),
  );
}

export function setMark(state: Marked, row: Record_, mark: bigint): void {
  const column = markColumn(state);
  if (column === undefined) return;
  const { name, type } = column.column;
  row[name] = isNumber(column) ? (type === "decimal" ? String(mark) : whole(mark)) : writeMoment(column, mark);
  if (state.highest === undefined || mark > state.highest) state.highest = mark;
}

function isNumber({ column: { name, type } }: SimulatedColumn): boolean {
  if (/^(integer|bigint|decimal|number)$/.test(type)) return true;
  if (/^(date|timestamp|local_timestamp)$/.test(type)) return false;
  throw new UserError(`The database cannot be simulated: it advances by ${name}, which is of type ${type}.`, {
    hint: "Advance by a column of times or numbers.",
  });
}
