/** Whether the filter by which a table advances works, and whether rows come in its order. */

import { confirms, type Found, refutes, silent } from "../../http/probe/finding.ts";
import type { Json } from "../../record.ts";
import { columnOf, type Moment, momentsOf } from "./moments.ts";
import type { TableProbe } from "./probe.ts";

/** Asks for what changed since the latest value of the first page: what comes of it is likely to be one page. */
export async function askChanged({ table, first, ask }: TableProbe): Promise<Found | undefined> {
  const { advance } = table;
  if (advance.kind !== "cursor") return undefined;
  const moments = momentsOf(columnOf(table, advance.column), first.page.records);
  const latest = moments.toSorted((a, b) => a.at - b.at).at(-1);
  const earlier = moments.filter(({ at }) => latest !== undefined && at < latest.at).length;
  if (latest === undefined || earlier === 0)
    return silent(`The first page has no two values of ${advance.column}.`, [first.looked]);
  const since = await ask({ place: undefined, extra: [[advance.param, valueFor(latest, table)]] });
  if (since === undefined) return silent("No query was left.", [first.looked]);
  const both = [first.looked, since.looked];
  if (since.page === undefined) return refutes(`With ${advance.param}: ${since.problem}.`, both);
  const found = momentsOf(columnOf(table, advance.column), since.page.records);
  const before = found.filter(({ at }) => at < latest.at).length;
  if (before > 0) return refutes(`${before} records from before ${latest.text} came with ${advance.param}.`, both);
  const equal = found.some(({ at }) => at === latest.at);
  // Only on a page that surely has them is a row that is missing a row that is left out.
  const whole = !since.page.hasNextPage && table.read.paging.style !== "offset";
  if (equal && !advance.inclusive) {
    return refutes(`Rows that equal ${latest.text} are let through.`, both, { instead: "inclusive: true" });
  }
  if (!equal && whole && advance.inclusive) {
    return refutes(`The row of ${latest.text} itself does not come.`, both, { instead: "inclusive: false" });
  }
  if (!equal && !whole) return silent("It narrows; whether equal values come, a page of several does not tell.", both);
  return confirms(`None from before ${latest.text}; rows that equal it ${equal ? "come" : "do not come"}.`, both);
}

export async function askOrder({ table, ask }: TableProbe): Promise<Found | undefined> {
  const { advance } = table;
  if (advance.kind !== "cursor" || advance.order !== "ascending") return undefined;
  const sorted = await ask({ place: undefined, extra: Object.entries(advance.sort_params) });
  if (sorted === undefined) return silent("No query was left.", []);
  if (sorted.page === undefined)
    return refutes(`With ${Object.keys(advance.sort_params).join(", ")}: ${sorted.problem}.`, [sorted.looked]);
  const moments = momentsOf(columnOf(table, advance.column), sorted.page.records);
  const falls = moments.findIndex(({ at }, index) => index > 0 && at < (moments[index - 1]?.at ?? at));
  if (falls > 0) {
    return refutes(`${moments[falls]?.text} comes after ${moments[falls - 1]?.text}.`, [sorted.looked], {
      instead: "order: unknown",
    });
  }
  if (new Set(moments.map(({ at }) => at)).size < 3)
    return silent("Too few different values to tell.", [sorted.looked]);
  return confirms(`${moments.length} records in ascending order of ${advance.column}.`, [sorted.looked]);
}

function valueFor({ text, value }: Moment, { read, advance }: TableProbe["table"]): Json {
  if (read.search !== undefined) return read.search.replace("{value}", () => text);
  if (advance.kind === "cursor" && advance.format === "date") return text.slice(0, 10);
  return value;
}
