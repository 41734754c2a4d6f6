/** Answers for tables and for their lists of deleted keys. */

import type { Corpus, Row, TableState } from "../../http/simulate/corpus.ts";
import { digits, type Exact, type ExactObject, putAt } from "../../http/simulate/exact.ts";
import { type Answer, type Asked, queryMap, Refusal } from "../../http/simulate/exchange.ts";
import { writeIso } from "../../http/simulate/instant.ts";
import { columnOf, type TablePlan } from "../../http/simulate/plan.ts";
import type { Json } from "../../record.ts";
import { checkParams, selectFeed, selectRows } from "./filters.ts";
import { cutPage, findPosition, pagingParams } from "./pages.ts";
import { findParentRow, type Route } from "./routes.ts";

/** Throws `Refusal` for what a strict source refuses. `asked` is without its credentials. */
export function answerRoute(route: Route, asked: Asked, context: { corpus: Corpus; salt: string }): Answer {
  return route.kind === "feed" ? answerFeed(route.state, asked) : answerTable(route, asked, context);
}

function answerTable(route: Route, asked: Asked, context: { corpus: Corpus; salt: string }): Answer {
  const { state } = route;
  const { plan } = state;
  const { read, name } = plan.table;
  const address = { origin: asked.origin, path: asked.path, salt: context.salt };
  const position = findPosition(plan, queryMap(asked.query), address);
  checkParams(plan, position.query, pagingParams(plan));
  const parent = findParentRow(route, context.corpus);
  const listed = state.rows.filter((row) => row.parent === parent);
  const rows = selectRows(plan, listed, position.query);
  const page = cutPage(plan, rows, { position, address });
  if (read.single && page.rows.length === 0 && listed.length === 0) {
    throw new Refusal(404, { code: "not_found", message: `There is no ${name} here.` });
  }
  for (const row of page.rows) state.living?.served.add(row);
  const records = page.rows.map((row) => serve(plan, row));
  const body = wrap(read.records, read.single ? (records[0] ?? null) : records, page.fields);
  return { status: 200, headers: page.headers, body, table: name, records: records.length };
}

function answerFeed(state: TableState, asked: Asked): Answer {
  const { plan } = state;
  const { feed } = plan;
  if (feed === undefined) throw new RangeError(`the table ${plan.table.name} has no list of deletes`);
  const entries = selectFeed(plan, state.feed, queryMap(asked.query));
  const records = entries.map((entry) => {
    const record: ExactObject = {};
    for (const [column, field] of Object.entries(feed.keys)) {
      record[field] = exactCell(plan, column, entry.key[column] ?? null);
    }
    if (feed.column !== undefined) record[feed.column] = writeIso(entry.at, { zone: "Z" });
    return record;
  });
  const body = wrap(feed.records, records, []);
  return { status: 200, body, table: plan.table.name, records: records.length };
}

function serve(plan: TablePlan, row: Row): ExactObject {
  return Object.fromEntries(
    Object.entries(row.record).map(([name, value]) => [
      name,
      row.texts?.has(name) ? value : exactCell(plan, name, value),
    ]),
  );
}

/** Decimals are kept as text and served as plain digits; the column of a key may be an ancestor's. */
function exactCell(plan: TablePlan, name: string, value: Json): Exact {
  const numeric = typeof value === "string" && /^-?(0|[1-9]\d*)(\.\d+)?$/.test(value);
  return numeric && isDecimal(plan, name) ? digits(value) : value;
}

function isDecimal(plan: TablePlan, name: string): boolean {
  const bind = plan.bind.find((candidate) => candidate.column === name);
  if (bind !== undefined) return plan.parent !== undefined && isDecimal(plan.parent, bind.parent_column);
  return columnOf(plan, name)?.type === "decimal";
}

function wrap(path: string, records: Exact, fields: readonly [string, Exact][]): Exact {
  if (path === "") return records;
  const body: ExactObject = {};
  putAt(body, path, records);
  for (const [place, value] of fields) putAt(body, place, value);
  return body;
}
