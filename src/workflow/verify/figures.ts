/** What a table holds, as far as it is compared: rows, keys, and the ranges of its key and of what it advances by. */
import type { Table } from "../../artifacts/blueprint.ts";
import { rangedColumns } from "../../artifacts/ranged.ts";
import type { TargetNaming } from "../../targets/target.ts";
import { canonicalText } from "../../warehouse/canonical.ts";

/** A column in the destination's name, with its name and type in the description. */
export interface Measured {
  name: string;
  described: string;
  type: Table["columns"][number]["type"];
}

export interface Plan {
  /** The table's name in the destination. */
  name: string;
  /** Empty: rows cannot be told apart here. */
  keys: Measured[];
  /** Keys first, then the column that the table advances by, then its other dates and times. */
  ranged: Measured[];
}

export interface Range {
  column: string;
  lowest: string;
  highest: string;
}

export interface Figures {
  rows: number;
  /** Rows per key, unless there are more than `MAX_KEYS` or the table has none. */
  keys: Map<string, number> | undefined;
  ranges: Range[];
}

/** Keys that are held in memory of each side. */
export const MAX_KEYS = 500_000;
/** What each engine writes in its own way: such a key tells no rows apart here. */
const WITHOUT_TEXT = ["binary", "json"];

export function planOf(table: Table, naming: TargetNaming): Plan {
  const sent = naming.sent?.(table) ?? table;
  const measured = (names: readonly string[]) =>
    names.map((described): Measured => {
      const index = table.columns.findIndex(({ name }) => name === described);
      const name = naming.column(sent.columns[index]?.name ?? described);
      return { name, described, type: table.columns[index]?.type ?? "string" };
    });
  const keys = measured(table.primary_key);
  return {
    name: naming.table(sent.name),
    keys: keys.some(({ type }) => WITHOUT_TEXT.includes(type)) ? [] : keys,
    ranged: measured(rangedColumns(table)),
  };
}

/** Of rows that have the values of the plan's keys and ranged columns, in this order. */
export async function measure(plan: Plan, rows: AsyncIterable<readonly (string | null)[]>): Promise<Figures> {
  let count = 0;
  let keys: Figures["keys"] = plan.keys.length === 0 ? undefined : new Map();
  const ranges = plan.ranged.map(() => undefined as [string, string] | undefined);
  for await (const row of rows) {
    count += 1;
    const values = [...plan.keys, ...plan.ranged].map(({ type }, index) => {
      const text = row[index] ?? null;
      return text === null ? null : canonicalText(text, type);
    });
    const key = JSON.stringify(values.slice(0, plan.keys.length));
    keys?.set(key, (keys.get(key) ?? 0) + 1);
    if ((keys?.size ?? 0) > MAX_KEYS) keys = undefined;
    plan.ranged.forEach(({ type }, index) => {
      const value = values[plan.keys.length + index] ?? null;
      if (value !== null) ranges[index] = widened(ranges[index], value, type);
    });
  }
  return {
    rows: count,
    keys,
    ranges: plan.ranged.flatMap(({ name: column }, index) => {
      const [lowest, highest] = ranges[index] ?? [];
      return lowest === undefined || highest === undefined ? [] : [{ column, lowest, highest }];
    }),
  };
}

function widened(range: [string, string] | undefined, value: string, type: Measured["type"]): [string, string] {
  const [lowest, highest] = range ?? [value, value];
  return [before(value, lowest, type) ? value : lowest, before(highest, value, type) ? value : highest];
}

/** The same order on both sides, whatever a server's collation is. */
function before(a: string, b: string, type: Measured["type"]): boolean {
  if (type === "integer" || type === "bigint") return BigInt(whole(a)) < BigInt(whole(b));
  if (type === "number" || type === "decimal") return Number(a) < Number(b);
  return a < b;
}

function whole(text: string): string {
  return /^-?\d+$/.test(text) ? text : "0";
}
