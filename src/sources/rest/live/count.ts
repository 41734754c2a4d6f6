/** How many rows a table has by what the source itself says, without listing them. */
import type { RestBlueprint as Blueprint, RestTable as Table } from "../../../artifacts/blueprint.ts";
import { UserError } from "../../../errors.ts";
import { atPath } from "../../answers/exact.ts";
import { type Answer, createLiveClient, type LiveClient } from "../../http/live/client.ts";
import type { IndependentCount, LiveOptions } from "../../live.ts";
import type { Record_ } from "../../record.ts";
import { envelopeFields, firstParams, recordsOf, TOTALS } from "./listing.ts";
import { readRest } from "./read.ts";

/** Each listing costs a request or two: with more parents than this, nobody is asked. */
const MOST_LISTINGS = 60;
const HEADERS = ["x-total-count", "x-total", "total-count"];

/** Undefined where the source does not say it, or counts rows that are marked as deleted among the others. */
export async function countRest(
  blueprint: Blueprint,
  name: string,
  options: LiveOptions,
): Promise<IndependentCount | undefined> {
  const table = blueprint.tables.find((candidate) => candidate.name === name);
  if (!table) throw new UserError(`The blueprint has no table ${name}.`);
  if (table.read.single || table.deletes.kind === "flag" || table.advance.kind === "steps") return undefined;
  const client = createLiveClient(blueprint, options);
  let rows = 0;
  let route: string | undefined;
  let listings = 0;
  for await (const bound of parentsOf(blueprint, table, options)) {
    listings += 1;
    if (listings > MOST_LISTINGS) return undefined;
    const total = await totalOf(client, table, pathOf(table, bound));
    if (total === undefined) return undefined;
    rows += total.rows;
    route = total.route;
  }
  const over = table.read.parent === undefined ? "" : ` of ${listings} listings`;
  return route === undefined ? undefined : { route: `${route}${over}`, rows };
}

async function* parentsOf(blueprint: Blueprint, table: Table, options: LiveOptions): AsyncIterable<Record_> {
  const { parent } = table.read;
  if (parent === undefined) {
    yield {};
    return;
  }
  for await (const row of readRest(blueprint, parent.table, options)) {
    yield Object.fromEntries(
      parent.bind.map(({ placeholder, parent_column }) => [placeholder, row[parent_column] ?? null]),
    );
  }
}

function pathOf({ read }: Table, bound: Record_): string {
  return read.path.replace(/\{([^}]+)\}/g, (_, name: string) => encodeURIComponent(String(bound[name])));
}

interface Total {
  route: string;
  rows: number;
}

async function totalOf(client: LiveClient, table: Table, path: string): Promise<Total | undefined> {
  const { advance } = table;
  const start = advance.kind === "cursor" && advance.start ? { [advance.param]: advance.start } : {};
  const params = { ...firstParams(table), ...start };
  const answer = await client.get(client.address(path, params));
  const records = answer.status < 400 ? recordsOf(table, answer) : undefined;
  if (records === undefined) {
    if (table.read.parent !== undefined && answer.status === 404) return { route: "a listing that is gone", rows: 0 };
    return undefined;
  }
  const stated = statedTotal(table, answer);
  if (stated !== undefined) return stated;
  const paged = await byLastPage(client, table, { path, params, answer, size: records.length });
  if (paged !== undefined) return paged;
  const found = foundTotal(answer);
  // A count of the page has the same names; only what is more than the page is surely none.
  return found !== undefined && found.rows > records.length ? found : undefined;
}

/** Where the blueprint says that the total is. */
function statedTotal({ read: { pagination } }: Table, { body }: Answer): Total | undefined {
  if (pagination.style !== "offset" || pagination.total === undefined) return undefined;
  const rows = wholeNumber(atPath(body ?? null, pagination.total));
  return rows === undefined ? undefined : { route: `${pagination.total} in the answer`, rows };
}

interface FirstPage {
  path: string;
  params: Record<string, string>;
  answer: Answer;
  size: number;
}

/** All pages but the last are full: the last one and its number tell the rest. */
async function byLastPage(
  client: LiveClient,
  table: Table,
  { path, params, answer, size }: FirstPage,
): Promise<Total | undefined> {
  const { pagination } = table.read;
  if (pagination.style !== "page" || pagination.total_pages === undefined) return undefined;
  const pages = wholeNumber(atPath(answer.body ?? null, pagination.total_pages));
  if (pages === undefined) return undefined;
  const route = `${pagination.total_pages} in the answer, and the last page`;
  if (pages <= 1) return { route, rows: size };
  const last = { ...params, [pagination.page_param]: String(pagination.start + pages - 1) };
  const end = await client.get(client.address(path, last));
  const rest = end.status < 400 ? recordsOf(table, end)?.length : undefined;
  return rest === undefined ? undefined : { route, rows: (pages - 1) * size + rest };
}

/** What looks like a total, in a header or beside the records. */
function foundTotal({ headers, body }: Answer): Total | undefined {
  for (const name of HEADERS) {
    const rows = wholeNumber(headers.get(name) ?? undefined);
    if (rows !== undefined) return { route: `the header ${name}`, rows };
  }
  for (const [path, field, value] of envelopeFields(body ?? null)) {
    const rows = TOTALS.includes(field) ? wholeNumber(value) : undefined;
    if (rows !== undefined) return { route: `${path} in the answer`, rows };
  }
  return undefined;
}

function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}
