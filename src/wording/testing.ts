/** What was tested and how, the same for every target's README. */
import { type Blueprint, isWeb, type Source, type Table } from "../artifacts/blueprint.ts";
import { BASES, CHECKS, type CheckId, type CheckResult, type Report } from "../artifacts/report.ts";
import { KIND_WORDS } from "./kinds.ts";
import { bullets, code, codes, prose, table } from "./markdown.ts";
import { count, counted, duration, moment } from "./numbers.ts";
import { asideOf, BASIS_WORDS, CHECK_WORDS, OVERRULED, standingOf, wholeFailures } from "./standing.ts";

/** Claims shown per list. */
const SHOWN = 12;

export interface Tested {
  blueprint: Blueprint;
  report: Report;
  /** Why there are no contract tests, as a clause. */
  withoutContract?: string;
}

export function testingInWords({ blueprint, report, withoutContract }: Tested): string {
  const rows = blueprint.tables.map((t) => {
    const results = report.checks.filter((result) => result.table === t.name);
    return [
      code(t.name),
      standingOf(report, t.name).words,
      named(report, results, "pass"),
      named(report, results, "fail"),
    ];
  });
  return [
    `The checks ran ${BASIS_WORDS[report.basis]}${elsewhere(report)} on ${moment(report.time)} and took ${duration(report.milliseconds)}. ${prose(report.basis_reason)} Repeat them with ${code(`syncsmith test ${blueprint.name}`)}.`,
    table(["Table", "Trust", "Checks passed", "Checks failed"], rows),
    ownTests(blueprint, withoutContract),
    "The connector as a whole:",
    bullets(wholeResults(report)),
    ...meanings(report),
    syncs(report, titled(KIND_WORDS[blueprint.source.kind].asks)),
    ...claims(report, OVERRULED, report.overruled),
    ...claims(report, UNPROVEN, report.unproven),
  ].join("\n\n");
}

/** What goes with the connector and needs nothing of the program that made it. */
function ownTests({ source }: Blueprint, withoutContract: string | undefined): string {
  const faults = isServer(source) ? "with faults that pass, " : "";
  const command = `${code("python -m unittest")} in the connector's directory runs its tests, without network or credentials, on any machine that has what the connector needs installed.`;
  return withoutContract === undefined
    ? `${command} Those in ${code("tests/contract/")} run whole syncs against a recorded source: ${faults}cut off between checkpoints, and after changes, each time for exactly the rows in ${code("expected.json")}.`
    : `${command} They are tests of its parts: there are none of whole syncs, as ${prose(withoutContract)}.`;
}

/** Whoever has to be asked may fail for a while. */
function isServer(source: Source): boolean {
  return isWeb(source) || (source.kind === "file" ? source.store !== "local" : source.engine !== "sqlite");
}

function titled(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}

const UNPROVEN = {
  title: "What nothing proves",
  words: "No page, probe or check supports these facts, or sources disagree on them.",
};

/** Checks with this verdict, each with its basis where that is not the report's. */
function named(report: Report, results: readonly CheckResult[], verdict: CheckResult["verdict"]): string {
  const names = results
    .filter((result) => result.verdict === verdict)
    .map((result) => `${code(result.check)}${asideOf(report, result)}`);
  return [...new Set(names)].join(", ") || "none";
}

/** Which marks the results of this report carry. */
function elsewhere(report: Report): string {
  const bases = BASES.filter(
    (basis) => basis !== report.basis && basis !== "static" && report.checks.some((result) => result.basis === basis),
  );
  return bases.map((basis) => `, those marked “${basis}” ${BASIS_WORDS[basis]},`).join("");
}

function meanings(report: Report): string[] {
  const had = CHECKS.filter((id) => report.checks.some((r) => r.check === id));
  const ran = had.filter((id) => report.checks.some((r) => r.check === id && r.verdict !== "not-applicable"));
  const idle = had.filter((id) => !ran.includes(id));
  return [
    ...(ran.length > 0 ? ["Meaning of the checks that ran:", bullets(ran.map(meaning))] : []),
    ...(idle.length > 0 ? [`Not applicable to anything here: ${codes(idle)}.`] : []),
  ];
}

function meaning(id: CheckId): string {
  return `${code(id)}: ${CHECK_WORDS[id]}`;
}

function wholeResults(report: Report): string[] {
  const whole = report.checks.filter((result) => result.table === undefined);
  if (whole.length === 0) return ["No check of the whole connector ran."];
  return CHECKS.flatMap((id) => {
    const results = whole.filter((result) => result.check === id);
    const passed = results.filter((result) => result.case !== undefined && result.verdict === "pass");
    const others = results.filter((result) => !passed.includes(result));
    return [...(passed.length > 0 ? [casesPassed(report, passed)] : []), ...others.map((r) => wholeResult(report, r))];
  });
}

/** Which check, with what it tried, and of which table. */
export function resultName({ check, case: trial, table: of }: CheckResult): string {
  return `${code(check)}${trial === undefined ? "" : ` with ${code(trial)}`}${of === undefined ? "" : ` of ${code(of)}`}`;
}

/** Of a check that tries many things, what went well in one line. */
function casesPassed(report: Report, passed: readonly CheckResult[]): string {
  const [first] = passed;
  if (first === undefined) return "";
  return `${code(first.check)}${asideOf(report, first)} passed with ${codes(passed.map((result) => result.case ?? ""))}.`;
}

function wholeResult(report: Report, result: CheckResult): string {
  const words = { pass: "passed", fail: "failed", "not-applicable": "does not apply" }[result.verdict];
  return `${resultName(result)}${asideOf(report, result)} ${words}: ${prose(result.summary)}`;
}

/** `asked`: the heading for what was sent to the source. */
function syncs(report: Report, asked: string): string {
  if (report.syncs.length === 0) return "No sync was run.";
  const rows = report.syncs.map((sync) => [
    code(sync.name),
    sync.status === "succeeded" ? "succeeded" : `failed${sync.reason === undefined ? "" : `: ${prose(sync.reason)}`}`,
    count(sync.operations.upserts + sync.operations.updates),
    count(sync.operations.deletes),
    count(sync.operations.checkpoints),
    count(sync.requests),
    duration(sync.milliseconds),
  ]);
  return table(["Sync", "Outcome", "Rows written", "Rows deleted", "Checkpoints", asked, "Time"], rows);
}

/** Claims under a heading of their own; many are cut, since the API document has them all, with what they rest on. */
function claims(report: Report, { title, words }: { title: string; words: string }, all: readonly string[]): string[] {
  if (all.length === 0) return [];
  const more = all.length - SHOWN;
  const items = more > 0 ? all.slice(0, SHOWN) : all;
  return [
    `### ${title}`,
    words,
    bullets([
      ...items.map(prose),
      ...(more > 0 ? [`and ${count(more)} more, all in ${code(`${report.connector}_api_doc.md`)}`] : []),
    ]),
  ];
}

/** The figures of the second sync, for the tables that were in it. */
export function seenInSyncs(tables: readonly Pick<Table, "name">[], report: Report): string[] {
  const [initial, second] = ["initial", "second"].map((name) => report.syncs.find((sync) => sync.name === name));
  if (initial?.status !== "succeeded" || second?.status !== "succeeded") return [];
  const items = tables.map(
    (t) => `${code(t.name)}: ${counted(initial.rows[t.name] ?? 0, "row")}, then ${count(second.rows[t.name] ?? 0)}`,
  );
  const more = wholeFailures(report).length > 0 ? " Not every check of the connector passed; see above." : "";
  return [
    `Rows sent by the first and the second sync of the local run, ${report.basis === "live" ? "one right after the other" : "with no change at the source in between"}.${more}`,
    bullets(items),
  ];
}
