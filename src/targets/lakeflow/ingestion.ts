/**
 * How the platform takes a table in: one of its four ways, by which key, in which order. Rows are never trusted to an
 * order or a key that the source does not promise: where there is none, the connector adds a column of its own.
 */
import type { Blueprint, Column, Table } from "../../artifacts/blueprint.ts";
import { ingestionTypeOf } from "../../wording/ingestion.ts";

export interface Ingestion {
  /**
   * - `snapshot`: everything is read at each update, and what is gone from it is deleted.
   * - `cdc`: rows come again when they change, and replace what was there by their key.
   * - `cdc_with_deletes`: the same, and deleted keys are read besides.
   * - `append`: rows come once and are added.
   */
  type: "snapshot" | "cdc" | "cdc_with_deletes" | "append";
  /** Empty with `append`. */
  primaryKeys: string[];
  /** Of two versions of a row the platform keeps the one that is higher here. Only with `cdc` and `cdc_with_deletes`. */
  cursorField?: string;
  /** The column that the connector adds as key: a hash of the row, and which of several that are alike it is. */
  addedKey?: string;
  /** The column that the connector adds as cursor: when the version was read. */
  addedSequence?: string;
}

/**
 * A blueprint as the platform can take it. Rows and deleted keys are read there by two flows that know nothing of each
 * other and look at different times: records of a file that got longer and shorter again between two looks of the second
 * would stay for good. So where files show what is deleted, all of them are read at each update.
 */
export function asTaken(blueprint: Blueprint): Blueprint {
  return { ...blueprint, tables: blueprint.tables.map(tableAsTaken) } as Blueprint;
}

function tableAsTaken(table: Table): Table {
  if (table.deletes.kind !== "files") return table;
  return { ...table, advance: { kind: "full" }, deletes: { kind: "absence" } };
}

export function ingestionOf(stated: Table): Ingestion {
  const table = tableAsTaken(stated);
  const { primary_key } = table;
  if (isReadWhole(table)) {
    if (primary_key.length > 0) return { type: "snapshot", primaryKeys: [...primary_key] };
    const addedKey = freeName(table, "_row_key");
    return { type: "snapshot", primaryKeys: [addedKey], addedKey };
  }
  if (primary_key.length === 0) return { type: "append", primaryKeys: [] };
  const type = ingestionTypeOf(table) === "cdc_with_deletes" ? "cdc_with_deletes" : "cdc";
  const cdc = { type, primaryKeys: [...primary_key] } satisfies Ingestion;
  const cursorField = versionColumn(table);
  if (cursorField !== undefined) return { ...cdc, cursorField };
  const addedSequence = freeName(table, "_sequence");
  return { ...cdc, cursorField: addedSequence, addedSequence };
}

/** The options of a table that a connector reads: the connection's allow-list names them. */
export function tableOptions(tables: readonly Table[]): { name: string; description: string }[] {
  if (tables.every(isReadWhole)) return [];
  return [
    {
      name: "max_records_per_batch",
      description: `How many rows a micro-batch of an incremental table may have before it ends; ${DEFAULT_BATCH_ROWS} unless stated. Tables that are read whole are never cut.`,
    },
  ];
}

export const DEFAULT_BATCH_ROWS = 10_000;

function isReadWhole(table: Table): boolean {
  return ingestionTypeOf(tableAsTaken(table)) === "snapshot";
}

/** Types that the platform orders as the source means them: of text it knows no zones, of dates no hours. */
const ORDERED: ReadonlySet<Column["type"]> = new Set(["timestamp", "integer", "bigint", "decimal"]);

/**
 * The column by which the table advances, where two flows have to agree on the newest version of a row: one reads rows, the
 * other those flagged as deleted, and neither knows when the other did. It must order the versions then: it always has a
 * value and is not part of the key (all versions have the same there). Where one flow reads all versions, what it reads
 * later is newer, whatever time it bears: clocks of the source's writers differ, and a change may stay unmarked.
 */
function versionColumn({ advance, columns, deletes, primary_key }: Table): string | undefined {
  if (deletes.kind !== "flag" || (advance.kind !== "cursor" && advance.kind !== "column")) return undefined;
  const column = columns.find(({ name }) => name === advance.column);
  if (column === undefined || column.nullable || primary_key.includes(column.name)) return undefined;
  return ORDERED.has(column.type) && !column.name.includes(".") ? column.name : undefined;
}

/** The platform does not tell names by their case. */
function freeName({ columns }: Table, wanted: string): string {
  const taken = new Set(columns.map(({ name }) => name.toLowerCase()));
  let name = wanted;
  while (taken.has(name)) name = `_${name}`;
  return name;
}
