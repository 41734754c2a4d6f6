/** Pseudo-random numbers that depend on a seed and a label only, so that one table's corpus never shifts another's. */

export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number, both ends included. */
  int(min: number, max: number): number;
  /** Throws when there is nothing to pick from. */
  pick<T>(items: readonly T[]): T;
  chance(probability: number): boolean;
  /** A new array, the items in another order. */
  shuffle<T>(items: readonly T[]): T[];
  /** `length` characters of `alphabet`. */
  text(length: number, alphabet: string): string;
}

export function createRandom(seed: number, label: string): Random {
  const next = mulberry32(hash(`${seed}\u0000${label}`));
  const int = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  const pick = <T>(items: readonly T[]): T => {
    if (items.length === 0) throw new RangeError("nothing to pick from");
    return items[int(0, items.length - 1)] as T;
  };
  return {
    next,
    int,
    pick,
    chance: (probability) => next() < probability,
    shuffle: (items) => {
      const copy = [...items];
      for (let i = copy.length - 1; i > 0; i--) {
        const j = int(0, i);
        [copy[i], copy[j]] = [copy[j] as (typeof copy)[number], copy[i] as (typeof copy)[number]];
      }
      return copy;
    },
    text: (length, alphabet) => Array.from({ length }, () => pick([...alphabet])).join(""),
  };
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193);
  return value >>> 0;
}

/** Tommy Ettinger's mulberry32: small, fast, and the same on every machine. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}
