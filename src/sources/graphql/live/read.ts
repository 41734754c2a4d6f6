/** Reading a table of the real source whole: all pages, of all parents. */
import { isDeepStrictEqual } from "node:util";
import { type Blueprint, blueprintOf } from "../../../artifacts/blueprint.ts";
import { UserError } from "../../../errors.ts";
import { isRecord } from "../../answers/exact.ts";
import type { LiveOptions } from "../../live.ts";
import type { Json, Record_ } from "../../record.ts";
import { type ListQuestion, listQuery, type Table, withInner } from "./ask-list.ts";
import { createGraphqlClient, dataOf, type GraphqlClient } from "./client.ts";

/** Undefined when the source answers, else why it does not. What is wrong with an answer shows in the test. */
export async function reachGraphql(given: Blueprint, options: LiveOptions): Promise<string | undefined> {
  const blueprint = blueprintOf(given, "graphql");
  const table = blueprint.tables.find(({ read }) => read.parent === undefined);
  if (!table) return "no table can be asked without a row of another";
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(15_000)]);
  try {
    const client = createGraphqlClient(blueprint.source, { ...options, signal });
    const answer = await client.ask(listQuery({ table, place: undefined, size: 1 }).query, {});
    const denied = answer.errors.find((text) =>
      /^(UNAUTHENTICATED|UNAUTHORIZED|FORBIDDEN|ACCESS_DENIED)\b/i.test(text),
    );
    if (denied !== undefined) return `${table.read.field}: ${denied}`;
    const refused = [401, 403, 429].includes(answer.status) || answer.status >= 500;
    if (refused) return `${table.read.field} answers with status ${answer.status}`;
    return answer.known
      ? undefined
      : `${blueprint.source.base_url} does not answer as a GraphQL server does (status ${answer.status})`;
  } catch (error) {
    options.signal.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  }
}

export async function* readGraphql(given: Blueprint, name: string, options: LiveOptions): AsyncIterable<Record_> {
  const blueprint = blueprintOf(given, "graphql");
  const table = blueprint.tables.find((candidate) => candidate.name === name);
  if (!table) throw new UserError(`The blueprint has no table ${name}.`);
  yield* readTable({ tables: blueprint.tables, client: createGraphqlClient(blueprint.source, options) }, table);
}

interface Reading {
  tables: readonly Table[];
  client: GraphqlClient;
}

async function* readTable(reading: Reading, table: Table): AsyncIterable<Record_> {
  const { parent, lookup } = table.read;
  if (!parent) {
    yield* readPages(reading.client, { table, place: undefined }, (question) => listQuery(question));
    return;
  }
  const above = reading.tables.find(({ name }) => name === parent.table);
  if (!above) throw new UserError(`The table ${table.name} has no parent ${parent.table}.`);
  if (lookup === undefined) {
    yield* readInside(reading, table, above);
    return;
  }
  for await (const row of readTable(reading, above)) {
    const own = boundOf(table, row);
    const question = { table, place: undefined, parent: row };
    for await (const record of readPages(reading.client, question, (one) => listQuery(one)))
      yield { ...record, ...own };
  }
}

/** A list in one piece inside of records that are listed from the root. */
async function* readInside(reading: Reading, table: Table, above: Table): AsyncIterable<Record_> {
  if (above.read.parent !== undefined) {
    throw new UserError(
      `${table.name} cannot be read by the second route: ${above.name} is itself inside of other records.`,
    );
  }
  const ask = (question: ListQuestion) => withInner(question, table);
  for await (const row of readPages(reading.client, { table: above, place: undefined }, ask)) {
    const found = recordsAt(row, table.read.field.split("."));
    if (found === undefined) throw new UserError(`${above.name} has a record without the list ${table.read.field}.`);
    for (const record of found) yield { ...record, ...boundOf(table, row) };
  }
}

function boundOf({ read }: Table, row: Record_): Record_ {
  return Object.fromEntries(
    (read.parent?.bind ?? []).map(({ column, parent_column }) => [column, row[parent_column] ?? null]),
  );
}

/** Pages are asked for until the source says there are no more; lists by offset until a page is empty. */
async function* readPages(
  client: GraphqlClient,
  question: ListQuestion,
  queryFor: (question: ListQuestion) => { query: string; path: string[] },
): AsyncIterable<Record_> {
  const { table } = question;
  const seen = new Set<string>();
  let place: Json | undefined = question.place;
  let read = 0;
  let previous: Record_[] = [];
  while (true) {
    const { query, path } = queryFor({ ...question, place });
    const data = dataOf(await client.ask(query, {}), table.name);
    if (question.parent !== undefined && data[path[0] ?? ""] === null) return;
    const page = pageAt(table, valueAt(data, path));
    if (page === undefined)
      throw new UserError(`The source answers the query for ${table.name} without a list of records.`);
    if (page.records.length > 0 && isDeepStrictEqual(page.records, previous)) {
      throw new UserError(`The source repeats a page of ${table.name}: it does not page as the blueprint says.`);
    }
    yield* page.records;
    read += page.records.length;
    previous = page.records;
    place = nextPlace(table, page, read);
    if (place === undefined) {
      if (page.total !== undefined && page.total > read) {
        throw new UserError(
          `${table.read.field} gives ${read} records, but there are more: it speaks of ${page.total}.`,
        );
      }
      return;
    }
    if (seen.has(String(place))) throw new UserError(`The source names a next page of ${table.name} that came before.`);
    seen.add(String(place));
  }
}

export interface Page {
  records: Record_[];
  hasNextPage: boolean;
  endCursor: Json | undefined;
  total: number | undefined;
}

/** Undefined where the answer is not what the blueprint says, or has a record that must not be seen. */
export function pageAt({ read: { paging } }: Table, answer: Json | undefined): Page | undefined {
  const end = { hasNextPage: false, endCursor: undefined, total: undefined };
  if (paging.style === "list") {
    const records = recordsAt(answer, []);
    return records && { records, ...end };
  }
  const count = paging.total === undefined ? undefined : valueAt(answer, paging.total.split("."));
  const total = typeof count === "number" ? count : undefined;
  if (paging.style === "offset") {
    const records = recordsAt(answer, paging.records === "" ? [] : paging.records.split("."));
    return records && { records, ...end, total };
  }
  const items = valueAt(answer, [paging.nodes === "nodes" ? "nodes" : "edges"]);
  if (!Array.isArray(items)) return undefined;
  const nodes = paging.nodes === "nodes" ? items : items.map((edge) => valueAt(edge, ["node"]));
  if (!nodes.every(isRecord)) return undefined;
  const info = valueAt(answer, ["pageInfo"]);
  if (!isRecord(info)) return undefined;
  return { records: nodes, hasNextPage: info.hasNextPage === true, endCursor: info.endCursor, total };
}

/** Undefined after the last page. Throws `UserError` where there is another, and no way to it. */
export function nextPlace({ name, read: { paging } }: Table, page: Page, read: number): Json | undefined {
  if (paging.style === "offset") return page.records.length === 0 ? undefined : read;
  if (paging.style === "list" || !page.hasNextPage) return undefined;
  if (page.endCursor === undefined || page.endCursor === null || page.endCursor === "") {
    throw new UserError(`The source speaks of a next page of ${name} and does not say where it begins.`);
  }
  return page.endCursor;
}

function recordsAt(value: Json | undefined, path: readonly string[]): Record_[] | undefined {
  const found = valueAt(value, path);
  return Array.isArray(found) && found.every(isRecord) ? (found as Record_[]) : undefined;
}

export function valueAt(value: Json | undefined, path: readonly string[]): Json | undefined {
  let found = value;
  for (const step of path) found = isRecord(found) ? found[step] : undefined;
  return found;
}
