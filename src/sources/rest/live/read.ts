/** Reading a table of the real source whole: all pages, of all parents. */
import { isDeepStrictEqual } from "node:util";
import type { RestBlueprint as Blueprint, RestTable as Table } from "../../../artifacts/blueprint.ts";
import { UserError } from "../../../errors.ts";
import { atPath } from "../../answers/exact.ts";
import { type Answer, createLiveClient, type LiveClient } from "../../http/live/client.ts";
import type { LiveOptions } from "../../live.ts";
import type { Record_ } from "../../record.ts";
import { type EndWatch, hasRecord, type ListingEnd, watchEnds } from "./ends.ts";
import { firstParams, type Listing, nextAddress, recordsOf, saysItEnded } from "./listing.ts";
import { watchOrder } from "./order.ts";

/**
 * Undefined when the source answers, else why it does not. An answer that the blueprint did not expect (a refused
 * parameter, another shape) is an answer: what is wrong then shows in the test, where it can be mended.
 */
export async function reachRest(blueprint: Blueprint, options: LiveOptions): Promise<string | undefined> {
  const table = blueprint.tables.find(({ read }) => read.parent === undefined);
  if (!table) return "no table can be asked without a row of another";
  try {
    const client = createLiveClient(blueprint, {
      ...options,
      signal: AbortSignal.any([options.signal, AbortSignal.timeout(15_000)]),
    });
    const answer = await client.get(client.address(table.read.path, firstParams(table)));
    const refused = answer.status === 401 || answer.status === 403 || answer.status === 429 || answer.status >= 500;
    return refused ? `${table.read.path} answers with status ${answer.status}` : undefined;
  } catch (error) {
    options.signal.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  }
}

export async function* readRest(blueprint: Blueprint, name: string, options: LiveOptions): AsyncIterable<Record_> {
  const table = blueprint.tables.find((candidate) => candidate.name === name);
  if (!table) throw new UserError(`The blueprint has no table ${name}.`);
  yield* readTable({ blueprint, client: createLiveClient(blueprint, options) }, table);
}

interface Reading {
  blueprint: Blueprint;
  client: LiveClient;
}

async function* readTable(reading: Reading, table: Table): AsyncIterable<Record_> {
  const ends = watchEnds(reading.client, table);
  yield* readListings(reading, table, ends);
  await ends.tableEnded();
}

async function* readListings(reading: Reading, table: Table, ends: EndWatch): AsyncIterable<Record_> {
  const { parent } = table.read;
  if (!parent) {
    yield* readListing({ ...reading, ends }, table, {});
    return;
  }
  const above = reading.blueprint.tables.find(({ name }) => name === parent.table);
  if (!above) throw new UserError(`The table ${table.name} has no parent ${parent.table}.`);
  for await (const row of readTable(reading, above)) {
    const bound = Object.fromEntries(
      parent.bind.map(({ placeholder, parent_column }) => [placeholder, row[parent_column] ?? null]),
    );
    const own = Object.fromEntries(
      parent.bind.map(({ column, parent_column }) => [column, row[parent_column] ?? null]),
    );
    for await (const record of readListing({ ...reading, ends }, table, bound)) yield { ...record, ...own };
  }
}

interface Watched {
  client: LiveClient;
  ends: EndWatch;
}

async function* readListing(watched: Watched, table: Table, bound: Record_): AsyncIterable<Record_> {
  const path = table.read.path.replace(/\{([^}]+)\}/g, (_, name: string) => encodeURIComponent(String(bound[name])));
  if (table.advance.kind === "steps") {
    yield* readSteps(watched, table, { path, advance: table.advance });
    return;
  }
  const { advance } = table;
  const start = advance.kind === "cursor" && advance.start ? { [advance.param]: advance.start } : {};
  yield* readPages(watched, table, { path, params: { ...firstParams(table), ...start } });
}

type Steps = Extract<Table["advance"], { kind: "steps" }>;

async function* readSteps(
  watched: Watched,
  table: Table,
  { path, advance }: { path: string; advance: Steps },
): AsyncIterable<Record_> {
  let empty = 0;
  for (let from = advance.start; empty < advance.empty_steps; from += advance.step) {
    const range = { [advance.from_param]: String(from), [advance.to_param]: String(from + advance.step - 1) };
    let count = 0;
    for await (const record of readPages(watched, table, { path, params: { ...firstParams(table), ...range } })) {
      count += 1;
      yield record;
    }
    empty = count === 0 ? empty + 1 : 0;
  }
}

/**
 * All pages of a listing. Totals and flags in an answer are not believed here: pages are asked for until one is empty, or
 * nothing leads on, so that a connector that stops where the source says it ends is compared with what really comes after.
 */
async function* readPages({ client, ends }: Watched, table: Table, { path, params }: Listing): AsyncIterable<Record_> {
  const seen = new Set<string>();
  const inOrder = watchOrder(table, path);
  let first: Record_[] = [];
  let previous: Record_[] = [];
  let end: ListingEnd | undefined;
  let address: URL | undefined = client.address(path, params);
  while (address && !seen.has(address.href)) {
    seen.add(address.href);
    const answer: Answer = await client.get(address);
    const records: Record_[] | undefined = answer.status < 400 ? recordsOf(table, answer) : undefined;
    if (end && isBeyondEnd(table, { end, status: answer.status, records, read: [first, previous] })) break;
    if (!records) {
      if (table.read.parent !== undefined && answer.status === 404) return;
      throw new UserError(`The source answers ${address.pathname} with status ${answer.status} and no records.`);
    }
    const [read, page]: [number, number] = [end?.read ?? 0, end?.pages ?? 0];
    if (records.length > 0 && isDeepStrictEqual(records, previous)) {
      if (saysItEnded(table, answer, { read, page })) break;
      throw new UserError(`The source repeats a page of ${address.pathname}: it does not page as the blueprint says.`);
    }
    ends.answered(answer);
    inOrder(records);
    yield* records;
    if (records.length === 0) {
      end = end ? { ...end, last: false } : { path, params, address, answer, last: true, read, pages: 1 };
      break;
    }
    if (page === 0) first = records;
    previous = records;
    end = { path, params, address, answer, last: true, read: read + records.length, pages: page + 1 };
    address = nextAddress({
      client,
      table: withoutFlag(table),
      answer,
      path,
      params,
      read: end.read,
      page: end.pages,
      address,
    });
  }
  if (end) ends.listingEnded(end);
}

interface Beyond {
  end: ListingEnd;
  status: number;
  records: readonly Record_[] | undefined;
  /** The first and the last page that were read. */
  read: readonly [Record_[], Record_[]];
}

/** Past the end some sources refuse a page instead of giving an empty one; past a stated end some give rows again. */
function isBeyondEnd(table: Table, { end, status, records, read: [first, previous] }: Beyond): boolean {
  const { pagination } = table.read;
  if ((pagination.style === "page" || pagination.style === "offset") && [400, 404, 416, 422].includes(status))
    return true;
  if (pagination.style !== "cursor" || pagination.has_more === undefined) return false;
  if (atPath(end.answer.body ?? null, pagination.has_more) !== false) return false;
  if (records === undefined || isDeepStrictEqual(records, first)) return true;
  return records.every((record) => hasRecord(previous, record));
}

/** A cursor that comes with "no more" is followed all the same, to see what is there. */
function withoutFlag(table: Table): Table {
  const { pagination } = table.read;
  if (pagination.style !== "cursor") return table;
  const { has_more: _, ...onward } = pagination;
  return { ...table, read: { ...table.read, pagination: onward } };
}
