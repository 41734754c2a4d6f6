/** In which of the shell's ways each table is read. */
import type { Blueprint, Table } from "../../../artifacts/blueprint.ts";
import { showsDeletes } from "../../../artifacts/reading.ts";
import { expression, pythonLiteral } from "../../../python/python-literal.ts";

/** Name of the generated function per way of reading, in the order in which a table is asked whether the way suits it. */
const FUNCTIONS = { replace: "replace_table", changes: "sync_changes", whole: "sync_whole" } as const;
export type Strategy = keyof typeof FUNCTIONS;

export interface StrategiesView {
  strategy: Record<Strategy, boolean>;
  /** `set`: of the names of the tables it is for; the last one has none. */
  strategies: { function: string; set: string }[];
  sync_call: string;
  /** Sets of tables' names. */
  table_sets: { name: string; comment: string; value: string }[];
  /** Lines of a docstring; none where the state stays empty. */
  state_doc: string[];
  any_flag: boolean;
  any_feed: boolean;
  /** Name of the set of tables that have a listing of deleted rows; empty where all have. */
  feed_set: string;
}

export function strategyOf(table: Pick<Table, "deletes" | "advance">): Strategy {
  if (table.deletes.kind === "absence") return "replace";
  return table.advance.kind === "full" ? "whole" : "changes";
}

export function strategiesView(
  { tables }: Pick<Blueprint, "tables">,
  { own, savedDoc }: { own: Record<string, string>; savedDoc: readonly string[] },
): StrategiesView {
  const has = (test: (table: Table) => boolean) => tables.some(test);
  const names = (Object.keys(FUNCTIONS) as Strategy[]).filter((name) => has((table) => strategyOf(table) === name));
  const setOf: Record<Strategy, string> = { replace: own.REPLACED ?? "", changes: own.ADVANCING ?? "", whole: "" };
  const strategies = names.map((name, index) => ({
    function: FUNCTIONS[name],
    set: index === names.length - 1 ? "" : setOf[name],
  }));
  const feeds = tables.filter(({ deletes }) => deletes.kind === "feed");
  const feedSet = feeds.length === 0 || feeds.length === tables.length ? "" : (own.DELETES_LISTED ?? "");
  const setFor = (name: string | undefined, comment: string, members: readonly Table[]) =>
    name === undefined || name === "" ? [] : [{ name, comment, value: frozenset(members) }];
  const listed = (name: Strategy) => strategies.some(({ set }) => set === setOf[name]);
  const membersOf = (name: Strategy) => tables.filter((table) => strategyOf(table) === name);
  const only = strategies.length === 1 ? strategies[0] : undefined;
  return {
    strategy: {
      replace: names.includes("replace"),
      changes: names.includes("changes"),
      whole: names.includes("whole"),
    },
    strategies,
    sync_call: `${only?.function ?? "sync_table"}(client, state, table)`,
    table_sets: [
      ...(listed("replace")
        ? setFor(own.REPLACED, "Read whole: a row that is gone from the source is deleted.", membersOf("replace"))
        : []),
      ...(listed("changes")
        ? setFor(own.ADVANCING, "Only what is new since the last sync is read.", membersOf("changes"))
        : []),
      ...setFor(feedSet, "Their deleted rows are listed on their own.", feeds),
    ],
    state_doc: [
      ...(names.includes("changes") ? savedDoc : []),
      ...(names.includes("replace") ? ["- rows: how many records the last complete pass read"] : []),
      ...(feeds.length > 0
        ? ["and one named `<table>:deletes`: how far the listing of its deleted rows was read."]
        : []),
    ],
    any_flag: has(showsDeletes),
    any_feed: feeds.length > 0,
    feed_set: feedSet,
  };
}

function frozenset(tables: readonly Table[]): string {
  const names = pythonLiteral(tables.map(({ name }) => name));
  return pythonLiteral(expression(`frozenset({${names.slice(1, -1)}})`));
}
