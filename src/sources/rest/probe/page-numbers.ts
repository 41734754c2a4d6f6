/** Where pages begin and where they end: the number of the first, and what comes after the last. */
import { confirms, type Found, refutes, silent } from "../../http/probe/finding.ts";
import { parameterOf } from "./pages.ts";
import { withStart } from "./refusal.ts";
import { sharedCount } from "./rows.ts";
import { recordsIn, type TableProbe } from "./table-probe.ts";

/** Beyond most listings, and small enough for 32 bits. */
const FAR = { page: 1_000_000, offset: 1_000_000_000 };

/** Is the number of the first page right? */
export async function askFirstPage(probe: TableProbe): Promise<Found | undefined> {
  const { table, asker, listing, pages, bound, correct } = probe;
  const { pagination } = table.read;
  const [first] = pages;
  if (first === undefined || pagination.style !== "page" || pagination.start !== 1) return undefined;
  const name = pagination.page_param;
  const looked = await asker.ask(asker.address(listing.path, { ...listing.params, [name]: "0" }));
  const asked = [first.looked, looked];
  const records = recordsIn(table, looked, bound);
  if (records === undefined)
    return confirms(`${name}=0 is refused with status ${looked.exchange.status}: the first page is 1.`, asked);
  if (records.length === 0) {
    if (first.records.length === 0) return silent(`${name}=0 and ${name}=1 are both empty.`, asked);
    return confirms(`${name}=0 is empty, ${name}=1 has ${first.records.length} records: the first page is 1.`, asked);
  }
  const seen = pages.flatMap((page) => page.records);
  const shared = sharedCount(table, records, seen);
  if (shared === 0) {
    const corrected = correct((one) => withStart(one, 0));
    const says = `${name}=0 gives ${records.length} records that are neither on ${name}=1 nor on the page after it: the first page is 0.`;
    return refutes(says, asked, { instead: "start: 0", corrected });
  }
  const same = shared === records.length && records.length === first.records.length;
  if (same) return confirms(`${name}=0 gives the records of ${name}=1: no page comes before it.`, asked);
  return silent(`${name}=0 gives ${records.length} records, ${shared} of which are on the first two pages.`, asked);
}

/** What comes after the last page: does the read end? */
export async function askPastEnd(probe: TableProbe): Promise<Found | undefined> {
  const { table, asker, listing, pages, bound } = probe;
  const { pagination } = table.read;
  const [first] = pages;
  const name = parameterOf(pagination);
  if (first === undefined || first.records.length === 0 || name === undefined) return undefined;
  if (pagination.style !== "page" && pagination.style !== "offset") return undefined;
  const far = FAR[pagination.style];
  const at = (place: number) => asker.ask(asker.address(listing.path, { ...listing.params, [name]: String(place) }));
  const looked = await at(far);
  const asked = [first.looked, looked];
  const records = recordsIn(table, looked, bound);
  const { status } = looked.exchange;
  if (records === undefined) {
    if (status >= 500) return silent(`${name}=${far} is answered with status ${status}.`, asked);
    return confirms(`${name}=${far} is refused with status ${status}: ${name} counts.`, asked);
  }
  if (records.length === 0) return confirms(`${name}=${far} is an empty page: pages end.`, asked);
  const shared = sharedCount(table, records, first.records);
  const stated = pagination.has_more ?? (pagination.style === "page" ? pagination.total_pages : pagination.total);
  if (shared === records.length && shared === first.records.length) {
    // A listing of one page looks the same from everywhere.
    const says = `${name}=${far} gives the ${records.length} records of the first page: ${name} is ignored, or counts in another way.`;
    const single = pages.length < 2 || pages[1]?.records.length === 0;
    if (single && stated !== undefined) return silent(says, asked);
    return refutes(says, asked, { instead: "another way of paging, or none if one page is all" });
  }
  const beyond = await at(far + records.length);
  const others = recordsIn(table, beyond, bound);
  if (others === undefined || sharedCount(table, others, records) < records.length) {
    return silent(
      `${name}=${far} has ${records.length} records, and others come after them: the listing is that long.`,
      [looked, beyond],
    );
  }
  const says = `${name}=${far} is no empty page but has ${records.length} records: after the last page the source gives records again`;
  if (stated !== undefined) return confirms(`${says}; \`${stated}\` states the end before.`, asked);
  return refutes(`${says}, and nothing that is declared states the end: a read would not end.`, asked, {
    instead: "has_more or a total, so that the end is known",
  });
}
