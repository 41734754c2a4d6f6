/** All tables that the schema and the spec together yield: which are taken, which are left out and why. */
import { getNamedType, getNullableType, isListType } from "graphql";
import type { Requirements } from "../../../artifacts/requirements.ts";
import { UserError } from "../../../errors.ts";
import { nearest } from "../../../system/nearest.ts";
import { singular, snake } from "../../http/describe/names.ts";
import { becomesTable } from "./columns.ts";
import type { LeftOut, List } from "./draft.ts";
import { type DraftContext, type DraftTable, draftTable, type Stated } from "./draft-table.ts";
import { nestedLists, rootLists } from "./lists.ts";
import type { SchemaDocument } from "./schema-document.ts";

/** Lists inside of lists that are followed: `orders.lines.discounts` is two levels in. */
const LEVELS = 2;
const GENERIC = /^(items|nodes|edges|data|results|records|list|all|entries|rows)$/;

export interface Tables {
  /** Parents before their children. */
  tables: DraftTable[];
  leftOut: LeftOut[];
}

/** Throws `UserError` for a table of the spec that the schema does not have, or that cannot be read. */
export function draftTables({ schema }: SchemaDocument, requirements: Requirements): Tables {
  const roots = rootLists(schema);
  const listed = new Set(roots.lists.map(({ node }) => node.name));
  const context: DraftContext = { schema, incremental: requirements.spec.incremental, listed };
  const stated = (requirements.spec.tables ?? []).flatMap((table, index): Stated[] =>
    typeof table === "string" ? [] : [{ table, pointer: `/tables/${index}` }],
  );
  const names = new Set<string>();
  const drafts: DraftTable[] = [];
  const take = (list: List, parent: DraftTable | undefined): void => {
    const field = list.path.join(".");
    const own = statedFor(stated, { field, usual: usualName(list, parent), parent, names });
    const name = own?.table.name ?? uniqueName(list, { parent, names });
    names.add(name);
    const draft = draftTable({ name, list, stated: own, parent }, context);
    draft.choice =
      parent === undefined ? repeatedRoot(list, drafts) : repeatedChild(list, { drafts, level: levelOf(list) });
    drafts.push(draft);
    if (levelOf(list) > LEVELS || isInside(list)) return;
    for (const inner of nestedLists(list)) if (becomesTable(inner.field)) take(inner, draft);
  };
  for (const list of roots.lists) take(list, undefined);
  return selected(drafts, { requirements, leftOut: roots.leftOut });
}

function levelOf(list: List): number {
  return list.above === undefined ? 0 : 1 + levelOf(list.above);
}

/** Whether a list's records are of a type that is around it already: what is inside of them is known there. */
function isInside(list: List): boolean {
  for (let above = list.above; above !== undefined; above = above.above) {
    if (above.node === list.node) return true;
  }
  return false;
}

/** `viewer.orders` beside `orders`: the same records, or some of them. */
function repeatedRoot(list: List, drafts: readonly DraftTable[]): string | undefined {
  const other = drafts.find((draft) => draft.list.above === undefined && draft.list.node === list.node);
  if (other === undefined || other.block !== undefined) return undefined;
  return `it lists ${list.node.name}, as ${other.table.name} does`;
}

/** `customer.orders` where orders is a table and each of its rows has its customer. */
function repeatedChild(
  list: List,
  { drafts, level }: { drafts: readonly DraftTable[]; level: number },
): string | undefined {
  if (level > LEVELS) return `it is ${level} levels of lists in`;
  if (isInside(list)) return `it lists ${list.node.name} inside of ${list.node.name}`;
  const root = drafts.find(
    ({ list: other, block }) => other.above === undefined && other.node === list.node && block === undefined,
  );
  if (root === undefined && !drafts.some(({ list: other }) => other.node === list.node)) return undefined;
  const back = Object.values(list.node.getFields()).some(
    ({ type }) => !isListType(getNullableType(type)) && getNamedType(type) === list.owner,
  );
  if (!back) return undefined;
  return `it lists ${list.node.name} once more, and each of these has its ${list.owner.name}`;
}

function usualName(list: List, parent: DraftTable | undefined): string {
  const last = snake(list.path.at(-1) ?? "");
  const before = snake(list.path.at(-2) ?? "");
  const plain = GENERIC.test(last) && before !== "" ? before : last;
  return parent === undefined ? plain : `${singular(parent.table.name)}_${plain}`;
}

function uniqueName(
  list: List,
  { parent, names }: { parent: DraftTable | undefined; names: ReadonlySet<string> },
): string {
  const usual = usualName(list, parent);
  if (!names.has(usual)) return usual;
  const whole = snake(list.path.join("_"));
  for (let n = 1; ; n++) {
    const name = n === 1 ? whole : `${whole}_${n}`;
    if (!names.has(name)) return name;
  }
}

interface StatedQuestion {
  field: string;
  usual: string;
  parent: DraftTable | undefined;
  names: ReadonlySet<string>;
}

/** By its field where that is stated, else by its name. The field of a nested list is told apart by its parent. */
function statedFor(stated: readonly Stated[], { field, usual, parent, names }: StatedQuestion): Stated | undefined {
  return stated.find(({ table }) => {
    if (names.has(table.name)) return false;
    if (table.parent !== undefined && table.parent.table !== parent?.table.name) return false;
    if (table.field === undefined) return table.name.toLowerCase() === usual;
    return table.field === field && (table.parent !== undefined) === (parent !== undefined);
  });
}

interface Selecting {
  requirements: Requirements;
  leftOut: LeftOut[];
}

function selected(drafts: readonly DraftTable[], { requirements, leftOut }: Selecting): Tables {
  const wanted = requirements.spec.tables?.map((table) => (typeof table === "string" ? table : table.name));
  const byName = new Map(drafts.map((draft) => [draft.table.name.toLowerCase(), draft]));
  const taken = new Set<DraftTable>();
  const take = (draft: DraftTable): void => {
    const above = draft.table.read.parent?.table;
    const parent = above === undefined ? undefined : byName.get(above.toLowerCase());
    if (parent !== undefined) take(parent);
    taken.add(draft);
  };
  if (wanted === undefined) {
    for (const draft of drafts) if (isReadable(draft, byName)) take(draft);
  } else for (const name of wanted) take(named(name, byName));
  const tables = drafts.filter((draft) => taken.has(draft));
  const rest = drafts.filter((draft) => !taken.has(draft) && hasReason(draft, byName, wanted !== undefined));
  return { tables, leftOut: [...leftOut, ...rest.map((draft) => ({ name: nameOf(draft), reason: reasonOf(draft) }))] };
}

function isReadable(draft: DraftTable, byName: ReadonlyMap<string, DraftTable>): boolean {
  if (draft.block !== undefined || draft.choice !== undefined) return false;
  const parent = parentOf(draft, byName);
  return parent === undefined ? draft.list.above === undefined : isReadable(parent, byName);
}

/** What is inside of something that is left out needs no line of its own. */
function hasReason(draft: DraftTable, byName: ReadonlyMap<string, DraftTable>, chosen: boolean): boolean {
  if (draft.list.above === undefined) return true;
  const parent = parentOf(draft, byName);
  return parent === undefined || chosen || isReadable(parent, byName);
}

function parentOf(draft: DraftTable, byName: ReadonlyMap<string, DraftTable>): DraftTable | undefined {
  const above = draft.table.read.parent?.table;
  return above === undefined ? undefined : byName.get(above.toLowerCase());
}

function named(name: string, byName: ReadonlyMap<string, DraftTable>): DraftTable {
  const draft = byName.get(name.toLowerCase());
  if (draft === undefined) {
    const known = [...byName.values()].map(({ table }) => table.name);
    const near = nearest(name, known);
    throw new UserError(`The schema has no table named ${name}.`, {
      hint:
        near === undefined
          ? `Known: ${known.slice(0, 20).join(", ")}. Another list needs a \`field\`.`
          : `Did you mean ${near}?`,
    });
  }
  for (let one: DraftTable | undefined = draft; one !== undefined; one = parentOf(one, byName)) {
    if (one.block === undefined) continue;
    throw new UserError(`Table ${one.table.name} cannot be read as it is described: ${one.block}.`, {
      hint: "State under `tables` in the spec what is missing: field, arguments.",
    });
  }
  return draft;
}

/** `Query.orders`, `orders.lines`. */
function nameOf({ list, table }: DraftTable): string {
  const field = list.path.join(".");
  return list.above === undefined ? field : `${table.read.parent?.table ?? list.owner.name}.${field}`;
}

function reasonOf({ block, choice }: DraftTable): string {
  const text = block ?? choice ?? "not among the tables that the spec names";
  return `${text[0]?.toUpperCase() ?? ""}${text.slice(1)}.`;
}
