/** Columns that a table keeps from its parent are its own in the destination, also where its records do not have them. */
import { type Blueprint, type Column, parentOf, type Table } from "../artifacts/blueprint.ts";

/** The blueprint with the columns kept from parents among the columns of each table, typed as they are there. */
export function withBoundColumns<B extends Pick<Blueprint, "tables">>(blueprint: B): B {
  const done = new Map<string, Table>();
  for (const table of blueprint.tables) {
    const parent = parentOf(table);
    const above = parent && done.get(parent.table);
    const missing = (parent?.bind ?? []).flatMap(({ column, parent_column }): Column[] => {
      if (table.columns.some((candidate) => candidate.name === column)) return [];
      const origin = above?.columns.find((candidate) => candidate.name === parent_column);
      return origin === undefined ? [] : [{ ...origin, name: column }];
    });
    done.set(table.name, { ...table, columns: [...missing, ...table.columns] });
  }
  return { ...blueprint, tables: [...done.values()] };
}
