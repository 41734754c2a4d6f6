/** How many rows a table has, as the database itself counts them: in all, and up to some values of its key. */
import { type Blueprint, blueprintOf } from "../../../artifacts/blueprint.ts";
import type { Engine } from "../../../artifacts/kinds/database.ts";
import { messageOf, UserError } from "../../../errors.ts";
import type { IndependentCount, LiveOptions } from "../../live.ts";
import type { DatabaseTable } from "../complete.ts";
import { quoteName, quoteRelation } from "../engines/quote.ts";
import { openSession, type Session, type SqlValue } from "./session.ts";

/** Ranges of the key that are counted each. */
const PARTS = 4n;

/** Undefined where it takes the connector's own reading to tell which rows are marked as deleted. */
export async function countDatabase(
  blueprint: Blueprint,
  name: string,
  options: LiveOptions,
): Promise<IndependentCount | undefined> {
  const { source, tables } = blueprintOf(blueprint, "database");
  const table = tables.find((candidate) => candidate.name === name);
  if (table === undefined) throw new UserError(`The blueprint has no table ${name}.`);
  const condition = notDeleted(source.engine, table);
  if (condition === undefined) return undefined;
  const from = `${quoteRelation(source.engine, table.read)}${condition === "" ? "" : ` WHERE ${condition}`}`;
  const session = await openSession({ source, ...options });
  try {
    const [rows = 0n] = await numbers(session, `SELECT count(*) FROM ${from}`);
    const parts = await countParts(session, { engine: source.engine, table, from });
    return { route: "count(*)", rows: Number(rows), ...(parts.length === 0 ? {} : { parts }) };
  } catch (error) {
    if (error instanceof UserError || options.signal.aborted) throw error;
    throw new UserError(`${table.name} cannot be counted: ${messageOf(error)}`);
  } finally {
    await session.close();
  }
}

/** The condition that leaves rows in; "" for all. */
function notDeleted(engine: Engine, { deletes, columns }: DatabaseTable): string | undefined {
  if (deletes.kind !== "flag") return "";
  const type = columns.find(({ name }) => name === deletes.column)?.type;
  if (type === undefined || deletes.values.length > 0) return undefined;
  const column = quoteName(engine, deletes.column);
  if (type === "boolean") return `${column} IS NOT TRUE`;
  return type === "timestamp" || type === "local_timestamp" || type === "date" ? `${column} IS NULL` : undefined;
}

interface Counting {
  engine: Engine;
  table: DatabaseTable;
  from: string;
}

/** Only for a key of one whole number. */
async function countParts(
  session: Session,
  { engine, table, from }: Counting,
): Promise<NonNullable<IndependentCount["parts"]>> {
  const [name, second] = table.primary_key;
  const type = table.columns.find((column) => column.name === name)?.type;
  if (name === undefined || second !== undefined || type !== "integer") return [];
  const key = quoteName(engine, name);
  const [least, most] = await numbers(session, `SELECT min(${key}), max(${key}) FROM ${from}`);
  if (least === undefined || most === undefined || most - least < PARTS) return [];
  const bounds = Array.from({ length: Number(PARTS) }, (_, at) => least + ((most - least) * BigInt(at + 1)) / PARTS);
  const sums = bounds.map((bound) => `sum(CASE WHEN ${key} <= ${bound} THEN 1 ELSE 0 END)`);
  const counts = await numbers(session, `SELECT ${sums.join(", ")} FROM ${from}`);
  return bounds.map((bound, at) => ({
    ...{ column: name, from: String(least), upTo: String(bound) },
    rows: Number(counts[at] ?? 0n),
  }));
}

async function numbers(session: Session, sql: string): Promise<(bigint | undefined)[]> {
  const [row = []] = await session.rows(sql);
  return row.map(toWhole);
}

function toWhole(value: SqlValue): bigint | undefined {
  if (value === null) return undefined;
  const text = value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : String(value);
  return /^-?\d+(\.0+)?$/.test(text) ? BigInt(text.split(".")[0] ?? "0") : undefined;
}
