/**
 * A source that moves while it is read: from the first `meanwhile` on, changes bear the time it is at the source, as the
 * changes of a real one do, and they strike rows that were served already as well as rows that were not.
 */
import type { Corpus, Row, TableState } from "./corpus.ts";
import type { Cursor } from "./cursor.ts";
import { SECOND } from "./instant.ts";
import type { Mark } from "./series.ts";

export interface Living {
  /** The time at the source, microseconds since 1970. */
  now(): bigint;
  /** When it began to live. */
  began: bigint;
  /** Rows that were served since the hook was set. */
  served: Set<Row>;
}

export type Hook = (request: { table?: string }) => void;

export interface Meanwhile {
  /** What a simulator offers under this name. */
  set(hook: Hook | undefined): void;
  /** To be called before a request for rows is answered. */
  strike(table: string | undefined): void;
}

export function createMeanwhile(corpus: Corpus, { now, leap }: Clock): Meanwhile {
  let current: Hook | undefined;
  return {
    set: (hook) => {
      current = hook;
      // As between two syncs: what changed before is no longer of the same second.
      leap(2n * SECOND);
      const began = [...corpus.values()][0]?.living?.began ?? now();
      const living: Living = { now, began, served: new Set() };
      for (const state of corpus.values()) state.living = living;
    },
    strike: (table) => current?.(table === undefined ? {} : { table }),
  };
}

/** In microseconds since 1970. */
export interface Clock {
  now(): bigint;
  /** Goes forward at once. */
  leap(by: bigint): void;
}

/** A clock that stood at `start` (default: the time it is) when it was made. */
export function createClock(start: Date | undefined): Clock {
  const made = performance.now();
  let first = BigInt(start?.getTime() ?? Date.now()) * 1000n;
  return {
    now: () => first + BigInt(Math.floor((performance.now() - made) * 1000)),
    leap: (by) => {
      first += by;
    },
  };
}

/** The mark of a change that is made now. */
export function presentMark({ living, highest, random }: TableState, cursor: Cursor): Mark | undefined {
  return living && cursor.at(living.now(), highest, random);
}

/** What other rows can be tied with or late for: the latest change, if that came while the source lived, else this moment. */
export function latestMark(state: TableState, cursor: Cursor): Mark | undefined {
  const { living, highest } = state;
  if (living === undefined || typeof highest !== "bigint") return highest;
  const before = cursor.at(living.began, undefined, state.random);
  return typeof before === "bigint" && highest < before ? presentMark(state, cursor) : highest;
}

/** Rows in the order in which they are chosen for a change: where the source lives, served and others by turns, served first. */
export function chosenFrom({ living, random }: TableState, rows: readonly Row[]): Row[] {
  const shuffled = random.shuffle(rows);
  if (living === undefined) return shuffled;
  const served = shuffled.filter((row) => living.served.has(row));
  const others = shuffled.filter((row) => !living.served.has(row));
  return shuffled.flatMap((_, index) => [served[index], others[index]].filter((row) => row !== undefined));
}
