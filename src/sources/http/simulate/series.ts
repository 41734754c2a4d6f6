/**
 * The cursor values of a table's first rows. A cursor value is held as a *mark*: microseconds for moments, a whole number
 * for integers, else text.
 */
import type { Json } from "../../record.ts";
import { floorTo, SECOND } from "./instant.ts";
import type { Random } from "./random.ts";

export type Mark = bigint | string;

/** What the column's values are, and the least difference between two of them. */
export interface Domain {
  kind: "instant" | "integer" | "text";
  grain: bigint;
  /** Every first integer is above it, where no start is stated. Default: 1000, so that text sorts as its values do. */
  least?: bigint;
  /** Whether the column writes moments in several zones, so that their text sorts otherwise than they do. */
  zoned?: boolean;
  write(mark: Mark, random: Random): Json;
}

export interface Range {
  /** Every mark that is a number is above it. */
  floor: bigint;
  /** No first mark is above it. */
  limit: bigint;
  /** What every mark that is text begins with. */
  prefix: string;
  /** How far the first marks are spread, about. */
  span: bigint;
  /** Marks that some first rows have, whatever the others have; ascending. */
  edges: readonly bigint[];
}

const TIED_SHARE = 0.25;
/** Rows so long before the latest one read as later than that, as text: it is written in the west, they in the east. */
const MISLEADING = [2n * 3600n * SECOND, 3n * 3600n * SECOND] as const;
const [WEST, EAST] = [-480, 330];

/** Fewer than `count` where unique marks do not fit below the limit. */
export function makeSeries(
  count: number,
  options: { domain: Domain; range: Range; random: Random; unique: boolean },
): Mark[] {
  const { domain, range, random, unique } = options;
  const base = floorTo(range.floor, domain.grain);
  // Ties do not move on, so the other rows go the farther.
  const even = Number(range.span / domain.grain / BigInt(count + 1));
  const mean = domain.kind === "instant" ? Math.floor(unique ? even : even / (1 - TIED_SHARE)) : 6;
  const marks: bigint[] = [];
  let mark = base + domain.grain;
  for (let i = 0; i < count; i++) {
    const tied = !unique && i > 0 && (i === count - 1 || random.chance(TIED_SHARE));
    if (!tied) {
      const ahead = BigInt(random.int(unique ? 1 : 0, Math.max(1, mean * 2 - 1)));
      mark = roundUp(mark + ahead * domain.grain, { domain, random, unique });
      if (mark > range.limit) {
        if (unique) break;
        mark = floorTo(range.limit, domain.grain);
      }
    }
    marks.push(mark);
  }
  if (range.edges.length > 0 && count > 2 * range.edges.length) {
    const others = marks.filter((one) => !range.edges.includes(one)).slice(0, count - range.edges.length);
    return [...others, ...range.edges].sort((a, b) => (a < b ? -1 : 1));
  }
  if (domain.kind === "text") return marks.map((value) => `${range.prefix}m${String(value).padStart(12, "0")}`);
  return marks;
}

/**
 * The marks with some shortly before the latest, and the zones in which these and the latest are written. Undefined where
 * one zone is all there is, and for series that are too short or have marks of their own to keep.
 */
export function mislead(
  marks: readonly Mark[],
  { domain, range }: { domain: Domain; range: Range },
): { marks: Mark[]; zones: Map<Mark, number> } | undefined {
  const latest = marks.at(-1);
  if (!domain.zoned || range.edges.length > 0 || typeof latest !== "bigint") return undefined;
  if (marks.length < 4 * MISLEADING.length) return undefined;
  const before = MISLEADING.map((back) => latest - back);
  if (before.some((mark) => mark <= range.floor)) return undefined;
  // The last two are tied.
  const others = marks.toSpliced(-2 - before.length, before.length);
  const zones = new Map<Mark, number>([[latest, WEST], ...before.map((mark) => [mark, EAST] as const)]);
  return { marks: [...others, ...before].sort((a, b) => (a < b ? -1 : 1)), zones };
}

/** Half of the moments are moved on to a whole second, so that records show fractions and none. */
function roundUp(mark: bigint, options: { domain: Domain; random: Random; unique: boolean }): bigint {
  const { domain, random, unique } = options;
  if (unique || domain.kind !== "instant" || domain.grain >= SECOND || random.chance(0.5)) return mark;
  return floorTo(mark + SECOND - 1n, SECOND);
}
