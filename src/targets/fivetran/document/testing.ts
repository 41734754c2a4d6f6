/** The README's sections on what was tested and on how tables advance. */
import type { Table } from "../../../artifacts/blueprint.ts";
import { CHECKS, type Report } from "../../../artifacts/report.ts";
import { advanceInWords, deletesInWords } from "../../../wording/blueprint.ts";
import { bullets, code, codes, prose, table } from "../../../wording/markdown.ts";
import { count, counted, duration, moment } from "../../../wording/numbers.ts";
import { BASIS_WORDS, CHECK_WORDS, standingOf, wholeFailures } from "../../../wording/standing.ts";
import type { DocumentInput } from "../../target.ts";

export function testing(input: DocumentInput): string {
  const { blueprint, report } = input;
  const rows = blueprint.tables.map((t) => {
    const standing = standingOf(report, t.name);
    return [code(t.name), standing.words, codes(standing.passed), codes([...standing.failed, ...standing.warned])];
  });
  return [
    `The checks ran ${BASIS_WORDS[report.basis]} on ${moment(report.time)} and took ${duration(report.milliseconds)}. ${prose(report.basis_reason)} Repeat them with ${code(`syncsmith test ${blueprint.name}`)}.`,
    table(["Table", "Trust", "Checks passed", "Checks failed"], rows),
    "The connector as a whole:",
    bullets(wholeResults(report)),
    "Meaning of the checks that ran:",
    bullets(
      CHECKS.filter((id) => report.checks.some((r) => r.check === id)).map((id) => `${code(id)}: ${CHECK_WORDS[id]}`),
    ),
    syncs(report),
    ...unproven(report),
  ].join("\n\n");
}

export function incrementalSync({ blueprint, report }: DocumentInput): string {
  const rows = blueprint.tables.map((t) => [code(t.name), advanceInWords(t.advance), deletesInWords(t.deletes)]);
  return [
    `Each table's progress is kept in the connector's state and saved by ${code("op.checkpoint")} after the rows it covers. A sync starts from the state of the last checkpoint; an empty state means a first sync.`,
    table(["Table", "How it advances", "How deletions show"], rows),
    ...seen(blueprint.tables, report),
  ].join("\n\n");
}

function wholeResults(report: Report): string[] {
  const whole = report.checks.filter((result) => result.table === undefined);
  if (whole.length === 0) return ["No check of the whole connector ran."];
  return whole.map(
    (r) =>
      `${code(r.check)} ${r.verdict === "pass" ? "passed" : r.verdict === "fail" ? "failed" : "does not apply"}: ${prose(r.summary)}`,
  );
}

function syncs(report: Report): string {
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
  return table(["Sync", "Outcome", "Rows written", "Rows deleted", "Checkpoints", "Requests", "Time"], rows);
}

function unproven(report: Report): string[] {
  if (report.unproven.length === 0) return [];
  return ["What nothing proves:", bullets(report.unproven.map(prose))];
}

/** The figures of the second sync, for the tables that were in it. */
function seen(tables: readonly Table[], report: Report): string[] {
  const [initial, second] = ["initial", "second"].map((name) => report.syncs.find((sync) => sync.name === name));
  if (initial?.status !== "succeeded" || second?.status !== "succeeded") return [];
  const items = tables.map(
    (t) => `${code(t.name)}: ${counted(initial.rows[t.name] ?? 0, "row")}, then ${count(second.rows[t.name] ?? 0)}`,
  );
  const more = wholeFailures(report).length > 0 ? " Not every check of the connector passed; see above." : "";
  return [
    `Rows sent by the first and the second sync of the local run, with no change at the source in between.${more}`,
    bullets(items),
  ];
}
