/**
 * Moves folds into the warehouse in two steps. Staging writes a fold into a TEMP table: it is in no log, spills to disk
 * when memory is short, and is gone after a crash. Applying brings staged folds into the tables by set operations,
 * within the transaction that also saves the state.
 *
 * The tables have no PRIMARY KEY: its index makes the file three times larger and the writing slower. The key is kept
 * by deleting what comes again.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  BOOLEAN,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  SMALLINT,
} from "@duckdb/node-api";
import { DELETED_COLUMN, keySlots, SYNCED_COLUMN, type TableState } from "./catalog.ts";
import type { Fold } from "./fold.ts";
import { qualified } from "./schema-changes.ts";
import { quoteIdentifier } from "./sql.ts";
import { castSql, type StoredType, sqlType } from "./types.ts";
import { binder, duckType, type Value } from "./values.ts";

/** A fold with the types its columns had when it was taken: later ones are cast to. */
export interface StagedFold {
  table: TableState;
  fold: Fold;
  types: readonly (StoredType | undefined)[];
}

/** A fold that is in a TEMP table, or one without entries. */
export interface Stage {
  table: TableState;
  /** Undefined: nothing but a truncate. */
  name: string | undefined;
  truncated: boolean;
  /** Type of each slot that has a column `c<slot>` in the stage. */
  types: readonly (StoredType | undefined)[];
  /** The stage has whole rows only, none deleted: it has no columns `op`, `mask` and `del`. */
  plain: boolean;
  /** By mask: the slots that a patch sets. */
  masks: readonly ReadonlySet<number>[];
}

const WHOLE = 0;
const PATCH = 1;
const ROWS_PER_CHUNK = 2048;
/** Chunks between two turns of the event loop: the connector's stream is read in between. */
const CHUNKS_PER_TURN = 2;

export function takeFold(table: TableState, fold: Fold): StagedFold {
  return { table, fold, types: table.columns.map((column) => column.type) };
}

/** Writes the fold into the TEMP table `name`. */
export async function stageFold(connection: DuckDBConnection, staged: StagedFold, name: string): Promise<Stage> {
  const { table, fold } = staged;
  const types = staged.types.map((type, slot) => (fold.columns[slot] === undefined ? undefined : type));
  const stage = { table, truncated: fold.truncated, types };
  if (fold.size === 0) return { ...stage, name: undefined, plain: true, masks: [] };
  const plain = fold.patches.every((patch) => patch === undefined) && !fold.deleted.includes(true);
  const slots = types.flatMap((type, slot) => (type === undefined ? [] : [{ slot, type }]));
  const columns = slots.map(({ slot, type }) => `c${slot} ${sqlType(type)}`);
  if (!plain) columns.push("del BOOLEAN", "op SMALLINT", "mask INTEGER");
  await connection.run(`CREATE TEMP TABLE ${name} (${columns.join(", ")})`);
  const masks: ReadonlySet<number>[] = [];
  const sources = slots.map(({ slot, type }) => cellSource(fold.columns[slot] ?? [], type));
  if (!plain) sources.push(...entrySources(fold, masks));
  await append(connection, { name, size: fold.size, sources });
  return { ...stage, name, plain, masks };
}

/** Applies stages in their order. To be called within a transaction, after the schema changes. */
export async function applyStages(connection: DuckDBConnection, stages: readonly Stage[], now: Date): Promise<void> {
  const synced = `TIMESTAMPTZ '${now.toISOString()}'`;
  for (const stage of stages) {
    const target = qualified(stage.table);
    const deleted = quoteIdentifier(DELETED_COLUMN);
    if (stage.truncated) {
      const mark = `${deleted} = true, ${quoteIdentifier(SYNCED_COLUMN)} = ${synced}`;
      await connection.run(`UPDATE ${target} SET ${mark} WHERE ${deleted} IS DISTINCT FROM true`);
    }
    if (stage.name !== undefined) await applyRows(connection, { ...stage, name: stage.name }, synced);
  }
}

export async function dropStages(connection: DuckDBConnection, stages: readonly Stage[]): Promise<void> {
  for (const { name } of stages) {
    if (name !== undefined) await connection.run(`DROP TABLE IF EXISTS temp.${name}`);
  }
}

/** Values of one stage column: `at(entry)` gives what DuckDB takes. */
interface Source {
  type: DuckDBType;
  at: (entry: number) => DuckDBValue;
}

function cellSource(column: readonly (Value | null)[], type: StoredType): Source {
  const bind = binder(type);
  return {
    type: duckType(type),
    at: (entry) => {
      const value = column[entry] ?? null;
      return value === null ? null : bind(value);
    },
  };
}

function entrySources(fold: Fold, masks: ReadonlySet<number>[]): Source[] {
  const byIdentity = new Map<ReadonlySet<number>, number>();
  const bySlots = new Map<string, number>();
  const maskOf = (patch: ReadonlySet<number>): number => {
    const known = byIdentity.get(patch);
    if (known !== undefined) return known;
    const signature = [...patch].sort((a, b) => a - b).join();
    const mask = bySlots.get(signature) ?? masks.push(patch) - 1;
    byIdentity.set(patch, mask);
    bySlots.set(signature, mask);
    return mask;
  };
  return [
    { type: BOOLEAN, at: (entry) => fold.deleted[entry] ?? null },
    { type: SMALLINT, at: (entry) => (fold.patches[entry] === undefined ? WHOLE : PATCH) },
    {
      type: INTEGER,
      at: (entry) => {
        const patch = fold.patches[entry];
        return patch === undefined ? null : maskOf(patch);
      },
    },
  ];
}

async function append(
  connection: DuckDBConnection,
  { name, size, sources }: { name: string; size: number; sources: readonly Source[] },
): Promise<void> {
  const appender = await connection.createAppender(name, "main", "temp");
  const chunk = DuckDBDataChunk.create(sources.map((source) => source.type));
  for (let from = 0, count = 1; from < size; from += ROWS_PER_CHUNK, count++) {
    const rows = Math.min(ROWS_PER_CHUNK, size - from);
    chunk.reset();
    chunk.rowCount = rows;
    chunk.setColumns(
      sources.map(({ at }) => {
        const values = new Array<DuckDBValue>(rows);
        for (let row = 0; row < rows; row++) values[row] = at(from + row);
        return values;
      }),
    );
    appender.appendDataChunk(chunk);
    if (count % CHUNKS_PER_TURN === 0) await nextTurn();
  }
  appender.closeSync();
}

async function applyRows(connection: DuckDBConnection, stage: Stage & { name: string }, synced: string): Promise<void> {
  const { table, name, plain } = stage;
  const target = qualified(table);
  const stored = table.columns.flatMap(({ name: column, stored: type }, slot) =>
    type === undefined ? [] : [{ slot, type, column: quoteIdentifier(column) }],
  );
  const staged = (slot: number, type: StoredType): string | undefined => {
    const from = stage.types[slot];
    return from === undefined ? undefined : castSql(`s.c${slot}`, from, type);
  };
  const keys = new Set(keySlots(table));
  const match = stored
    .filter(({ slot }) => keys.has(slot))
    .map(({ slot, type, column }) => `t.${column} = ${staged(slot, type) ?? "NULL"}`)
    .join(" AND ");
  const merged = `${name}_m`;
  const patches = stage.masks.length > 0;
  if (patches) {
    const values = stored.map(({ slot, type, column }) => {
      const masks = stage.masks.flatMap((mask, id) => (mask.has(slot) && !keys.has(slot) ? [id] : []));
      const value = staged(slot, type);
      return value === undefined || masks.length === 0
        ? `t.${column}`
        : `CASE WHEN s.mask IN (${masks.join(", ")}) THEN ${value} ELSE t.${column} END`;
    });
    values.push(synced, `coalesce(s.del, t.${quoteIdentifier(DELETED_COLUMN)})`);
    const list = values.map((value, index) => `${value} AS m${index}`).join(", ");
    await connection.run(
      `CREATE TEMP TABLE ${merged} AS SELECT ${list} FROM ${name} s JOIN ${target} t ON ${match} WHERE s.op = ${PATCH}`,
    );
  }
  await connection.run(`DELETE FROM ${target} t USING ${name} s WHERE ${match}`);
  const columns = [...stored.map(({ column }) => column), SYNCED_COLUMN, DELETED_COLUMN].join(", ");
  const values = stored.map(({ slot, type }) => staged(slot, type) ?? "NULL");
  values.push(synced, plain ? "false" : "s.del");
  const whole = plain ? "" : ` WHERE s.op = ${WHOLE}`;
  await connection.run(`INSERT INTO ${target} (${columns}) SELECT ${values.join(", ")} FROM ${name} s${whole}`);
  if (!patches) return;
  await connection.run(`INSERT INTO ${target} (${columns}) SELECT * FROM ${merged}`);
  await connection.run(`DROP TABLE temp.${merged}`);
}
