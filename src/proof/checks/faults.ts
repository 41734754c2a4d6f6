/**
 * faults: something goes wrong at the source in the middle of a sync, once at its beginning, once in its middle and once at
 * its end. The sync must bring the same rows all the same, or fail with words that a person understands and leave it to the
 * next one; it must not ask without end, and wait where it is asked to.
 */
import { parentOf } from "../../artifacts/blueprint.ts";
import type { CheckResult } from "../../artifacts/report.ts";
import type { Fault } from "../../sources/simulator.ts";
import { type Bench, type Circumstances, nextSync, type ObservedSync } from "../bench.ts";
import { placesOf } from "../places.ts";
import { judged, lastLogs, notApplicable, subject } from "../result.ts";
import { compareTable, describeComparison, isEqual } from "../rows.ts";
import { again, onStage, type Stage, type Stages } from "../stage.ts";

/** What 60 seconds become where the source falls silent. */
const TIMEOUT_SCALE = 0.02;
const IDLE_SECONDS = 10;
/** A sync that does not end by then does not end. */
const TOTAL_SECONDS = 30;
/** Who asks so many times more often than there is reason to, asks without end and is not waited for. */
const FAR_TOO_OFTEN = 4;

export async function checkFaults(stages: Stages): Promise<CheckResult[]> {
  return onStage(stages, { label: "faults" }, async (stage) => {
    const { source } = stage.bench;
    if (source.faults.length === 0) {
      const why = "nothing stands between a connector and this source that could go wrong";
      return [notApplicable(subject("faults", source), why)];
    }
    const results: CheckResult[] = [];
    for (const fault of source.faults) results.push(await tryFault(stage, fault, stages.clean));
    return results;
  });
}

/** What came of one sync with a fault. */
interface Trial {
  fault: Fault;
  clean: ObservedSync;
  /** Undefined: it asked without end and was stopped. */
  first: ObservedSync | undefined;
  /** How often the fault struck. */
  struck: number;
  /** Requests of the first sync, those included that never got to the source. */
  asked: number;
  problems: string[];
  /** The first few differing rows. */
  details: string[];
}

/** One fault, on a stage that others may have played on. */
export async function tryFault(stage: Stage, fault: Fault, clean: ObservedSync): Promise<CheckResult> {
  const requests = clean.requests.length;
  const middle = Math.floor(requests / 2);
  // What lasts is over with the first strike; a source that falls silent takes as long as somebody waits for it.
  const turns = fault.silent || fault.lasting ? [middle] : [...new Set([0, middle, Math.max(0, requests - 1)])];
  const trials = [await tryAt(stage, fault, { clean, turns })];
  // Who gives up at the first request has shown nothing about those in the middle.
  const gaveUp = trials[0]?.first?.result.status === "failed" && trials[0].problems.length === 0;
  if (gaveUp && turns.length > 1) trials.push(await tryAt(stage, fault, { clean, turns: [middle] }));
  return resultOf(stage.bench, trials);
}

async function tryAt(
  stage: Stage,
  fault: Fault,
  { clean, turns }: { clean: ObservedSync; turns: readonly number[] },
): Promise<Trial> {
  return again(stage, fault.id, async (bench) => {
    const before = bench.source.asked();
    const armed = fault.arm(turns);
    let first: ObservedSync | undefined;
    try {
      first = await boundedSync(bench, { fault, clean });
    } finally {
      armed.disarm();
    }
    const asked = bench.source.asked() - before;
    const trial: Trial = { fault, clean, first, struck: armed.struck(), asked, problems: [], details: [] };
    if (first !== undefined && trial.struck > 0) await judgeRows(bench, trial, first);
    if (trial.struck > 0) judgeManners(bench, trial);
    return trial;
  });
}

/** Undefined where the sync had to be stopped, because it asked without end. */
async function boundedSync(
  bench: Bench,
  { fault, clean }: { fault: Fault; clean: ObservedSync },
): Promise<ObservedSync | undefined> {
  const stop = new AbortController();
  const limit = bench.source.asked() + FAR_TOO_OFTEN * (clean.requests.length + (fault.lasting ? 1 : 3) * fault.extra);
  const watching = setInterval(() => {
    if (bench.source.asked() > limit) stop.abort();
  }, 50);
  try {
    const signal = AbortSignal.any([bench.signal, stop.signal]);
    return await nextSync({ ...bench, signal }, "sync", circumstances(fault, clean));
  } catch (error) {
    if (stop.signal.aborted && !bench.signal.aborted) return undefined;
    throw error;
  } finally {
    clearInterval(watching);
  }
}

function circumstances({ silent }: Fault, clean: ObservedSync): Circumstances {
  return {
    idleSeconds: IDLE_SECONDS,
    totalSeconds: Math.max(TOTAL_SECONDS, (clean.result.milliseconds * 10) / 1000),
    ...(silent ? { environment: { SYNCSMITH_TIMEOUT_SCALE: String(TIMEOUT_SCALE) } } : {}),
  };
}

/** Every row has come with this sync, or it failed as it may and every row comes with the next. */
async function judgeRows(bench: Bench, { fault, problems, details }: Trial, first: ObservedSync): Promise<void> {
  const { reason = "no reason given", status } = first.result;
  if (status === "succeeded") {
    for (const problem of await differences(bench, details)) problems.push(`the sync succeeds, and of ${problem}`);
    return;
  }
  if (isHang(reason)) problems.push(`the sync does not end: ${reason}`);
  else if (fault.owes === "rows") problems.push(`the sync fails, and would not have to: ${reason}`);
  else if (!saidBy(first).some((text) => isUnderstandable(text, placesIn(bench))))
    problems.push(`the sync fails without saying where and why: ${reason}`);
  const next = await nextSync(bench, "next sync");
  if (next.result.status === "failed") {
    problems.push(`the next sync fails, too: ${next.result.reason ?? "no reason given"}`);
    return;
  }
  for (const problem of await differences(bench, details)) problems.push(`after the next sync, of ${problem}`);
}

async function differences(bench: Bench, details: string[]): Promise<string[]> {
  const problems: string[] = [];
  for (const table of bench.blueprint.tables) {
    const comparison = await compareTable(bench, table, await bench.source.truth(table));
    if (isEqual(comparison)) continue;
    problems.push(`${table.name} ${describeComparison(comparison)}`);
    details.push(...comparison.examples.map((example) => `${table.name}: ${example}`));
  }
  return problems;
}

/** In the words of the debugger's watch. */
function isHang(reason: string): boolean {
  return /\bwas silent for \d+ seconds|\btook more than [\d.]+ seconds/.test(reason);
}

/** Mistakes that Python itself finds, and what its libraries say of an answer: nobody can tell from them what happened. */
const BARE_TYPE =
  /^(?:KeyError|TypeError|AttributeError|IndexError|UnboundLocalError|AssertionError|(?:\w+\.)*JSONDecodeError)\b/;
const BARE_TEXT =
  /^(?:\w+: )?(?:Expecting (?:value|property name|'.' delimiter)|Unterminated string|Extra data: line|.* object is not |.* has no attribute |.* indices must be )/;

/** Whether a message names the table, or where it is asked for, and is none of Python's own. */
export function isUnderstandable(message: string, places: readonly string[]): boolean {
  const text = message.replace(/^.*?\b(?:raised|ended with) /, "");
  if (BARE_TYPE.test(text) || BARE_TEXT.test(text)) return false;
  const known = [...places, "token", "login", "log in"].map((place) => place.toLowerCase());
  return known.some((place) => text.toLowerCase().includes(place));
}

function placesIn({ blueprint }: Bench): string[] {
  return blueprint.tables.flatMap((table) => [table.name, ...placesOf(table)]);
}

/** Why a sync failed, and the errors it logged before; without the lines of tracebacks. */
function saidBy({ result }: ObservedSync): string[] {
  const logged = result.logs
    .filter(({ level, origin }) => level === "error" && origin === "connector")
    .map(({ text }) => text)
    .filter(
      (text) => !/^(?:\s|Traceback |During handling |The above exception |[\w.]+(?:Error|Exception)\b)/.test(text),
    );
  return [result.reason ?? "", ...logged];
}

function judgeManners(bench: Bench, { fault, clean, first, struck, asked, problems }: Trial): void {
  const again = fault.page ? childrenOfAPage(bench, clean) : 0;
  const allowed = clean.requests.length + struck * (fault.extra + again);
  if (first === undefined) {
    problems.push(`the sync asks without end, and was stopped after ${asked} requests, where ${allowed} are enough`);
    return;
  }
  if (asked > allowed) problems.push(`${asked} requests are made, where ${allowed} are enough`);
  if (fault.wait === undefined) return;
  const waited = (first.result.sleeps ?? []).filter((seconds) => seconds >= (fault.wait ?? 0)).length;
  const more = sum(first.result.sleeps) - sum(clean.result.sleeps);
  if (waited >= struck || more >= fault.wait * struck) return;
  const longest = Math.max(0, ...(first.result.sleeps ?? []));
  problems.push(`it does not wait as long as it is asked to: ${longest.toFixed(1)} s at most`);
}

/** The most requests for rows of child tables that a clean sync makes in a row: those that one page of parents leads to. */
function childrenOfAPage({ blueprint }: Bench, clean: ObservedSync): number {
  const children = new Set(blueprint.tables.filter((table) => parentOf(table) !== undefined).map(({ name }) => name));
  let [most, run] = [0, 0];
  for (const { table } of clean.requests) {
    run = table !== undefined && children.has(table) ? run + 1 : 0;
    most = Math.max(most, run);
  }
  return most;
}

function sum(sleeps: readonly number[] = []): number {
  return sleeps.reduce((total, seconds) => total + seconds, 0);
}

function resultOf({ source }: Bench, trials: readonly Trial[]): CheckResult {
  const [trial] = trials;
  if (trial === undefined) throw new Error("A fault was not tried.");
  const { fault, clean } = trial;
  const last = trials.findLast((one) => one.struck > 0) ?? trial;
  const about = { ...subject("faults", source), case: fault.id };
  const struck = trials.reduce((total, one) => total + one.struck, 0);
  const { status = "failed", reason = "no reason given" } = last.first?.result ?? {};
  if (struck === 0 && status === "succeeded") {
    return notApplicable(about, `${fault.says}: no request of this sync could be struck by it`);
  }
  const problems = [...new Set(trials.flatMap((one) => one.problems))];
  if (struck === 0) problems.push(`the sync fails before it comes to that: ${reason}`);
  const logged = last.first === undefined ? [] : lastLogs(last.first);
  const times = struck === 1 ? "once" : `${struck} times`;
  const well =
    status === "succeeded"
      ? `every row arrives, with ${last.asked} requests (${clean.requests.length} without it)`
      : `the sync fails and says so ("${reason}"), the next brings every row`;
  return judged(about, {
    pass: problems.length === 0,
    summary: `${fault.says} (${times}): ${problems.length === 0 ? well : problems.join("; ")}`,
    figures: { struck, requests: Math.max(...trials.map(({ asked }) => asked)), clean: clean.requests.length },
    details: problems.length === 0 ? [] : [...trials.flatMap((one) => one.details), ...logged],
  });
}
