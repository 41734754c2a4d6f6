/** The first answer of a table: whether its path answers, whether the records are where they should be, and why not. */
import { claimKey, type RestTable as Table } from "../../../artifacts/blueprint.ts";
import { atPath, isRecord } from "../../answers/exact.ts";
import { listsIn } from "../../answers/lists.ts";
import type { Looked } from "../../http/live/look.ts";
import { complaint, confirms, type Found, refutes, silent, some } from "../../http/probe/finding.ts";
import { type Asker, NoAnswer } from "../../http/probe/session.ts";
import type { ProbeFinding } from "../../live.ts";
import type { Json, Record_ } from "../../record.ts";
import { type Listing, saysItEnded } from "../live/listing.ts";
import { cure } from "./refusal.ts";
import { answerOf, openingParams, rangeParams, recordsIn, type TableProbe, type Walk, walkOn } from "./table-probe.ts";

export interface Opening {
  /** The table as corrected so far. */
  table: () => Table;
  asker: Asker;
  correct: TableProbe["correct"];
  /** Rows of the parent that have been seen; undefined for a table without one. */
  parents: Record_[] | undefined;
}

export interface Opened {
  findings: ProbeFinding[];
  /** Undefined when there is nothing to ask further questions about. */
  probe?: TableProbe;
}

const PARENTS = 5;
const RANGES = 4;
/** Records of ranges that are enough to judge by. */
const ENOUGH = 10;

const PATH = "Does the path answer?";
const RECORDS = "Is the list of records where it should be?";

type Spot = Pick<TableProbe, "listing" | "bound"> & { looked: Looked };

/** Throws `NoAnswer`. */
export async function openTable(opening: Opening): Promise<Opened> {
  const findings: ProbeFinding[] = [];
  const add = (field: "read.path" | "read.records" | "read.pagination" | "advance", question: string, found: Found) =>
    findings.push({ key: claimKey(opening.table().name, field), question, ...found });
  const spots = await firstSpots(opening);
  let [spot] = spots;
  if (spot === undefined) {
    add("read.path", PATH, silent("No row of the parent was seen to ask with.", []));
    return { findings };
  }
  if ([400, 404, 416, 422].includes(spot.looked.exchange.status) && opening.parents === undefined) {
    const cured = await cure({ ...opening, listing: spot.listing, refused: spot.looked });
    if (cured !== undefined) {
      add(cured.field, cured.question, cured.found);
      spot = { ...spot, looked: cured.looked };
    }
  }
  const path = pathFinding(opening, spots.length > 1 ? spots.map(({ looked }) => looked) : [spot.looked], spot.looked);
  add("read.path", PATH, path);
  if (path.verdict !== "confirms") return { findings };
  const records = recordsFinding(opening, spot.looked);
  add("read.records", RECORDS, records);
  if (records.verdict === "refutes" && records.corrected === undefined) return { findings };
  return { findings, probe: await sample(opening, [spot, ...spots.slice(1)]) };
}

/** One listing; for a child table those of up to two parents that have children, the best first. */
async function firstSpots({ table, asker, parents }: Opening): Promise<Spot[]> {
  const ask = async (listing: Listing, bound: Record_) => {
    return { listing, bound, looked: await asker.ask(asker.address(listing.path, listing.params)) };
  };
  const params = openingParams(table());
  const { path, parent } = table().read;
  if (parent === undefined || parents === undefined) return [await ask({ path, params }, {})];
  const empty: Spot[] = [];
  const full: Spot[] = [];
  for (const row of parents.slice(0, PARENTS)) {
    const values = parent.bind.map((bind) => ({ ...bind, value: row[bind.parent_column] ?? null }));
    if (values.some(({ value }) => value === null)) continue;
    const filled = path.replace(/\{([^}]+)\}/g, (_, name: string) =>
      encodeURIComponent(String(values.find(({ placeholder }) => placeholder === name)?.value ?? "")),
    );
    const bound = Object.fromEntries(values.map(({ column, value }) => [column, value]));
    const spot = await ask({ path: filled, params }, bound);
    const records = recordsIn(table(), spot.looked) ?? [];
    (records.length > 0 ? full : empty).push(spot);
    if (full.length === 2) break;
  }
  // An answer, if an empty one, says more than a 404 for a parent that is gone.
  const answered = empty.filter(({ looked }) => looked.exchange.status < 300);
  return full.length > 0 ? full : [...answered, ...empty].slice(0, 1);
}

function pathFinding(opening: Opening, asked: Looked[], looked: Looked): Found {
  const { exchange, elsewhere, json } = looked;
  const { path } = opening.table().read;
  const { status, headers } = exchange;
  if (elsewhere !== undefined) {
    return refutes(
      `${path} redirects (status ${status}) to another host, ${elsewhere.host}, which is not asked.`,
      asked,
      {
        instead: `if ${elsewhere.host} belongs to the source, state it as base_url`,
      },
    );
  }
  if (status === 401 || status === 403) {
    return silent(`${path} answers with status ${status}: the credentials given do not open it.`, asked);
  }
  if (status >= 500) return silent(`${path} answers with status ${status}.`, asked);
  if (status >= 300) {
    const child = opening.parents === undefined ? "" : " for the parents that were tried";
    const says = `${path} answers with ${complaint(looked)}${child}.`;
    return opening.parents === undefined ? refutes(says, asked) : silent(says, asked);
  }
  if (json === undefined) {
    const type = headers["content-type"] ?? "no content type";
    if (exchange.body === "") return silent(`${path} answers with status ${status} and nothing in it.`, asked);
    if (exchange.cut && !/html/i.test(type)) {
      return silent(`${path} answers with status ${status} and more than is read at once: it was not judged.`, asked);
    }
    return refutes(`${path} answers with status ${status} and ${type}, which is no JSON.`, asked, {
      instead: "the address of the API itself: this is a page for people, or of another format",
    });
  }
  return confirms(`${path} answers with status ${status} and JSON.`, asked);
}

function recordsFinding({ table, correct }: Opening, looked: Looked): Found {
  const { read } = table();
  const place = read.records === "" ? "the answer itself" : `\`${read.records}\``;
  const body = looked.json ?? null;
  const found = atPath(body, read.records);
  const records = recordsIn(table(), looked);
  if (records !== undefined) {
    if (read.single) return confirms(`There is one record at ${place}.`, [looked]);
    if (records.length === 0)
      return silent(`The list at ${place} is empty: nothing can be asked of its records.`, [looked]);
    return confirms(`There is a list of ${records.length} records at ${place}.`, [looked]);
  }
  if (read.single && Array.isArray(found) && found.every(isRecord)) {
    const corrected = correct((one) => ({ ...one, read: { ...one.read, single: false } }));
    return refutes(`At ${place} there is a list of ${found.length} records, not one.`, [looked], {
      instead: "a list",
      corrected,
    });
  }
  if (found === null) return silent(`At ${place} there is null.`, [looked]);
  const lists = listsIn(body).filter(({ records: ofRecords }) => ofRecords);
  const [only] = lists;
  const what = `At ${place} there is ${described(found)}`;
  if (only === undefined) {
    const says = `${what}, and no list of records anywhere in the answer${fields(body)}.`;
    // Some sources leave an empty list out; an error's fields are none of a listing.
    return found === undefined && !saysError(body) ? silent(says, [looked]) : refutes(says, [looked]);
  }
  const named = lists.map(({ path, length }) => `\`${path}\` (${length})`);
  const says = `${what}; lists of records are at ${some(named)}.`;
  if (lists.length > 1 || read.single) return refutes(says, [looked], { instead: `one of ${some(named)}` });
  const corrected = correct((one) => ({ ...one, read: { ...one.read, records: only.path } }));
  return refutes(says, [looked], { instead: `records: "${only.path}"`, corrected });
}

function saysError(body: Json): boolean {
  return (
    isRecord(body) && Object.keys(body).some((name) => /^(error|errors|message|fault|detail|exception)$/i.test(name))
  );
}

function described(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length} that are no records`;
  return isRecord(value) ? "one object, no list" : "a plain value";
}

function fields(body: Json): string {
  return isRecord(body) ? `, which has the fields ${some(Object.keys(body))}` : "";
}

/** Two pages of the first spot; more ranges where one has few records. */
async function sample(opening: Opening, spots: Spot[]): Promise<TableProbe> {
  const [first, ...rest] = spots as [Spot, ...Spot[]];
  const { asker, correct } = opening;
  const pageOf = ({ looked, bound }: Spot) => ({ looked, records: recordsIn(opening.table(), looked, bound) ?? [] });
  const scope = {
    asker,
    correct,
    bound: first.bound,
    endsHold: false,
    listing: { ...first.listing, params: openingParams(opening.table()) },
  };
  const probe: TableProbe = {
    ...scope,
    get table() {
      return opening.table();
    },
    pages: [pageOf(first)],
    ended: false,
    others: rest.map(pageOf),
    broken: undefined,
  };
  const { advance } = opening.table();
  if (advance.kind === "steps") await addRanges(probe, advance);
  Object.assign(probe, await secondPage(probe));
  return probe;
}

async function addRanges(probe: TableProbe, advance: Extract<Table["advance"], { kind: "steps" }>): Promise<void> {
  for (let range = 1; range < RANGES; range++) {
    if (probe.pages.concat(probe.others).reduce((sum, { records }) => sum + records.length, 0) >= ENOUGH) return;
    const params = { ...probe.listing.params, ...rangeParams(advance, advance.start + range * advance.step) };
    const looked = await probe.asker.ask(probe.asker.address(probe.listing.path, params));
    const records = recordsIn(probe.table, looked, probe.bound);
    if (records === undefined) return;
    // What is asked about paging is asked of the fullest range.
    if (records.length > (probe.pages[0]?.records.length ?? 0)) {
      probe.others.push(...probe.pages);
      probe.pages = [{ looked, records }];
      probe.listing = { ...probe.listing, params };
    } else probe.others.push({ looked, records });
  }
}

/** Without a second page, or when it cannot be had, the sample is the first. */
async function secondPage(probe: TableProbe): Promise<Partial<TableProbe>> {
  const { params } = probe.listing;
  const first: Walk = { pages: probe.pages, ended: false };
  try {
    const walk = await walkOn(probe, first, { params, most: 2 });
    const stated = (walk.pages[1]?.records.length ?? 0) > 0 && endsAfterOne(probe);
    return { ...walk, endsHold: !stated };
  } catch (error) {
    if (error instanceof NoAnswer) return { broken: error };
    throw error;
  }
}

/** Whether the first page states that it is the last. */
function endsAfterOne({ table, pages: [first] }: TableProbe): boolean {
  return first !== undefined && saysItEnded(table, answerOf(first.looked), { read: first.records.length, page: 1 });
}
