/**
 * living: the source changes while it is read. Rows are inserted, updated and deleted in the middle of listings, so that
 * others move between the pages; some come late, some tied with the cursor, one has a time that is still to come. What nobody
 * touched must arrive all the same, and a sync in which nothing happens must then find all of the rest: what is missing after
 * it is lost for good. A source of which a sync sees one state only does not move; it has the row of the future.
 */
import type { Table } from "../../artifacts/blueprint.ts";
import type { CheckResult } from "../../artifacts/report.ts";
import type { Record_ } from "../../sources/record.ts";
import type { Simulator } from "../../sources/simulator.ts";
import { type Bench, nextSync, type ObservedSync, rowsSent } from "../bench.ts";
import { judged, lastLogs, notApplicable } from "../result.ts";
import { type Comparison, compareTable, describeComparison, isEqual } from "../rows.ts";
import { onStage, type Stage, type Stages } from "../stage.ts";
import { unchangedOnTheEdge, untouched } from "./living/edge.ts";
import { createMover, type Mover } from "./living/mover.ts";
import { shiftingPages } from "./living/shifting.ts";
import { notNarrowed } from "./second-sync.ts";

/** How far the source's clock is from the connector's, and how many times it is read while it moves and once more in quiet. */
interface Course {
  label: string;
  /** In words: `an hour behind`. */
  clock: string;
  offset: number;
  rounds: number;
}

const HOUR = 3_600_000;
const COURSES: readonly Course[] = [
  { label: "living", clock: "an hour behind", offset: -HOUR, rounds: 2 },
  { label: "living, clock ahead", clock: "an hour ahead", offset: HOUR, rounds: 1 },
];

/** What was seen of one table on all courses. */
interface Seen {
  problems: string[];
  details: string[];
  /** Rows that came late only because the list shifted under the reader. */
  healed: number;
  /** As many of these the connector had marked deleted. */
  unmarked: number;
  /** Syncs that ended at a thing that changed while it was read, as they may. */
  refused: number;
  changes: Map<string, number>;
}

export async function checkLiving(stages: Stages): Promise<CheckResult[]> {
  const { tables } = stages.blueprint;
  const seen = new Map(tables.map(({ name }): [string, Seen] => [name, nothingSeen()]));
  let syncs = 0;
  for (const course of COURSES) {
    const now = new Date(stages.began.getTime() + course.offset);
    const played = await onStage(stages, { label: course.label, now }, (stage) =>
      play(stage, course, { seen, stages }),
    );
    syncs += played.syncs;
    if (!played.moves) return tables.map((table) => judgeStill(table, { seen: of(seen, table), syncs }));
    if (anyProblem(seen)) break;
  }
  return tables.flatMap((table) => judgeTable(table, { seen: of(seen, table), syncs }));
}

interface Watching {
  seen: ReadonlyMap<string, Seen>;
  stages: Stages;
}

interface Playing extends Watching {
  simulator: Simulator;
  mover: Mover;
  /** When rows were not there that nobody had touched, and when rows were lost; in words. */
  moving: string;
  quiet: string;
}

async function play(
  { bench, simulator }: Stage,
  { clock, rounds }: Course,
  watching: Watching,
): Promise<{ syncs: number; moves: boolean }> {
  const { tables } = bench.blueprint;
  const mover = createMover(simulator, tables);
  const moving = `while it was read (its clock ${clock})`;
  const quiet = `after a quiet sync (its clock ${clock}), of a source that had changed while it was read`;
  const playing = { ...watching, simulator, mover, moving, quiet };
  if (mover.moves) await playRounds(bench, playing, rounds);
  else await playStill(bench, playing);
  for (const table of tables) {
    const { changes } = of(watching.seen, table);
    for (const [kind, count] of mover.made(table)) changes.set(kind, (changes.get(kind) ?? 0) + count);
  }
  return { syncs: bench.syncs.length, moves: mover.moves };
}

async function playRounds(bench: Bench, playing: Playing, rounds: number): Promise<void> {
  const { mover, seen } = playing;
  for (let round = 0; round < rounds; round++) {
    const original = await truths(bench);
    if (round > 0) mover.between();
    if (!(await movingSync(bench, round === 0 ? "sync" : "later sync", playing))) return;
    if (round > 0) mover.after();
    if (!(await quietSync(bench, original, playing)) || anyProblem(seen)) return;
  }
}

/** Nothing moves while it is read, but a row may lie in the future there, too. Without one there is nothing to see. */
async function playStill(bench: Bench, given: Playing): Promise<void> {
  const { mover } = given;
  if (!mover.lookAhead()) return;
  const playing = {
    ...given,
    moving: "where one of them has a time that is still to come",
    quiet: "after a sync that had read a row whose time is still to come",
  };
  const original = await truths(bench);
  if (!(await movingSync(bench, "sync", playing))) return;
  mover.after();
  await quietSync(bench, original, playing);
}

/** False where there is no use in going on. */
async function movingSync(bench: Bench, name: string, playing: Playing): Promise<boolean> {
  const { mover, simulator, seen, moving: where, stages } = playing;
  const before = await truths(bench);
  const sync = await mover.during(() => nextSync(bench, name));
  const { status, reason } = sync.result;
  // Who meets a thing that changes under his hands again and again may end and name it. The next sync has to bring it.
  if (status === "failed" && simulator.saysChanged?.(reason ?? "")) {
    for (const table of bench.blueprint.tables) of(seen, table).refused += 1;
    return true;
  }
  if (!succeeded(bench, { sync, seen, where: `The sync of a source failed ${where}` })) return false;
  const bound = 3 * stages.clean.requests.length + 20;
  for (const table of bench.blueprint.tables) {
    const own = of(seen, table);
    if (sync.requests.length > bound) {
      own.problems.push(
        `${sync.requests.length} requests ${where}, where a clean sync takes ${stages.clean.requests.length}`,
      );
    }
    // Without a key no row can be told to be the one that was touched.
    if (table.primary_key.length === 0) continue;
    const earlier = before.get(table.name) ?? [];
    const rows = untouched((await bench.source.truth(table)).rows, earlier);
    const comparison = await compareTable(bench, table, { rows, earlier });
    const wrong = comparison.missing + comparison.different;
    if (wrong === 0) continue;
    if (shiftingPages(table, bench.blueprint.tables) === undefined) {
      own.problems.push(`${inWords(comparison)} ${where}, although nobody touched them`);
      own.details.push(...comparison.examples);
    } else {
      own.healed += wrong;
      if (table.deletes.kind === "absence" || bench.target.readsWhole(table)) own.unmarked += comparison.missing;
    }
  }
  return true;
}

async function quietSync(
  bench: Bench,
  original: ReadonlyMap<string, Record_[]>,
  { seen, mover, quiet: where }: Playing,
): Promise<boolean> {
  const before = bench.syncs.flatMap(({ requests }) => requests);
  // Where all so far ended at what changed under them, nothing was brought that could come again.
  const isFirst = bench.syncs.every(({ result }) => result.status === "failed");
  const sync = await nextSync(bench, "quiet sync");
  if (!succeeded(bench, { sync, seen, where: `The quiet sync failed` })) return false;
  for (const table of bench.blueprint.tables) {
    const own = of(seen, table);
    const truth = await bench.source.truth(table);
    const comparison = await compareTable(bench, table, truth);
    if (!isEqual(comparison)) {
      const future = mover.ahead(table).length > 0 ? " (one row has a time that is still to come)" : "";
      own.problems.push(`${where}: ${describeComparison(comparison)}${future}`);
      own.details.push(...comparison.examples);
    }
    const states = { original: original.get(table.name) ?? [], now: truth.rows, mover };
    const edge = isFirst || bench.target.readsWhole(table) ? undefined : unchangedOnTheEdge(table, states);
    if (edge === undefined) continue;
    own.problems.push(...notNarrowed(table, { requests: sync.requests, before, rows: truth.rows }));
    const changed = truth.rows.length - untouched(truth.rows, states.original).length;
    const sent = rowsSent(bench, sync, table);
    if (sent > edge + changed) {
      own.problems.push(
        `${sent} rows came again ${where}, where ${edge} lie on the cursor's edge and ${changed} had changed`,
      );
    }
  }
  return true;
}

function succeeded(
  { blueprint }: Bench,
  { sync, seen, where }: { sync: ObservedSync; seen: ReadonlyMap<string, Seen>; where: string },
): boolean {
  if (sync.result.status === "succeeded") return true;
  for (const table of blueprint.tables) {
    const own = of(seen, table);
    own.problems.push(`${where}: ${sync.result.reason ?? "no reason given"}`);
    own.details.push(...lastLogs(sync));
  }
  return false;
}

function judgeStill(table: Table, { seen, syncs }: { seen: Seen; syncs: number }): CheckResult {
  const about = { check: "living", basis: "simulated", table: table.name } as const;
  const { problems, details } = seen;
  if ((seen.changes.get("ahead") ?? 0) === 0 && problems.length === 0) {
    return notApplicable(about, "a sync sees one state of this source, so that nothing moves while it is read");
  }
  return judged(about, {
    pass: problems.length === 0,
    summary:
      problems.length === 0
        ? `${syncs} syncs of a source that does not move while it is read: a row whose time is still to come is there, and what came after it was not lost`
        : [...new Set(problems)].join("; "),
    figures: { syncs },
    details: details.slice(0, 20),
  });
}

function judgeTable(table: Table, { seen, syncs }: { seen: Seen; syncs: number }): CheckResult[] {
  const about = { check: "living", basis: "simulated", table: table.name } as const;
  const { problems, details, healed, unmarked, refused, changes } = seen;
  const changed = [...changes.values()].reduce((sum, count) => sum + count, 0);
  if (changed === 0 && problems.length === 0) {
    return [notApplicable(about, "the stand-in could not change this table while it was read, so nothing is shown")];
  }
  const kinds = [...changes].filter(([, count]) => count > 0).map(([kind, count]) => `${count} ${kind}`);
  const late =
    healed === 0 ? "" : `; ${healed} rows came with the quiet sync only, as the list had shifted between its pages`;
  const ended = refused === 0 ? "" : `; ${refused} of the syncs ended at what changed under them, and said so`;
  const results = [
    judged(about, {
      pass: problems.length === 0,
      summary:
        problems.length === 0
          ? `${syncs} syncs, the clock an hour behind and ahead, with changes while the source was read (${kinds.join(", ")}): nothing was lost${late}${ended}`
          : [...new Set(problems)].join("; "),
      figures: { syncs, changed, late: healed },
      details: details.slice(0, 20),
    }),
  ];
  if (unmarked > 0 && problems.length === 0) {
    results.push(
      judged(about, {
        pass: false,
        severity: "warning",
        summary: `${unmarked} rows that are at the source were marked deleted, until the next sync brought them back: the list shifted between its pages while it was read, and this table takes for deleted what is not in the list`,
        figures: { unmarked },
      }),
    );
  }
  return results;
}

function inWords({ missing, different }: Comparison): string {
  return [missing > 0 ? `${missing} rows missing` : "", different > 0 ? `${different} with other values` : ""]
    .filter(Boolean)
    .join(", ");
}

async function truths({ blueprint, source }: Bench): Promise<Map<string, Record_[]>> {
  const found = new Map<string, Record_[]>();
  for (const table of blueprint.tables) found.set(table.name, (await source.truth(table)).rows);
  return found;
}

/** What was found is not found again. */
function anyProblem(seen: ReadonlyMap<string, Seen>): boolean {
  return [...seen.values()].some(({ problems }) => problems.length > 0);
}

function of(seen: ReadonlyMap<string, Seen>, table: Table): Seen {
  const own = seen.get(table.name);
  if (own === undefined) throw new RangeError(`There is no table ${table.name}.`);
  return own;
}

function nothingSeen(): Seen {
  return { problems: [], details: [], healed: 0, unmarked: 0, refused: 0, changes: new Map() };
}
