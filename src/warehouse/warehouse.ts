/**
 * The local warehouse: a DuckDB file that takes a connector's operations the way the platform's destination would.
 * One process owns the file; other parts of this process share its connection through this handle.
 */

export const SCHEMA = "tester";

/** Types as declared by a connector or seen on the wire. `unspecified` is a declared column without a type. */
export type WireType =
  | "unspecified"
  | "boolean"
  | "short"
  | "int"
  | "long"
  | "decimal"
  | "float"
  | "double"
  | "naive_date"
  | "naive_datetime"
  | "utc_datetime"
  | "binary"
  | "xml"
  | "string"
  | "json";

export interface DeclaredColumn {
  name: string;
  type: WireType;
  primaryKey: boolean;
  precision?: number;
  scale?: number;
}

export interface DeclaredTable {
  name: string;
  columns: DeclaredColumn[];
  /**
   * For a table without a key: the name under which each of its rows brings what it is told by, which is no column of the
   * table when it is read. Without it rows without a key are told by their values, and of several that are alike one stays.
   */
  identity?: string;
}

/**
 * A value as it came: `long` and `decimal` as text so that nothing is lost, `binary` as bytes, dates and times as
 * microseconds since the epoch, null as null.
 */
export type WireValue = { type: WireType; value: string | number | boolean | bigint | Uint8Array } | null;

/**
 * A row as three lists of equal length: the form for many rows. `names` and `types` are shared by rows of the same form
 * and never changed, so that a writer may recognise a form it has seen by identity.
 *
 * The type of a null is any type its column had before, or `unspecified`. A value of type `unspecified` is text whose
 * type the connector did not send: it takes the type of its column where it fits there, and stays text elsewhere.
 */
export interface Row {
  names: readonly string[];
  types: readonly WireType[];
  values: readonly WireScalar[];
}

export type WireScalar = string | number | boolean | bigint | Uint8Array | null;

export type Operation =
  | { kind: "upsert" | "update" | "delete"; table: string; row: Map<string, WireValue> | Row }
  | { kind: "truncate"; table: string };

export interface Cell {
  [column: string]: string | null;
}

/** A handle on an open warehouse file. Created by `openWarehouse` in `open.ts`. */
export interface Warehouse {
  path: string;
  /** Begins a sync: declares tables, takes operations, checkpoints. One at a time. */
  begin(options: { naming: "fivetran" | "source" }): Promise<SyncWriter>;
  /** Rows of one table, each value as canonical text (see `canonical.ts`), system columns left out, deleted rows left out. */
  rows(table: string): AsyncIterable<Cell>;
  /** The same for rows marked deleted. */
  deletedRows(table: string): AsyncIterable<Cell>;
  /** Tables of the schema with their columns in order, key, and count of live rows. */
  tables(): Promise<WarehouseTable[]>;
  /** Any read-only SQL, values as DuckDB prints them. Throws `UserError` with DuckDB's message. */
  query(sql: string, options?: { maxRows?: number; timeoutSeconds?: number }): Promise<QueryResult>;
  /** State of the last checkpoint as JSON text, as committed together with the rows; undefined before the first. */
  state(): Promise<string | undefined>;
  close(): Promise<void>;
}

export interface WarehouseTable {
  name: string;
  columns: { name: string; type: string }[];
  /** Those of them that hold JSON, which DuckDB lists as VARCHAR. */
  json: string[];
  primaryKey: string[];
  rows: number;
  deleted: number;
}

export interface QueryResult {
  columns: string[];
  rows: (string | null)[][];
  truncated: boolean;
}

export interface SyncWriter {
  declare(tables: DeclaredTable[]): Promise<void>;
  /** In order. Throws `ConnectorFault` (see `fault.ts`) for what the platform would refuse: null key, bad value. */
  apply(operations: Operation[]): Promise<void>;
  /** Everything before it becomes permanent together with the state. May be deferred to a later flush, never reordered. */
  checkpoint(stateJson: string): Promise<void>;
  /** Ends the sync. `keep` false drops what came after the last checkpoint. */
  finish(options: { keep: boolean }): Promise<void>;
  warnings: readonly string[];
  /** Tables created, columns added and types changed so far. */
  schemaChanges: number;
  /** Upserts and updates taken so far, by table name in the warehouse. */
  rows: Readonly<Record<string, number>>;
}
