/** Which of the ways to read a table the source needs, and how the parts of the generated code call each other. */
import type { RestBlueprint as Blueprint, RestTable as Table } from "../../../artifacts/blueprint.ts";
import { type PlannedCursor, planFeedCursor } from "../../http/python/cursors.ts";
import { useOf } from "../../http/python/use.ts";
import type { PagingView } from "./paging.ts";
import { fixedParams } from "./tables.ts";

export interface ReadingView {
  any_parent: boolean;
  /** Some table is, or may have to be, read whole: for its own sake, or for its children's. */
  any_whole: boolean;
  any_steps: boolean;
  any_feed: boolean;
  any_feed_cursor: boolean;
  feed_cursor_optional: boolean;
  /** Some table advances; some of these have no parent, some have one. */
  advancing: boolean;
  direct_advance: boolean;
  children_advance: boolean;
  /** Something is saved from sync to sync. */
  any_saved: boolean;
  new_pages_dispatch: boolean;
  any_full_new_pages: boolean;
  new_pages_kept: string;
  new_pages_parent: string;
  whole_new_pages: string;
  plain_pages: string;
  parent_hint: string;
  parent_pass: string;
  params_hint: string;
  pages_arguments: string;
  cursor_params: string;
  cursor_params_since: string;
  since_lines: string;
  range_params: string;
  changed_pages_doc: string;
}

export function readingView(
  blueprint: Blueprint,
  options: { cursors: readonly PlannedCursor[]; pagingField: boolean; paging: Pick<PagingView, "shifting" | "steady"> },
): ReadingView {
  const { tables } = blueprint;
  const { cursors } = options;
  const has = (test: (table: Table) => boolean) => tables.some(test);
  const anyParent = has((table) => table.read.parent !== undefined);
  const anySteps = has((table) => table.advance.kind === "steps");
  const anyFull = has((table) => table.advance.kind === "full");
  const advancing = has((table) => table.advance.kind !== "full");
  const both = anySteps && cursors.length > 0;
  const dispatch = both || (advancing && anyFull);
  const own = both ? "new_pages" : anySteps ? "stepped_pages" : "changed_pages";
  const feeds = tables.filter((table) => table.deletes.kind === "feed");
  const feedCursor = useOf(feeds, (table) => planFeedCursor(table) !== undefined);
  const noParent = anyParent ? ", {}" : "";
  const parentPass = anyParent ? ", parent" : "";
  return {
    any_parent: anyParent,
    any_whole: anyParent || anyFull || has((table) => table.primary_key.length === 0),
    any_steps: anySteps,
    any_feed: feeds.length > 0,
    any_feed_cursor: feedCursor !== false,
    feed_cursor_optional: feedCursor === "some",
    advancing,
    direct_advance: has((table) => table.advance.kind !== "full" && table.read.parent === undefined),
    children_advance: has((table) => table.advance.kind !== "full" && table.read.parent !== undefined),
    any_saved: advancing || feeds.length > 0,
    new_pages_dispatch: dispatch,
    any_full_new_pages: dispatch && anyFull,
    new_pages_kept: `${own}(client, table, saved.get("cursor")${noParent})`,
    new_pages_parent: `${own}(client, table, cursors.get(key), parent)`,
    whole_new_pages: `${dispatch ? "new_pages" : own}(client, table, None${parentPass})`,
    plain_pages: `table_pages(client, table${parentPass})`,
    parent_hint: anyParent ? ", parent: dict" : "",
    parent_pass: parentPass,
    params_hint: advancing ? ", params: dict" : "",
    pages_arguments: pagesArguments(tables, { anyParent, params: advancing, ...options }),
    ...paramsView(cursors),
  };
}

/** What a table's saved value holds, a line each. */
export function savedDoc(tables: readonly Table[]): string[] {
  const advancing = tables.filter((table) => table.advance.kind !== "full");
  const stepped = advancing.some((table) => table.advance.kind === "steps");
  const timed = advancing.some((table) => table.advance.kind === "cursor");
  const cursor = [
    ...(timed ? ["how far it was read, as the API writes it"] : []),
    ...(stepped ? [timed ? "or the next id of a range" : "the next id to ask for"] : []),
  ].join(", ");
  const direct = advancing.some((table) => table.read.parent === undefined);
  const children = advancing.some((table) => table.read.parent !== undefined);
  return [
    ...(direct ? [`- cursor: ${cursor}`] : []),
    ...(children ? [`- cursors: ${direct ? "the same" : cursor}, per parent row`] : []),
  ];
}

function pagesArguments(
  tables: readonly Table[],
  options: {
    anyParent: boolean;
    params: boolean;
    pagingField: boolean;
    paging: Pick<PagingView, "shifting" | "steady">;
  },
): string {
  const fixed = tables.some((table) => Object.keys(fixedParams(table)).length > 0);
  const params = [...(fixed ? ["table.params"] : []), ...(options.params ? ["params"] : [])];
  return [
    options.anyParent ? "path" : "table.path",
    params.length === 0 ? "{}" : params.join(" | "),
    "table.records",
    ...(options.pagingField ? ["table.paging"] : []),
    ...(options.paging.shifting ? ["table.primary_key"] : []),
    ...(options.paging.steady === "some" ? [advancingTest(tables)] : []),
  ].join(", ");
}

/** What tells in the generated code whether a table advances, where some do. */
function advancingTest(tables: readonly Table[]): string {
  const fields = { cursor: "table.cursor", steps: "table.steps" };
  return Object.entries(fields)
    .filter(([kind]) => tables.some(({ advance }) => advance.kind === kind))
    .map(([, field]) => `${field} is not None`)
    .join(" or ");
}

/** How the request for what changed gets its parameters. */
function paramsView(
  cursors: readonly PlannedCursor[],
): Pick<ReadingView, "cursor_params" | "cursor_params_since" | "since_lines" | "range_params" | "changed_pages_doc"> {
  const sorted = cursors.some((cursor) => Object.keys(cursor.sortParams).length > 0);
  const asks = cursors.some((cursor) => cursor.overlap !== 0 || cursor.start !== undefined);
  const since = asks ? "since" : "saved";
  const always = sorted ? "cursor.sort_params" : "{}";
  const merged = (pair: string) => (sorted ? `cursor.sort_params | ${pair}` : pair);
  const params = merged(`{cursor.param: ${since}}`);
  const started = cursors.every((cursor) => cursor.start !== undefined);
  return {
    cursor_params: always,
    cursor_params_since: merged("{cursor.param: since}"),
    since_lines: [
      ...(asks ? ["    since = cursor.ask_from(saved)"] : []),
      `    params = ${started ? "" : `${always} if ${since} is None else `}${params}`,
    ].join("\n"),
    range_params: sorted ? "cursor.sort_params | params" : "params",
    changed_pages_doc: docOfOrder(
      cursors.some((cursor) => cursor.ascending),
      cursors.some((cursor) => !cursor.ascending),
    ),
  };
}

function docOfOrder(ascending: boolean, unknown: boolean): string {
  if (ascending && unknown) {
    return "    Where records come in the order of the cursor each page moves it; elsewhere a later page may\n    hold earlier records, so that only the end does.";
  }
  if (ascending) return "    Records come in the order of the cursor, so each page may move it.";
  return "    The API does not promise an order, so a later page may hold earlier records: the cursor moves\n    only at the end.";
}
