/**
 * memory: twenty times the rows, or more where light ones would not be missed. A connector may hold a page of them and what
 * its platform's libraries buffer, but never a table; and neither its requests nor its state may grow beyond what the rows
 * are the reason for.
 */
import { parentOf, type Table } from "../../artifacts/blueprint.ts";
import type { CheckResult } from "../../artifacts/report.ts";
import type { Json, Record_ } from "../../sources/record.ts";
import type { SeenRequest } from "../../sources/simulator.ts";
import { type Bench, nextSync, type ObservedSync, rowsSent } from "../bench.ts";
import { failedSync, judged, notApplicable, subject } from "../result.ts";
import { compareTable, describeComparison, isEqual } from "../rows.ts";
import { onStage, type Stages } from "../stage.ts";

const SCALE = 20;
/** So many times these rows where the first growth is suspicious: whoever collects them grows again, by as much. */
const FURTHER = 2;
/** Where the rows are light there are more of them, as long as a sync has no more rows and requests than these. */
const MOST_ROWS = 30_000;
const MOST_REQUESTS = 600;
/** Less than so many times the rows shows nothing: records that there is one of, or days that end today. */
const LARGER = 5;
/** What both platforms give a connector. */
const MOST_BYTES = 1024 ** 3;
/** What the peaks of two syncs may differ by for no reason, and what share of a heavy table: heaps have holes. */
const NOISE_BYTES = 3_000_000;
const NOISE_SHARE = 0.3;
/** By so much a table has to outweigh what is allowed to be told by it. */
const MARGIN = 1.25;
/** Rows between a connector and its destination: the platforms' libraries pass them on by the hundred. */
const ROWS_UNDER_WAY = 150;
/** Characters of a state that are no reason to ask. */
const STATE_ROOM = 512;
/** There is more to wait for than in other checks, and nothing to be seen by it. */
const HASTE = { environment: { SYNCSMITH_TIME_SCALE: "0.001" } };

export async function checkMemory(stages: Stages): Promise<CheckResult[]> {
  const seen = await observeTelling(stages);
  const { bench, sync, loads, problems } = seen;
  const { blueprint, source } = bench;
  if (sync.result.status === "failed") return failedSync("memory", source, { sync, tables: blueprint.tables });
  if (problems.length === 0 && !isLarger(seen)) {
    return [notApplicable(subject("memory", source), "the stand-in has hardly more rows than at first")];
  }
  const memory = await judgeMemory(stages, seen);
  const asked = judgeRequests(seen);
  const state = judgeState(seen);
  problems.push(...[memory, asked, state].flatMap(({ problem }) => problem ?? []));
  const rows = loads.reduce((sum, load) => sum + load.rows, 0).toLocaleString("en");
  return [
    judged(subject("memory", source), {
      pass: problems.length === 0,
      summary:
        problems.length === 0
          ? `${rows} rows, each as it should be; ${memory.says}; ${asked.says}; ${state.says}`
          : problems.join("; "),
      figures: { ...memory.figures, ...asked.figures, ...state.figures },
    }),
  ];
}

/** Light rows are too few to be missed in a heap: there are as many then as a collected table would be told by. */
async function observeTelling(stages: Stages): Promise<Seen> {
  const seen = await observe(stages, SCALE);
  const { sync, loads, problems } = seen;
  if (sync.result.status === "failed" || problems.length > 0 || heaviestOf(seen) > allowedBytes(seen)) return seen;
  const wanted = Math.ceil(Math.min(...loads.map((load) => tellingTimes(load, seen))));
  const rows = loads.reduce((sum, load) => sum + load.rows, 0);
  const isCheap = wanted * rows <= MOST_ROWS && wanted * sync.requests.length <= MOST_REQUESTS;
  return wanted > 1 && isCheap ? observe(stages, wanted * SCALE) : seen;
}

/** How many times its rows a table would need to outweigh what may be held of it and what heaps differ by. */
function tellingTimes(load: Load, { bench, sync }: Seen): number {
  const { read } = load.table;
  // However many rows there are, so many may be held.
  if (read.kind === "file" && isDocument(read)) return Number.POSITIVE_INFINITY;
  const each = load.bytes / Math.max(1, load.rows);
  const held = each * rowsHeld(load, sync.requests) + (bench.target.heldBytes?.(load.table) ?? 0);
  return (MARGIN * (NOISE_BYTES + held)) / (1 - MARGIN * NOISE_SHARE) / Math.max(1, load.bytes);
}

/** A first sync of a stand-in with so many times the rows, and what arrived otherwise than it should. */
function observe(stages: Stages, scale: number): Promise<Seen> {
  return onStage(stages, { label: `${scale} times the rows:`, scale }, async ({ bench }) => {
    const sync = await nextSync(bench, "sync", HASTE);
    const seen: Seen = { scale, bench, sync, clean: stages.clean, loads: [], problems: [] };
    if (sync.result.status === "failed") return seen;
    for (const table of bench.blueprint.tables) {
      const truth = await bench.source.truth(table);
      const comparison = await compareTable(bench, table, truth);
      if (!isEqual(comparison)) seen.problems.push(`${table.name}: ${describeComparison(comparison)}`);
      const bytes = truth.rows.reduce((sum, row) => sum + weightOf(row), 0);
      seen.loads.push({ table, rows: truth.rows.length, bytes });
    }
    return seen;
  });
}

/** A table as the connector has to carry it. */
interface Load {
  table: Table;
  rows: number;
  /** What its rows would take in a list, about. */
  bytes: number;
}

interface Seen {
  /** How many times the rows. */
  scale: number;
  bench: Bench;
  sync: ObservedSync;
  clean: ObservedSync;
  loads: Load[];
  problems: string[];
}

function isLarger({ bench, clean, loads }: Seen): boolean {
  const before = loads.reduce((sum, { table }) => sum + rowsSent(bench, clean, table), 0);
  return loads.reduce((sum, { rows }) => sum + rows, 0) >= before * LARGER;
}

interface Judgement {
  problem?: string;
  says: string;
  figures: Record<string, number>;
}

/** Nobody is blamed for one measurement: what the rows are the reason for is there the second time, too. */
async function judgeMemory(stages: Stages, seen: Seen): Promise<Judgement> {
  const first = await judgePeak(stages, seen);
  if (first.problem === undefined) return first;
  const again = await observe(stages, seen.scale);
  // What fails now, or brings other rows, has shown nothing to the contrary.
  return isMeasured(again) ? judgePeak(stages, again) : first;
}

function isMeasured({ sync, problems }: Seen): boolean {
  return sync.result.status !== "failed" && problems.length === 0 && sync.result.peakMemory !== undefined;
}

async function judgePeak(stages: Stages, seen: Seen): Promise<Judgement> {
  const [peak, before] = [seen.sync.result.peakMemory, seen.clean.result.peakMemory];
  if (peak === undefined || before === undefined) {
    return { says: "memory could not be measured on this system", figures: {} };
  }
  const [heaviest, allowed] = [heaviestOf(seen), allowedBytes(seen)];
  const growth = peak - before;
  const figures = { peak_bytes: peak, growth_bytes: growth, allowed_bytes: Math.round(allowed) };
  const grown = `${megabytes(peak)} at its peak, ${megabytes(growth)} more than with a ${seen.scale}th of the rows`;
  if (peak >= MOST_BYTES) return { problem: `the connector took ${grown}; it has 1 GB`, says: "", figures };
  if (growth > allowed) {
    const why = `rows seem to be collected, where a page and what is under way take ${megabytes(allowed)} at most`;
    const blamed = { problem: `the connector took ${grown}: ${why}`, says: "", figures };
    const further = await growthBeyond(stages, seen);
    if (further === undefined || further.growth > further.allowed) return blamed;
    const says = `${grown}, and with ${FURTHER * seen.scale} times the rows ${megabytes(Math.max(0, further.growth))} more again: it does not grow with them`;
    return { says, figures: { ...figures, further_bytes: further.growth } };
  }
  // An honest word on what was not shown.
  const weak = growth + heaviest <= allowed ? ", too little for a whole table of them to be told by it" : "";
  return { says: `${grown}${weak}`, figures };
}

/**
 * What the peak grows by where there are yet more rows, each as heavy as they were. Buffers that the platforms fill up to a
 * bound, and rows that are heavier than those of the first sync, cost something once; rows that are collected cost it
 * again. Undefined where it could not be measured.
 */
async function growthBeyond(stages: Stages, seen: Seen): Promise<{ growth: number; allowed: number } | undefined> {
  const more = await observe(stages, FURTHER * seen.scale);
  const [peak, before] = [more.sync.result.peakMemory, seen.sync.result.peakMemory];
  if (!isMeasured(more) || peak === undefined || before === undefined) return undefined;
  const heavier = heaviestOf(more) - heaviestOf(seen);
  const held = Math.max(0, mostHeld(more) - mostHeld(seen));
  return { growth: peak - before, allowed: NOISE_BYTES + heavier * NOISE_SHARE + held };
}

/** What a first sync of these rows may take more than the first one of few. */
function allowedBytes(seen: Seen): number {
  return NOISE_BYTES + heaviestOf(seen) * NOISE_SHARE + mostHeld(seen);
}

function heaviestOf({ loads }: Seen): number {
  return loads.reduce((most, load) => Math.max(most, load.bytes), 0);
}

function mostHeld({ bench, sync, loads }: Seen): number {
  const held = loads.map((load) => heldBytes(load, bench, sync.requests));
  return held.reduce((most, bytes) => Math.max(most, bytes), 0);
}

/** What a connector that holds no more than it has to holds of a table. */
function heldBytes(load: Load, { target }: Bench, requests: readonly SeenRequest[]): number {
  const { table, rows, bytes } = load;
  const some = Math.min(rows, rowsHeld(load, requests));
  return (bytes / Math.max(1, rows)) * some + Math.min(bytes, target.heldBytes?.(table) ?? 0);
}

function rowsHeld({ table }: Load, requests: readonly SeenRequest[]): number {
  const own = requests.filter((request) => request.table === table.name);
  const answer = own.reduce((most, { records }) => Math.max(most, records), 0);
  return rowsAtATime(table, answer) + ROWS_UNDER_WAY;
}

/** `answer`: the most rows that came with one answer of the source. */
function rowsAtATime({ read }: Table, answer: number): number {
  if (read.kind === "database") return read.batch;
  if (read.kind === "file" && !isDocument(read)) return FILE_ROWS;
  // Who opens a file in a folder is asked for nothing that could be counted.
  return read.kind === "file" && answer === 0 ? Number.POSITIVE_INFINITY : answer;
}

/** Lines of text are read as they come; a document or a row group has to be there whole. */
function isDocument(read: Extract<Table["read"], { kind: "file" }>): boolean {
  return !["csv", "ndjson"].includes(read.content.format);
}

const FILE_ROWS = 1000;

function judgeRequests({ scale, bench, sync, clean, loads }: Seen): Judgement {
  const ratios = loads.map(({ table, rows }) => rows / Math.max(1, rowsSent(bench, clean, table)));
  const ratio = ratios.reduce((most, one) => Math.max(most, one), 1);
  const [asked, before] = [sync.requests.length, clean.requests.length];
  const says = `${asked.toLocaleString("en")} requests where a ${scale}th took ${before}`;
  const figures = { requests: asked, requests_before: before };
  const most = before * ratio * 1.25 + 10;
  return asked > most ? { problem: `${says}: more than the rows are a reason for`, says, figures } : { says, figures };
}

function judgeState({ scale, sync, clean, loads }: Seen): Judgement {
  const [now, before] = [sync, clean].map(({ result }) => result.checkpoints.at(-1)?.length ?? 0) as [number, number];
  const entries = [...new Set(loads.flatMap(({ table }) => entryOf(table) ?? []))];
  const most = before * (entries.length > 0 ? scale * 1.5 : 1.5) + STATE_ROOM;
  const by = entries.length > 0 ? `, with an entry per ${entries.join(" and per ")}` : "";
  const says = `a state of ${now.toLocaleString("en")} characters${by}, ${before.toLocaleString("en")} before`;
  const figures = { state: now, state_before: before };
  return now > most
    ? { problem: `${says}: it grows with the rows, and without end`, says, figures }
    : { says, figures };
}

/** What a state needs an entry for, each: a parent whose rows have a cursor of their own, a file that may change. */
function entryOf(table: Table): string | undefined {
  if (table.advance.kind === "files") return "file";
  const parent = parentOf(table);
  if (parent === undefined || table.advance.kind === "full") return undefined;
  return `row of ${parent.table}`;
}

/** What a record takes in Python, about: a dictionary, and an object for each of its values. */
function weightOf(record: Record_): number {
  return Object.values(record).reduce<number>((sum, value) => sum + 60 + lengthOf(value), 240);
}

function lengthOf(value: Json): number {
  if (value === null || typeof value === "boolean") return 0;
  if (typeof value === "string") return value.length;
  if (typeof value !== "object") return 8;
  return Object.values(value).reduce<number>((sum, inner) => sum + 60 + lengthOf(inner), 240);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
