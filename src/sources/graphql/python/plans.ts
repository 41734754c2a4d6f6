/** What is written for each table: its lists, their queries, its cursor and its name in Python. */
import { UserError } from "../../../errors.ts";
import { type PlannedCursor, planCursor } from "../../http/python/cursors.ts";
import { type Level, levelsOf, listingQuery, moreQuery, type Query, type Table } from "./queries.ts";

export interface Plan {
  table: Table;
  levels: Level[];
  listing: Query;
  /** Of each list inside of another, from without to within. */
  nested: { level: Level; more: ReturnType<typeof moreQuery> }[];
  cursor: PlannedCursor | undefined;
  constant: string;
}

/** Throws `UserError` for a table that no connector can be written for. */
export function plansOf(tables: readonly Table[], reserved: ReadonlySet<string>): Plan[] {
  refuseImpossible(tables);
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

/** The queries of a table, each with the name of its constant. */
export function queriesOf(plan: Plan): { name: string; text: string }[] {
  const more = plan.nested.flatMap(({ more: query }, index) =>
    query === undefined ? [] : [{ name: moreName(plan, index), text: query.text }],
  );
  return [{ name: `${plan.constant}_QUERY`, text: plan.listing.text }, ...more];
}

/** The innermost list's query has the table's name; those around it say whose they are. */
export function moreName({ constant, nested }: Plan, index: number): string {
  const steps = nested.length - 1 - index;
  return steps === 0 ? `MORE_${constant}_QUERY` : `MORE_${constant}_QUERY_${steps + 1}`;
}

/** Whether the cursor is sent as a number. */
export function isNumeric({ table }: Plan): boolean {
  return (
    table.advance.kind === "cursor" && ["epoch_seconds", "epoch_milliseconds", "integer"].includes(table.advance.format)
  );
}
