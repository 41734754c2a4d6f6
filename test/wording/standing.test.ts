import { expect, test } from "vitest";
import type { Report } from "../../src/artifacts/report.ts";
import { standingOf } from "../../src/wording/standing.ts";
import { reportFixture } from "../support/reports.ts";

const withTrust = (report: Report, trust: Report["tables"][number]["trust"]): Report => ({
  ...report,
  tables: report.tables.map((table) => ({ ...table, trust })),
});

test("a label of trust is a proof only without a failed blocker", () => {
  const [green, red] = [reportFixture("green"), reportFixture("red")];
  expect(standingOf(green, "tickets")).toMatchObject({
    proven: true,
    words: "proven on a simulated source",
    rows: 350,
  });
  expect(standingOf(red, "tickets")).toMatchObject({
    proven: false,
    trust: "unproven",
    words: "not proven: changes failed",
  });
  expect(standingOf(red, "agents")).toMatchObject({ proven: true, warned: ["columns"] });
  expect(standingOf(red, "labels")).toMatchObject({ proven: false, words: "not proven: no empirical check passed" });
  expect(standingOf(red, "no_such_table")).toMatchObject({ proven: false, words: "not tested" });
});

test("reading the code proves nothing about rows", () => {
  const green = reportFixture("green");
  expect(standingOf(withTrust(green, "static"), "tickets")).toMatchObject({
    proven: false,
    words: "not proven: checked by reading the code only",
  });
  expect(standingOf(withTrust(green, "live"), "tickets")).toMatchObject({
    proven: true,
    words: "proven against the live source",
  });
  expect(standingOf({ ...green, checks: [] }, "tickets").proven).toBe(false);
});
