/**
 * Rows of a database in forms that nobody announced. A schema rules most of them out; for the others it is changed first,
 * as its owner would. A column that came later is in no row of the truth: who was not told of it does not ask for it.
 */
import type { Column } from "../../../artifacts/blueprint.ts";
import type { Engine } from "../../../artifacts/kinds/database.ts";
import type { Json, Record_ } from "../../record.ts";
import type { Drift } from "../../simulator.ts";
import { quoteName, quoteRelation } from "../engines/quote.ts";
import { keyOf, moveOn, type TableState } from "./corpus.ts";
import { integerRange, type SimulatedColumn, whole } from "./values.ts";

export interface Drifted {
  rows: Record_[];
  statements: string[];
}

/** What is taken back: rows with the values that they had, and the schema. */
interface Undone {
  rows: [Record_, Record_][];
  statements: string[];
}

type Drifting = (drift: Drift, state: TableState, count: number) => Drifted;

const NEW_COLUMN = "came_later";

/** With a count of 0 what drifted so is taken back. */
export function createDrift(engine: Engine): Drifting {
  const undone = new Map<string, Undone>();
  return (drift, state, count) => {
    const name = `${drift} ${state.table.name}`;
    if (count === 0) {
      const back = undone.get(name);
      undone.delete(name);
      return back === undefined ? { rows: [], statements: [] } : takeBack(state, back);
    }
    const made = driftTable({ engine, state, drift, count });
    if (made === undefined) return { rows: [], statements: [] };
    undone.set(name, made.undo);
    return made.done;
  };
}

interface Order {
  engine: Engine;
  state: TableState;
  drift: Drift;
  count: number;
}

function driftTable({ engine, state, drift, count }: Order): { done: Drifted; undo: Undone } | undefined {
  const column = drift === "new-field" ? undefined : columnFor(drift, state);
  if (state.table.primary_key.length === 0 || marksAreKeys(state)) return undefined;
  if (column === undefined && drift !== "new-field") return undefined;
  const schema = schemaChange({ engine, state, drift, column });
  if (schema === undefined) return undefined;
  // The first row keeps what it has: no column is without a value.
  const chosen = state.random.shuffle(state.rows.filter((row) => state.rows[0] !== row && !state.flagged.has(row)));
  const rows: [Record_, Record_][] = [];
  const statements = [...schema.forth];
  for (const [index, row] of chosen.slice(0, count).entries()) {
    rows.push([row, structuredClone(row)]);
    if (column !== undefined) row[column.column.name] = driftedValue(drift, column, index);
    moveOn(state, row);
    statements.push(state.writer.update(row, keyOf(state, row)));
  }
  const done = { rows: structuredClone(rows.map(([row]) => row)), statements };
  return { done, undo: { rows, statements: schema.back } };
}

function takeBack(state: TableState, { rows, statements }: Undone): Drifted {
  const updates: string[] = [];
  for (const [row, before] of rows) {
    if (!state.rows.includes(row)) continue;
    Object.assign(row, before);
    moveOn(state, row);
    updates.push(state.writer.update(row, keyOf(state, row)));
  }
  return { rows: structuredClone(rows.map(([row]) => row)), statements: [...updates, ...statements] };
}

/** Without another column the mark cannot move on while the key stays. */
function marksAreKeys({ table }: TableState): boolean {
  return table.advance.kind === "column" && table.primary_key.includes(table.advance.column);
}

function columnFor(drift: Drift, { table, columns }: TableState): SimulatedColumn | undefined {
  const { advance, deletes, primary_key } = table;
  const marked = advance.kind === "column" ? advance.column : undefined;
  const flag = deletes.kind === "flag" ? deletes.column : undefined;
  const free = columns.filter(
    ({ column: { name, values } }) =>
      !primary_key.includes(name) && name !== marked && name !== flag && (values ?? []).length === 0,
  );
  switch (drift) {
    case "null":
      return free.find(({ column }) => !column.nullable) ?? free[0];
    case "unicode":
      return free.find(({ column, declared }) => column.type === "string" && /^(text|longtext)$/i.test(declared));
    case "big-integer":
      return free.find((one) => /^(integer|bigint)$/.test(one.column.type) && integerRange(one).high > BIG + 100n);
    case "decimal":
      return free.find(({ column }) => (column.type === "decimal" && (column.scale ?? 9) >= 9) || isDouble(column));
    default:
      return undefined;
  }
}

function isDouble({ type }: Column): boolean {
  return type === "number";
}

/** What the owner of the schema does first, and to go back; undefined where the engine cannot. */
function schemaChange({
  engine,
  state,
  drift,
  column,
}: Omit<Order, "count"> & { column: SimulatedColumn | undefined }): { forth: string[]; back: string[] } | undefined {
  const relation = quoteRelation(engine, state.table.read);
  if (drift === "new-field") {
    const name = quoteName(engine, NEW_COLUMN);
    if (state.columns.some((one) => one.column.name === NEW_COLUMN)) return undefined;
    const filled = `UPDATE ${relation} SET ${name} = 'later'`;
    return {
      forth: [`ALTER TABLE ${relation} ADD COLUMN ${name} text`, filled],
      back: [`ALTER TABLE ${relation} DROP COLUMN ${name}`],
    };
  }
  if (drift !== "null" || column === undefined || column.column.nullable) return { forth: [], back: [] };
  const name = quoteName(engine, column.column.name);
  switch (engine) {
    case "postgresql":
      return {
        forth: [`ALTER TABLE ${relation} ALTER COLUMN ${name} DROP NOT NULL`],
        back: [`ALTER TABLE ${relation} ALTER COLUMN ${name} SET NOT NULL`],
      };
    case "mysql":
      return {
        forth: [`ALTER TABLE ${relation} MODIFY ${name} ${column.declared} NULL`],
        back: [`ALTER TABLE ${relation} MODIFY ${name} ${column.declared} NOT NULL`],
      };
    default:
      return undefined;
  }
}

/** 2^53 and one. */
const BIG = 9007199254740993n;

function driftedValue(drift: Drift, { column }: SimulatedColumn, index: number): Json {
  switch (drift) {
    case "unicode":
      return `${index} naïve e\u0301 文字 🧭 👩‍🚀 \u05d0\u202e\u200b\u00a0`;
    case "big-integer":
      return whole(BIG + BigInt(2 * index));
    case "decimal":
      return column.type === "decimal" ? `${index}.123456789` : Number(`${index}.123456789`);
    default:
      return null;
  }
}
