/**
 * What a report allows anyone to say about a table. Every document asks here, so that none claims more than another:
 * a label of trust is not a proof when a blocking check failed.
 */
import type { Basis, CheckId, CheckResult, Report } from "../artifacts/report.ts";
import { list } from "./numbers.ts";

export interface Standing {
  /** No blocking check failed and at least one empirical check passed. */
  proven: boolean;
  /** `proven on a simulated source`, `not proven: changes failed`, … */
  words: string;
  /** The label alone, `unproven` when the table is not proven or the report does not know it. */
  trust: Basis | "unproven";
  rows: number;
  passed: string[];
  failed: string[];
  warned: string[];
}

export const BASIS_WORDS: { readonly [B in Basis]: string } = {
  static: "by reading the code only",
  simulated: "on a simulated source",
  recorded: "on recorded answers of the source",
  live: "against the live source",
};

/** What each check looks for, in half a sentence. */
export const CHECK_WORDS: { readonly [C in CheckId]: string } = {
  lint: "rules for connector code",
  "initial-sync": "the first sync brings every row, each equal to the source's",
  keys: "keys are present, unique and stable",
  columns: "every declared column is filled by some row",
  "second-sync":
    "a second sync without changes at the source leaves the rows as they are; of an incremental table only rows at the cursor's edge are sent again",
  changes: "inserted, updated, tied and late rows arrive",
  deletes: "deleted rows are marked deleted",
  living: "rows that come, move and change while they are read, or come late, are all there after the next sync",
  resume:
    "killed at a checkpoint or between two, the connector goes on and brings the same rows, and none that are gone by then",
  faults: "what goes wrong on the way costs no row: it is tried again within limits, or ends the sync by name",
  drift: "values of a form that nobody announced are kept, or refused by name",
  memory: "twenty times the rows, or more, take no more memory",
  completeness: "a second route to the source counts the same rows",
  refusal: "a wrong credential ends the sync at once and names the key",
  configuration: "a missing, blank or malformed key is refused by name",
  secrets: "no secret in logs, state, warehouse or code",
  "targets-equal": "the connectors for both targets leave the same rows",
};

export function standingOf(report: Report, table: string): Standing {
  const entry = report.tables.find((candidate) => candidate.name === table);
  const results = report.checks.filter((result) => result.table === table);
  const passed = namesOf(results, (result) => result.verdict === "pass");
  const failed = namesOf(results, (result) => result.verdict === "fail" && result.severity === "blocker");
  const warned = namesOf(results, (result) => result.verdict === "fail" && result.severity === "warning");
  const trust = entry?.trust ?? "unproven";
  const empirical = trust !== "unproven" && trust !== "static";
  const proven = empirical && failed.length === 0 && passed.length > 0;
  return {
    proven,
    words: wordsOf({ known: entry !== undefined, trust, proven, failed, warned }),
    trust: proven ? trust : "unproven",
    rows: entry?.rows ?? 0,
    passed,
    failed,
    warned,
  };
}

/** ` (simulated)` for a result that rests on something else than the report as a whole, else nothing. */
export function asideOf(report: Report, { basis }: Pick<CheckResult, "basis">): string {
  return basis === report.basis ? "" : ` (${basis === "static" ? "reading the code" : basis})`;
}

/** How what a probe settled against the documentation is headed and explained, in every document. */
export const OVERRULED = {
  title: "Where the documentation and the source differ",
  words: "What was read says one thing, a probe of the source showed another. The source was followed.",
} as const;

/** What nobody tries on a source that is not theirs. */
const TRIED: readonly (readonly [CheckId, string])[] = [
  ["changes", "changes"],
  ["deletes", "deletions"],
  ["refusal", "refusals"],
  ["faults", "faults"],
  ["resume", "kills"],
];

/** What a quick proof leaves out. */
const LEFT_OUT = ["kills", "faults", "a moving source", "drift", "size"];

/** `Green: …` or `Not green: …`, one sentence. */
export function verdictOf(report: Report): string {
  const quick = report.depth === "quick" ? `, in a quick proof: ${list(LEFT_OUT)} were not tried` : "";
  if (report.green && report.basis === "live") {
    const tried = TRIED.filter(([check]) =>
      report.checks.some((r) => r.check === check && r.basis === "simulated" && r.verdict === "pass"),
    ).map(([, words]) => words);
    const rest = tried.length > 0 ? `; ${list(tried)} were tried on a simulated one` : "";
    return `Green: every blocking check passed, rows against the live source${rest}${quick}.`;
  }
  if (report.green) return `Green: every blocking check passed ${BASIS_WORDS[report.basis]}${quick}.`;
  const number = report.blockers.length;
  return `Not green: ${number === 0 ? "the report gives no reason" : number === 1 ? "1 blocker" : `${number} blockers`}.`;
}

/** Failing results that belong to no table: they speak about the connector as a whole. */
export function wholeFailures(report: Report): CheckResult[] {
  return report.checks.filter((result) => result.table === undefined && result.verdict === "fail");
}

function wordsOf(input: {
  known: boolean;
  trust: Basis | "unproven";
  proven: boolean;
  failed: string[];
  warned: string[];
}): string {
  if (!input.known) return "not tested";
  if (input.failed.length > 0) return `not proven: ${input.failed.join(", ")} failed`;
  if (input.trust === "static") return "not proven: checked by reading the code only";
  if (!input.proven || input.trust === "unproven") return "not proven: no empirical check passed";
  const warning = input.warned.length === 0 ? "" : `, with a warning from ${input.warned.join(", ")}`;
  return `proven ${BASIS_WORDS[input.trust]}${warning}`;
}

function namesOf(results: readonly CheckResult[], keep: (result: CheckResult) => boolean): string[] {
  return [...new Set(results.filter(keep).map((result) => result.check))];
}
