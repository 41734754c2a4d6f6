/** Everything the client part's templates ask of a blueprint, decided here so that the templates only write. */
import type { BlueprintOf } from "../../../artifacts/blueprint.ts";
import { UserError } from "../../../errors.ts";
import type { TimestampName } from "../../../python/client-part.ts";
import {
  docText,
  type Expression,
  expression,
  pythonCall,
  pythonLiteral,
  pythonTuple,
  wrap,
} from "../../../python/python-literal.ts";
import { type AccessView, accessView } from "../../http/python/access.ts";
import { type CursorView, cursorImports, cursorView, timestampsOf } from "../../http/python/cursor-view.ts";
import {
  CURSOR_CONSTANTS,
  cursorExpression,
  type PlannedCursor,
  type PlannedCursors,
  planCursor,
} from "../../http/python/cursors.ts";
import { type Use, useOf } from "../../http/python/use.ts";
import { type Level, levelsOf, listingQuery, moreQuery, type Query, type Table } from "./queries.ts";

export interface View extends AccessView, CursorView {
  /** A request always states how its answer is read: errors may come with a status of success. */
  reader_stated: true;
  title_line: string;
  api_concerns: string;
  rate_limit: { requests: number; per_seconds: number } | false;
  error_status: boolean;
  decimals: boolean;
  queries: { name: string; text: string }[];
  tables: { name: string; constant: string; comment: string[]; value: string }[];
  table_constants: string;
  style: { connection: boolean; offset: boolean; list: boolean };
  /** Whether variables for pages have other names than `first` and `after`, `offset` and `limit`. */
  connection_names: boolean;
  connection_nodes: "none" | "some" | "all";
  offset_names: boolean;
  offset_records: boolean;
  paging_hint: string;
  /** Whether some or all of the lists that are gone on from are asked for by offset: what goes from these moves the rest. */
  steady: Use;
  changed_pages: string;
  any_keyless: boolean;
  any_variables: boolean;
  any_nested: boolean;
  any_more: boolean;
  nested_more: Use;
  any_search: Use;
  any_numeric: Use;
  searched: string;
  merge_filter: boolean;
  since: string;
  changes_doc: string[];
  cursor_imports: string[];
  flag_values: "none" | "some" | "all" | false;
  flag_values_else: string;
  flag_optional: boolean;
  timestamps: TimestampName[];
  /** For the tests. */
  secret_text: string;
}

interface Plan {
  table: Table;
  levels: Level[];
  listing: Query;
  /** Of each list inside of another, from without to within. */
  nested: { level: Level; more: ReturnType<typeof moreQuery> }[];
  cursor: PlannedCursor | undefined;
  constant: string;
}

/** Throws `UserError` for a blueprint that no connector can be written for. */
export function viewOf(blueprint: BlueprintOf<"graphql">, reserved: ReadonlySet<string>): View {
  refuseImpossible(blueprint.tables);
  const plans = plansOf(blueprint.tables, new Set([...reserved, ...CURSOR_CONSTANTS]));
  const own = plans.flatMap(({ cursor }) => cursor ?? []);
  const cursors = { own, all: own };
  const cursorsView = cursorView(cursors);
  const access = accessView(blueprint);
  const advancing = plans.filter(({ cursor }) => cursor !== undefined);
  const nested = plans.flatMap((plan) => plan.nested);
  const styles = styleView(plans);
  const steady = useOf(advancing, ({ table }) => table.read.paging.style === "offset");
  const search = useOf(advancing, ({ table }) => table.read.search !== undefined);
  const context = {
    cursors,
    styles,
    nested_more: useOf(nested, ({ more }) => more !== undefined),
    numeric: useOf(advancing, isNumeric),
  };
  return {
    ...access,
    ...cursorsView,
    ...styles,
    reader_stated: true,
    title_line: wrap(docText(blueprint.title), 70).join("\n"),
    api_concerns: concerns([
      ...(access.auth === "none" ? [] : ["authentication"]),
      "retries",
      ...(blueprint.source.rate_limit === undefined ? [] : ["pacing"]),
      "errors in answers",
    ]),
    rate_limit: blueprint.source.rate_limit ?? false,
    error_status: access.token,
    decimals: blueprint.tables.some(({ columns }) =>
      columns.some(({ type }) => type === "decimal" || type === "number" || type === "json"),
    ),
    queries: plans.flatMap(queriesOf),
    tables: plans.map((plan) => ({
      name: plan.table.name,
      constant: plan.constant,
      comment: plan.table.description === undefined ? [] : wrap(docText(plan.table.description), 90),
      value: pythonLiteral(tableExpression(plan, context)),
    })),
    table_constants: pythonTuple(plans.map(({ constant }) => expression(constant))),
    steady,
    changed_pages: steady ? "steady_pages" : "pages",
    any_keyless: advancing.some(({ table }) => table.primary_key.length === 0),
    any_variables: plans.some(
      (plan) =>
        Object.keys(plan.listing.constants).length > 0 ||
        plan.nested.some(({ more }) => Object.keys(more?.constants ?? {}).length > 0),
    ),
    any_nested: nested.length > 0,
    any_more: nested.some(({ more }) => more !== undefined),
    nested_more: context.nested_more,
    any_search: search,
    any_numeric: context.numeric,
    searched: search === false ? "since" : 'table.search.replace("{value}", since)',
    merge_filter: advancing.some(
      ({ table, listing }) =>
        table.advance.kind === "cursor" &&
        typeof listing.constants[table.advance.param.split(".")[0] ?? ""] === "object",
    ),
    since: cursorsView.cursor_ask ? "table.cursor.ask_from(before)" : "before",
    changes_doc: changesDoc(cursorsView.cursor_ascending),
    cursor_imports: cursorImports(cursors),
    ...flagView(blueprint.tables),
    timestamps: timestampsOf(cursors, cursorsView.cursor_writes),
    secret_text: access.auth === "none" ? "" : "planted-secret-value",
  };
}

function refuseImpossible(tables: readonly Table[]): void {
  for (const { name, read, advance, deletes } of tables) {
    if (advance.kind === "cursor" && (read.parent !== undefined || advance.window !== undefined)) {
      const what = read.parent === undefined ? "in ranges of time" : "by a cursor under each of its parents";
      throw new UserError(
        `The table ${name} cannot be read ${what}: the connector for a GraphQL source has no such way.`,
        {
          hint: `Set tables.${name}.incremental to none: it is then read whole at each sync.`,
        },
      );
    }
    if (deletes.kind !== "none" && deletes.kind !== "absence" && deletes.kind !== "flag") {
      throw new UserError(
        `The table ${name} cannot show its deleted rows by ${deletes.kind}: a GraphQL source has no such list.`,
        {
          hint: `State tables.${name}.deletes as none, absence or flag.`,
        },
      );
    }
    if (read.parent !== undefined && read.paging.style !== "list" && read.lookup === undefined) {
      throw new UserError(`The table ${name} has pages, and nothing says how further ones are asked for.`, {
        hint: `State tables.${name}.read.lookup: the field of the root that finds one record of ${read.parent.table}.`,
      });
    }
  }
}

function plansOf(tables: readonly Table[], reserved: ReadonlySet<string>): Plan[] {
  const taken = new Set(reserved);
  return tables.map((table): Plan => {
    const levels = levelsOf(table, tables);
    return {
      table,
      levels,
      listing: listingQuery(levels),
      nested: levels.slice(1).map((level, index) => ({ level, more: moreQuery(levels.slice(index + 1)) })),
      cursor: table.advance.kind === "cursor" ? withoutSort(planCursor(table, table.advance)) : undefined,
      constant: constantFor(table.name, taken),
    };
  });
}

/** What sorts is sent with every query of the table, not only with the cursor. */
function withoutSort(cursor: PlannedCursor): PlannedCursor {
  return { ...cursor, sortParams: {} };
}

function constantFor(name: string, taken: Set<string>): string {
  const plain = name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .toUpperCase();
  const base = /^[A-Z]/.test(plain) ? plain : `TABLE_${plain}`;
  const free = (one: string) => [one, `${one}_QUERY`, `MORE_${one}_QUERY`].every((each) => !taken.has(each));
  let constant = free(base) ? base : `${base}_TABLE`;
  for (let number = 2; !free(constant); number++) constant = `${base}_TABLE_${number}`;
  taken.add(constant).add(`${constant}_QUERY`).add(`MORE_${constant}_QUERY`);
  return constant;
}

function queriesOf(plan: Plan): View["queries"] {
  const more = plan.nested.flatMap(({ more: query }, index) =>
    query === undefined ? [] : [{ name: moreName(plan, index), text: query.text }],
  );
  return [{ name: `${plan.constant}_QUERY`, text: plan.listing.text }, ...more];
}

/** The innermost list's query has the table's name; those around it say whose they are. */
function moreName({ constant, nested }: Plan, index: number): string {
  const steps = nested.length - 1 - index;
  return steps === 0 ? `MORE_${constant}_QUERY` : `MORE_${constant}_QUERY_${steps + 1}`;
}

interface TableContext {
  cursors: PlannedCursors;
  styles: StyleView;
  nested_more: Use;
  numeric: Use;
}

function tableExpression(plan: Plan, context: TableContext): Expression {
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

function pagingExpression({ table, names, size }: Level, styles: StyleView): Expression {
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

type StyleView = Pick<
  View,
  "style" | "connection_names" | "connection_nodes" | "offset_names" | "offset_records" | "paging_hint"
>;

function styleView(plans: readonly Plan[]): StyleView {
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

function isNumeric({ table }: Plan): boolean {
  return (
    table.advance.kind === "cursor" && ["epoch_seconds", "epoch_milliseconds", "integer"].includes(table.advance.format)
  );
}

function flagView(tables: readonly Table[]): Pick<View, "flag_values" | "flag_values_else" | "flag_optional"> {
  const flags = tables.flatMap(({ deletes }) => (deletes.kind === "flag" ? [deletes] : []));
  const values = flags.length === 0 ? false : useOf(flags, (flag) => flag.values.length > 0) || "none";
  return {
    flag_values: values,
    flag_values_else: values === "some" ? "; without any, if it is set" : "",
    flag_optional: tables.some(({ deletes }) => deletes.kind !== "flag"),
  };
}

function changesDoc(ascending: CursorView["cursor_ascending"]): string[] {
  if (ascending === "all") return ["Records come in the order of the cursor, so that each page moves it."];
  if (ascending === "none") return ["The order of records is not known, so that only the last page moves the cursor."];
  return ["Where records come in the order of the cursor each page moves it, elsewhere only the last."];
}

function concerns(words: readonly string[]): string {
  const text = `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
  return text.charAt(0).toUpperCase() + text.slice(1);
}
