/** Tables of the blueprint as Python definitions, parents before children. */

import type { RestBlueprint as Blueprint, RestTable as Table } from "../../../artifacts/blueprint.ts";
import { UserError } from "../../../errors.ts";
import {
  docText,
  type Expression,
  expression,
  type PythonValue,
  pythonCall,
  pythonLiteral,
  pythonTuple,
  wrap,
} from "../../../python/python-literal.ts";
import { cursorExpression, type PlannedCursors, planCursor, planFeedCursor } from "../../http/python/cursors.ts";
import { effectivePagination, sizeParams } from "./paging.ts";

export interface TableView {
  name: string;
  constant: string;
  comment: string[];
  value: string;
}

export interface TableContext {
  cursors: PlannedCursors;
  /** Undefined where all tables are paged alike. */
  pagingOf: ((table: Table) => Expression) | undefined;
  /** Names the templates use, which no table may take. */
  reserved: ReadonlySet<string>;
}

const COMMENT_WIDTH = 95;

export function tableViews(blueprint: Blueprint, context: TableContext): TableView[] {
  const constants = constantNames(blueprint, context.reserved);
  return blueprint.tables.map((table) => ({
    name: table.name,
    constant: constants.get(table.name) ?? table.name,
    comment: table.description === undefined ? [] : wrap(docText(table.description), COMMENT_WIDTH),
    value: pythonLiteral(pythonCall("Table", tableArguments(table, { ...context, constants }))),
  }));
}

/** Parameters that go with every request of a table. */
export function fixedParams(table: Table): { [param: string]: string } {
  return { ...table.read.params, ...sizeParams(effectivePagination(table.read)) };
}

/** Throws `UserError` for what no generated code could do. */
export function refuseImpossible(blueprint: Blueprint): void {
  const seen = new Set<string>();
  for (const table of blueprint.tables) {
    const { parent, path } = table.read;
    if (parent !== undefined && !seen.has(parent.table)) {
      throw impossible(
        table,
        `its parent ${parent.table} is not among the tables before it`,
        "Put the parent's table first.",
      );
    }
    const bound = new Set(parent?.bind.map((bind) => bind.placeholder));
    const loose = [...path.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1] ?? "").find((name) => !bound.has(name));
    if (loose !== undefined) {
      throw impossible(
        table,
        `nothing fills {${loose}} in its path ${path}`,
        `Bind it in tables.${table.name}.read.parent.`,
      );
    }
    seen.add(table.name);
  }
}

function impossible(table: Table, why: string, hint: string): UserError {
  return new UserError(`No connector can be written for the table ${table.name}: ${why}.`, { hint });
}

/** Upper-case names, told apart from each other and from the templates' own. */
function constantNames(blueprint: Blueprint, reserved: ReadonlySet<string>): Map<string, string> {
  const taken = new Set(reserved);
  const names = new Map<string, string>();
  for (const table of blueprint.tables) {
    const plain = table.name
      .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
      .replace(/[^A-Za-z0-9]+/g, "_")
      .replace(/^_+|_+$/g, "")
      .toUpperCase();
    const base = /^[A-Z]/.test(plain) ? plain : `TABLE_${plain}`;
    let name = taken.has(base) ? `${base}_TABLE` : base;
    for (let number = 2; taken.has(name); number++) name = `${base}_TABLE_${number}`;
    taken.add(name);
    names.set(table.name, name);
  }
  return names;
}

function tableArguments(table: Table, context: TableContext & { constants: ReadonlyMap<string, string> }) {
  const { advance, deletes, read } = table;
  const params = fixedParams(table);
  const cursor = advance.kind === "cursor" ? planCursor(table, advance) : undefined;
  return {
    name: table.name,
    path: pathByColumns(table),
    records: read.records,
    paging: context.pagingOf?.(table),
    primary_key: expression(pythonTuple(table.primary_key)),
    params: Object.keys(params).length === 0 ? undefined : params,
    cursor: cursor && cursorExpression(cursor, context.cursors),
    steps: advance.kind === "steps" ? stepsExpression(advance) : undefined,
    deleted_flag:
      deletes.kind === "flag"
        ? pythonCall("DeletedFlag", {
            column: deletes.column,
            values: deletes.values.length === 0 ? undefined : expression(pythonTuple(deletes.values)),
          })
        : undefined,
    delete_feed: feedExpression(table, context),
    parent: read.parent && parentExpression(read.parent, context.constants),
  };
}

/** The path with each placeholder named after the column that keeps its value. */
export function pathByColumns(table: Table): string {
  const bind = table.read.parent?.bind ?? [];
  return table.read.path.replace(/\{([^{}]*)\}/g, (whole, placeholder: string) => {
    const bound = bind.find((candidate) => candidate.placeholder === placeholder);
    return bound === undefined ? whole : `{${bound.column}}`;
  });
}

function stepsExpression(advance: Extract<Table["advance"], { kind: "steps" }>): Expression {
  return pythonCall("Steps", {
    column: advance.column,
    from_param: advance.from_param,
    to_param: advance.to_param,
    start: advance.start,
    size: advance.step,
    empty_ranges: advance.empty_steps,
  });
}

function feedExpression(table: Table, context: TableContext): Expression | undefined {
  const { deletes } = table;
  if (deletes.kind !== "feed") return undefined;
  const cursor = planFeedCursor(table);
  const keys: { [column: string]: PythonValue } = {};
  for (const [column, field] of Object.entries(deletes.keys)) keys[column] = field;
  return pythonCall("DeleteFeed", {
    path: deletes.path,
    records: deletes.records,
    keys,
    cursor: cursor && cursorExpression(cursor, context.cursors),
  });
}

function parentExpression(
  parent: NonNullable<Table["read"]["parent"]>,
  constants: ReadonlyMap<string, string>,
): Expression {
  const columns: { [column: string]: PythonValue } = {};
  for (const bind of parent.bind) columns[bind.column] = bind.parent_column;
  return pythonCall("Parent", { table: expression(constants.get(parent.table) ?? parent.table), columns });
}
