/** The proof report for the summary of a CI job: the verdict first, then what a reader must act on. */

import { CHECKS, type CheckResult, type Report, type SyncSummary } from "../../artifacts/report.ts";
import { bullets, code, codes, prose, table } from "../../wording/markdown.ts";
import { count, counted, duration } from "../../wording/numbers.ts";
import { asideOf, CHECK_WORDS, OVERRULED, standingOf, verdictOf } from "../../wording/standing.ts";

/** Details shown per failing check, and facts or findings per list; the page has them all. */
const SHOWN = 5;

export function reportMarkdown(report: Report): string {
  const failing = report.checks
    .filter((result) => result.verdict === "fail")
    .sort((a, b) => Number(a.severity === "warning") - Number(b.severity === "warning"));
  const blocking = report.findings.filter((finding) => finding.severity === "blocker");
  const sections = [
    `# ${report.green ? "Green" : "Not green"}: ${code(report.connector)}`,
    `${verdictOf(report)} ${prose(report.basis_reason)} Round ${report.round}, ${duration(report.milliseconds)}, code ${code(report.code_hash.slice(0, 12))}.`,
    ...(report.blockers.length > 0 ? [bullets(report.blockers.map(prose))] : []),
    tables(report),
    ...(failing.length > 0 ? ["## Failing checks", ...failing.map((result) => failure(report, result))] : []),
    ...(report.syncs.length > 0 ? ["## Syncs", syncs(report.syncs)] : []),
    ...(Object.keys(report.timings).length > 0 ? ["## Checks", checks(report)] : []),
    ...(blocking.length > 0
      ? [
          "## Blocking findings",
          shortened(
            blocking.map((f) => `${code(`${f.file}:${f.line}`)} ${f.rule}: ${prose(f.message)} ${prose(f.mend)}`),
          ),
        ]
      : []),
    ...(report.overruled.length > 0
      ? [`## ${OVERRULED.title}`, OVERRULED.words, shortened(report.overruled.map(prose))]
      : []),
    ...(report.left_out.length > 0 ? ["## Left out", shortened(report.left_out.map(prose))] : []),
    ...(report.unproven.length > 0 ? ["## Unproven", shortened(report.unproven.map(prose))] : []),
  ];
  return `${sections.join("\n\n")}\n`;
}

function tables(report: Report): string {
  const rows = report.tables.map(({ name, rows: number }) => {
    const standing = standingOf(report, name);
    return [code(name), standing.words, count(number), codes([...standing.failed, ...standing.warned])];
  });
  return table(["Table", "Trust", "Rows", "Failed"], rows);
}

function failure(report: Report, result: CheckResult): string {
  const figures = Object.entries(result.figures).map(
    ([name, value]) => `${name} ${typeof value === "number" ? count(value) : value}`,
  );
  const facts = [
    ...(figures.length > 0 ? [prose(figures.join(", "))] : []),
    ...result.details.slice(0, SHOWN).map(code),
  ];
  const more = result.details.length - SHOWN;
  if (more > 0) facts.push(`${counted(more, "more line")} in the report`);
  const about = `**${result.check}**${result.case === undefined ? "" : ` ${code(result.case)}`}${asideOf(report, result)}${result.table === undefined ? "" : ` on ${code(result.table)}`}${result.severity === "warning" ? " (warning)" : ""}: ${prose(result.summary)}`;
  return facts.length === 0 ? about : `${about}\n\n${bullets(facts)}`;
}

/** What was tried, and how long it took: also what a quick proof leaves out. */
function checks(report: Report): string {
  const rows = CHECKS.flatMap((id) => {
    const results = report.checks.filter((result) => result.check === id);
    const time = report.timings[id];
    if (results.length === 0 && time === undefined) return [];
    const number = (verdict: CheckResult["verdict"]) =>
      count(results.filter((result) => result.verdict === verdict).length);
    const took = time === undefined ? "" : duration(time);
    return [[code(id), CHECK_WORDS[id], number("pass"), number("fail"), number("not-applicable"), took]];
  });
  return table(["Check", "Looks for", "Passed", "Failed", "Not applicable", "Time"], rows);
}

function syncs(all: readonly SyncSummary[]): string {
  const rows = all.map((sync) => [
    code(sync.name),
    sync.status === "succeeded"
      ? "succeeded"
      : `**failed**${sync.reason === undefined ? "" : `: ${prose(sync.reason)}`}`,
    count(sync.operations.upserts + sync.operations.updates),
    count(sync.operations.deletes),
    count(sync.operations.checkpoints),
    count(sync.requests),
    duration(sync.milliseconds),
  ]);
  return table(["Sync", "Outcome", "Rows", "Deletes", "Checkpoints", "Requests", "Time"], rows);
}

function shortened(items: readonly string[]): string {
  const more = items.length - SHOWN;
  return bullets([...items.slice(0, SHOWN), ...(more > 0 ? [`${count(more)} more in the report`] : [])]);
}
