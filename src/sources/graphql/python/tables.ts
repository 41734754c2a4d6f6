/** A connector's tables as Python. */
import { type Expression, expression, pythonCall, pythonTuple } from "../../../python/python-literal.ts";
import { cursorExpression, type PlannedCursors } from "../../http/python/cursors.ts";
import type { Use } from "../../http/python/use.ts";
import { isNumeric, moreName, type Plan } from "./plans.ts";
import type { Level, Query } from "./queries.ts";
import { pagingExpression, type StyleView } from "./styles.ts";

/** What the tables' expressions depend on besides the table: what is said of all is not said again. */
export interface TableContext {
  cursors: PlannedCursors;
  styles: StyleView;
  nested_more: Use;
  numeric: Use;
}

export function tableExpression(plan: Plan, context: TableContext): Expression {
  const { table, levels, listing, cursor } = plan;
  const [outermost] = levels as [Level, ...Level[]];
  const flag = table.deletes.kind === "flag" ? table.deletes : undefined;
  return pythonCall("Table", {
    name: table.name,
    primary_key: expression(pythonTuple(table.primary_key)),
    listing: listingExpression(
      {
        query: `${plan.constant}_QUERY`,
        path: outermost.table.read.field.split("."),
        level: outermost,
        constants: listing.constants,
      },
      context,
    ),
    nested:
      plan.nested.length === 0
        ? undefined
        : expression(pythonTuple(plan.nested.map((_, index) => nestedExpression(plan, index, context)))),
    cursor: cursor === undefined ? undefined : cursorExpression(cursor, context.cursors),
    numeric: context.numeric === "some" && isNumeric(plan) ? true : undefined,
    search: table.read.search,
    deleted_column: flag?.column,
    deleted_values: flag === undefined || flag.values.length === 0 ? undefined : expression(pythonTuple(flag.values)),
  });
}

interface ListingRequest {
  query: string;
  path: string[];
  level: Level;
  constants: Query["constants"];
}

function listingExpression({ query, path, level, constants }: ListingRequest, { styles }: TableContext): Expression {
  return pythonCall("Listing", {
    query: expression(query),
    path: expression(pythonTuple(path)),
    paging: pagingExpression(level, styles),
    variables: Object.keys(constants).length === 0 ? undefined : (constants as { [name: string]: string }),
  });
}

function nestedExpression(plan: Plan, index: number, context: TableContext): Expression {
  const { level, more } = plan.nested[index] as Plan["nested"][number];
  const { parent, field } = level.table.read;
  const columns = Object.fromEntries((parent?.bind ?? []).map(({ column, parent_column }) => [column, parent_column]));
  return pythonCall("Nested", {
    path: expression(pythonTuple(field.split("."))),
    columns,
    more:
      more === undefined
        ? undefined
        : listingExpression(
            { query: moreName(plan, index), path: more.path, level, constants: more.constants },
            context,
          ),
    key: more === undefined ? undefined : expression(pythonTuple(more.key)),
  });
}
