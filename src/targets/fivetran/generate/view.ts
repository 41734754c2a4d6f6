/** Everything the templates ask of a blueprint, decided here so that the templates only write. */

import type { Blueprint, Table } from "../../../artifacts/blueprint.ts";
import { unreservedColumnName } from "../../../warehouse/naming.ts";
import { type AccessView, accessView } from "./access.ts";
import { TYPE_NAMES, type TypeName, typeNameOf } from "./columns.ts";
import { type CursorView, cursorView } from "./cursor-view.ts";
import { CURSOR_CONSTANTS, type PlannedCursors, planCursors } from "./cursors.ts";
import { PAGING_CONSTANTS, type PagingView, pagingOf, type Use, useOf } from "./paging.ts";
import { docText, expression, pythonTuple, wrap } from "./python-literal.ts";
import { type ReadingView, readingView } from "./reading-view.ts";
import { fixedParams, refuseImpossible, type TableView, tableViews } from "./tables.ts";

export interface View extends AccessView, PagingView, CursorView, ReadingView, ValuesView {
  /** The title, broken where a line of a docstring would be too long. */
  title_line: string;
  description: string[];
  single: boolean;
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
  flag_optional: boolean;
  /** Whether flags are compared with stated values: false where there is no flag. */
  flag_values: "none" | "some" | "all" | false;
  flag_values_else: string;
  any_rename: boolean;
  /** What the models take from the client's module. */
  api_imports: string[];
}

/** What has to be read from and written as values. */
interface ValuesView {
  type_names: Record<TypeName, boolean>;
  any_types: boolean;
  convert: Record<"utc" | "local" | "date" | "decimal" | "bigint" | "number" | "binary", boolean>;
  decimals: boolean;
  iso: boolean;
  iso_utc: boolean;
  epoch: boolean;
  epoch_seconds: boolean;
  epoch_milliseconds: boolean;
}

/** Throws `UserError` for a blueprint that no connector could be written for. */
export function viewOf(blueprint: Blueprint, options: { single: boolean; reserved: ReadonlySet<string> }): View {
  refuseImpossible(blueprint);
  const cursors = planCursors(blueprint);
  const paging = pagingOf(blueprint);
  const access = accessView(blueprint);
  const field = paging.view.paging_field;
  const tables = tableViews(blueprint, {
    cursors,
    pagingOf: field ? paging.expressionOf : undefined,
    reserved: new Set([...options.reserved, ...PAGING_CONSTANTS, ...CURSOR_CONSTANTS]),
  });
  const has = (test: (table: Table) => boolean) => blueprint.tables.some(test);
  const values = flagValues(blueprint);
  const reading = readingView(blueprint, { cursors: cursors.own, pagingField: field });
  return {
    ...access,
    ...paging.view,
    ...cursorView(cursors),
    ...reading,
    ...valuesView(blueprint, cursors),
    title_line: wrap(docText(blueprint.title), 70).join("\n"),
    description: wrap(docText(blueprint.description), 95),
    single: options.single,
    api_concerns: concerns([
      ...(access.auth === "none" ? [] : ["authentication"]),
      "retries",
      ...(blueprint.source.rate_limit === undefined ? [] : ["pacing"]),
      paging.view.only_whole ? "decoding" : "paging",
    ]),
    rate_limit: blueprint.source.rate_limit ?? false,
    error_status: access.token || reading.any_parent,
    tables,
    table_constants: pythonTuple(tables.map((table) => expression(table.constant))),
    any_single: has((table) => table.read.single),
    any_params: has((table) => Object.keys(fixedParams(table)).length > 0),
    any_flag: values !== false,
    flag_optional: has((table) => table.deletes.kind !== "flag"),
    flag_values: values,
    flag_values_else: values === "some" ? "; without any, if it is set" : "",
    any_rename: has((table) => table.columns.some((column) => column.name !== unreservedColumnName(column.name))),
    api_imports: field ? apiImports(paging.view, tables) : [],
  };
}

/** `Retries and paging`. */
function concerns(words: readonly string[]): string {
  const text = `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function flagValues(blueprint: Blueprint): View["flag_values"] {
  const flags = blueprint.tables.flatMap(({ deletes }) => (deletes.kind === "flag" ? [deletes] : []));
  const use: Use = useOf(flags, (flag) => flag.values.length > 0);
  return flags.length === 0 ? false : use || "none";
}

function apiImports(paging: PagingView, tables: readonly TableView[]): string[] {
  const names = [...paging.paging_types, "Paging", ...paging.paging_constants.map((constant) => constant.name)];
  const hint = paging.paging_hint.split(" ")[0];
  return names.filter((name) => name === hint || tables.some((table) => new RegExp(`\\b${name}\\b`).test(table.value)));
}

function valuesView(blueprint: Blueprint, cursors: PlannedCursors): ValuesView {
  const used = new Set(blueprint.tables.flatMap((table) => table.columns.map(typeNameOf)));
  const names = Object.fromEntries(TYPE_NAMES.map((name) => [name, used.has(name)])) as Record<TypeName, boolean>;
  const readers = new Set(cursors.all.map((cursor) => cursor.read));
  const formats = new Set(cursors.all.map((cursor) => cursor.format));
  const seconds = (unit: "SECONDS" | "MILLISECONDS") =>
    names[`UTC_FROM_${unit}`] || names[`NAIVE_FROM_${unit}`] || names[`DATE_FROM_${unit}`];
  const isoUtc = names.UTC_DATETIME || readers.has("parse_utc") || formats.has("iso8601") || formats.has("date");
  const epochSeconds = seconds("SECONDS") || readers.has("parse_epoch_seconds") || formats.has("epoch_seconds");
  const epochMilliseconds =
    seconds("MILLISECONDS") || readers.has("parse_epoch_milliseconds") || formats.has("epoch_milliseconds");
  return {
    type_names: names,
    any_types: TYPE_NAMES.some((name) => names[name]),
    convert: {
      utc: names.UTC_DATETIME || names.UTC_FROM_SECONDS || names.UTC_FROM_MILLISECONDS,
      local: names.NAIVE_DATETIME || names.NAIVE_FROM_SECONDS || names.NAIVE_FROM_MILLISECONDS,
      date: names.NAIVE_DATE || names.DATE_FROM_SECONDS || names.DATE_FROM_MILLISECONDS,
      decimal: names.decimal,
      bigint: names.BIG_INTEGER,
      number: names.DOUBLE,
      binary: names.BINARY,
    },
    decimals: names.decimal,
    iso: isoUtc || names.NAIVE_DATETIME || names.NAIVE_DATE,
    iso_utc: isoUtc,
    epoch: epochSeconds || epochMilliseconds,
    epoch_seconds: epochSeconds,
    epoch_milliseconds: epochMilliseconds,
  };
}
