/** Chooses the tables of the blueprint, brings their parents along, and puts parents before their children. */
import type { Column } from "../../../artifacts/blueprint.ts";
import type { RequirementsOf } from "../../../artifacts/requirements.ts";
import { UserError } from "../../../errors.ts";
import { nearest } from "../../../system/nearest.ts";
import type { DraftTable, LeftOut } from "./draft.ts";
import { placeholdersOf } from "./operations.ts";
import { unknownTable } from "./stated-tables.ts";

export interface Selection {
  tables: DraftTable[];
  leftOut: LeftOut[];
}

/** Throws `UserError` for an unknown name, a table that cannot be read, and parents that do not fit. */
export function selectTables(drafts: readonly DraftTable[], requirements: RequirementsOf<"rest">): Selection {
  const byName = new Map(drafts.map((table) => [table.name.toLowerCase(), table]));
  const names = requirements.spec.tables?.map((table) => (typeof table === "string" ? table : table.name));
  const wanted = names === undefined ? drafts.filter(isReadable) : names.map((name) => named(name, byName));
  const selection: Selection = { tables: [], leftOut: [] };
  const visiting = new Set<DraftTable>();

  const take = (table: DraftTable): void => {
    if (selection.tables.includes(table)) return;
    if (visiting.has(table))
      throw new UserError(`Table ${table.name} is its own ancestor.`, { hint: "Mend `parent` in the spec." });
    visiting.add(table);
    const parent = table.read.parent && parentTable(table, byName);
    if (parent !== undefined) take(parent);
    checkPlaceholders(table);
    selection.tables.push(parent === undefined ? table : bindColumns(table, parent));
    const last = selection.tables.at(-1);
    if (last !== undefined) byName.set(table.name.toLowerCase(), last);
  };

  for (const table of wanted) {
    if (!selection.tables.some((taken) => taken.name === table.name)) take(table);
  }
  const taken = new Set(selection.tables.map((table) => table.name));
  for (const table of drafts.filter((one) => !taken.has(one.name))) {
    const reason = table.blocks.length > 0 ? reasonOf(table) : "Not among the tables that the spec names.";
    selection.leftOut.push({ name: table.listing?.operation.path ?? table.name, reason });
  }
  return selection;
}

/** A table may be named although a better listing of the same records is known: that is a choice. */
function named(name: string, byName: ReadonlyMap<string, DraftTable>): DraftTable {
  const table = byName.get(name.toLowerCase());
  if (table === undefined)
    throw unknownTable(
      name,
      [...byName.values()].map((one) => one.name),
    );
  const hard = table.blocks.filter((block) => block.kind !== "choice");
  if (hard.length > 0) {
    throw new UserError(
      `Table ${table.name} cannot be read as it is described: ${hard.map((block) => block.reason).join("; ")}.`,
      {
        hint: "State under `tables` in the spec what is missing: params, path, parent or columns.",
      },
    );
  }
  return table;
}

function isReadable(table: DraftTable): boolean {
  return table.blocks.length === 0;
}

function reasonOf(table: DraftTable): string {
  const text = table.blocks.map((block) => block.reason).join("; ");
  return `${text[0]?.toUpperCase() ?? ""}${text.slice(1)}.`;
}

function parentTable(table: DraftTable, byName: ReadonlyMap<string, DraftTable>): DraftTable {
  const name = table.read.parent?.table ?? "";
  const parent = byName.get(name.toLowerCase());
  if (parent !== undefined) return parent;
  const near = nearest(
    name,
    [...byName.values()].map((one) => one.name),
  );
  throw new UserError(`Table ${table.name} has the parent ${name}, which is not a table.`, {
    hint: near === undefined ? "State the parent under `tables` too." : `Did you mean ${near}?`,
  });
}

function checkPlaceholders(table: DraftTable): void {
  const bound = table.read.parent?.bind.map((bind) => bind.placeholder) ?? [];
  const open = placeholdersOf(table.read.path).find((placeholder) => !bound.includes(placeholder));
  if (open === undefined) return;
  throw new UserError(`Table ${table.name} has no value for {${open}} in its path.`, {
    hint: "State `parent` with a `bind` for it in the spec, or write the value into the path.",
  });
}

/** Adds the columns that keep the parent's values, with the parent's types. */
function bindColumns(table: DraftTable, parent: DraftTable): DraftTable {
  const columns: Column[] = [];
  for (const bind of table.read.parent?.bind ?? []) {
    const source = parent.columns.find((column) => column.name === bind.parent_column);
    if (source === undefined) {
      throw new UserError(`Table ${parent.name}, the parent of ${table.name}, has no column ${bind.parent_column}.`, {
        hint: `Its columns: ${parent.columns
          .map((column) => column.name)
          .slice(0, 20)
          .join(", ")}.`,
      });
    }
    if (table.columns.some((column) => column.name === bind.column)) continue;
    const { description, values, ...rest } = source;
    columns.push({
      ...rest,
      name: bind.column,
      nullable: false,
      description: `${bind.parent_column} of the row of ${parent.name}`,
    });
  }
  return { ...table, columns: [...columns, ...table.columns] };
}
