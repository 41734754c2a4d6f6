/**
 * What the stand-in needs to know of each table, worked out once from the blueprint: roles of columns, sizes of pages,
 * how keys repeat. A blueprint that contradicts itself, or that nothing can serve, is refused here.
 */
import type { RestBlueprint as Blueprint, Column, RestTable as Table } from "../../../artifacts/blueprint.ts";
import type { Advance, Deletes, Pagination, Parent } from "../../../artifacts/reading.ts";
import { UserError } from "../../../errors.ts";
import { type Cursor, createCursor } from "./cursor.ts";
import { type ExactObject, PathConflict, putAt } from "./exact.ts";

export interface TablePlan {
  table: Table;
  parent: TablePlan | undefined;
  bind: Parent["bind"];
  children: TablePlan[];
  /** Columns the record carries: those taken from the parent are left out, so that the connector has to add them. */
  columns: Column[];
  /** Key columns the record carries. */
  ownKey: Column[];
  /** Whether the own key repeats under different parents. */
  keyRepeats: boolean;
  /** Columns outside the key that must not repeat, because children are bound by them. */
  unique: ReadonlySet<string>;
  cursor: Cursor | undefined;
  steps: Extract<Advance, { kind: "steps" }> | undefined;
  flag: Extract<Deletes, { kind: "flag" }> | undefined;
  feed: Extract<Deletes, { kind: "feed" }> | undefined;
  /** Records in a page at most, whatever is asked for. */
  maxPage: number;
  /** Records in a page when no size is asked for. */
  defaultPage: number;
  /** Whether members of nested values may be absent. */
  sparse: boolean;
}

/** Rows of a table stay a few pages of this; tables that are read per parent row, and their parents, get less. */
const MAX_PAGE = 100;
const MAX_RELATED_PAGE = 10;
const UNSTATED_PAGE = 10;

/** `now` in microseconds since 1970; `sparse` as in a plan. Throws `UserError` for a blueprint that cannot be simulated. */
export function makePlans(blueprint: Blueprint, now: bigint, sparse = true): TablePlan[] {
  const plans: TablePlan[] = [];
  for (const table of blueprint.tables) {
    if (plans.some((plan) => plan.table.name === table.name)) throw unfit(table.name, "two tables have this name");
    const parent = findParent(table, plans);
    const plan = makePlan(table, { parent, blueprint, now, sparse });
    parent?.children.push(plan);
    plans.push(plan);
    checkPlan(plan);
  }
  return plans;
}

/** The size the blueprint states, and the parameter that carries it. */
export function pageSize(pagination: Pagination): { param: string | undefined; size: number | undefined } {
  switch (pagination.style) {
    case "none":
      return { param: undefined, size: undefined };
    case "offset":
      return { param: pagination.limit_param, size: pagination.limit };
    default:
      return { param: pagination.size_param, size: pagination.size };
  }
}

/** The paths of an answer that carry something beside the records. */
export function envelopePaths(pagination: Pagination): string[] {
  const paths = [
    "total_pages" in pagination ? pagination.total_pages : undefined,
    "total" in pagination ? pagination.total : undefined,
    "has_more" in pagination ? pagination.has_more : undefined,
    "next" in pagination ? pagination.next : undefined,
  ];
  return paths.filter((path) => path !== undefined);
}

export function columnOf(plan: TablePlan, name: string): Column | undefined {
  return plan.columns.find((column) => column.name === name);
}

/** The column whose values are marks: the cursor's or the steps'. */
export function markColumn(plan: TablePlan): string | undefined {
  return plan.cursor?.column ?? plan.steps?.column;
}

export function unfit(table: string, why: string, hint = "Correct the blueprint's table."): UserError {
  return new UserError(`The table ${table} cannot be simulated: ${why}.`, { hint });
}

function findParent(table: Table, before: readonly TablePlan[]): TablePlan | undefined {
  const { parent } = table.read;
  if (parent === undefined) return undefined;
  const plan = before.find((candidate) => candidate.table.name === parent.table);
  if (plan === undefined) throw unfit(table.name, `its parent ${parent.table} does not come before it`);
  for (const { parent_column } of parent.bind) {
    const known = columnOf(plan, parent_column) ?? plan.bind.find((bind) => bind.column === parent_column);
    if (known === undefined) throw unfit(table.name, `its parent ${parent.table} has no column ${parent_column}`);
  }
  return plan;
}

function makePlan(
  table: Table,
  context: { parent: TablePlan | undefined; blueprint: Blueprint; now: bigint; sparse: boolean },
): TablePlan {
  const bind = table.read.parent?.bind ?? [];
  const bound = new Set(bind.map((entry) => entry.column));
  const columns = table.columns.filter((column) => !bound.has(column.name));
  const ownKey = columns.filter((column) => table.primary_key.includes(column.name));
  const children = context.blueprint.tables.filter((other) => other.read.parent?.table === table.name);
  const childBinds = children.map((child) => (child.read.parent?.bind ?? []).map((entry) => entry.parent_column));
  const wholeKey = childBinds.every((columns) => table.primary_key.every((key) => columns.includes(key)));
  const related = context.parent !== undefined || children.length > 0;
  const { param, size } = pageSize(table.read.pagination);
  const maxPage = Math.min(size ?? UNSTATED_PAGE, related ? MAX_RELATED_PAGE : MAX_PAGE);
  const { advance, deletes } = table;
  return {
    table,
    parent: context.parent,
    bind,
    children: [],
    columns,
    ownKey,
    // A child bound by a part of the key would not tell two parents apart, were that part to repeat.
    keyRepeats: table.primary_key.some((key) => bound.has(key)) && wholeKey,
    unique: new Set(childBinds.flat().filter((name) => !bound.has(name) && !table.primary_key.includes(name))),
    cursor: advance.kind === "cursor" ? cursorOf(table, { advance, columns, now: context.now }) : undefined,
    steps: advance.kind === "steps" ? advance : undefined,
    flag: deletes.kind === "flag" ? deletes : undefined,
    feed: deletes.kind === "feed" ? deletes : undefined,
    maxPage,
    // A connector that forgets to ask for its size gets smaller pages, not fewer rows.
    defaultPage: param !== undefined && size !== undefined ? Math.ceil(maxPage / 2) : maxPage,
    sparse: context.sparse,
  };
}

function cursorOf(
  table: Table,
  options: { advance: Extract<Advance, { kind: "cursor" }>; columns: Column[]; now: bigint },
): Cursor {
  const column = options.columns.find((candidate) => candidate.name === options.advance.column);
  if (column === undefined)
    throw unfit(table.name, `its cursor ${options.advance.column} is not a column of its records`);
  return createCursor(table.name, column, { advance: options.advance, now: options.now });
}

function checkPlan(plan: TablePlan): void {
  checkColumns(plan);
  checkPath(plan);
  checkDeletes(plan);
  checkEnvelope(plan);
}

function checkColumns(plan: TablePlan): void {
  const { table } = plan;
  const known = new Set([...plan.columns.map((column) => column.name), ...plan.bind.map((bind) => bind.column)]);
  const stray = table.primary_key.find((key) => !known.has(key));
  if (stray !== undefined) throw unfit(table.name, `its key ${stray} is not one of its columns`);
  if (plan.columns.length === 0) throw unfit(table.name, "its records have no columns of their own");
  if (plan.steps === undefined) return;
  const type = columnOf(plan, plan.steps.column)?.type;
  if (type !== "integer" && type !== "bigint" && type !== "number" && type !== "string") {
    throw unfit(
      table.name,
      `its ranges run over ${plan.steps.column}, which is not a column of numbers or their digits`,
    );
  }
  if (plan.parent !== undefined && table.primary_key.includes(plan.steps.column) && !plan.keyRepeats) {
    throw unfit(table.name, `its ids start anew under each parent, but its key does not hold the parent`);
  }
}

function checkPath(plan: TablePlan): void {
  const { path } = plan.table.read;
  if (path.includes("?")) throw unfit(plan.table.name, `its path ${path} has a query`, "State the query in params.");
  const placeholders = [...path.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1]);
  const bound = plan.bind.map((bind) => bind.placeholder);
  const open = placeholders.find((name) => name === undefined || !bound.includes(name));
  if (open !== undefined) throw unfit(plan.table.name, `no parent binds {${open}} of its path ${path}`);
  const unused = bound.find((name) => !placeholders.includes(name));
  if (unused !== undefined) throw unfit(plan.table.name, `its path ${path} has no {${unused}}, which its parent binds`);
}

function checkDeletes(plan: TablePlan): void {
  const { table, flag, feed } = plan;
  if (flag !== undefined) {
    if (columnOf(plan, flag.column) === undefined) throw unfit(table.name, `its flag ${flag.column} is not a column`);
    if (table.primary_key.includes(flag.column) || flag.column === markColumn(plan)) {
      throw unfit(table.name, `its flag ${flag.column} is its key or its cursor`);
    }
  }
  if (table.deletes.kind === "absence" && table.advance.kind !== "full") {
    throw unfit(table.name, "absence shows deletes only where everything is read at each sync");
  }
  if (feed === undefined) return;
  if (/[{?]/.test(feed.path))
    throw unfit(table.name, `the path of its deletes ${feed.path} has a placeholder or a query`);
  const missing = table.primary_key.find((key) => feed.keys[key] === undefined);
  if (missing !== undefined || table.primary_key.length === 0) {
    throw unfit(table.name, `its list of deletes does not carry the key ${missing ?? "(it has none)"}`);
  }
}

/** An answer that is a list itself has no place for totals and addresses. */
function checkEnvelope(plan: TablePlan): void {
  const { read } = plan.table;
  const paths = [read.records, ...envelopePaths(read.pagination)];
  if (paths.length === 1 && read.records === "") return;
  try {
    const body: ExactObject = {};
    for (const path of paths) {
      if (path === "") throw new PathConflict("the answer itself is a list or a record");
      putAt(body, path, []);
    }
  } catch (error) {
    if (!(error instanceof PathConflict)) throw error;
    throw unfit(plan.table.name, `the paths of its answer contradict each other: ${error.message}`);
  }
}
