/** What linters found, as text for people. */
import type { Finding } from "../artifacts/report.ts";

/** Findings for a person, blockers first; the empty text when there are none. */
export function formatFindings(findings: readonly Finding[]): string {
  const order = [...findings].sort((a, b) => rank(a) - rank(b));
  return order
    .map(({ file, line, rule, severity, message, why, mend }) =>
      [
        `${line > 0 ? `${file}:${line}` : file} ${rule} ${severity}: ${message}`,
        `  why   ${why}`,
        `  mend  ${mend}`,
      ].join("\n"),
    )
    .join("\n\n");
}

function rank(finding: Finding): number {
  return finding.severity === "blocker" ? 0 : 1;
}
