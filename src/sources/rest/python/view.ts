/** Everything the client part's templates ask of a blueprint, decided here so that the templates only write. */

import type { RestBlueprint as Blueprint, RestTable as Table } from "../../../artifacts/blueprint.ts";
import type { TimestampName } from "../../../python/client-part.ts";
import { docText, expression, pythonTuple, wrap } from "../../../python/python-literal.ts";
import { type AccessView, accessView, concernsOf } from "../../http/python/access.ts";
import { type CursorView, cursorImports, cursorView, timestampsOf } from "../../http/python/cursor-view.ts";
import { CURSOR_CONSTANTS, planCursors } from "../../http/python/cursors.ts";
import { type FlagView, flagView } from "../../http/python/flag-view.ts";
import { PAGING_CONSTANTS, type PagingView, pagingOf } from "./paging.ts";
import { type ReadingView, readingView } from "./reading-view.ts";
import { fixedParams, refuseImpossible, type TableView, tableViews } from "./tables.ts";

export interface View extends AccessView, PagingView, CursorView, FlagView, ReadingView {
  /** The title, broken where a line of a docstring would be too long. */
  title_line: string;
  /** What the client takes care of. */
  api_concerns: string;
  rate_limit: { requests: number; per_seconds: number } | false;
  /** Whether errors carry the status of the answer. */
  error_status: boolean;
  tables: TableView[];
  table_constants: string;
  any_single: boolean;
  any_params: boolean;
  any_flag: boolean;
  /** What the reading takes from the client's module, and from that of cursors. What is not used is removed. */
  api_imports: string[];
  cursor_imports: string[];
  /** Fractions are read as exact decimals. */
  decimals: boolean;
  /** What cursors need of the module of timestamps. */
  timestamps: TimestampName[];
}

/** Throws `UserError` for a blueprint that no connector could be written for. */
export function viewOf(blueprint: Blueprint, reserved: ReadonlySet<string>): View {
  refuseImpossible(blueprint);
  const cursors = planCursors(blueprint);
  const paging = pagingOf(blueprint);
  const access = accessView(blueprint);
  const field = paging.view.paging_field;
  const tables = tableViews(blueprint, {
    cursors,
    pagingOf: field ? paging.expressionOf : undefined,
    reserved: new Set([...reserved, ...PAGING_CONSTANTS, ...CURSOR_CONSTANTS]),
  });
  const has = (test: (table: Table) => boolean) => blueprint.tables.some(test);
  const flags = flagView(blueprint.tables);
  const cursorsView = cursorView(cursors);
  const reading = readingView(blueprint, { cursors: cursors.own, pagingField: field, paging: paging.view });
  return {
    ...access,
    ...paging.view,
    ...cursorsView,
    ...flags,
    ...reading,
    title_line: wrap(docText(blueprint.title), 70).join("\n"),
    api_concerns: concernsOf(blueprint, paging.view.only_whole ? "decoding" : "paging"),
    rate_limit: blueprint.source.rate_limit ?? false,
    error_status: access.token || reading.any_parent,
    tables,
    table_constants: pythonTuple(tables.map((table) => expression(table.constant))),
    any_single: has((table) => table.read.single),
    any_params: has((table) => Object.keys(fixedParams(table)).length > 0),
    any_flag: flags.flag_values !== false,
    api_imports: ["ApiError", "Client", ...(field ? apiImports(paging.view, tables) : [])],
    cursor_imports: cursorImports(cursors),
    decimals: has((table) => table.columns.some(({ type }) => type === "decimal" || type === "json")),
    timestamps: timestampsOf(cursors, cursorsView.cursor_writes),
  };
}

function apiImports(paging: PagingView, tables: readonly TableView[]): string[] {
  const names = [...paging.paging_types, "Paging", ...paging.paging_constants.map((constant) => constant.name)];
  const hint = paging.paging_hint.split(" ")[0];
  return names.filter((name) => name === hint || tables.some((table) => new RegExp(`\\b${name}\\b`).test(table.value)));
}
