/** A report in the words a model works with: what failed, with its evidence; what passed in one line. */
import type { CheckResult, Report } from "../artifacts/report.ts";

const SHOWN = 12;
const DETAILS = 8;

export function reportForModel(report: Report): string {
  const failed = report.checks.filter(({ verdict }) => verdict === "fail");
  const passed = report.checks.filter(({ verdict }) => verdict === "pass");
  return [
    `${report.green ? "Green" : "Red"}, on the ${report.basis} source. ${report.basis_reason}`,
    ...report.syncs.map(
      ({ name, status, reason, operations, requests }) =>
        `sync ${name}: ${status}${reason ? ` (${reason})` : ""}, ${operations.upserts} upserts, ${operations.deletes} deletes, ${operations.checkpoints} checkpoints, ${requests} requests`,
    ),
    failed.length === 0 ? "No check failed." : "Failed:",
    ...failed.slice(0, SHOWN).map(failure),
    ...(failed.length > SHOWN ? [`and ${failed.length - SHOWN} more that failed`] : []),
    `Passed: ${passed.map(({ check, table }) => (table ? `${check} ${table}` : check)).join(", ") || "nothing"}`,
    ...(report.green || report.blockers.length === 0
      ? []
      : [`What blocks:\n${report.blockers.map((line) => `- ${line}`).join("\n")}`]),
  ].join("\n");
}

function failure({ check, severity, basis, table, summary, figures, details }: CheckResult): string {
  const counted = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  return [
    `- ${check}${table ? ` of ${table}` : ""} (${severity}, ${basis}): ${summary}${counted.length > 0 ? ` [${counted.join(", ")}]` : ""}`,
    ...details.slice(0, DETAILS).map((line) => `    ${line.slice(0, 400)}`),
  ].join("\n");
}
