/** Making check results: the same few shapes for all checks. */
import type { Table } from "../artifacts/blueprint.ts";
import type { CheckId, CheckResult } from "../artifacts/report.ts";
import type { ObservedSync, SourceUnderTest } from "./bench.ts";

export interface Verdict {
  pass: boolean;
  summary: string;
  figures?: CheckResult["figures"];
  details?: string[];
  /** Default: blocker. */
  severity?: CheckResult["severity"];
}

export interface Subject {
  check: CheckId;
  /** See `CheckResult`. */
  case?: string;
  basis: CheckResult["basis"];
  table?: string;
}

export function judged(subject: Subject, verdict: Verdict): CheckResult {
  return {
    ...subject,
    severity: verdict.severity ?? "blocker",
    verdict: verdict.pass ? "pass" : "fail",
    summary: verdict.summary,
    figures: verdict.figures ?? {},
    details: verdict.details ?? [],
  };
}

export function notApplicable(subject: Subject, why: string): CheckResult {
  return { ...subject, severity: "blocker", verdict: "not-applicable", summary: why, figures: {}, details: [] };
}

export function subject(check: CheckId, source: SourceUnderTest, table?: Table): Subject {
  return { check, basis: source.basis, ...(table ? { table: table.name } : {}) };
}

/** Every table fails when the sync itself failed: nothing about its rows was shown. */
export function failedSync(
  check: CheckId,
  source: SourceUnderTest,
  { sync, tables }: { sync: ObservedSync; tables: readonly Table[] },
): CheckResult[] {
  return tables.map((table) =>
    judged(subject(check, source, table), {
      pass: false,
      summary: `The ${sync.name} sync failed: ${sync.result.reason ?? "no reason given"}`,
      details: lastLogs(sync),
    }),
  );
}

/** The last lines the connector printed, for a person to look at. */
export function lastLogs({ result }: ObservedSync, count = 12): string[] {
  return result.logs.slice(-count).map(({ level, text }) => `${level} ${text}`);
}
