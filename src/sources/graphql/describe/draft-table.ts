/** One table from one list of the schema, and what the spec states of it: a statement wins, field by field. */
import type { GraphQLSchema } from "graphql";
import type { Column } from "../../../artifacts/blueprint.ts";
import type { SpecTable } from "../../../artifacts/spec.ts";
import { UserError } from "../../../errors.ts";
import { singular, snake } from "../../http/describe/names.ts";
import { fieldsOf } from "./columns.ts";
import {
  at,
  type Claimed,
  type DraftColumn,
  documented,
  type LeftOut,
  type List,
  type Table,
  type TableClaims,
  unproven,
} from "./draft.ts";
import { type AdvanceResult, findAdvance } from "./incremental.ts";
import { keyOf, lookupOf } from "./keys.ts";
import { idField } from "./lists.ts";
import { neededArguments, type PagingResult, pagingOf } from "./paging.ts";

export interface Stated {
  table: SpecTable;
  /** JSON pointer into the spec. */
  pointer: string;
}

export interface DraftTable {
  table: Table;
  list: List;
  claims: TableClaims;
  /** Why it cannot be read as it stands; undefined when it can. */
  block: string | undefined;
  /** Works, but is left out unless the spec names it, for this reason. */
  choice: string | undefined;
  /** Fields of its records that are not taken. */
  leftOut: LeftOut[];
}

export interface DraftContext {
  schema: GraphQLSchema;
  incremental: "auto" | "none";
  /** Names of types that have tables of their own. */
  listed: ReadonlySet<string>;
}

export interface TableRequest {
  name: string;
  list: List;
  stated: Stated | undefined;
  parent: DraftTable | undefined;
}

export function draftTable({ name, list, stated, parent }: TableRequest, context: DraftContext): DraftTable {
  const { columns: found, leftOut } = fieldsOf(list.node, context);
  const paging = pagingOf(list);
  const bound = parent === undefined ? undefined : bindingOf(parent, { list, taken: found, schema: context.schema });
  const columns = columnsOf(list.node.name, found, stated);
  const key = tableKey(context.schema, { list, stated, bound });
  const advance = advanceOf({ list, found, stated, incremental: context.incremental, nested: parent !== undefined });
  const given = stated?.table.arguments ?? {};
  const sent = typeof paging === "string" ? [] : Object.keys(paging.types);
  const needed = neededArguments(list.field, [...sent, ...Object.keys(given)]);
  const types = argumentTypes(list, [...sent, ...Object.keys(given), ...advanceArguments(advance.value)]);
  const deletes = deletesOf(list, { advance: advance.value, found, stated });
  const paged = typeof paging === "string" ? { style: "list" as const } : paging.value;
  const cited = stated?.table.field === undefined ? [] : [{ spec: `${stated.pointer}/field` }];
  const description = list.field.description?.replace(/\s+/g, " ").trim().slice(0, 500);
  return {
    table: {
      name,
      ...(description ? { description } : {}),
      primary_key: key.value,
      columns: [...(bound === undefined ? [] : [bound.column]), ...columns.value],
      read: {
        kind: "graphql",
        field: list.path.join("."),
        arguments: given,
        argument_types: types,
        paging: paged,
        ...(advance.search === undefined ? {} : { search: advance.search }),
        ...(bound === undefined
          ? {}
          : { parent: bound.parent, ...(bound.lookup && paged.style !== "list" ? { lookup: bound.lookup } : {}) }),
      },
      advance: advance.value,
      deletes: deletes.value,
    },
    list,
    claims: {
      "read.field": documented([...cited, at(list.owner.name, list.field.name)]),
      "read.paging": typeof paging === "string" ? unproven(paging) : paging.claim,
      ...(bound === undefined ? {} : { "read.parent": documented([at(list.owner.name, list.field.name)]) }),
      primary_key: key.claim,
      columns: columns.claim,
      advance: advance.claim,
      deletes: deletes.claim,
    },
    block: blockOf({
      needed,
      paging,
      columns: found,
      nested: parent !== undefined,
      bound,
      paged: paged.style !== "list",
    }),
    choice: undefined,
    leftOut: [
      ...leftOut.map((one) => ({ name: `${name}.${one.name}`, reason: one.reason })),
      ...found.flatMap(({ cuts }) => cuts.map((cut) => cutOf(name, cut))),
    ],
  };
}

/** `customer: only id is taken, …` as an entry of what is left out. */
function cutOf(table: string, cut: string): LeftOut {
  const mark = cut.indexOf(": ");
  const reason = cut.slice(mark + 2);
  return {
    name: `${table}.${cut.slice(0, mark)}`,
    reason: `${reason[0]?.toUpperCase() ?? ""}${reason.slice(1).replace(/\.$/, "")}.`,
  };
}

interface Binding {
  parent: NonNullable<Table["read"]["parent"]>;
  column: Column;
  lookup: ReturnType<typeof lookupOf>;
}

/** The parent's key as a column of the child's. Undefined where the parent has none. */
function bindingOf(
  parent: DraftTable,
  { list, taken, schema }: { list: List; taken: readonly DraftColumn[]; schema: GraphQLSchema },
): Binding | undefined {
  const id = idField(parent.list.node);
  const source = parent.table.columns.find(({ name }) => name === id?.name);
  if (id === undefined || source === undefined || !parent.table.primary_key.includes(source.name)) return undefined;
  const lookup = lookupOf(schema, list.owner);
  const names = new Set(taken.map(({ column }) => snake(column.name)));
  const plain = `${singular(parent.table.name)}_${snake(id.name)}`;
  const column = names.has(plain) ? `parent_${plain}` : plain;
  const { description, values, ...rest } = source;
  return {
    parent: {
      table: parent.table.name,
      bind: [{ placeholder: lookup?.argument ?? id.name, parent_column: source.name, column }],
    },
    column: {
      ...rest,
      name: column,
      nullable: false,
      description: `${source.name} of the row of ${parent.table.name}`,
    },
    lookup,
  };
}

function columnsOf(node: string, found: readonly DraftColumn[], stated: Stated | undefined): Claimed<Column[]> {
  const types = stated?.table.columns ?? {};
  const value = found.map(({ column }): Column => {
    const type = types[column.name];
    return type === undefined || type === column.type ? column : { name: column.name, type, nullable: column.nullable };
  });
  const cite = [...(stated?.table.columns === undefined ? [] : [{ spec: `${stated.pointer}/columns` }]), at(node)];
  const guesses = found.flatMap(({ guessed, column }) =>
    guessed === undefined || types[column.name] ? [] : [guessed],
  );
  if (guesses.length === 0) return { value, claim: documented(cite) };
  return { value, claim: unproven(`${[...new Set(guesses)].join("; ")}.`, cite) };
}

function tableKey(
  schema: GraphQLSchema,
  { list, stated, bound }: { list: List; stated: Stated | undefined; bound: Binding | undefined },
): Claimed<string[]> {
  const given = stated?.table.primary_key;
  if (given !== undefined && stated !== undefined) {
    return { value: given, claim: documented([{ spec: `${stated.pointer}/primary_key` }]) };
  }
  const own = keyOf(schema, list.node);
  // One record may be in the lists of several parents: then it is a row under each.
  return bound === undefined || own.value.length === 0 ? own : { ...own, value: [bound.column.name, ...own.value] };
}

interface AdvanceQuestion {
  list: List;
  found: readonly DraftColumn[];
  stated: Stated | undefined;
  incremental: "auto" | "none";
  nested: boolean;
}

function advanceOf({ list, found, stated, incremental, nested }: AdvanceQuestion): AdvanceResult {
  const full = { kind: "full" as const };
  if (incremental === "none") return { value: full, claim: documented([{ spec: "/incremental" }]) };
  const given = stated?.table.incremental;
  const cite = stated === undefined ? [] : [{ spec: `${stated.pointer}/incremental` }];
  if (given === "none") return { value: full, claim: documented(cite) };
  if (given !== undefined && given !== "auto") {
    if (given.kind !== "full" && given.kind !== "cursor") {
      throw new UserError(`Table ${stated?.table.name}: a GraphQL table cannot advance by ${given.kind}.`, {
        hint: "State `incremental` as auto, none, or an object of kind cursor.",
      });
    }
    // How the value is written into a search text stands in the schema, also where the spec states the rest.
    const drafted = findAdvance(list, found);
    const search =
      given.kind === "cursor" && drafted.value.kind === "cursor" && drafted.value.param === given.param
        ? drafted.search
        : undefined;
    return { value: given, claim: documented(cite), ...(search === undefined ? {} : { search }) };
  }
  if (nested) {
    const reason =
      "A list inside of another's records is read whole: its records change without their parent's doing so.";
    return { value: full, claim: unproven(reason, [at(list.owner.name, list.field.name)]) };
  }
  return findAdvance(list, found);
}

/** The arguments that a cursor goes into, and those that sort by it. */
function advanceArguments(advance: Table["advance"]): string[] {
  if (advance.kind !== "cursor") return [];
  return [advance.param, ...Object.keys(advance.sort_params)].map((path) => path.split(".")[0] ?? path);
}

/** Throws `UserError` for an argument that the field does not have. */
function argumentTypes({ path, field }: List, names: readonly string[]): Record<string, string> {
  const types: Record<string, string> = {};
  for (const name of names) {
    const arg = field.args.find((one) => one.name === name);
    if (arg === undefined) {
      const known = field.args.map((one) => one.name).join(", ") || "none";
      throw new UserError(`The field ${path.join(".")} has no argument ${name}.`, { hint: `Its arguments: ${known}.` });
    }
    types[name] = String(arg.type);
  }
  return types;
}

const FLAG = /^(is_)?(deleted|removed)$|^(deleted|removed)_(at|on|date|time)$|^deletion_date$/;

function deletesOf(
  list: List,
  { advance, found, stated }: { advance: Table["advance"]; found: readonly DraftColumn[]; stated: Stated | undefined },
): Claimed<Table["deletes"]> {
  if (stated?.table.deletes !== undefined) {
    return { value: stated.table.deletes, claim: documented([{ spec: `${stated.pointer}/deletes` }]) };
  }
  if (advance.kind === "full") {
    const reason =
      "Deletion is not described; everything is read at each sync, so a row that is gone is taken as deleted.";
    return { value: { kind: "absence" }, claim: unproven(reason, [at(list.owner.name, list.field.name)]) };
  }
  const types = ["boolean", "timestamp", "local_timestamp", "date"];
  const flag = found.find(({ column }) => FLAG.test(snake(column.name)) && types.includes(column.type));
  if (flag === undefined) {
    return { value: { kind: "none" }, claim: unproven("No field that shows deleted rows is described.") };
  }
  const reason = `${flag.column.name} is named like a mark of deleted rows; whether they are still listed is not documented.`;
  const cite = [at(list.node.name, flag.field.name)];
  return { value: { kind: "flag", column: flag.column.name, values: [] }, claim: unproven(reason, cite) };
}

interface BlockQuestion {
  needed: readonly string[];
  paging: PagingResult | string;
  columns: readonly DraftColumn[];
  nested: boolean;
  bound: Binding | undefined;
  paged: boolean;
}

function blockOf({ needed, paging, columns, nested, bound, paged }: BlockQuestion): string | undefined {
  if (needed.length > 0) return `it needs ${needed.length > 1 ? "the arguments" : "the argument"} ${needed.join(", ")}`;
  if (typeof paging === "string") return paging;
  if (columns.length === 0) return "its records have no field that can be selected by itself";
  if (nested && bound === undefined) return "the records around it have no key to keep";
  if (nested && paged && bound?.lookup === undefined) {
    return "no field of the root finds one of the records around it by its key, so further pages of the list cannot be asked for";
  }
  return undefined;
}
