/**
 * The battery of probes: a blueprint held against the real source, question by question, in a bounded number of queries.
 * A parent's rows are kept for its children to be asked with.
 */
import { isDeepStrictEqual } from "node:util";
import {
  type Blueprint,
  type BlueprintOf,
  blueprintOf,
  claimKey,
  type TableField,
} from "../../../artifacts/blueprint.ts";
import { canonical, valuesText } from "../../answers/canonical.ts";
import { createLooker, type Looked, type Looker } from "../../http/live/look.ts";
import { confirms, type Found, refutes, silent } from "../../http/probe/finding.ts";
import type { ProbeFinding, ProbeOptions } from "../../live.ts";
import type { Json, Record_ } from "../../record.ts";
import { type ListQuestion, listQuery, type Table } from "../live/ask-list.ts";
import { answerOf } from "../live/client.ts";
import { nextPlace, type Page, pageAt, valueAt } from "../live/read.ts";
import { askChanged, askOrder } from "./changed.ts";

/** Queries for one table, and for all together. */
const PER_TABLE = 8;
const ALL = 120;

/** A page and how it was had, or why there is none. */
export interface Asked {
  looked: Looked;
  page: Page | undefined;
  /** What the source complains of. */
  problem: string;
}

export interface TableProbe {
  table: Table;
  /** Undefined when no more queries may be sent. */
  ask: (question: Omit<ListQuestion, "table" | "parent">) => Promise<Asked | undefined>;
  first: Asked & { page: Page };
}

interface Battery {
  blueprint: BlueprintOf<"graphql">;
  looker: Looker;
  options: ProbeOptions;
  rows: Map<string, Record_[]>;
  sent: number;
}

/** See `SourceKind.probe`. Throws `UserError` when the source cannot be reached, or gives no token. */
export async function* probeGraphql(given: Blueprint, options: ProbeOptions): AsyncGenerator<ProbeFinding> {
  const blueprint = blueprintOf(given, "graphql");
  const looker = createLooker(blueprint.source, { ...options, seconds: 30 });
  const battery: Battery = { blueprint, looker, options, rows: new Map(), sent: 0 };
  const wanted = new Set(options.tables ?? blueprint.tables.map(({ name }) => name));
  yield* askSource(battery);
  for (const table of blueprint.tables) {
    const needed =
      wanted.has(table.name) ||
      blueprint.tables.some(({ name, read }) => wanted.has(name) && read.parent?.table === table.name);
    if (!needed) continue;
    options.onProgress(`probing ${table.name}`);
    const findings = await probeTable(battery, table);
    if (wanted.has(table.name)) yield* findings;
  }
}

async function* askSource({ blueprint, looker }: Battery): AsyncGenerator<ProbeFinding> {
  const body = JSON.stringify({ query: "query Any { __typename }" });
  const address = looker.address("", {});
  const looked = await looker.ask(address, { body });
  const answer = answerOf(looked.exchange.status, looked.json);
  const base = { key: claimKey("base_url"), question: "Is it a GraphQL endpoint?" };
  if (answer.data !== undefined) yield { ...base, ...confirms("A query is answered with data.", [looked]) };
  else if (answer.known)
    yield { ...base, ...silent(`A query is answered with: ${answer.errors[0] ?? "no data"}.`, [looked]) };
  else yield { ...base, ...refutes(`Status ${answer.status}, and no GraphQL answer.`, [looked]) };
  if (blueprint.source.auth.kind === "none") return;
  const table = blueprint.tables.find(({ read }) => read.parent === undefined);
  if (table === undefined) return;
  const own = JSON.stringify({ query: listQuery({ table, place: undefined, size: 1 }).query });
  const none = await looker.ask(address, { body: own, credentials: "none" });
  const without = answerOf(none.exchange.status, none.json);
  const refused =
    without.status === 401 || without.status === 403 || without.data === undefined || without.errors.length > 0;
  const auth = { key: claimKey("auth"), question: "Are the credentials checked?" };
  yield refused
    ? { ...auth, ...confirms(`Without credentials: status ${without.status}, no rows.`, [none]) }
    : { ...auth, ...refutes("Rows are given without credentials.", [none], { instead: "auth of kind none" }) };
}

async function probeTable(battery: Battery, table: Table): Promise<ProbeFinding[]> {
  const findings: ProbeFinding[] = [];
  const file = (field: TableField, question: string, found: Found | undefined) => {
    if (found !== undefined) findings.push({ key: claimKey(table.name, field), question, ...found });
  };
  const question = "Does the field answer with records?";
  const parent = parentFor(battery, table);
  if (table.read.parent !== undefined && parent === undefined) {
    file("read.field", question, silent(`No row of ${table.read.parent.table} is known to ask with.`, []));
    return findings;
  }
  if (table.read.parent !== undefined && table.read.lookup === undefined) {
    file("read.field", question, silent("It is a list inside of records, which is read with them.", []));
    return findings;
  }
  let left = PER_TABLE;
  const ask: TableProbe["ask"] = async (one) => {
    if (left-- <= 0 || battery.sent >= ALL) return undefined;
    return await askList(battery, { ...one, table, ...(parent === undefined ? {} : { parent }) });
  };
  const first = await ask({ place: undefined });
  if (first === undefined) file("read.field", question, silent(`The ${ALL} queries for all tables are used up.`, []));
  if (first === undefined) return findings;
  const { page } = first;
  if (page === undefined) {
    file("read.field", question, refutes(`${table.read.field}: ${first.problem}.`, [first.looked]));
    return findings;
  }
  battery.rows.set(table.name, page.records);
  file("read.field", question, confirms(`${table.read.field} gives ${page.records.length} records.`, [first.looked]));
  if (page.records.length === 0) return findings;
  const probe: TableProbe = { table, ask, first: { ...first, page } };
  file("primary_key", "Is the key unique and never null?", askKey(probe));
  file("read.paging", "Is the page size honoured?", askSize(probe));
  file("read.paging", "Does page 2 differ from page 1?", await askPages(probe));
  file("advance", "Does the filter narrow, and let through rows that equal its value?", await askChanged(probe));
  file("advance", "Do rows come in the order of the cursor?", await askOrder(probe));
  return findings;
}

function parentFor({ rows }: Battery, { read }: Table): Record_ | undefined {
  return rows.get(read.parent?.table ?? "")?.[0];
}

async function askList(battery: Battery, question: ListQuestion): Promise<Asked> {
  battery.sent += 1;
  const { query, path } = listQuery(question);
  const looked = await battery.looker.ask(battery.looker.address("", {}), { body: JSON.stringify({ query }) });
  const answer = answerOf(looked.exchange.status, looked.json);
  const list: Json | undefined = answer.data === undefined ? undefined : valueAt(answer.data, path);
  const page = answer.errors.length > 0 ? undefined : pageAt(question.table, list);
  return { looked, page, problem: answer.errors[0] ?? `status ${answer.status}, and no list of records` };
}

function askKey({ table, first }: TableProbe): Found | undefined {
  const bound = new Set((table.read.parent?.bind ?? []).map(({ column }) => column));
  const own = table.primary_key.filter((name) => !bound.has(name));
  if (own.length === 0) return undefined;
  const keys = first.page.records.map((record) => valuesText(record, own));
  const blank = keys.filter((key) => key === undefined).length;
  if (blank > 0) return refutes(`${blank} of ${keys.length} records have no ${own.join(", ")}.`, [first.looked]);
  const distinct = new Set(keys).size;
  if (distinct === keys.length) return confirms(`${keys.length} records, ${distinct} keys.`, [first.looked]);
  return refutes(`${keys.length} records share ${distinct} values of ${own.join(", ")}.`, [first.looked]);
}

function askSize({ table, first }: TableProbe): Found | undefined {
  const { paging } = table.read;
  if (paging.style === "list") return undefined;
  const { length } = first.page.records;
  if (length > paging.size)
    return refutes(`${length} records came where ${paging.size} were asked for.`, [first.looked]);
  if (length === paging.size) return confirms(`${length} records, as many as asked for.`, [first.looked]);
  const more = paging.style === "connection" && first.page.hasNextPage;
  if (!more) return silent(`${length} records, which may be all.`, [first.looked]);
  return refutes(`${length} records came where ${paging.size} were asked for, and there are more.`, [first.looked], {
    instead: `a size of at most ${length}`,
  });
}

/** Also whether what the source says of its end and its number is true, as far as two pages tell. */
async function askPages(probe: TableProbe): Promise<Found | undefined> {
  const { table, first, ask } = probe;
  const { paging } = table.read;
  if (paging.style === "list") return undefined;
  const { records, total } = first.page;
  const place = nextPlace(table, first.page, records.length);
  if (place === undefined) {
    if (total === undefined || total === records.length)
      return confirms(`One page with ${records.length} records is all.`, [first.looked]);
    return refutes(`One page with ${records.length} records, and ${total} in all.`, [first.looked]);
  }
  const second = await ask({ place });
  if (second === undefined) return silent("No query was left to ask for page 2.", [first.looked]);
  const both = [first.looked, second.looked];
  if (second.page === undefined) return refutes(`Page 2: ${second.problem}.`, both);
  if (isDeepStrictEqual(second.page.records, records)) return refutes("Page 2 is page 1 again.", both);
  const known = new Set(records.map(canonical));
  const again = second.page.records.filter((record) => known.has(canonical(record))).length;
  if (again > 0) return refutes(`${again} records of page 1 are on page 2 again.`, both);
  return confirms(`Page 2 has ${second.page.records.length} other records.`, both);
}
