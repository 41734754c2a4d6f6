/** How lists are paged: one class per style that the source uses. */
import { type Expression, expression, pythonCall, pythonTuple } from "../../../python/python-literal.ts";
import { useOf } from "../../http/python/use.ts";
import type { Plan } from "./plans.ts";
import type { Level } from "./queries.ts";

export interface StyleView {
  style: { connection: boolean; offset: boolean; list: boolean };
  /** Whether variables for pages have other names than `first` and `after`, `offset` and `limit`. */
  connection_names: boolean;
  connection_nodes: "none" | "some" | "all";
  offset_names: boolean;
  offset_records: boolean;
  paging_hint: string;
}

/** Which styles there are, and what they differ in. */
export function styleView(plans: readonly Plan[]): StyleView {
  const levels = plans.flatMap((plan) => plan.levels);
  const connections = levels.flatMap((level) =>
    level.table.read.paging.style === "connection" ? [{ level, paging: level.table.read.paging }] : [],
  );
  const offsets = levels.flatMap((level) =>
    level.table.read.paging.style === "offset" ? [{ level, paging: level.table.read.paging }] : [],
  );
  const style = {
    connection: connections.length > 0,
    offset: offsets.length > 0,
    list: levels.some(({ table }) => table.read.paging.style === "list"),
  };
  const hints = [
    ...(style.connection ? ["Connection"] : []),
    ...(style.offset ? ["Offset"] : []),
    ...(style.list ? ["Whole"] : []),
  ];
  return {
    style,
    connection_names: connections.some(
      ({ level, paging }) => level.names[paging.first] !== "first" || level.names[paging.after] !== "after",
    ),
    connection_nodes: useOf(connections, ({ paging }) => paging.nodes === "edges.node") || "none",
    offset_names: offsets.some(
      ({ level, paging }) => level.names[paging.offset] !== "offset" || level.names[paging.limit] !== "limit",
    ),
    offset_records: offsets.some(({ paging }) => paging.records !== ""),
    paging_hint: hints.join(" | "),
  };
}

/** How one list is paged. */
export function pagingExpression({ table, names, size }: Level, styles: StyleView): Expression {
  const { paging } = table.read;
  switch (paging.style) {
    case "list":
      return expression("Whole()");
    case "connection": {
      const [first, after] = [names[paging.first], names[paging.after]];
      return pythonCall("Connection", {
        size,
        first: first === "first" ? undefined : first,
        after: after === "after" ? undefined : after,
        edges: styles.connection_nodes === "some" && paging.nodes === "edges.node" ? true : undefined,
      });
    }
    case "offset": {
      const [offset, limit] = [names[paging.offset], names[paging.limit]];
      return pythonCall("Offset", {
        size,
        offset: offset === "offset" ? undefined : offset,
        limit: limit === "limit" ? undefined : limit,
        inside: paging.records === "" ? undefined : expression(pythonTuple(paging.records.split("."))),
      });
    }
  }
}
