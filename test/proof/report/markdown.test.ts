import { expect, test } from "vitest";
import { reportMarkdown } from "../../../src/proof/report/markdown.ts";
import { liveReportFixture, reportFixture } from "../../support/reports.ts";

test("a green report says so first and has no section of failures", () => {
  const text = reportMarkdown(reportFixture("green"));
  expect(text.split("\n")[0]).toBe("# Green: `lantern_desk`");
  expect(text).toContain("| `tickets` | proven on a simulated source | 350 | none |");
  expect(text).not.toContain("## Failing checks");
  expect(text).toContain("| `initial` | succeeded | 1,291 | 0 | 361 | 365 | 4.3 s |");
});

test("a red report says so first, then why, and shows blockers before warnings", () => {
  const report = reportFixture("red");
  const text = reportMarkdown(report);
  expect(text.split("\n")[0]).toBe("# Not green: `lantern_desk`");
  expect(text).toContain("| `tickets` | not proven: changes failed | 350 | `changes` |");
  const order = ["**changes** on `tickets`", "**refusal**", "**columns** on `agents` (warning)"].map((part) =>
    text.indexOf(part),
  );
  expect(order).not.toContain(-1);
  expect([...order].sort((a, b) => a - b)).toEqual(order);
  expect(text).toContain("**failed**: failed while executing update() error: HTTP 401");
  expect(text).toContain("`client.py:88` SF34");
  expect(text).not.toContain("SF12");
});

test("what a probe overruled has a heading of its own, and failures on a stand-in say so", () => {
  const live = liveReportFixture();
  const text = reportMarkdown({
    ...live,
    checks: live.checks.map((result) =>
      result.check === "changes" ? { ...result, verdict: "fail" as const } : result,
    ),
  });
  const [overruled = "", unproven = ""] = (
    text.split("## Where the documentation and the source differ")[1] ?? ""
  ).split("## Unproven");
  for (const claim of live.overruled) expect(overruled).toContain(`- ${claim}`);
  expect(overruled).toContain("The source was followed.");
  expect(unproven).toContain("- labels: the key: labels have no id");
  expect(text).toContain("**changes** (simulated) on `tickets`");
  expect(reportMarkdown(reportFixture("green"))).not.toContain("source differ");
});

test("long lists are cut and say by how much", () => {
  const report = reportFixture("red");
  const details = Array.from({ length: 12 }, (_, index) => `row ${index}`);
  const text = reportMarkdown({
    ...report,
    checks: report.checks.map((result) => (result.verdict === "fail" ? { ...result, details } : result)),
    unproven: Array.from({ length: 9 }, (_, index) => `fact ${index}`),
  });
  expect(text).toContain("7 more lines in the report");
  expect(text).toContain("- 4 more in the report");
  expect(text).not.toContain("row 5");
});

test("texts of a report cannot break out of their place", () => {
  const report = reportFixture("red");
  const hostile = "a | b\n# Green\n<img src=x onerror=1> [x](javascript:1) `code`";
  const text = reportMarkdown({
    ...report,
    blockers: [hostile],
    unproven: [hostile],
    tables: report.tables.map((table) => ({ ...table, name: hostile })),
    checks: report.checks.map((result) => ({ ...result, summary: hostile, details: [hostile] })),
  });
  expect(text).not.toMatch(/^# Green/m);
  const outsideCode = text.replace(/(`+)[^\n]*?[^`]\1(?!`)/g, "");
  expect(outsideCode).not.toMatch(/(?<!\\)<img/);
  expect(outsideCode).not.toMatch(/(?<!\\)\[x\]/);
  const rows = text.split("\n").filter((line) => line.startsWith("| ") && line.includes("onerror"));
  expect(rows).toHaveLength(4);
  for (const row of rows) expect(row.match(/(?<!\\)\|/g)).toHaveLength(5);
});
