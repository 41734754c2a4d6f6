/** Rate limits: `x-rate-limit` extensions, or the words of the introduction. */

import { below, type DescriptionDocument, isObject, membersOf, rootOf } from "../../http/describe/pointer.ts";
import { at, type Claimed, documented } from "./draft.ts";

export interface RateLimit {
  requests: number;
  per_seconds: number;
}

const SECONDS: Readonly<Record<string, number>> = {
  second: 1,
  sec: 1,
  s: 1,
  minute: 60,
  min: 60,
  m: 60,
  hour: 3600,
  hr: 3600,
  h: 3600,
};
const PROSE =
  /(\d[\d,]*)\s*(?:API\s+|HTTP\s+)?(?:requests?|calls?|queries|hits)(?:\s*\/\s*|\s+(?:per|a|an|every|each)\s+)(?:(\d+)\s+)?(seconds?|sec|s|minutes?|min|m|hours?|hr|h)\b/gi;

/**
 * Daily and monthly quotas are no rates: spread evenly they would slow every sync to a crawl. Of several limits the one
 * with the shortest period is taken, and of those the lowest.
 */
export function findRateLimit(document: DescriptionDocument): Claimed<RateLimit> | undefined {
  return statedLimit(document) ?? proseLimit(document);
}

function statedLimit(document: DescriptionDocument): Claimed<RateLimit> | undefined {
  const root = rootOf(document);
  const places = [...membersOf(root), ...membersOf(below(root, "info"))];
  for (const [key, node] of places) {
    if (!/^x-rate-?limits?$/i.test(key)) continue;
    const value = isObject(node.value) ? node.value : {};
    const requests = Number(value.requests ?? value.limit ?? value.max);
    const period = value.per_seconds ?? value.period ?? value.window ?? value.per ?? value.interval ?? value.unit;
    const seconds = typeof period === "number" ? period : periodOf(String(period ?? ""));
    if (Number.isInteger(requests) && requests > 0 && seconds !== undefined && seconds > 0) {
      return { value: { requests, per_seconds: seconds }, claim: documented([at(node)]) };
    }
  }
  return undefined;
}

function proseLimit(document: DescriptionDocument): Claimed<RateLimit> | undefined {
  const node = below(rootOf(document), "info", "description");
  if (typeof node.value !== "string") return undefined;
  const limits = [...node.value.matchAll(PROSE)].flatMap((match) => {
    const requests = Number(match[1]?.replaceAll(",", ""));
    const seconds = periodOf(`${match[2] ?? ""}${match[3]}`);
    return requests > 0 && seconds !== undefined ? [{ requests, per_seconds: seconds, words: match[0] }] : [];
  });
  const [best] = limits.sort((a, b) => a.per_seconds - b.per_seconds || a.requests - b.requests);
  if (best === undefined) return undefined;
  const { words, ...value } = best;
  return { value, claim: documented([at(node, words)], "read from the introduction's words") };
}

/** `minute`, `60s`, `1 hour`, `PT1M`. */
function periodOf(text: string): number | undefined {
  const match = /^(?:pt)?\s*(\d+)?\s*([a-z]+?)s?$/i.exec(text.trim().toLowerCase());
  if (match === null) return /^\d+$/.test(text.trim()) ? Number(text) : undefined;
  const unit = SECONDS[match[2] ?? ""];
  return unit === undefined ? undefined : unit * Number(match[1] ?? 1);
}
