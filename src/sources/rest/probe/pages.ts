/** Whether a listing goes on from page to page as the blueprint says. */
import type { Pagination } from "../../../artifacts/reading.ts";
import { atPath } from "../../answers/exact.ts";
import { confirms, type Found, type Remedy, refutes, silent, some } from "../../http/probe/finding.ts";
import type { Json } from "../../record.ts";
import { envelopeFields, MORES, NEXTS, saysItEnded, signsOfMore, TOTALS } from "../live/listing.ts";
import { withPagination } from "./refusal.ts";
import { sharedCount } from "./rows.ts";
import { answerOf, type Page, type TableProbe } from "./table-probe.ts";

/** Does page 2 differ from page 1? For a listing without pages: is one page all of it? */
export async function askPages(probe: TableProbe): Promise<Found | undefined> {
  const { pages, table, broken } = probe;
  const [first, second] = pages;
  const { pagination } = table.read;
  if (first === undefined || table.read.single) return undefined;
  if (pagination.style === "none") return onlyPage(probe, first);
  if (broken !== undefined) return refusedPage(probe, first);
  if (first.records.length === 0)
    return silent("The first page is empty: there is nothing to page through.", [first.looked]);
  if (second === undefined) return noSecond(probe, first);
  const asked = [first.looked, second.looked];
  if (second.records.length === 0) {
    return confirms(`Page 1 has ${first.records.length} records and page 2 none: the listing has one page.`, asked);
  }
  const shared = sharedCount(table, second.records, first.records);
  const counts = `page 2 shares ${shared} of its ${second.records.length} records with page 1`;
  if (shared === 0) return confirms(`${counts[0]?.toUpperCase()}${counts.slice(1)}.`, asked);
  if (saysItEnded(table, answerOf(first.looked), { read: first.records.length, page: 1 })) {
    return silent(
      `Page 1 states that it is the last, and asked for page 2 the source gives records of page 1 again.`,
      asked,
    );
  }
  if (shared === second.records.length) return repeated(probe, [first, second]);
  return await overlapping(probe, [first, second], counts);
}

function refusedPage({ broken, table }: TableProbe, first: Page): Found {
  const why = broken?.message ?? "";
  const exchanges = broken?.exchanges.length ? broken.exchanges : [first.looked.exchange];
  // Another host, or a position that the source itself refuses; anything else may be its mood of the day.
  const refuted = /another host/.test(why) || /answers with status 4(00|04|16|22)/.test(why);
  const says = `${why.replace(/\.$/, "")}: page 2 of ${table.name} cannot be read.`;
  return { verdict: refuted ? "refutes" : "silent", says, exchanges };
}

function onlyPage({ table }: TableProbe, { looked, records }: Page): Found {
  const signs = signsOfMore(answerOf(looked), records.length);
  if (signs.length > 0) {
    const says = `The answer has ${records.length} records and speaks of more: ${signs.join(", ")}.`;
    return refutes(says, [looked], { instead: "a pagination: one page is not all of it" });
  }
  if (records.length === 0) return silent("The listing is empty: there is nothing to page through.", [looked]);
  // Round numbers are what limits look like.
  const round = records.length >= 10 && [10, 20, 25, 30, 50, 100, 200, 250, 500, 1000].includes(records.length);
  if (round) {
    return silent(
      `The answer has ${records.length} records and does not speak of more, but ${records.length} is also what a limit looks like.`,
      [looked],
    );
  }
  return confirms(`The answer of ${table.read.path} has ${records.length} records and does not speak of more.`, [
    looked,
  ]);
}

/** Nothing in the answer leads to a second page: because there is none, or because it is elsewhere. */
function noSecond(probe: TableProbe, { looked, records }: Page): Found {
  const { pagination } = probe.table.read;
  const body = looked.json ?? null;
  const place =
    pagination.style === "link_header"
      ? "The Link header"
      : "next" in pagination
        ? `\`${pagination.next}\``
        : "The answer";
  const stated = "next" in pagination ? atPath(body, pagination.next) : undefined;
  const hasMore =
    "has_more" in pagination && pagination.has_more !== undefined ? atPath(body, pagination.has_more) : undefined;
  const signs = signsOfMore(answerOf(looked), records.length);
  const elsewhere = nextsIn(body).filter(([path]) => !("next" in pagination) || path !== pagination.next);
  const [only] = elsewhere;
  if (
    hasMore === false ||
    ((stated === null || stated === "" || stated === false) && hasMore !== true && signs.length === 0)
  ) {
    return silent(
      `The answer says that page 1 of ${records.length} records is the last: there is nothing to compare.`,
      [looked],
    );
  }
  if (signs.length === 0 && hasMore !== true) {
    return silent(
      `${place} leads to no second page after ${records.length} records: it may be the last, there is nothing to compare.`,
      [looked],
    );
  }
  const says = `${place} leads nowhere after ${records.length} records, and the answer speaks of more: ${some(signs.length > 0 ? signs : ["the flag says so"])}.`;
  if (only === undefined || elsewhere.length > 1)
    return refutes(
      says,
      [looked],
      elsewhere.length > 0 ? { instead: `next at ${some(elsewhere.map(([path]) => path))}` } : {},
    );
  return refutes(says, [looked], movedNext(probe, pagination, only));
}

/** Fields that by their names lead on. */
function nextsIn(body: Json): [path: string, value: string][] {
  return envelopeFields(body).flatMap(([path, field, value]) =>
    NEXTS.includes(field) && (typeof value === "string" || typeof value === "number") && value !== ""
      ? [[path, String(value)]]
      : [],
  );
}

/** The same style with its next value elsewhere; an address where a cursor was declared, or the reverse, is only named. */
function movedNext({ correct }: TableProbe, pagination: Pagination, [path, value]: [string, string]): Remedy {
  const address = /^(https?:)?\//.test(value);
  const style = address ? "next_url" : "cursor";
  if (pagination.style !== style) return { instead: `style ${style}, next: "${path}"` };
  return {
    instead: `next: "${path}"`,
    corrected: correct((table) => withPagination(table, { ...pagination, next: path })),
  };
}

/** Page 2 is page 1 again: the parameter is ignored, or the first page has another number than was thought. */
async function repeated(probe: TableProbe, [first, second]: [Page, Page]): Promise<Found> {
  const { table, asker, listing, correct } = probe;
  const { pagination } = table.read;
  const asked = [first.looked, second.looked];
  const says = `Page 2 is page 1 again: all ${second.records.length} records are the same.`;
  if (pagination.style !== "page" || pagination.start !== 0) {
    const name = parameterOf(pagination);
    return refutes(says, asked, {
      instead: name === undefined ? "another way of paging" : `another way of paging: ${name} is ignored`,
    });
  }
  const params = { ...listing.params, [pagination.page_param]: String(pagination.start + 2) };
  const third = await asker.ask(asker.address(listing.path, params));
  const records = atPath(third.json ?? null, table.read.records);
  const text = JSON.stringify(atPath(first.looked.json ?? null, table.read.records), digits);
  if (third.exchange.status >= 300 || JSON.stringify(records, digits) === text) {
    return refutes(says, [...asked, third], { instead: `another way of paging: ${pagination.page_param} is ignored` });
  }
  const corrected = correct((one) => withPagination(one, { ...pagination, start: 1 }));
  return refutes(
    `${pagination.page_param}=0 and ${pagination.page_param}=1 give the same records, ${pagination.page_param}=2 gives others: the first page is 1.`,
    [...asked, third],
    { instead: "start: 1", corrected },
  );
}

function digits(_name: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

export function parameterOf(pagination: Pagination): string | undefined {
  switch (pagination.style) {
    case "page":
      return pagination.page_param;
    case "offset":
      return pagination.offset_param;
    case "cursor":
      return pagination.cursor_param;
    default:
      return undefined;
  }
}

/** Some records twice: asked again, to tell a source that moves from one that pages otherwise. */
async function overlapping(probe: TableProbe, [first, second]: [Page, Page], counts: string): Promise<Found> {
  const { asker, table } = probe;
  const asked = [first.looked, second.looked];
  if (table.primary_key.length === 0)
    return silent(`${counts}; without a key, equal records may be different ones.`, asked);
  const again = await asker.ask(first.looked.address);
  const same = JSON.stringify(again.json, digits) === JSON.stringify(first.looked.json, digits);
  if (!same) return silent(`${counts}, but page 1 has changed meanwhile.`, [...asked, again]);
  return refutes(`${counts}, and page 1 is the same when asked again.`, [...asked, again]);
}

/** Are the places that state totals and ends there, and do they not end the read too early? */
export async function askEnds(probe: TableProbe): Promise<Found | undefined> {
  const { pages, table, correct } = probe;
  const { pagination } = table.read;
  const [first, second] = pages;
  const stated = Object.entries({
    has_more: "has_more" in pagination ? pagination.has_more : undefined,
    total: "total" in pagination ? pagination.total : undefined,
    total_pages: "total_pages" in pagination ? pagination.total_pages : undefined,
  }).filter((entry): entry is [string, string] => entry[1] !== undefined);
  if (first === undefined || second === undefined || second.records.length === 0 || stated.length === 0)
    return undefined;
  const asked = [first.looked, second.looked];
  const body = first.looked.json ?? null;
  const fresh = second.records.length > sharedCount(table, second.records, first.records);
  for (const [field, path] of stated) {
    const value = atPath(body, path);
    if (value === undefined) {
      const known =
        field === "has_more"
          ? MORES
          : field === "total"
            ? TOTALS
            : ["total_pages", "totalPages", "page_count", "pageCount", "pages", "last_page"];
      const others = envelopeFields(body)
        .filter(([, name]) => known.includes(name))
        .map(([place]) => place);
      const [only] = others;
      const found = others.length > 0 ? `; there is ${some(others)}` : "";
      const remedy: Remedy =
        others.length === 1 && only !== undefined
          ? {
              instead: `${field}: "${only}"`,
              corrected: correct((one) => withPagination(one, { ...pagination, [field]: only })),
            }
          : { instead: `no ${field}: then pages are read until one is empty` };
      return refutes(
        `There is nothing at \`${path}\`, where ${field} should be, though page 2 has records${found}.`,
        asked,
        remedy,
      );
    }
    const ends = saysItEnded(endingOnly(table, field, path), answerOf(first.looked), {
      read: first.records.length,
      page: 1,
    });
    if (ends && fresh) {
      const says = `\`${path}\` is ${String(value)} on page 1, which would end the read, and page 2 has ${second.records.length} records.`;
      const corrected = correct((one) => withPagination(one, withoutEnd(pagination, field)));
      return refutes(says, asked, { instead: `no ${field}: then pages are read until one is empty`, corrected });
    }
  }
  const values = stated.map(([, path]) => `\`${path}\` is ${String(atPath(body, path))}`);
  return confirms(`On page 1 ${values.join(" and ")}, and page 2 has ${second.records.length} records.`, asked);
}

/** The table as if the listing's end were stated nowhere else. */
function endingOnly(table: TableProbe["table"], field: string, path: string): TableProbe["table"] {
  let { pagination } = table.read;
  for (const other of ["has_more", "total", "total_pages"]) pagination = withoutEnd(pagination, other);
  return withPagination(table, { ...pagination, [field]: path } as Pagination);
}

function withoutEnd(pagination: Pagination, field: string): Pagination {
  return Object.fromEntries(Object.entries(pagination).filter(([name]) => name !== field)) as Pagination;
}
