/** Rows made from a seed, the same in every run. */

export interface Draw {
  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number;
  pick<T>(values: readonly T[]): T;
  /** True in about `share` of the calls, 0 to 1. */
  chance(share: number): boolean;
  /** Text with two decimals, as an API writes an exact number: `12.50`. */
  decimal(low: number, high: number): string;
}

export function drawFrom(seed: number): Draw {
  let state = seed >>> 0;
  // Marsaglia's xorshift with 32 bits: short, and good enough for rows.
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
  const whole = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  return {
    whole,
    pick: (values) => {
      const value = values[whole(0, values.length - 1)];
      if (value === undefined) throw new Error("nothing to pick from");
      return value;
    },
    chance: (share) => next() < share,
    decimal: (low, high) => (whole(low * 100, high * 100) / 100).toFixed(2),
  };
}

export function rows<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** `2025-01-31T08:15:00Z` */
export function isoSeconds(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "Z");
}

/** `2025-01-31` */
export function isoDay(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10);
}

export const MINUTE = 60_000;
export const DAY = 86_400_000;
