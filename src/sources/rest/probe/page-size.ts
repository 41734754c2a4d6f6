/** Whether the source keeps to the page size that is asked for, and where its limit is. */
import type { Looked } from "../../http/live/look.ts";
import { complaint, confirms, type Found, refutes, silent } from "../../http/probe/finding.ts";
import { sizeParam, withSize } from "./refusal.ts";
import { recordsIn, type TableProbe } from "./table-probe.ts";

/** A size that few sources give in one page. */
const LARGE = 1000;

/** Is the page size honoured? */
export async function askPageSize(probe: TableProbe): Promise<Found | undefined> {
  const { table, pages, listing } = probe;
  const name = sizeParam(table);
  const [first, second] = pages;
  if (name === undefined || first === undefined || table.read.single) return undefined;
  const count = first.records.length;
  if (count < 2)
    return silent(
      `Page 1 has ${count === 0 ? "no record" : "one record"}: too few to see whether ${name} is honoured.`,
      [first.looked],
    );
  const sent = listing.params[name] === undefined ? undefined : Number(listing.params[name]);
  const more = (second?.records.length ?? 0) > 0;
  if (sent !== undefined && count > sent) {
    return ignored(probe, `Asked for ${name}=${sent}, the source gives ${count} records: ${name} is ignored.`, [
      first.looked,
    ]);
  }
  if (sent !== undefined && count === sent) return await beyond(probe, { name, sent });
  const half = await withParam(probe, name, Math.floor(count / 2));
  const asked = [first.looked, half.looked];
  if (half.records === undefined)
    return silent(`${name}=${Math.floor(count / 2)} is answered with ${complaint(half.looked)}.`, asked);
  const smaller = `asked for ${Math.floor(count / 2)}, got ${half.records.length}`;
  if (half.records.length > Math.floor(count / 2)) {
    return ignored(probe, `${name} is ignored: ${smaller}.`, asked);
  }
  if (sent === undefined) return confirms(`${name} is honoured: ${smaller}; without it a page has ${count}.`, asked);
  if (!more) return confirms(`${name} is honoured: ${smaller}.`, asked);
  // Nothing is lost by it, so it is no refutation; the size that is really given is the better one to state.
  const corrected = probe.correct((one) => withSize(one, count));
  const says = `${name} is clamped at ${count}: asked for ${sent}, got ${count} with more to come; ${smaller}.`;
  return { ...confirms(says, asked), instead: `size ${count}`, corrected };
}

/** Without the parameter the source does the same; with offsets a size may have to be named, so that is left open. */
function ignored(probe: TableProbe, says: string, looked: Looked[]): Found {
  const name = sizeParam(probe.table) ?? "";
  const instead = `no size, or another parameter than ${name}`;
  if (probe.table.read.pagination.style === "offset") return refutes(says, looked, { instead });
  return refutes(says, looked, { instead, corrected: probe.correct((one) => withSize(one, undefined)) });
}

/** Full pages of the declared size: what becomes of a larger one? */
async function beyond(probe: TableProbe, { name, sent }: { name: string; sent: number }): Promise<Found> {
  const [first] = probe.pages;
  const looked = first === undefined ? [] : [first.looked];
  const honoured = `${name} is honoured: asked for ${sent}, got ${sent}`;
  if (sent >= LARGE || (probe.pages[1]?.records.length ?? 0) === 0) return confirms(`${honoured}.`, looked);
  const large = await withParam(probe, name, LARGE);
  const asked = [...looked, large.looked];
  if (large.records === undefined)
    return confirms(`${honoured}; ${LARGE} is refused with ${complaint(large.looked)}.`, asked);
  const got = large.records.length;
  if (got < sent) return silent(`${honoured}, but asked for ${LARGE}, got ${got}.`, asked);
  return confirms(`${honoured}; asked for ${LARGE}, got ${got}.`, asked);
}

async function withParam(
  { asker, listing, table, bound }: TableProbe,
  name: string,
  size: number,
): Promise<{ looked: Looked; records: ReturnType<typeof recordsIn> }> {
  const looked = await asker.ask(asker.address(listing.path, { ...listing.params, [name]: String(size) }));
  return { looked, records: recordsIn(table, looked, bound) };
}
