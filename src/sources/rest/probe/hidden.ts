/**
 * Whether a listing hides rows by default: archived, inactive or deleted ones that a well-known parameter would show, and
 * whether a parameter that is sent already is what shows them.
 */
import type { Looked } from "../../http/live/look.ts";
import { confirms, type Found, refutes, silent, some } from "../../http/probe/finding.ts";
import { NoAnswer } from "../../http/probe/session.ts";
import { type Beyond, beyond, counted, type Measure, measured, sizeOf, steady, trusted } from "./listing-measure.ts";
import { type TableProbe, type Walk, walk, walkOn } from "./table-probe.ts";

type Params = Record<string, string>;

/** Asked for together: each can only add rows, and who does not know them ignores them. */
const ADDING: Params = {
  include_deleted: "true",
  include_archived: "true",
  include_inactive: "true",
  include_disabled: "true",
  include_hidden: "true",
  show_deleted: "true",
  show_archived: "true",
  with_deleted: "true",
  includeDeleted: "true",
  includeArchived: "true",
};
/** Asked for apart: where they are known and the value is not, nothing may be left. */
const CHOOSING: readonly Params[] = [{ status: "all", state: "all" }, { status: "any" }];
/** Such as give only what was hidden: the first page tells, where it is known what is not. */
const REPLACING: readonly Params[] = [{ archived: "true" }, { active: "false" }];
/** Where together is refused: the most usual, one by one. */
const USUAL = ["include_deleted", "include_archived", "include_inactive"];

/** Pages of a listing that is read whole to see what is in it. */
const SHORT = 4;
/** Pages of a longer listing that are held against each other. */
const FIRST = 2;
/** Parameters that are sent already and are left out, one by one; those that speak of such rows before others. */
const LEFT_OUT = 2;
const SPEAKS = /archiv|delet|remov|trash|inactiv|activ|disabl|hidden|draft|clos|status|state|include|show|with|all/i;

/** Does the listing hide rows? Undefined for a listing per parent: its parent's rows are another question. */
export async function askHidden(probe: TableProbe): Promise<Found | undefined> {
  const { table, pages } = probe;
  const [first] = pages;
  if (table.read.parent !== undefined || first === undefined) return undefined;
  if (table.read.single) return silent("There is one record, and no listing that could hide others.", [first.looked]);
  const whole = await readWhole(probe);
  const now = trusted(measured(probe, whole));
  const search: Search = { probe, now, enough: enoughFor(now, whole), tried: [], refused: 0 };
  const needed = await leftOut(search);
  const more = search.cut === undefined ? await tryAll(search) : undefined;
  return more ?? verdict(search, needed, first.looked);
}

/** As far as a short listing goes. */
async function readWhole(probe: TableProbe): Promise<Walk> {
  const { params } = probe.listing;
  const short = await walkOn(probe, { pages: probe.pages, ended: probe.ended }, { params, most: SHORT });
  const [first, last] = [short.pages[0], short.pages.at(-1)];
  // A short page may be the last: the one after it tells.
  const perhaps = (last?.records.length ?? 0) < (first?.records.length ?? 0);
  return perhaps && !short.ended ? await walkOn(probe, short, { params, most: SHORT + 1 }) : short;
}

interface Search {
  probe: TableProbe;
  /** The listing as it is asked for. */
  now: Measure;
  /** Pages in which rows that are added show. */
  enough: number;
  tried: Params[];
  refused: number;
  /** Why not everything was tried: a sentence. */
  cut?: string;
  /** What was seen and could not be asked for again: a sentence. */
  doubt?: string;
}

/** One where totals tell. Rows that are added fill up the last page, or come on one after it. */
function enoughFor(now: Measure, { pages }: Walk): number {
  if (now.total !== undefined) return 1;
  if (!now.whole) return FIRST;
  const filled = pages.filter(({ records }) => records.length > 0);
  return filled.length + ((filled.at(-1)?.records.length ?? 0) < (filled[0]?.records.length ?? 0) ? 0 : 1);
}

interface Needed {
  says: string[];
  looked: Looked[];
  /** A parameter that is sent shows rows that are not there without it. */
  shows: boolean;
}

/** The listing without each of the parameters that it is asked for with. */
async function leftOut(search: Search): Promise<Needed> {
  const { probe, now } = search;
  const needed: Needed = { says: [], looked: [], shows: false };
  const sent = Object.entries(probe.table.read.params).sort(
    ([a], [b]) => Number(SPEAKS.test(b)) - Number(SPEAKS.test(a)),
  );
  for (const [name, value] of sent.slice(0, LEFT_OUT)) {
    const { [name]: _, ...rest } = probe.listing.params;
    const without = await attempt(search, () => measure(probe, rest, now));
    if (search.cut !== undefined) break;
    if (without === undefined) {
      needed.says.push(`Without ${name}=${value} the listing is refused.`);
      continue;
    }
    needed.looked.push(...now.looked, ...without.looked);
    needed.says.push(...withoutWords(search, { sent: `${name}=${value}`, without }));
    needed.shows ||= beyond(without, now) !== undefined && beyond(now, without) === undefined;
  }
  return needed;
}

function withoutWords({ now }: Search, { sent, without }: { sent: string; without: Measure }): string[] {
  const shows = beyond(without, now);
  const hides = beyond(now, without);
  const others = hides === undefined ? "" : `, ${count(hides)} of them not there with it`;
  if (shows !== undefined) {
    return counted(now) && counted(without)
      ? [`With ${sent} ${sizeOf(now)}, without it ${sizeOf(without)}${others}.`]
      : [`${sent} shows ${count(shows)} rows among ${sizeOf(now)} that are not there without it${others}.`];
  }
  if (hides !== undefined)
    return [`${sent} hides rows: without it there are ${count(hides)} more than ${sizeOf(now)}.`];
  if (!SPEAKS.test(sent)) return [];
  return counted(now) && counted(without)
    ? [`Without ${sent} there are ${sizeOf(without)}, too.`]
    : [`Whether ${sent} shows more cannot be told from ${sizeOf(now)}.`];
}

function count({ rows, atLeast }: Beyond): string {
  return atLeast ? `at least ${rows}` : String(rows);
}

/** With what usually shows more; undefined when nothing does. */
async function tryAll(search: Search): Promise<Found | undefined> {
  const { probe, now, tried } = search;
  const known = new Set(Object.keys(probe.listing.params));
  const fresh = (params: Params) => Object.fromEntries(Object.entries(params).filter(([name]) => !known.has(name)));
  const replacing = counted(now) ? REPLACING : [];
  const queue = [ADDING, ...CHOOSING, ...replacing].map(fresh).filter((params) => Object.keys(params).length > 0);
  for (const params of queue) {
    const most = "archived" in params || "active" in params ? 1 : search.enough;
    const shown = await attempt(search, () =>
      read(probe, { params: { ...probe.listing.params, ...params }, plain: now, most }),
    );
    if (search.cut !== undefined) return undefined;
    tried.push(params);
    if (shown !== undefined) {
      const found = await attempt(search, () => compare(search, { shown, params }));
      if (search.cut !== undefined)
        search.doubt = `${textOf(params)} shows more than ${sizeOf(now)}, which could not be asked for again.`;
      if (found !== undefined || search.cut !== undefined) return found;
      continue;
    }
    search.refused += 1;
    const alone = params.include_deleted === undefined ? [] : USUAL.filter((name) => !known.has(name));
    queue.push(
      ...alone
        .filter((name) => !tried.some((one) => Object.keys(one).join() === name))
        .map((name) => ({ [name]: "true" })),
    );
    // Three refusals of different things: this source knows its parameters and tells.
    if (search.refused === 3) break;
  }
  return undefined;
}

/** Undefined when there is no answer; where nothing more can be asked at all, `search` says why. */
async function attempt<T>(search: Search, ask: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    if (error.spent) search.cut = error.message;
    return undefined;
  }
}

/** One page where totals tell, else as much as `plain` is held against. Throws `NoAnswer`. */
async function measure(probe: TableProbe, params: Params, plain: Measure): Promise<Measure> {
  return await read(probe, { params, plain, most: plain.total !== undefined ? 1 : pagesOf(plain) });
}

function pagesOf({ whole }: Measure): number {
  return whole ? SHORT + 2 : FIRST;
}

async function read(
  probe: TableProbe,
  { params, plain, most }: { params: Params; plain: Measure; most: number },
): Promise<Measure> {
  const seen = measured(probe, await walk(probe, params, most));
  // Totals are compared only where the plain listing's can be trusted.
  return plain.total === undefined ? { ...seen, total: undefined } : seen;
}

function verdict(
  { now, tried, refused, cut, doubt = "" }: Search,
  { says, looked, shows }: Needed,
  first: Looked,
): Found {
  const asked = looked.length > 0 ? looked : [first];
  const searched = doubt === "" ? searchedWords(tried, { now, refused }) : doubt;
  const why = cut === undefined ? "" : `${tried.length === 0 ? "Nothing else" : "No more"} was tried: ${cut}`;
  const text = [...says, searched, why].filter((one) => one !== "").join(" ");
  return shows ? confirms(text, asked) : silent(text, asked);
}

function searchedWords(tried: readonly Params[], { now, refused }: Pick<Search, "now" | "refused">): string {
  if (tried.length === 0) return "";
  if (refused === tried.length)
    return "Parameters that the source does not know are refused: whether rows are hidden cannot be asked for.";
  const words = tried.map(manyWords);
  const where = counted(now) ? `shows more than ${sizeOf(now)}` : `shows others among ${sizeOf(now)}`;
  return `No hidden rows were found: none of the parameters that usually show archived, inactive or deleted rows ${where} (tried: ${words.join("; ")}).`;
}

function manyWords(params: Params): string {
  const names = Object.keys(params);
  return names.length > 3 ? `${some(names, 3)} like these` : textOf(params, ", ");
}

function oneOf(params: Params): string {
  return Object.keys(params).length === 1 ? textOf(params) : `one of ${manyWords(params)}`;
}

function textOf(params: Params, between = "&"): string {
  return Object.entries(params)
    .map(([name, value]) => `${name}=${value}`)
    .join(between);
}

interface Shown {
  shown: Measure;
  params: Params;
}

/** More rows with the parameters, and not because rows were added meanwhile. */
async function compare({ probe, now: plain, enough }: Search, { shown, params }: Shown): Promise<Found | undefined> {
  const seen = beyond(plain, shown);
  if (seen === undefined) return undefined;
  const { listing } = probe;
  const again = seen.byTotal
    ? await measure(probe, listing.params, plain)
    : await read(probe, { params: listing.params, plain, most: pagesOf(plain) });
  const more = beyond(again, shown);
  if (more === undefined || (!more.byTotal && !steady(plain, again))) return undefined;
  const single = await theOne(probe, { plain: again, params, most: Math.min(enough, pageOf(probe, again, shown)) });
  const { measure: last, sent, found } = single ?? { measure: shown, sent: oneOf(params), found: more };
  const plainly = sizeOf(again).replace(/^the /, "");
  const says = `The listing hides rows: ${sent} shows ${count(found)} rows that are not among the ${plainly} without it.`;
  // With the parameter, others may be gone: then it must not simply be sent.
  const others = last.whole ? beyond(last, again) : undefined;
  const instead =
    others === undefined
      ? `params with ${sent} if these rows are wanted; else say that they are left out`
      : `these rows come without ${count(others)} others: a table of its own with ${sent}, or say that they are left out`;
  return refutes(says, [...again.looked, ...last.looked], { instead });
}

/** The page on which a row that is added comes first. */
function pageOf({ pages: [first] }: TableProbe, plain: Measure, { order }: Measure): number {
  const known = new Set(plain.order);
  const place = order.findIndex((row) => !known.has(row));
  return Math.floor(Math.max(place, 0) / Math.max(first?.records.length ?? 1, 1)) + 1;
}

/** Which of the parameters it is: looked for where rows that are added show, then counted as far as requests are left. */
async function theOne(
  probe: TableProbe,
  { plain, params, most }: { plain: Measure; params: Params; most: number },
): Promise<{ sent: string; measure: Measure; found: Beyond } | undefined> {
  let one: { sent: string; measure: Measure; found: Beyond } | undefined;
  try {
    for (const [name, value] of Object.entries(params)) {
      const asked = { params: { ...probe.listing.params, [name]: value }, plain };
      const first = await read(probe, { ...asked, most }).catch(refusal);
      const seen = first && beyond(plain, first);
      if (first === undefined || seen === undefined) continue;
      one = { sent: `${name}=${value}`, measure: first, found: seen };
      if (!seen.atLeast) return one;
      const all = await read(probe, { ...asked, most: pagesOf(plain) });
      return { ...one, measure: all, found: beyond(plain, all) ?? seen };
    }
  } catch (error) {
    // Requests are used up, or a later page is refused: that there are hidden rows is known all the same.
    if (!(error instanceof NoAnswer)) throw error;
  }
  return one;
}

function refusal(error: unknown): undefined {
  if (!(error instanceof NoAnswer) || error.spent) throw error;
}
