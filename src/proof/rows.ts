/** Comparing what the source has with what arrived, row by row and value by value. */
import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { ColumnType, Shape, Table } from "../artifacts/blueprint.ts";
import type { Json, Record_ } from "../sources/record.ts";
import type { TargetNaming } from "../targets/target.ts";
import { canonicalJson, canonicalText } from "../warehouse/canonical.ts";
import { compareRows } from "../warehouse/compare.ts";
import { canonicalShaped } from "../warehouse/shaped-json.ts";
import type { Cell, Warehouse } from "../warehouse/warehouse.ts";
import type { Bench, Truth } from "./bench.ts";

export interface Comparison {
  expected: number;
  actual: number;
  missing: number;
  unexpected: number;
  different: number;
  /** Rows that the source changed, added or removed while it was read: not held against anybody, and not proven. */
  moving?: number;
  /** Why nothing could be compared. */
  problem?: string;
  /** The first few differences, in words. */
  examples: string[];
}

export function isEqual(comparison: Comparison): boolean {
  return comparison.problem === undefined && comparison.missing + comparison.unexpected + comparison.different === 0;
}

/** `orders: 250 of 250 rows equal` or what is wrong. */
export function describeComparison(comparison: Comparison): string {
  const { expected, actual, missing, unexpected, different, moving = 0, problem } = comparison;
  if (problem !== undefined) return problem;
  if (missing + unexpected + different === 0) {
    const left = moving > 0 ? `, but for what the source changed in ${moving} rows while it was read` : "";
    return `${actual} rows, each equal to the source's${left}`;
  }
  const parts = [
    missing > 0 ? `${missing} missing` : "",
    unexpected > 0 ? `${unexpected} too many` : "",
    different > 0 ? `${different} with other values` : "",
  ];
  return `${expected} rows at the source, ${actual} in the warehouse: ${parts.filter(Boolean).join(", ")}`;
}

/** Rows of the warehouse that are not deleted against the source's. */
export async function compareTable(
  { warehouse, target }: { warehouse: Pick<Warehouse, "rows">; target: Bench["target"] },
  table: Table,
  truth: Truth,
): Promise<Comparison> {
  const { naming, keyless, nested } = target;
  const structs = nested === "struct" ? structColumns(table, naming) : [];
  if (truth.problem !== undefined) {
    const nothing = { expected: 0, actual: 0, missing: 0, unexpected: 0, different: 0 };
    return { ...nothing, problem: truth.problem, examples: [] };
  }
  const actual = asStructs(warehouse.rows(naming.table(table.name)), structs);
  const key = keyColumns(table, naming);
  const all = truth.rows.map((record) => asStruct(toCell(table, record, naming), structs));
  // Without a key a row is its values: some platforms keep one of several that are alike (see `identicalRows`).
  const whole = key.length > 0 || keyless === "kept";
  const rows = whole ? all : [...new Map(all.map((cell) => [wholeRow(cell), cell])).values()];
  const earlier = truth.earlier?.map((record) => asStruct(toCell(table, record, naming), structs));
  const types = columnTypes(table, truth, naming);
  if (earlier && key.length > 0) return compareMoving({ actual: readAs(types, actual), rows, earlier, key });
  return compareRows({ expected: rows, actual, key, types });
}

/** Keys that several records of the source share although these differ: upserts by such a key lose all but one. */
export function sharedKeys(table: Table, { rows }: Truth, naming: TargetNaming): string[] {
  const key = keyColumns(table, naming);
  if (key.length === 0) return [];
  const seen = new Map<string, string>();
  const shared = new Set<string>();
  for (const record of rows) {
    const cell = toCell(table, record, naming);
    const id = JSON.stringify(key.map((column) => cell[column] ?? null));
    const whole = wholeRow(cell);
    if ((seen.get(id) ?? whole) !== whole) shared.add(id);
    seen.set(id, whole);
  }
  return [...shared];
}

/** Columns that a target with structs types in full. */
function structColumns({ columns }: Table, naming: TargetNaming): [string, Shape][] {
  return columns.flatMap(({ name, shape }): [string, Shape][] => (shape ? [[naming.column(name), shape]] : []));
}

function asStruct(cell: Cell, columns: readonly [string, Shape][]): Cell {
  for (const [column, shape] of columns) {
    const text = cell[column];
    if (text !== null && text !== undefined) cell[column] = canonicalShaped(text, shape);
  }
  return cell;
}

async function* asStructs(cells: AsyncIterable<Cell>, columns: readonly [string, Shape][]): AsyncIterable<Cell> {
  for await (const cell of cells) yield asStruct(cell, columns);
}

/** Number and order-independent digest of a table's rows (without a key: of those that differ), in the source's names: the same whatever target brought them. */
export async function digestTable(
  { warehouse, target }: Pick<Bench, "warehouse" | "target">,
  table: Table,
): Promise<{ rows: number; digest: string }> {
  const { naming } = target;
  const columns = table.columns.map(({ name, type, shape }) => ({ name, type, shape, there: naming.column(name) }));
  const sum = new Uint8Array(32);
  // Without a key one target keeps one of several rows that are alike, the other all of them.
  const alike = table.primary_key.length === 0 ? new Set<string>() : undefined;
  let rows = 0;
  for await (const cell of warehouse.rows(naming.table(table.name))) {
    const values = columns.map(({ name, type, shape, there }) => {
      const value = cell[there];
      if (value === null || value === undefined) return [name, null];
      // One of two targets may have a struct there.
      return [name, shape === undefined ? canonicalText(value, type) : canonicalShaped(value, shape)];
    });
    const hash = createHash("sha256").update(JSON.stringify(values)).digest();
    if (alike !== undefined) {
      const size = alike.add(hash.toString("base64")).size;
      if (size === rows) continue;
    }
    // Added up, not hashed in a row: the order of rows says nothing.
    for (let at = 0, carry = 0; at < 32; at++) {
      const total = (sum[at] ?? 0) + (hash[at] ?? 0) + carry;
      sum[at] = total & 0xff;
      carry = total >> 8;
    }
    rows += 1;
  }
  return { rows, digest: Buffer.from(sum).toString("hex") };
}

/** How many rows of a table without a key are like another: a destination that folds such rows cannot hold them twice. */
export function identicalRows(table: Table, { rows }: Truth, naming: TargetNaming): number {
  if (table.primary_key.length > 0) return 0;
  return rows.length - new Set(rows.map((record) => wholeRow(toCell(table, record, naming)))).size;
}

function wholeRow(cell: Cell): string {
  return JSON.stringify(
    Object.entries(cell)
      .filter(([, value]) => value !== null)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

interface MovingQuestion {
  actual: AsyncIterable<Cell>;
  rows: Cell[];
  earlier: Cell[];
  key: string[];
}

/**
 * A live source may change while it is read. A row that was there before and after the sync must have arrived; a value
 * that was the same before and after must be that value. What differs between the two reads is not held against anybody.
 */
async function compareMoving({ actual, rows, earlier, key }: MovingQuestion): Promise<Comparison> {
  const keyOf = (cell: Cell) => JSON.stringify(key.map((column) => cell[column] ?? null));
  const after = new Map(rows.map((cell) => [keyOf(cell), cell]));
  const before = new Map(earlier.map((cell) => [keyOf(cell), cell]));
  const result: Comparison = { expected: after.size, actual: 0, missing: 0, unexpected: 0, different: 0, examples: [] };
  const note = (kind: "missing" | "unexpected" | "different", text: string) => {
    result[kind] += 1;
    if (result.examples.length < 5) result.examples.push(text);
  };
  const seen = new Set<string>();
  let moving = 0;
  for await (const cell of actual) {
    const id = keyOf(cell);
    seen.add(id);
    result.actual += 1;
    const [then, now] = [before.get(id), after.get(id)];
    if (!then && !now) note("unexpected", `the source has no row ${id}`);
    else if (!then || !now || !isDeepStrictEqual(then, now)) moving += 1;
    if (!then || !now) continue;
    const columns = new Set([...Object.keys(cell), ...Object.keys(now), ...Object.keys(then)]);
    const wrong = [...columns].filter((column) => {
      const [old, current] = [then[column] ?? null, now[column] ?? null];
      return old === current && (cell[column] ?? null) !== current;
    });
    const first = wrong[0];
    if (first) note("different", `row ${id}: ${first} is ${shown(cell[first])}, the source has ${shown(now[first])}`);
  }
  for (const id of after.keys()) {
    if (seen.has(id)) continue;
    if (before.has(id)) note("missing", `row ${id} did not arrive`);
    else moving += 1;
  }
  return { ...result, moving };
}

/** Cells as the blueprint's types have them: a column that was not declared is text in the warehouse. */
async function* readAs(columns: Record<string, ColumnType>, cells: AsyncIterable<Cell>): AsyncIterable<Cell> {
  const types = Object.entries(columns);
  for await (const cell of cells) {
    for (const [column, type] of types) {
      const value = cell[column];
      if (value !== null && value !== undefined) cell[column] = canonicalText(value, type);
    }
    yield cell;
  }
}

function shown(value: string | null | undefined): string {
  return value === null || value === undefined ? "null" : JSON.stringify(value.slice(0, 80));
}

/** The blueprint's types, and `number` for fields it does not know that hold nothing but numbers. */
function columnTypes({ columns }: Table, { rows }: Truth, naming: TargetNaming): Record<string, ColumnType> {
  const types = new Map<string, ColumnType>();
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) {
      if (value === null) continue;
      const numeric = typeof value === "number" || typeof value === "bigint";
      types.set(name, numeric && (types.get(name) ?? "number") === "number" ? "number" : "string");
    }
  }
  const undeclared = [...types].filter(([, type]) => type === "number");
  const declared = columns.map(({ name, type }): [string, ColumnType] => [name, type]);
  return Object.fromEntries([...undeclared, ...declared].map(([name, type]) => [naming.column(name), type]));
}

/** The key as the warehouse names it. A table without a key is compared by whole rows. */
export function keyColumns(table: Table, naming: TargetNaming): string[] {
  return table.primary_key.map(naming.column);
}

/** A source record as the warehouse would show it. */
export function toCell(table: Table, record: Record_, naming: TargetNaming): Cell {
  const cell: Cell = {};
  for (const [name, value] of Object.entries(record)) {
    const column = table.columns.find((candidate) => candidate.name === name);
    cell[naming.column(name)] = canonicalJson(value, column?.type ?? typeOf(value), column);
  }
  return cell;
}

/** The type a field gets that the blueprint does not know. */
function typeOf(value: Json): ColumnType {
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "bigint") return "bigint";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return "json";
}
