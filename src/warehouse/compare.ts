/** Compares two sets of rows by key, in one pass over each. A column that is absent is one that is null. */
import { createHash } from "node:crypto";
import type { ColumnType } from "../artifacts/blueprint.ts";
import { canonicalText } from "./canonical.ts";
import type { Cell } from "./warehouse.ts";

export interface RowComparison {
  expected: number;
  actual: number;
  /** Expected and not there. */
  missing: number;
  /** There and not expected, or there more than once. */
  unexpected: number;
  /** There with other values. */
  different: number;
  /** The first few differences, in words. */
  examples: string[];
}

export interface CompareRequest {
  expected: AsyncIterable<Cell> | Iterable<Cell>;
  actual: AsyncIterable<Cell> | Iterable<Cell>;
  /** Columns that identify a row; none: whole rows are compared, each as often as it occurs. */
  key: readonly string[];
  /** Types to read actual cells by, for columns that the warehouse keeps as text. */
  types?: { readonly [column: string]: ColumnType };
}

/** Beyond this many expected rows only digests are kept: examples then name the row and not its columns. */
const ROWS_KEPT_WHOLE = 100_000;
const MAX_EXAMPLES = 10;
const MAX_VALUE_SHOWN = 60;

export async function compareRows(request: CompareRequest): Promise<RowComparison> {
  const { key, types = {} } = request;
  const result: RowComparison = { expected: 0, actual: 0, missing: 0, unexpected: 0, different: 0, examples: [] };
  const waiting = new Map<string, { row: string; count: number }>();
  const seen = new Set<string>();
  const note = (text: string) => {
    if (result.examples.length < MAX_EXAMPLES) result.examples.push(text);
  };
  for await (const cell of request.expected) {
    result.expected++;
    const id = identify(cell, key);
    const entry = waiting.get(id);
    if (entry === undefined) waiting.set(id, { row: keepRow(cell, waiting.size), count: 1 });
    else entry.count++;
  }
  for await (const raw of request.actual) {
    result.actual++;
    const cell = readAs(raw, types);
    const id = identify(cell, key);
    const entry = waiting.get(id);
    if (entry === undefined) {
      result.unexpected++;
      note(`${seen.has(id) ? "more than once" : "not expected"}: ${showKey(cell, key)}`);
      continue;
    }
    if (key.length > 0 && !equalsKept(cell, entry.row)) {
      result.different++;
      note(`other values: ${showKey(cell, key)}${showDifferences(entry.row, cell)}`);
    }
    if (entry.count > 1) entry.count--;
    else {
      waiting.delete(id);
      seen.add(id);
    }
  }
  for (const [id, { count, row }] of waiting) {
    result.missing += count;
    note(`missing: ${showMissing({ id, row }, key)}`);
  }
  return result;
}

function identify(cell: Cell, key: readonly string[]): string {
  return key.length === 0 ? digest(rowText(cell)) : JSON.stringify(key.map((column) => cell[column] ?? null));
}

/** The row's text, nulls left out, columns in order of their names. */
function rowText(cell: Cell): string {
  const entries = Object.entries(cell).filter(([, value]) => value !== null);
  return JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function keepRow(cell: Cell, kept: number): string {
  return kept < ROWS_KEPT_WHOLE ? rowText(cell) : digest(rowText(cell));
}

function equalsKept(cell: Cell, kept: string): boolean {
  const text = rowText(cell);
  return kept === text || kept === digest(text);
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}

function readAs(cell: Cell, types: { readonly [column: string]: ColumnType }): Cell {
  const read: Cell = { ...cell };
  for (const [column, type] of Object.entries(types)) {
    const value = read[column];
    if (value !== null && value !== undefined) read[column] = canonicalText(value, type);
  }
  return read;
}

function showKey(cell: Cell, key: readonly string[]): string {
  const columns = key.length > 0 ? key : Object.keys(cell).slice(0, 4);
  return columns.map((column) => `${column}=${show(cell[column])}`).join(", ");
}

function showMissing({ id, row }: { id: string; row: string }, key: readonly string[]): string {
  const cell = unkeep(row);
  if (cell !== undefined) return showKey(cell, key);
  if (key.length === 0) return "a row";
  const values = JSON.parse(id) as (string | null)[];
  return key.map((column, index) => `${column}=${show(values[index])}`).join(", ");
}

function showDifferences(kept: string, actual: Cell): string {
  const expected = unkeep(kept);
  if (expected === undefined) return "";
  const columns = [...new Set([...Object.keys(expected), ...Object.keys(actual)])].sort();
  const differing = columns.filter((column) => (expected[column] ?? null) !== (actual[column] ?? null));
  return `; ${differing
    .slice(0, 4)
    .map((column) => `${column} is ${show(actual[column])}, not ${show(expected[column])}`)
    .join(", ")}`;
}

function unkeep(kept: string): Cell | undefined {
  return kept.startsWith("[") ? Object.fromEntries(JSON.parse(kept) as [string, string][]) : undefined;
}

function show(value: string | null | undefined): string {
  if (value === null || value === undefined) return "null";
  return value.length > MAX_VALUE_SHOWN ? `${value.slice(0, MAX_VALUE_SHOWN)}…` : value;
}
