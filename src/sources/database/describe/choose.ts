/** Which of the catalogue's tables become tables of the blueprint, under which names. */
import type { Requirements } from "../../../artifacts/requirements.ts";
import type { SpecTable } from "../../../artifacts/spec.ts";
import { UserError } from "../../../errors.ts";
import { nearest } from "../../../system/nearest.ts";
import { type Catalogue, type CatalogueTable, nameOf } from "./catalogue.ts";

export interface Chosen {
  name: string;
  table: CatalogueTable;
  /** What the spec states of it, and where. */
  stated: { table: SpecTable; pointer: string } | undefined;
  /** A pointer into the spec, where it names the table. */
  pointer: string | undefined;
}

export interface Choice {
  chosen: Chosen[];
  skipped: { name: string; reason: string }[];
}

/** Throws `UserError` for a table that the spec names and the user cannot read, or that there is not. */
export function chooseTables({ tables, unseen }: Catalogue, { spec }: Requirements): Choice {
  const skipped: Choice["skipped"] = [];
  if (spec.tables === undefined) {
    if (unseen !== undefined) skipped.push(unseen);
    const open = tables.filter((table) => {
      const why = unreadable(table);
      if (why !== undefined) skipped.push({ name: nameOf(table), reason: why });
      return why === undefined;
    });
    const chosen = open.map((table) => ({ name: ownName(table, open), table, stated: undefined, pointer: undefined }));
    return { chosen: withoutTwins(chosen, skipped), skipped };
  }
  const chosen = spec.tables.map((wanted, index): Chosen => {
    const pointer = `/tables/${index}`;
    const stated = typeof wanted === "string" ? undefined : wanted;
    const table = findTable(tables, typeof wanted === "string" ? { name: wanted } : wanted);
    const why = unreadable(table);
    if (why !== undefined) {
      throw new UserError(`${nameOf(table)} cannot be read: ${why}`, {
        hint: `Have it granted, for example GRANT SELECT ON ${nameOf(table)} TO the user of the spec, or leave it out.`,
      });
    }
    const name = stated?.name ?? ownName(table, tables);
    return { name, table, stated: stated && { table: stated, pointer }, pointer };
  });
  const taken = new Set(chosen.map(({ table }) => table));
  for (const table of tables)
    if (!taken.has(table)) skipped.push({ name: nameOf(table), reason: "Not among the tables that the spec names." });
  return { chosen, skipped };
}

function unreadable(table: CatalogueTable): string | undefined {
  if (table.columns.length === 0) return "It has no columns.";
  return table.readable ? undefined : "The user may not select from it: grant SELECT on it to have it read.";
}

/** By its full name, else by its own where there is one such; without regard to case where nothing else fits. */
function findTable(
  tables: readonly CatalogueTable[],
  wanted: Pick<SpecTable, "name" | "schema" | "relation">,
): CatalogueTable {
  const { schema, relation = wanted.name } = wanted;
  const inSchema = tables.filter((table) => schema === undefined || table.schema === schema);
  const tests = [
    (table: CatalogueTable) => nameOf(table) === relation || table.relation === relation,
    (table: CatalogueTable) =>
      [nameOf(table), table.relation].some((name) => name.toLowerCase() === relation.toLowerCase()),
  ];
  for (const test of tests) {
    const found = inSchema.filter(test);
    const [first] = found;
    if (first !== undefined && found.length === 1) return first;
    if (found.length > 1) {
      throw new UserError(`${relation} is the name of ${found.length} tables: ${found.map(nameOf).join(", ")}.`, {
        hint: "State `schema` and `relation` of the table in the spec.",
      });
    }
  }
  const near = nearest(
    relation,
    tables.flatMap((table) => [nameOf(table), table.relation]),
  );
  throw new UserError(`The database shows this user no table ${schema === undefined ? "" : `${schema}.`}${relation}.`, {
    hint:
      near === undefined
        ? "Check its name and schema, and that the user has a right to it."
        : `Did you mean ${near}? If it is there, the user has no right to it.`,
  });
}

/** The relation's own name where it is the only one, else with its schema. */
function ownName(table: CatalogueTable, all: readonly CatalogueTable[]): string {
  const same = all.filter((other) => plain(other.relation) === plain(table.relation));
  return same.length > 1 && table.schema !== undefined ? `${table.schema}_${table.relation}` : table.relation;
}

/** Destinations write names in lower case: `Order` and `order` would be one table there. */
function withoutTwins(chosen: Chosen[], skipped: Choice["skipped"]): Chosen[] {
  const seen = new Map<string, string>();
  return chosen.filter(({ name, table }) => {
    const twin = seen.get(plain(name));
    if (twin === undefined) seen.set(plain(name), nameOf(table));
    else
      skipped.push({
        name: nameOf(table),
        reason: `A destination would call it what ${twin} is called: name both under tables in the spec, with names of their own and \`relation\`.`,
      });
    return twin === undefined;
  });
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, "_");
}
