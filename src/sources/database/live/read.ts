/** Reading a table of the real database whole, by drivers and code that no connector shares. */
import type { Blueprint } from "../../../artifacts/blueprint.ts";
import { blueprintOf } from "../../../artifacts/blueprint.ts";
import { messageOf, UserError } from "../../../errors.ts";
import type { LiveOptions } from "../../live.ts";
import type { Record_ } from "../../record.ts";
import type { DatabaseTable } from "../complete.ts";
import { quoteRelation } from "../engines/quote.ts";
import { selected } from "../engines/selection.ts";
import { openSession, type Session } from "./session.ts";
import { toJson } from "./values.ts";

const PORTION = 1000;

export async function* readDatabase(blueprint: Blueprint, name: string, options: LiveOptions): AsyncIterable<Record_> {
  const { source, tables } = blueprintOf(blueprint, "database");
  const table = tables.find((candidate) => candidate.name === name);
  if (table === undefined) throw new UserError(`The blueprint has no table ${name}.`);
  const session = await openSession({ source, ...options });
  try {
    for await (const rows of session.stream(selectAll(source.engine, table), PORTION)) {
      options.signal.throwIfAborted();
      for (const row of rows) yield recordOf(table, row);
    }
  } catch (error) {
    if (error instanceof UserError || options.signal.aborted) throw error;
    throw new UserError(`${table.name} cannot be read: ${messageOf(error)}`, {
      hint: "Check that the user of the spec may SELECT from it, and that it has the columns it is described with.",
    });
  } finally {
    await session.close();
  }
}

/** Undefined when a row, or none, can be selected from the first table; else why not. */
export async function reachDatabase(blueprint: Blueprint, options: LiveOptions): Promise<string | undefined> {
  const { source, tables } = blueprintOf(blueprint, "database");
  const [table] = tables;
  if (table === undefined) return "there is no table";
  let session: Session | undefined;
  try {
    session = await openSession({ source, ...options });
    await session.rows(`${selectAll(source.engine, table)} LIMIT 1`);
    return undefined;
  } catch (error) {
    options.signal.throwIfAborted();
    return messageOf(error);
  } finally {
    await session?.close();
  }
}

/** Aliased, so that no two columns of a result have one name, and none has the name of a number. */
export function selectAll(engine: Parameters<typeof selected>[0], { columns, read }: DatabaseTable): string {
  const list = columns.map((column, index) => {
    const value = selected(engine, column, read.types[column.name]);
    // In JavaScript 2 and 2.0 are one number; a column of texts may hold both.
    const told = `CASE typeof(${value}) WHEN 'integer' THEN CAST(${value} AS TEXT) ELSE ${value} END`;
    return `${engine === "sqlite" && column.type === "string" ? told : value} AS c${index}`;
  });
  return `SELECT ${list.join(", ")} FROM ${quoteRelation(engine, read)}`;
}

export function recordOf({ columns }: Pick<DatabaseTable, "columns">, row: Parameters<typeof toJson>[0][]): Record_ {
  return Object.fromEntries(columns.map((column, index) => [column.name, toJson(row[index] ?? null, column)]));
}
