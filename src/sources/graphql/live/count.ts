/** How many rows a table has by the total that the source gives with a list, of which one record is asked for. */
import { type Blueprint, blueprintOf } from "../../../artifacts/blueprint.ts";
import { UserError } from "../../../errors.ts";
import type { IndependentCount, LiveOptions } from "../../live.ts";
import type { Record_ } from "../../record.ts";
import { listQuery, type Table } from "./ask-list.ts";
import { createGraphqlClient, type GraphqlClient } from "./client.ts";
import { pageAt, readGraphql, valueAt } from "./read.ts";

/** Each list costs a request: with more records around than this, nobody is asked. */
const MOST_LISTS = 60;
/** What connections call their total, where they have one. */
const USUAL_TOTAL = "totalCount";

/** Undefined where the source does not say it, or counts rows that are marked as deleted among the others. */
export async function countGraphql(
  given: Blueprint,
  name: string,
  options: LiveOptions,
): Promise<IndependentCount | undefined> {
  const blueprint = blueprintOf(given, "graphql");
  const stated = blueprint.tables.find((candidate) => candidate.name === name);
  if (!stated) throw new UserError(`The blueprint has no table ${name}.`);
  const table = withTotal(stated);
  const { parent, lookup, paging } = table.read;
  if (table.deletes.kind === "flag" || paging.style === "list" || paging.total === undefined) return undefined;
  if (parent !== undefined && lookup === undefined) return undefined;
  const client = createGraphqlClient(blueprint.source, options);
  const around: AsyncIterable<Record_ | undefined> =
    parent === undefined ? nothing() : readGraphql(given, parent.table, options);
  let rows = 0;
  let lists = 0;
  for await (const row of around) {
    lists += 1;
    const total = lists > MOST_LISTS ? undefined : await totalOf(client, table, row);
    if (total === undefined) return undefined;
    rows += total;
  }
  return { route: `${paging.total} of ${parent === undefined ? table.read.field : `${lists} lists`}`, rows };
}

async function* nothing(): AsyncGenerator<undefined> {
  yield undefined;
}

/** A source that has no such field refuses the query, and that is an answer, too. */
function withTotal(table: Table): Table {
  const { paging } = table.read;
  if (paging.style !== "connection" || paging.total !== undefined) return table;
  return { ...table, read: { ...table.read, paging: { ...paging, total: USUAL_TOTAL } } };
}

async function totalOf(client: GraphqlClient, table: Table, parent: Record_ | undefined): Promise<number | undefined> {
  const question = { table, place: undefined, size: 1, ...(parent === undefined ? {} : { parent }) };
  const { query, path } = listQuery(question);
  const answer = await client.ask(query, {});
  if (answer.status >= 400 || answer.errors.length > 0 || answer.data === undefined) return undefined;
  // The record around was deleted meanwhile.
  if (parent !== undefined && answer.data[path[0] ?? ""] === null) return 0;
  return pageAt(table, valueAt(answer.data, path))?.total;
}
