/**
 * Whether a listing really ends where it was left. A wrong place for the next page looks like a last page: whoever believes
 * the blueprint stops there, and a connector and a reader that stop together agree on rows that are not all.
 */
import { isDeepStrictEqual } from "node:util";
import type { RestTable as Table } from "../../../artifacts/blueprint.ts";
import { UserError } from "../../../errors.ts";
import { atPath, isRecord } from "../../answers/exact.ts";
import type { Answer, LiveClient } from "../../http/live/client.ts";
import type { Json, Record_ } from "../../record.ts";
import { envelopeFields, type Listing, linkTo, MORES, NEXTS, recordsOf, signsOfMore, totalsBeyond } from "./listing.ts";

/** A listing that has been read to where nothing led on. */
export interface ListingEnd extends Listing {
  address: URL;
  /** The last answer that held records, or the only one. */
  answer: Answer;
  /** Whether no answer came after it. */
  last: boolean;
  /** Records and pages read. */
  read: number;
  pages: number;
}

export interface EndWatch {
  /** Each answer as it comes. */
  answered: (answer: Answer) => void;
  /** Throws `UserError` when the source speaks of more than was read. */
  listingEnded: (end: ListingEnd) => void;
  /** When all listings have been read. Throws `UserError` when the way to a second page is not where it should be. */
  tableEnded: () => Promise<void>;
}

/** Fields that name a place in the listing: a way on where asking shows it, for they are given on last pages, too. */
const PLACES = ["after", "end_cursor", "endCursor", "cursor"];

export function watchEnds(client: LiveClient, table: Table): EndWatch {
  const { pagination } = table.read;
  /** Whether any answer led on from where the blueprint says. */
  let led = false;
  let widest: ListingEnd | undefined;
  return {
    answered: (answer) => {
      led ||= nextIn(table, answer) !== undefined;
    },
    listingEnded: (end) => {
      // The fields of one object are its own.
      if (table.read.single) return;
      refuseMore(table, end);
      if (end.pages === 1 && end.read > (widest?.read ?? 0)) widest = end;
    },
    tableEnded: async () => {
      const guided = ["cursor", "next_url", "link_header"].includes(pagination.style);
      if (!guided || led || widest === undefined) return;
      const problem = await strayed({ client, table, end: widest });
      if (problem !== undefined) throw new UserError(problem);
    },
  };
}

/** What the source itself says: totals always, the rest where nothing came after. */
function refuseMore({ read: { pagination }, advance }: Table, { address, answer, last, read }: ListingEnd): void {
  if (pagination.style === "none") {
    const signs = signsOfMore(answer, read);
    if (signs.length > 0) {
      throw new UserError(
        `${address.pathname} gives ${read} records at once, but there are more: ${signs.join(", ")}. The table needs a pagination.`,
      );
    }
    return;
  }
  // The total of a range of ids may be that of all.
  const signs = advance.kind === "steps" ? [] : totalsBeyond(answer, read);
  if (last && pagination.style !== "page" && pagination.style !== "offset") {
    const own = "has_more" in pagination ? pagination.has_more : undefined;
    const flags = envelopeFields(answer.body ?? null).filter(
      ([, field, value]) => MORES.includes(field) && value === true,
    );
    const names = new Set(flags.map(([name]) => name));
    if (own !== undefined && atPath(answer.body ?? null, own) === true) names.add(own);
    signs.push(...[...names].map((name) => `${name} is true`));
    if (linkTo(answer.headers.get("link") ?? "", "next") !== undefined) signs.push("a Link header with a next page");
  }
  if (signs.length === 0) return;
  const elsewhere = waysOn(answer.body ?? null, pagination).map(({ name }) => name);
  const hint = elsewhere.length > 0 ? `; it seems to be at ${elsewhere.join(" or ")}` : "";
  throw new UserError(
    `${address.pathname} gives ${read} records, but there are more: ${signs.join(", ")}. There is no next page ${placeOf(pagination)}${hint}.`,
  );
}

interface Stray {
  client: LiveClient;
  table: Table;
  end: ListingEnd;
}

/** No answer ever led on: is there a second page all the same? Undefined when nothing shows it. */
async function strayed(stray: Stray): Promise<string | undefined> {
  const { table, end } = stray;
  const { pagination } = table.read;
  const nothing = `nothing ${placeOf(pagination)}, where the next page should be`;
  const shorter = await askShorter(stray);
  if (shorter !== undefined) {
    if (nextIn(table, shorter.answer) !== undefined) return undefined;
    const ways = waysOn(shorter.answer.body ?? null, pagination).map(({ name }) => name);
    const hint = ways.length > 0 ? `; it seems to be at ${ways.join(" or ")}` : "";
    return `${end.address.pathname} has more than the ${shorter.count} records that ${shorter.asked} gives, and the answer has ${nothing}${hint}.`;
  }
  for (const way of waysOn(end.answer.body ?? null, pagination)) {
    const found = await follow(stray, way);
    if (found !== undefined) return `${end.address.pathname} gives ${end.read} records and ${nothing}, but ${found}.`;
  }
  const size = sizeOf(table);
  if (size?.size === end.read && !isStated(table, end.answer)) {
    return `${end.address.pathname} gives ${end.read} records, as many as ${size.param}=${size.size} asks for, and ${nothing}: no answer of the table has it, so that nothing shows that the listing ends there.`;
  }
  return undefined;
}

interface Shorter {
  answer: Answer;
  count: number;
  /** `page_size=50` */
  asked: string;
}

/** The first page with half as many records: then there is a second one for certain. Undefined when the size is not kept to. */
async function askShorter({ client, table, end }: Stray): Promise<Shorter | undefined> {
  const size = sizeOf(table);
  if (size === undefined || end.read < 2) return undefined;
  const half = String(Math.floor(end.read / 2));
  const answer = await client.get(client.address(end.path, { ...end.params, [size.param]: half }));
  const count = answer.status < 400 ? (recordsOf(table, answer)?.length ?? 0) : 0;
  return count > 0 && count < end.read ? { answer, count, asked: `${size.param}=${half}` } : undefined;
}

interface Way {
  /** Path in the answer. */
  name: string;
  value: string;
  /** Whether its name alone says that it leads on. */
  next: boolean;
}

/** Fields other than the blueprint's that may lead on. */
function waysOn(body: Json, pagination: Table["read"]["pagination"]): Way[] {
  return envelopeFields(body).flatMap(([path, field, value]) => {
    const next = NEXTS.includes(field);
    if (!next && !PLACES.includes(field)) return [];
    const [name, target] = isRecord(value) ? [`${path}.href`, value.href] : [path, value];
    const own = "next" in pagination && pagination.next === name;
    const usable = (typeof target === "string" && target !== "") || typeof target === "number";
    return own || !usable ? [] : [{ name, value: String(target), next }];
  });
}

/** What comes of going the way; undefined when it leads to nothing new. */
async function follow({ client, table, end }: Stray, way: Way): Promise<string | undefined> {
  const { pagination } = table.read;
  const leads = /^(https?:\/\/|[/?])/i.test(way.value);
  if (!leads && pagination.style !== "cursor") return way.next ? `${way.name} is given` : undefined;
  const beside = pagination.style === "cursor" && !pagination.cursor_only ? end.params : {};
  const param = pagination.style === "cursor" ? pagination.cursor_param : "";
  const address = leads
    ? client.follow(way.value, end.address)
    : client.address(end.path, { ...beside, [param]: way.value });
  const answer = await client.get(address);
  const records = answer.status < 400 ? recordsOf(table, answer) : undefined;
  if (records === undefined) return way.next ? `${way.name} is given` : undefined;
  const known = recordsOf(table, end.answer) ?? [];
  const fresh = records.filter((record) => !hasRecord(known, record)).length;
  return fresh > 0 ? `${way.name} leads to ${fresh} more` : undefined;
}

export function hasRecord(records: readonly Record_[], record: Record_): boolean {
  return records.some((other) => isDeepStrictEqual(other, record));
}

function nextIn({ read: { pagination } }: Table, { body, headers }: Answer): string | undefined {
  if (pagination.style === "link_header") return linkTo(headers.get("link") ?? "", pagination.rel);
  if (!("next" in pagination)) return undefined;
  const value = atPath(body ?? null, pagination.next);
  return value === undefined || value === null || value === "" || value === false ? undefined : String(value);
}

/** Whether the answer itself says, at the blueprint's place, that nothing follows. */
function isStated({ read: { pagination } }: Table, { body }: Answer): boolean {
  return "next" in pagination && atPath(body ?? null, pagination.next) !== undefined;
}

function placeOf(pagination: Table["read"]["pagination"]): string {
  if (pagination.style === "link_header") return `in a Link header with rel="${pagination.rel}"`;
  if ("next" in pagination) return `at ${pagination.next}`;
  return "with records";
}

function sizeOf({ read: { pagination } }: Table): { param: string; size: number } | undefined {
  if (pagination.style === "none" || pagination.style === "offset") return undefined;
  const { size_param: param, size } = pagination;
  return param === undefined || size === undefined ? undefined : { param, size };
}
