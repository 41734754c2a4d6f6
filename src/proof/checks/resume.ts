/**
 * resume: the connector is killed at its first, a middle and its last checkpoint, and between two of them; the next sync goes
 * on from the state that was kept. The same in a later sync, which reads in another way, and where rows are deleted at the
 * source before the next sync. The rows must be those of a sync that nobody interrupted.
 */
import type { Table } from "../../artifacts/blueprint.ts";
import type { CheckResult } from "../../artifacts/report.ts";
import { list } from "../../wording/numbers.ts";
import { type Bench, type Circumstances, nextSync, type ObservedSync, rowsSent } from "../bench.ts";
import { allowedAgain } from "../cursor.ts";
import { judged, lastLogs, notApplicable, subject } from "../result.ts";
import { compareTable, describeComparison, isEqual } from "../rows.ts";
import { again, onStage, type Stage, type Stages } from "../stage.ts";
import { hasBlindDescendant } from "./changes.ts";

interface Kill {
  /** `at checkpoint 3 of 8` */
  where: string;
  circumstances: Circumstances;
  /** Everything was saved by then: only the cursor's edge may come again. */
  atTheEnd: boolean;
}

/** What came of one kill, table by table. */
interface Outcome {
  problems: Map<string, string>;
  /** Requests of the sync that went on. */
  requests: number;
  /** Tables of which rows were deleted at the source after the kill. */
  deleted?: ReadonlySet<string>;
  details: string[];
}

export async function checkResume(stages: Stages): Promise<CheckResult[]> {
  const kills = planKills(stages.clean);
  return onStage(stages, { label: "resume" }, async (stage) => {
    const { blueprint, source } = stage.bench;
    if (kills.length === 0) {
      const why = "no sync saves anything on its way, so there is nothing to go on from";
      return blueprint.tables.map((table) => notApplicable(subject("resume", source, table), why));
    }
    const outcomes: Outcome[] = [];
    for (const kill of kills) outcomes.push(await killAndResume(stage, kill));
    // Last: they change the stage.
    outcomes.push(await killLater(stage));
    for (const kill of new Set(spread(kills.filter(({ atTheEnd }) => !atTheEnd)))) {
      const outcome = await killBeforeDeletes(stage, kill);
      if (outcome !== undefined) outcomes.push(outcome);
    }
    return blueprint.tables.map((table) => judgeTable(stage.bench, table, { kills, outcomes, clean: stages.clean }));
  });
}

/** Where a sync like this one is killed. Between checkpoints: past the middle of the rows, whatever was saved by then. */
function planKills({ result }: ObservedSync): Kill[] {
  const { checkpoints, upserts, updates } = result.operations;
  const rows = upserts + updates;
  // Where the state moves on, a mistake in it shows; of several tables each has such a place, anywhere in the sync.
  const moved = result.checkpoints.flatMap((state, at, all) => (state === (all[at - 1] ?? "{}") ? [] : [at + 1]));
  const wanted = [
    ...spread(Array.from({ length: checkpoints }, (_, at) => at + 1)),
    ...(moved.length <= FEW ? moved : spread(moved)),
  ].sort((a, b) => a - b);
  const kills: Kill[] = [...new Set(wanted)].map((n) => ({
    where: `at checkpoint ${n} of ${checkpoints}`,
    circumstances: { killAfterCheckpoint: n },
    atTheEnd: n === checkpoints,
  }));
  const row = Math.ceil(rows * 0.55);
  const between = { where: `at row ${row} of ${rows}`, circumstances: { killAfterRows: row }, atTheEnd: false };
  if (rows > 1) kills.push(between);
  return kills;
}

/** As many checkpoints are all tried. */
const FEW = 4;

/** The first, a middle and the last one. */
function spread<T extends {}>(all: readonly T[]): T[] {
  return [all[0], all[Math.ceil(all.length / 2) - 1], all.at(-1)].filter((one) => one !== undefined);
}

async function killAndResume(stage: Stage, kill: Kill): Promise<Outcome> {
  return again(stage, `killed ${kill.where}`, async (bench) => {
    await nextSync(bench, "sync", kill.circumstances);
    const resumed = await nextSync(bench, "resumed sync");
    const problems = await problemsOf(bench, { sync: resumed, when: `killed ${kill.where}`, atTheEnd: kill.atTheEnd });
    return { problems, requests: resumed.requests.length, details: detailsOf(resumed) };
  });
}

/** Of each table, so many rows change before the later sync: more than lie in one of its portions where these are small. */
const CHANGED = 40;
/** Where a change takes a day on the cursor: many would reach the present. */
const CHANGED_BY_DAY = 6;

const changedRows = (table: Table) => (takesDays(table) ? CHANGED_BY_DAY : CHANGED);
const deletedRows = (table: Table) => (takesDays(table) ? 1 : 2);

function takesDays({ advance, columns }: Table): boolean {
  const cursor = "column" in advance ? columns.find(({ name }) => name === advance.column) : undefined;
  return cursor?.type === "date" || ("format" in advance && advance.format === "date");
}

/** Where a platform reads in portions, they are small: a sync goes on from one to the next as it would in a large table. */
const SMALL_PORTIONS = { environment: { SYNCSMITH_BATCH_ROWS: "10" } };

/**
 * After a first sync that went well, many rows change; the sync that fetches them is killed at its first checkpoint, the next
 * one past half of its rows, and the one after that may finish. All of them in small portions.
 */
async function killLater(stage: Stage): Promise<Outcome> {
  return again(stage, "killed later", async (bench) => {
    const { tables } = bench.blueprint;
    const first = await nextSync(bench, "first sync", SMALL_PORTIONS);
    const early = await problemsOf(bench, { sync: first, when: "read in small portions" });
    if (early.size > 0) return { problems: early, requests: first.requests.length, details: detailsOf(first) };
    for (const kind of ["update", "insert"] as const) {
      for (const table of tables) stage.simulator.change({ kind, table: table.name, count: changedRows(table) });
    }
    const small = SMALL_PORTIONS;
    await nextSync(bench, "sync killed at its first checkpoint", { ...small, killAfterCheckpoint: 1 });
    await nextSync(bench, "sync killed between checkpoints", { ...small, killAfterRows: CHANGED });
    const resumed = await nextSync(bench, "resumed sync", small);
    const when = "killed in a later sync, at its first checkpoint and between two";
    const problems = await problemsOf(bench, { sync: resumed, when });
    return { problems, requests: resumed.requests.length, details: detailsOf(resumed) };
  });
}

/** Rows that came with a sync that was killed are gone from the source before the next one looks. */
async function killBeforeDeletes(stage: Stage, { where, circumstances }: Kill): Promise<Outcome | undefined> {
  const { tables } = stage.bench.blueprint;
  const shown = tables.filter(({ deletes, name }) => deletes.kind !== "none" && !hasBlindDescendant(tables, name));
  if (shown.length === 0) return undefined;
  return again(stage, `killed ${where}, then rows deleted`, async (bench) => {
    await nextSync(bench, "sync", circumstances);
    const deleted = shown.filter(
      (table) => stage.simulator.change({ kind: "delete", table: table.name, count: deletedRows(table) }).length > 0,
    );
    const resumed = await nextSync(bench, "resumed sync");
    const when = `killed ${where}, and rows deleted at the source before the next sync`;
    const problems = await problemsOf(bench, { sync: resumed, when });
    const names = new Set(deleted.map(({ name }) => name));
    return { problems, requests: resumed.requests.length, deleted: names, details: detailsOf(resumed) };
  });
}

function detailsOf(resumed: ObservedSync): string[] {
  return resumed.result.status === "failed" ? lastLogs(resumed) : [];
}

/** A sync after which every row has to be there. */
interface Finished {
  sync: ObservedSync;
  /** What was special about it, or happened before it. */
  when: string;
  /** Whether everything had been read and saved before it. */
  atTheEnd?: boolean;
}

async function problemsOf(bench: Bench, finished: Finished): Promise<Map<string, string>> {
  const { status, reason = "no reason given" } = finished.sync.result;
  const problems = new Map<string, string>();
  for (const table of bench.blueprint.tables) {
    const problem = status === "failed" ? `the sync failed: ${reason}` : await problemOf(bench, table, finished);
    if (problem !== undefined) problems.set(table.name, `${finished.when}: ${problem}`);
  }
  return problems;
}

async function problemOf(bench: Bench, table: Table, { sync, atTheEnd }: Finished): Promise<string | undefined> {
  const truth = await bench.source.truth(table);
  const comparison = await compareTable(bench, table, truth);
  if (!isEqual(comparison)) return describeComparison(comparison);
  const allowed = atTheEnd && !bench.target.readsWhole(table) ? allowedAgain(table, truth.rows) : undefined;
  const sent = rowsSent(bench, sync, table);
  if (allowed === undefined || sent <= allowed) return undefined;
  return `${sent} rows were read again, although the checkpoint was after the last of them`;
}

interface Judging {
  kills: readonly Kill[];
  outcomes: readonly Outcome[];
  clean: ObservedSync;
}

function judgeTable({ source }: Bench, table: Table, { kills, outcomes, clean }: Judging): CheckResult {
  const problems = outcomes.flatMap(({ problems }) => problems.get(table.name) ?? []);
  const last = outcomes[kills.findIndex(({ atTheEnd }) => atTheEnd)]?.requests ?? 0;
  const places = list([
    ...kills.map(({ where }) => where),
    "in a later sync that reads in small portions",
    ...(outcomes.some(({ deleted }) => deleted?.has(table.name)) ? ["before rows were deleted at the source"] : []),
  ]);
  return judged(subject("resume", source, table), {
    pass: problems.length === 0,
    summary:
      problems.length === 0 ? `killed ${places}: the next sync brought the same rows each time` : problems.join("; "),
    figures: { kills: kills.length, requests: clean.requests.length, requests_after_the_last_checkpoint: last },
    details: problems.length === 0 ? [] : outcomes.flatMap(({ details }) => details),
  });
}
