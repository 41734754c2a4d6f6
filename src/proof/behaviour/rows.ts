/** Tables of two warehouses held against each other: keys, columns, and rows by key. */

import type { RowDifference, TableDifference } from "../../artifacts/behaviour.ts";
import type { Blueprint, ColumnType } from "../../artifacts/blueprint.ts";
import type { TargetNaming } from "../../targets/target.ts";
import { canonicalText } from "../../warehouse/canonical.ts";
import { DELETED_COLUMN, ID_COLUMN, SYNCED_COLUMN } from "../../warehouse/catalog.ts";
import { compareRows } from "../../warehouse/compare.ts";
import type { Cell, Warehouse, WarehouseTable } from "../../warehouse/warehouse.ts";

/** What a warehouse held at one moment. */
export type Taken = ReadonlyMap<string, TakenTable>;

export interface TakenTable extends Pick<WarehouseTable, "name"> {
  key: string[];
  columns: { name: string; type: string }[];
  rows: Cell[];
  deleted: Cell[];
}

/** The platform's own columns: no connector has a say in them. */
const SYSTEM = [SYNCED_COLUMN, DELETED_COLUMN, ID_COLUMN];

/** A stand-in has some hundred rows a table: they are held. */
export async function takeTables(warehouse: Warehouse): Promise<Taken> {
  const taken = new Map<string, TakenTable>();
  for (const { name, columns, json, primaryKey } of await warehouse.tables()) {
    taken.set(name, {
      name,
      key: primaryKey.filter((column) => column !== ID_COLUMN),
      columns: columns
        .filter((column) => !SYSTEM.includes(column.name))
        .map((column) => (json.includes(column.name) ? { ...column, type: "JSON" } : column)),
      rows: await collected(warehouse.rows(name)),
      deleted: await collected(warehouse.deletedRows(name)),
    });
  }
  return taken;
}

async function collected(cells: AsyncIterable<Cell>): Promise<Cell[]> {
  const all: Cell[] = [];
  for await (const cell of cells) all.push(cell);
  return all;
}

/** Of one sync: what each version had then; undefined for one whose sync failed. */
export interface Moment {
  sync: string;
  before: Taken | undefined;
  after: Taken | undefined;
}

/** All tables that one of the versions ever had, by name. */
export async function differingTables(moments: readonly Moment[], types: TypesOf): Promise<TableDifference[]> {
  const names = new Set(moments.flatMap(({ before, after }) => [...(before?.keys() ?? []), ...(after?.keys() ?? [])]));
  return Promise.all([...names].sort().map((name) => differingTable(name, moments, types)));
}

/** What descriptions say of a column's type, by the warehouse's names: of two, the one that is more than text. */
export type TypesOf = (table: string, column: string) => ColumnType | undefined;

export function typesIn(blueprints: readonly Blueprint[], naming: TargetNaming): TypesOf {
  const types = new Map<string, ColumnType>();
  for (const table of blueprints.flatMap(({ tables }) => tables)) {
    for (const { name, type } of table.columns) {
      const place = JSON.stringify([naming.table(table.name), naming.column(name)]);
      if ((types.get(place) ?? "string") === "string") types.set(place, type);
    }
  }
  return (table, column) => types.get(JSON.stringify([table, column]));
}

async function differingTable(name: string, moments: readonly Moment[], types: TypesOf): Promise<TableDifference> {
  const lastOf = (version: "before" | "after") => moments.findLast((moment) => moment[version])?.[version]?.get(name);
  const [before, after] = [lastOf("before"), lastOf("after")];
  const key = { ...(before ? { before: before.key } : {}), ...(after ? { after: after.key } : {}) };
  const columns = differingColumns(before, after);
  const rows: TableDifference["rows"] = [];
  for (const moment of moments) {
    if (moment.before === undefined || moment.after === undefined) continue;
    const [old, now] = [moment.before.get(name), moment.after.get(name)];
    const difference = old && now ? await differingRows(old, now, types) : undefined;
    const marked = old && now ? await differingMarks(old, now) : 0;
    rows.push({
      sync: moment.sync,
      before: old?.rows.length ?? 0,
      after: now?.rows.length ?? 0,
      deleted: { before: old?.deleted.length ?? 0, after: now?.deleted.length ?? 0, differing: marked },
      ...(difference ?? {
        missing: old?.rows.length ?? 0,
        unexpected: now?.rows.length ?? 0,
        different: 0,
        examples: [],
      }),
    });
  }
  const same =
    String(before?.key) === String(after?.key) &&
    Object.values(columns).every((list) => list.length === 0) &&
    rows.every((row) => !differs(row) && row.deleted.differing === 0);
  const standing = before === undefined ? "new" : after === undefined ? "gone" : same ? "same" : "changed";
  return { name, standing, key, columns, rows };
}

export function differs({ missing, unexpected, different }: RowDifference): boolean {
  return missing + unexpected + different > 0;
}

function differingColumns(before: TakenTable | undefined, after: TakenTable | undefined): TableDifference["columns"] {
  if (before === undefined || after === undefined) return { added: [], removed: [], retyped: [] };
  const [old, now] = [before, after].map(({ columns }) => new Map(columns.map(({ name, type }) => [name, type])));
  return {
    added: after.columns.filter(({ name }) => !old?.has(name)),
    removed: before.columns.filter(({ name }) => !now?.has(name)),
    retyped: before.columns.flatMap(({ name, type }) => {
      const current = now?.get(name);
      return current === undefined || current === type ? [] : [{ name, before: type, after: current }];
    }),
  };
}

/**
 * By the key, where both have the same one and the same columns in it; else by whole rows. Only columns that both have are
 * held against each other: the others are named as added or removed.
 */
export async function differingRows(before: TakenTable, after: TakenTable, types: TypesOf): Promise<RowDifference> {
  const now = new Map(after.columns.map(({ name, type }) => [name, type]));
  const common = before.columns.filter(({ name }) => now.has(name));
  const retyped = common.filter(({ name, type }) => now.get(name) !== type).map(({ name }) => name);
  const names = common.map(({ name }) => name);
  // A column whose type changed has its values spelled by two types: that is said once, and not of every row.
  const reading = retyped.flatMap((name): [string, ColumnType][] => {
    const type = types(after.name, name);
    return type === undefined ? [] : [[name, type]];
  });
  const plain = (cells: readonly Cell[]) => cells.map((cell) => part(cell, names, reading));
  const key = String(before.key) === String(after.key) ? after.key : [];
  // A row that the other version has marked deleted is neither lost nor new: it counts among the marks.
  const [was, is] = [unmarked(before, after, key), unmarked(after, before, key)];
  const found = await compareRows({ expected: plain(was), actual: plain(is), key });
  const { missing, unexpected, different, examples } = found;
  return { missing, unexpected, different, examples: examples.slice(0, 5) };
}

function unmarked({ rows }: TakenTable, other: TakenTable, key: readonly string[]): Cell[] {
  if (key.length === 0 || other.deleted.length === 0) return rows;
  const idOf = (cell: Cell) => JSON.stringify(key.map((column) => cell[column] ?? null));
  const marked = new Set(other.deleted.map(idOf));
  return rows.filter((cell) => !marked.has(idOf(cell)));
}

/** Rows that only one of the versions has marked deleted: by the key alone, as a delete need not bring more. */
async function differingMarks(before: TakenTable, after: TakenTable): Promise<number> {
  if (before.key.length === 0 || String(before.key) !== String(after.key))
    return Math.abs(before.deleted.length - after.deleted.length);
  const keys = (cells: readonly Cell[]) => cells.map((cell) => part(cell, before.key, []));
  const found = await compareRows({ expected: keys(before.deleted), actual: keys(after.deleted), key: before.key });
  return found.missing + found.unexpected;
}

function part(cell: Cell, names: readonly string[], reading: readonly [string, ColumnType][]): Cell {
  const kept: Cell = Object.fromEntries(names.map((name) => [name, cell[name] ?? null]));
  for (const [name, type] of reading) {
    const text = kept[name];
    if (text !== null && text !== undefined) kept[name] = canonicalText(text, type);
  }
  return kept;
}
