/** Rows of the driver as operations on the warehouse, in the terms of the source. */
import { randomUUID } from "node:crypto";
import type { Table } from "../../artifacts/blueprint.ts";
import type { DeclaredTable, Operation, WireScalar, WireType } from "../../warehouse/warehouse.ts";
import { type DriverEvent, type DriverTable, scalarOf } from "./events.ts";
import { ingestionOf } from "./ingestion.ts";

type RowsEvent = Extract<DriverEvent, { event: "rows" }>;

export interface RowMaker {
  declared: DeclaredTable[];
  operations(event: RowsEvent): Operation[];
}

/** How rows of one table are made. */
interface Plan {
  names: readonly string[];
  types: readonly WireType[];
  /** Where in the driver's rows the values are. */
  at: readonly number[];
  /** A row of an `append` table is one more row, whatever is there: it brings a number of its own. */
  numbered: boolean;
}

/** Not a name that a column may have: rows without a key bring under it what they are told by. */
const IDENTITY = "\u0000identity";

/**
 * The columns that a connector adds for the platform are none of the source's, and are left out; the key that it adds
 * stays what rows are told by.
 */
export function createRowMaker(tables: readonly DriverTable[], stated: readonly Table[]): RowMaker {
  const plans = new Map<string, Plan>();
  const prefix = randomUUID();
  let count = 0;
  const declared = tables.map((table) => {
    const { plan, declaration } = planOf(
      table,
      stated.find(({ name }) => name === table.name),
    );
    plans.set(table.name, plan);
    return declaration;
  });
  return {
    declared,
    operations: ({ table, kind, rows }) => {
      const plan = plans.get(table);
      if (plan === undefined) throw new Error(`rows of ${table}, which was not declared`);
      const { names, types, at, numbered } = plan;
      return rows.map((values): Operation => {
        const scalars: WireScalar[] = at.map((index, i) => scalarOf(values[index], types[i] ?? "unspecified"));
        if (numbered) scalars.push(`${prefix}-${count++}`);
        return { kind, table, row: { names, types, values: scalars } };
      });
    },
  };
}

function planOf(table: DriverTable, stated: Table | undefined): { plan: Plan; declaration: DeclaredTable } {
  const { addedKey, addedSequence } = stated === undefined ? {} : ingestionOf(stated);
  const numbered = table.ingestion === "append";
  const kept = table.columns.flatMap((column, index) => (column.name === addedSequence ? [] : [{ ...column, index }]));
  const own = kept.filter(({ name }) => name !== addedKey);
  const identity = numbered || addedKey !== undefined ? { identity: IDENTITY } : {};
  return {
    plan: {
      names: [...kept.map(({ name }) => (name === addedKey ? IDENTITY : name)), ...(numbered ? [IDENTITY] : [])],
      types: [...kept.map(({ type }) => type), ...(numbered ? (["string"] as const) : [])],
      at: kept.map(({ index }) => index),
      numbered,
    },
    declaration: {
      name: table.name,
      columns: own.map(({ name, type, precision, scale }) => ({
        name,
        type,
        // Rows that are appended replace none, whatever key is named.
        primaryKey: !numbered && table.keys.includes(name),
        ...(precision === undefined ? {} : { precision }),
        ...(scale === undefined ? {} : { scale }),
      })),
      ...identity,
    },
  };
}
