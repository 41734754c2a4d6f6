/**
 * living: the source changes while it is read. Rows are inserted, updated and deleted in the middle of listings, so that
 * others move between the pages; some come late, some tied with the cursor. What nobody touched must arrive all the same,
 * and a sync in which nothing happens must then find all of the rest: what is missing after it is lost for good.
 */
import { parentOf, type Table } from "../../artifacts/blueprint.ts";
import type { CheckResult } from "../../artifacts/report.ts";
import type { Record_ } from "../../sources/kind.ts";
import { type Bench, nextSync, type ObservedSync, rowsSent } from "../bench.ts";
import { allowedAgain } from "../cursor.ts";
import { judged, lastLogs, notApplicable } from "../result.ts";
import { type Comparison, compareTable, describeComparison, isEqual } from "../rows.ts";
import { onStage, type Stage, type Stages } from "../stage.ts";
import { createMover, type Mover } from "./living/mover.ts";
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
  /** Syncs that ended at a file that changed while it was read. */
  refused: number;
  changes: Map<string, number>;
}

export async function checkLiving(stages: Stages): Promise<CheckResult[]> {
  const { tables } = stages.blueprint;
  const seen = new Map(tables.map(({ name }): [string, Seen] => [name, nothingSeen()]));
  let syncs = 0;
  for (const { label, clock, offset, rounds } of COURSES) {
    const now = new Date(stages.began.getTime() + offset);
    const played = await onStage(stages, { label, now }, (stage) => play(stage, { seen, clock, rounds, stages }));
    if (played === undefined) {
      const why = "a sync sees one state of this source, so that nothing moves while it is read";
      return tables.map((table) => notApplicable({ check: "living", basis: "simulated", table: table.name }, why));
    }
    syncs += played;
    if (anyProblem(seen)) break;
  }
  return tables.flatMap((table) => judgeTable(table, { seen: seen.get(table.name) ?? nothingSeen(), syncs }));
}

interface Playing {
  seen: ReadonlyMap<string, Seen>;
  clock: string;
  rounds: number;
  stages: Stages;
}

/** Number of syncs; undefined where nothing can move. */
async function play({ bench, simulator }: Stage, playing: Playing): Promise<number | undefined> {
  const { tables } = bench.blueprint;
  const mover = createMover(simulator, tables);
  if (mover === undefined) return undefined;
  for (let round = 0; round < playing.rounds; round++) {
    const original = await truths(bench);
    if (round > 0) mover.between();
    const went =
      (await movingSync(bench, { ...playing, mover, name: round === 0 ? "sync" : "later sync" })) &&
      (await quietSync(bench, { ...playing, original }));
    if (!went || anyProblem(playing.seen)) break;
  }
  for (const table of tables) {
    const { changes } = of(playing.seen, table);
    for (const [kind, count] of mover.made(table)) changes.set(kind, (changes.get(kind) ?? 0) + count);
  }
  return bench.syncs.length;
}

/** False where there is no use in going on. */
async function movingSync(bench: Bench, moving: Playing & { mover: Mover; name: string }): Promise<boolean> {
  const { mover, name, seen, clock, stages } = moving;
  const before = await truths(bench);
  const sync = await mover.during(() => nextSync(bench, name));
  const where = `while it was read (its clock ${clock})`;
  if (refusesMovingFile(bench, sync)) {
    for (const table of bench.blueprint.tables) of(seen, table).refused += 1;
    return true;
  }
  if (!succeeded(bench, { sync, seen, where: `The sync of a source that changed ${where} failed` })) return false;
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
  { seen, clock, original }: Playing & { original: ReadonlyMap<string, Record_[]> },
): Promise<boolean> {
  const before = bench.syncs.flatMap(({ requests }) => requests);
  const sync = await nextSync(bench, "quiet sync");
  const where = `after a quiet sync (its clock ${clock})`;
  if (!succeeded(bench, { sync, seen, where: `The quiet sync failed` })) return false;
  for (const table of bench.blueprint.tables) {
    const own = of(seen, table);
    const truth = await bench.source.truth(table);
    const comparison = await compareTable(bench, table, truth);
    if (!isEqual(comparison)) {
      own.problems.push(`${where}, of a source that had changed while it was read: ${describeComparison(comparison)}`);
      own.details.push(...comparison.examples);
    }
    const edge = bench.target.readsWhole(table) ? undefined : allowedAgain(table, truth.rows);
    if (edge === undefined) continue;
    own.problems.push(...notNarrowed(table, { requests: sync.requests, before, rows: truth.rows }));
    const changed = truth.rows.length - untouched(truth.rows, original.get(table.name) ?? []).length;
    const sent = rowsSent(bench, sync, table);
    if (sent > edge + changed) {
      own.problems.push(
        `${sent} rows came again ${where}, where ${edge} lie on the cursor's edge and ${changed} had changed`,
      );
    }
  }
  return true;
}

/**
 * A file is read at one state or not at all: who meets one that changes under his hands again and again may end and name it.
 * The sync after it has to bring everything.
 */
function refusesMovingFile({ blueprint }: Bench, { result }: ObservedSync): boolean {
  return result.status === "failed" && blueprint.source.kind === "file" && /chang/i.test(result.reason ?? "");
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

/**
 * Why what goes from a list moves the rows after it between the pages. Cursors, keyset connections and lists in one piece
 * stay where they are; an address may hold anything.
 */
function shiftingPages(table: Table, tables: readonly Table[]): string | undefined {
  const parent = parentOf(table);
  const above = parent && tables.find(({ name }) => name === parent.table);
  const inherited = above && shiftingPages(above, tables);
  if (table.read.kind === "graphql") return table.read.paging.style === "offset" ? "offsets" : inherited;
  if (table.read.kind !== "rest" || table.read.single) return inherited;
  const { style } = table.read.pagination;
  switch (style) {
    case "page":
      return "page numbers";
    case "offset":
      return "offsets";
    case "next_url":
    case "link_header":
      return "addresses of pages";
    default:
      return inherited;
  }
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
  const ended = refused === 0 ? "" : `; ${refused} of the syncs ended at a file that changed under it, and said so`;
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

/** Rows that are as they were. */
function untouched(rows: readonly Record_[], earlier: readonly Record_[]): Record_[] {
  const known = new Set(earlier.map(textOf));
  return rows.filter((row) => known.has(textOf(row)));
}

function textOf(row: Record_): string {
  return JSON.stringify(row, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
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
