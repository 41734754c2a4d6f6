/** Everything the client part's templates ask of a blueprint, decided here so that the templates only write. */
import type { BlueprintOf } from "../../../artifacts/blueprint.ts";
import type { TimestampName } from "../../../python/client-part.ts";
import { docText, expression, pythonLiteral, pythonTuple, wrap } from "../../../python/python-literal.ts";
import { type AccessView, accessView, concernsOf } from "../../http/python/access.ts";
import { type CursorView, cursorImports, cursorView, timestampsOf } from "../../http/python/cursor-view.ts";
import { CURSOR_CONSTANTS } from "../../http/python/cursors.ts";
import { type FlagView, flagView } from "../../http/python/flag-view.ts";
import { type Use, useOf } from "../../http/python/use.ts";
import { isNumeric, plansOf, queriesOf } from "./plans.ts";
import { type StyleView, styleView } from "./styles.ts";
import { tableExpression } from "./tables.ts";

export interface View extends AccessView, CursorView, FlagView, StyleView {
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
  timestamps: TimestampName[];
  /** For the tests. */
  secret_text: string;
}

/** Throws `UserError` for a blueprint that no connector can be written for. */
export function viewOf(blueprint: BlueprintOf<"graphql">, reserved: ReadonlySet<string>): View {
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
    api_concerns: concernsOf(blueprint, "errors in answers"),
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

function changesDoc(ascending: CursorView["cursor_ascending"]): string[] {
  if (ascending === "all") return ["Records come in the order of the cursor, so that each page moves it."];
  if (ascending === "none") return ["The order of records is not known, so that only the last page moves the cursor."];
  return ["Where records come in the order of the cursor each page moves it, elsewhere only the last."];
}
