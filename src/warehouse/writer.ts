/**
 * Takes one sync's operations. What came before a checkpoint becomes permanent together with its state, in one
 * transaction; what came after the last one can still be dropped. Tables, columns and wider types that were made on
 * the way stay: they hold nothing by themselves.
 *
 * Operations are folded by key in memory: `sealed` up to the last checkpoint, `open` after it. Sealed folds are
 * committed when they are large or old. Should the open folds grow too large before a checkpoint comes, they are
 * staged in TEMP tables and applied with the next one. All this happens in the background, one job after another,
 * while further operations are folded; there is never more than one job that has not been waited for.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { type Catalog, declareTable, type TableState } from "./catalog.ts";
import { emptyFold, type Fold, foldAll } from "./fold.ts";
import { createIntake, type Widening } from "./intake.ts";
import { writeMeta } from "./meta.ts";
import { applySchemaChanges } from "./schema-changes.ts";
import { applyStages, dropStages, type Stage, type StagedFold, stageFold, takeFold } from "./stage.ts";
import type { DeclaredTable, Operation, SyncWriter } from "./warehouse.ts";

export interface WriterOptions {
  connection: DuckDBConnection;
  catalog: Catalog;
  /** The catalog's text as it is in the file; "" when there is none. */
  savedCatalog: string;
  /** Rows and bytes (roughly) folded before they go to disk. */
  limits: { rows: number; bytes: number };
  /** Called with each state once it is committed. */
  onState: (stateJson: string) => Promise<void>;
  /** Called once the sync has ended, however it did. */
  onFinish: () => void;
}

type Folds = Map<TableState, Fold>;

/** A checkpoint is committed at the latest so long after the one before, even if little has come. */
const MAX_DEFERRAL_MILLISECONDS = 2000;

export function createWriter(options: WriterOptions): SyncWriter {
  const { connection, catalog, limits } = options;
  const warnings: string[] = [];
  catalog.warn = (text) => warnings.push(text);
  let { savedCatalog } = options;
  let sealed: Folds = new Map();
  let open: Folds = new Map();
  let stages: Stage[] = [];
  /** Part of what is open was handed over for staging; the job may still be running. */
  let overflowed = false;
  let state: string | undefined;
  let stageCount = 0;
  let lastCommit = Date.now();
  let job: Promise<void> = Promise.resolve();
  let failure: { error: unknown } | undefined;
  let ended = false;

  const intake = createIntake(catalog, (table) => {
    const known = open.get(table);
    if (known !== undefined) return known;
    const fold = emptyFold();
    open.set(table, fold);
    return fold;
  });

  return {
    declare,
    apply,
    checkpoint,
    finish,
    warnings,
    rows: intake.rows,
    get schemaChanges() {
      return intake.schemaChanges;
    },
  };

  async function declare(tables: DeclaredTable[]): Promise<void> {
    assertOpen();
    for (const table of tables) intake.schemaChanges += declareTable(catalog, table);
    await run(async () => {
      savedCatalog = await applySchemaChanges(connection, catalog, savedCatalog);
    });
    await settle();
  }

  async function apply(operations: Operation[]): Promise<void> {
    assertOpen();
    for (const operation of operations) {
      for (let widening = intake.take(operation); widening !== undefined; widening = intake.take(operation)) {
        await widen(widening);
      }
    }
    if (isLarge(open)) await overflow();
  }

  async function checkpoint(stateJson: string): Promise<void> {
    assertOpen();
    state = stateJson;
    if (overflowed) {
      const rest = takeAll(open);
      open = new Map();
      await run(() => stageAll(rest, stages));
      await commit();
      return;
    }
    seal();
    if (isLarge(sealed) || Date.now() - lastCommit > MAX_DEFERRAL_MILLISECONDS) await commit();
  }

  async function finish({ keep }: { keep: boolean }): Promise<void> {
    if (ended) return;
    ended = true;
    try {
      await job;
      // What failed has left file and state as they were; there is nothing to add to that.
      if (failure !== undefined && !keep) return;
      if (keep && overflowed) await run(() => stageAll(takeAll(open), stages));
      else if (keep) seal();
      else await run(async () => dropStages(connection, stages.splice(0)));
      await settle();
      await commit();
      await settle();
      await connection.run("CHECKPOINT").catch(() => undefined);
    } finally {
      options.onFinish();
    }
  }

  /** Nothing folded so far may hold values of the old type, so it goes to disk first. */
  async function widen({ table, column, to }: Widening): Promise<void> {
    if (sealed.has(table) || open.has(table)) await overflow();
    catalog.warn(
      `column ${column.name} of table ${table.name} changes from ${column.type} to ${to}: values of both came`,
    );
    column.type = to;
    table.version++;
    intake.schemaChanges++;
  }

  function seal(): void {
    if (sealed.size === 0) {
      sealed = open;
    } else {
      for (const [table, fold] of open) {
        const before = sealed.get(table);
        if (before === undefined) sealed.set(table, fold);
        else foldAll(before, fold);
      }
    }
    open = new Map();
  }

  /** Brings all that is folded to disk: the sealed part for good, the open part until the next checkpoint. */
  async function overflow(): Promise<void> {
    if (sealed.size > 0) await commit();
    const taken = takeAll(open);
    open = new Map();
    overflowed = true;
    await run(() => stageAll(taken, stages));
  }

  /** Makes permanent what came before the last checkpoint, with its state. */
  async function commit(): Promise<void> {
    const taken = takeAll(sealed);
    const ready = stages;
    const committed = state;
    if (taken.length === 0 && ready.length === 0 && committed === undefined) return;
    sealed = new Map();
    stages = [];
    overflowed = false;
    state = undefined;
    lastCommit = Date.now();
    await run(async () => {
      await stageAll(taken, ready);
      savedCatalog = await applySchemaChanges(connection, catalog, savedCatalog);
      await transact(ready, committed);
      await dropStages(connection, ready);
      if (committed !== undefined) await options.onState(committed);
    });
  }

  async function transact(ready: readonly Stage[], committed: string | undefined): Promise<void> {
    await connection.run("BEGIN");
    try {
      await applyStages(connection, ready, new Date());
      if (committed !== undefined) await writeMeta(connection, "state", committed);
      await connection.run("COMMIT");
    } catch (error) {
      await connection.run("ROLLBACK").catch(() => undefined);
      throw error;
    }
  }

  async function stageAll(taken: readonly StagedFold[], into: Stage[]): Promise<void> {
    for (const fold of taken) into.push(await stageFold(connection, fold, `stage_${stageCount++}`));
  }

  /** Starts a job once the one before is done; a failure of that one is thrown here. */
  async function run(work: () => Promise<void>): Promise<void> {
    await settle();
    job = work().catch((error: unknown) => {
      failure ??= { error };
    });
  }

  async function settle(): Promise<void> {
    await job;
    if (failure !== undefined) throw failure.error;
  }

  function isLarge(folds: Folds): boolean {
    let rows = 0;
    let bytes = 0;
    for (const fold of folds.values()) {
      rows += fold.size;
      bytes += fold.weight;
    }
    return rows >= limits.rows || bytes >= limits.bytes;
  }

  function assertOpen(): void {
    if (ended) throw new Error("the sync has ended");
  }
}

function takeAll(folds: Folds): StagedFold[] {
  return [...folds].map(([table, fold]) => takeFold(table, fold));
}
