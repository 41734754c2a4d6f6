/** Which of the ways to read a table the source needs, and how the parts of the generated code call each other. */
import type { Blueprint, Table } from "../../../artifacts/blueprint.ts";
import { type PlannedCursor, planFeedCursor } from "./cursors.ts";
import { useOf } from "./paging.ts";
import { fixedParams } from "./tables.ts";

/** Name of the generated function per way of reading, in the order in which a table is asked whether the way suits it. */
const STRATEGIES = {
  replace: "replace_table",
  children: "sync_changes_by_parent",
  changes: "sync_changes",
  whole: "sync_whole",
} as const;
type Strategy = keyof typeof STRATEGIES;

export interface ReadingView {
  any_parent: boolean;
  any_steps: boolean;
  any_replace: boolean;
  any_feed: boolean;
  feed_optional: boolean;
  any_feed_cursor: boolean;
  feed_cursor_optional: boolean;
  strategy: Record<Strategy, boolean>;
  /** The last one has no condition. */
  strategies: { function: string; condition: string }[];
  sync_call: string;
  /** Lines of a docstring; none where the state stays empty. */
  state_doc: string[];
  /** Some table that others are listed by is not read in full itself. */
  parents_advance: boolean;
  new_pages_dispatch: boolean;
  any_full_new_pages: boolean;
  new_pages_kept: string;
  new_pages_parent: string;
  whole_new_pages: string;
  whole_pages: string;
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
  options: { cursors: readonly PlannedCursor[]; pagingField: boolean },
): ReadingView {
  const { tables } = blueprint;
  const { cursors } = options;
  const parentNames = new Set(tables.map((table) => table.read.parent?.table));
  const anyParent = tables.some((table) => table.read.parent !== undefined);
  const anySteps = tables.some((table) => table.advance.kind === "steps");
  const anyTableCursor = tables.some((table) => table.advance.kind === "cursor");
  const parentsAdvance = tables.some((table) => parentNames.has(table.name) && table.advance.kind !== "full");
  const fullNewPages = parentsAdvance && tables.some((table) => table.advance.kind === "full");
  const dispatch = (anyTableCursor && anySteps) || fullNewPages;
  const newPages = dispatch ? "new_pages" : anySteps ? "stepped_pages" : "changed_pages";
  const feeds = tables.filter((table) => table.deletes.kind === "feed");
  const feedCursor = useOf(feeds, (table) => planFeedCursor(table) !== undefined);
  const advancing = cursors.length > 0 || anySteps;
  const params = advancing || fullNewPages;
  const noParent = anyParent ? ", {}" : "";
  return {
    any_parent: anyParent,
    any_steps: anySteps,
    any_replace: tables.some((table) => table.deletes.kind === "absence"),
    any_feed: feeds.length > 0,
    feed_optional: feeds.length < tables.length,
    any_feed_cursor: feedCursor !== false,
    feed_cursor_optional: feedCursor === "some",
    ...strategiesView(tables),
    state_doc: stateDoc(tables),
    parents_advance: parentsAdvance,
    new_pages_dispatch: dispatch,
    any_full_new_pages: fullNewPages,
    new_pages_kept: `${newPages}(client, table, kept.get("cursor")${noParent})`,
    new_pages_parent: `${newPages}(client, table, cursors.get(key), parent)`,
    whole_new_pages: `${newPages}(client, table, None, parent)`,
    whole_pages: anyParent ? "whole_table(client, table)" : `table_pages(client, table${params ? ", {}" : ""})`,
    plain_pages: `table_pages(client, table${params ? ", {}" : ""}, parent)`,
    parent_hint: anyParent ? ", parent: dict" : "",
    parent_pass: anyParent ? ", parent" : "",
    params_hint: params ? ", params: dict" : "",
    pages_arguments: pagesArguments(tables, { anyParent, params, pagingField: options.pagingField }),
    ...paramsView(cursors),
  };
}

function strategiesView(tables: readonly Table[]): Pick<ReadingView, "strategy" | "strategies" | "sync_call"> {
  const used = new Set(tables.map(strategyOf));
  const names = (Object.keys(STRATEGIES) as Strategy[]).filter((name) => used.has(name));
  const strategies = names.map((name, index) => ({
    function: STRATEGIES[name],
    condition: index === names.length - 1 ? "" : conditionOf(name, tables),
  }));
  const only = strategies.length === 1 ? strategies[0] : undefined;
  return {
    strategy: {
      replace: used.has("replace"),
      children: used.has("children"),
      changes: used.has("changes"),
      whole: used.has("whole"),
    },
    strategies,
    sync_call: `${only?.function ?? "sync_table"}(client, state, table)`,
  };
}

export function strategyOf(table: Table): Strategy {
  if (table.deletes.kind === "absence") return "replace";
  if (table.advance.kind === "full") return "whole";
  return table.read.parent === undefined ? "changes" : "children";
}

/** What tells tables of one way from those of the ways after it. */
function conditionOf(strategy: Strategy, tables: readonly Table[]): string {
  if (strategy === "replace") return "table.replaced";
  const kinds = new Set(tables.map((table) => table.advance.kind));
  const fields = [...(kinds.has("cursor") ? ["table.cursor"] : []), ...(kinds.has("steps") ? ["table.steps"] : [])];
  const advances = fields.map((field) => `${field} is not None`).join(" or ");
  const after = new Set(tables.map(strategyOf).filter((other) => other === "changes" || other === "whole"));
  if (strategy === "changes" || !after.has("changes")) return advances;
  if (!after.has("whole")) return "table.parent is not None";
  return `table.parent is not None and ${fields.length > 1 ? `(${advances})` : advances}`;
}

function stateDoc(tables: readonly Table[]): string[] {
  const used = new Set(tables.map(strategyOf));
  const stepped = tables.some((table) => table.advance.kind === "steps");
  const timed = tables.some((table) => table.advance.kind === "cursor");
  const cursor = [
    ...(timed ? ["how far it was read, as the API writes it"] : []),
    ...(stepped ? [timed ? "or the next id of a range" : "the next id to ask for"] : []),
  ].join(", ");
  return [
    ...(used.has("changes") ? [`- cursor: ${cursor}`] : []),
    ...(used.has("children") ? [`- cursors: ${used.has("changes") ? "the same" : cursor}, per parent row`] : []),
    ...(tables.some((table) => planFeedCursor(table) !== undefined)
      ? ["- deletes_cursor: how far the listing of deleted rows was read"]
      : []),
    ...(used.has("replace") ? ["- rows: how many records the last complete pass read"] : []),
  ];
}

function pagesArguments(
  tables: readonly Table[],
  options: { anyParent: boolean; params: boolean; pagingField: boolean },
): string {
  const fixed = tables.some((table) => Object.keys(fixedParams(table)).length > 0);
  const params = [...(fixed ? ["table.params"] : []), ...(options.params ? ["params"] : [])];
  return [
    options.anyParent ? "path" : "table.path",
    params.length === 0 ? "{}" : params.join(" | "),
    "table.records",
    ...(options.pagingField ? ["table.paging"] : []),
  ].join(", ");
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
