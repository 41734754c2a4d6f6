/** A table of the destination held against what the local run has of it, with what differs named. */
import type { Reconciled } from "../../artifacts/deployment.ts";
import { count, counted } from "../../wording/numbers.ts";
import type { Figures, Plan } from "./figures.ts";

/** Keys that are named of those that differ. */
const NAMED = 5;

export interface Found extends Figures {
  /** Rows that the platform marks as deleted. */
  deleted: number;
  /** When the platform wrote its first and its last row. */
  synced: [string, string] | undefined;
}

export function reconcile(plan: Plan, expected: Figures, found: Found): Reconciled {
  const missing = lacking(expected, found);
  const more = lacking(found, expected);
  const twice = [...(found.keys ?? [])].filter(([, times]) => times > 1).map(([key]) => key);
  const byKey = expected.keys !== undefined && found.keys !== undefined;
  const fewer = !byKey && found.rows < expected.rows;
  const verdict =
    missing.length > 0 || twice.length > 0 || fewer ? "differs" : found.rows > expected.rows ? "more" : "equal";
  return {
    table: plan.name,
    verdict,
    expected: expected.rows,
    found: found.rows,
    deleted: found.deleted,
    missing: missing.slice(0, NAMED).map((key) => keyInWords(plan, key)),
    more: more.slice(0, NAMED).map((key) => keyInWords(plan, key)),
    twice: twice.slice(0, NAMED).map((key) => keyInWords(plan, key)),
    ranges: plan.ranged.flatMap(({ name: column }) => {
      const of = (figures: Figures) => {
        const range = figures.ranges.find((one) => one.column === column);
        return range === undefined ? null : ([range.lowest, range.highest] as [string, string]);
      };
      return [{ column, expected: of(expected), found: of(found) }];
    }),
    ...(found.synced === undefined ? {} : { synced: found.synced }),
    words: [
      `${plan.name}: ${counted(found.rows, "row")}${found.rows === expected.rows ? "" : ` where the local run has ${count(expected.rows)}`}`,
      ...named("missing", plan, missing),
      ...named("more than once", plan, twice),
      ...(byKey ? named("only in the destination", plan, more) : []),
      ...(byKey
        ? []
        : [plan.keys.length === 0 ? "without a key to compare, only rows are counted" : "too many keys to compare"]),
      ...(found.deleted > 0 ? [`${count(found.deleted)} marked as deleted`] : []),
    ].join("; "),
  };
}

/** What a table that is not there, or not in its form, comes to. */
export function absent(plan: Plan, expected: Figures, why: string): Reconciled {
  const ranges = expected.ranges.map(({ column, lowest, highest }) => ({
    column,
    expected: [lowest, highest] as [string, string],
    found: null,
  }));
  const lists = { missing: [], more: [], twice: [], ranges };
  // A table that the local run has no rows of may never have been made.
  const verdict = expected.rows === 0 ? "equal" : "differs";
  return {
    table: plan.name,
    verdict,
    expected: expected.rows,
    found: 0,
    deleted: 0,
    ...lists,
    words: `${plan.name}: ${why}`,
  };
}

function lacking(here: Figures, there: Figures): string[] {
  if (here.keys === undefined || there.keys === undefined) return [];
  return [...here.keys.keys()].filter((key) => !there.keys?.has(key));
}

function named(what: string, plan: Plan, keys: readonly string[]): string[] {
  if (keys.length === 0) return [];
  const rest = keys.length - NAMED;
  const list = keys.slice(0, NAMED).map((key) => keyInWords(plan, key));
  return [`${count(keys.length)} ${what}: ${list.join(", ")}${rest > 0 ? ` and ${count(rest)} more` : ""}`];
}

function keyInWords({ keys }: Plan, key: string): string {
  const values = JSON.parse(key) as (string | null)[];
  return keys.map(({ name }, index) => `${name} ${values[index] ?? "null"}`).join(" and ");
}
