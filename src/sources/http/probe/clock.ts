/** The source's clock against ours: a cursor that is saved by the one is about rows that are stamped by the other. */
import { type RestBlueprint as Blueprint, claimKey, type RestTable as Table } from "../../../artifacts/blueprint.ts";
import type { ProbeFinding } from "../../live.ts";
import type { Looked } from "../live/look.ts";
import { silent } from "./finding.ts";

/** How far the clocks are apart for certain: `Date` has whole seconds, and an answer takes its time. */
export interface Skew {
  /** Milliseconds; negative where the source's clock is behind. */
  milliseconds: number;
  looked: Looked;
}

/** Differences up to this much are no matter. */
const LIMIT = 2000;

/** Milliseconds when the request was sent and when the answer was there. Undefined where `Date` says nothing of now. */
export function skewOf(looked: Looked, sent: number, answered: number): Skew | undefined {
  const stated = Date.parse(looked.headers.get("date") ?? "");
  // What a cache kept is dated by when it was made.
  if (Number.isNaN(stated) || Number(looked.headers.get("age") ?? 0) > 0) return undefined;
  const behind = Math.min(0, stated + 1000 - sent);
  return { milliseconds: behind < 0 ? behind : Math.max(0, stated - answered), looked };
}

/** The one that is further off; the source behind before the source ahead, because only that can lose rows. */
export function further(a: Skew | undefined, b: Skew | undefined): Skew | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const [low, high] = a.milliseconds < b.milliseconds ? [a, b] : [b, a];
  return low.milliseconds < -LIMIT ? low : high;
}

/** One finding for the source, filed under the first table that it matters to; undefined when the clocks agree. */
export function clockFound({ tables }: Pick<Blueprint, "tables">, skew: Skew | undefined): ProbeFinding | undefined {
  if (skew === undefined || Math.abs(skew.milliseconds) <= LIMIT) return undefined;
  const seconds = Math.ceil(Math.abs(skew.milliseconds) / 1000);
  const behind = skew.milliseconds < 0;
  const named = tables
    .filter((table) => advancesByTime(table) && !(behind && covered(table, seconds)))
    .map(({ name }) => name);
  const [first] = named;
  if (first === undefined) return undefined;
  const says = behind
    ? `The source's clock is at least ${seconds} s behind ours: rows changed while ${named.join(", ")} ${named.length === 1 ? "is" : "are"} read can be stamped before the cursor that is saved; with an advance.lookback of ${seconds + 5} they are read again.`
    : `The source's clock is at least ${seconds} s ahead of ours: that loses no rows, but what it stamps now seems to lie in the future.`;
  return { key: claimKey(first, "advance"), question: "Do the clocks agree?", ...silent(says, [skew.looked]) };
}

function advancesByTime({ advance }: Table): boolean {
  return (
    advance.kind === "cursor" &&
    advance.order === "unknown" &&
    advance.format !== "integer" &&
    advance.format !== "string"
  );
}

function covered({ advance }: Table, seconds: number): boolean {
  return advance.kind === "cursor" && advance.lookback > seconds;
}
