import { describe, expect, test } from "vitest";
import type { Claim } from "../../src/artifacts/blueprint.ts";
import { reportSchema } from "../../src/artifacts/report.ts";
import { blueprintForModel } from "../../src/wording/blueprint.ts";
import { isOverruled, openClaims } from "../../src/wording/contradictions.ts";
import { coverage, coverageInWords } from "../../src/wording/coverage.ts";
import { verdictOf } from "../../src/wording/standing.ts";
import { blueprintFixture, liveReportFixture, reportFixture } from "../support/reports.ts";

const evidence = [
  { id: "E1", kind: "official-docs" as const, address: "https://d.example/paging" },
  { id: "E2", kind: "official-docs" as const, address: "https://d.example/reference" },
  { id: "E3", kind: "official-docs" as const, address: "https://d.example/paging" },
  { id: "E4", kind: "other" as const, address: "https://blog.example/paging" },
  { id: "E8", kind: "probe" as const, address: "GET /orders?page=2" },
  { id: "E9", kind: "probe" as const, address: "GET /orders?page=3" },
];
const pages = [{ id: "P1", address: "https://d.example/paging" }];
const contradicted = (ids: string[], reason = "taken: 50 rows"): Claim => ({
  status: "contradicted",
  reason,
  evidence: ids,
});
const open = (claim: Claim) => openClaims({ claims: { "source.auth": claim } }, { evidence, pages });

describe("contradictions told apart", () => {
  test("a page and a probe: overruled, and not among what nothing proves", () => {
    expect(open(contradicted(["E1", "E8"], "P1 says 100 (E1), the source sends 50 (E8)."))).toEqual({
      unproven: [],
      overruled: ["source.auth: https://d.example/paging says 100 (https://d.example/paging), the source sends 50."],
    });
  });

  test.each([
    [["E1", "E2"], "taken: 50 rows", "two sources disagree; taken: 50 rows"],
    [
      ["E1", "E2"],
      "P1 says 100, the other 50",
      "two sources disagree: https://d.example/paging says 100, the other 50",
    ],
    [["E1", "E2", "E4"], "taken: 50 rows", "3 sources disagree; taken: 50 rows"],
    [["E1", "E3"], "taken: 50 rows", "a source contradicts itself; taken: 50 rows"],
    [["E8", "E9"], "taken: 50 rows", "answers of the source disagree; taken: 50 rows"],
    [["E98", "E99"], "taken: 50 rows", "sources disagree; taken: 50 rows"],
  ])("%s: nobody settled it", (ids, reason, words) => {
    expect(open(contradicted(ids, reason))).toEqual({ unproven: [`source.auth: ${words}`], overruled: [] });
  });

  test("unproven claims keep their reason, known ones are in neither list", () => {
    expect(open({ status: "unproven", reason: "no page speaks of it (P1)", evidence: [] })).toEqual({
      unproven: ["source.auth: no page speaks of it (https://d.example/paging)"],
      overruled: [],
    });
    expect(open({ status: "documented", evidence: ["E1"] })).toEqual({ unproven: [], overruled: [] });
    expect(isOverruled({ status: "probed", evidence: ["E1", "E8"] }, evidence)).toBe(false);
  });
});

test("a fact that a probe settled against the documentation is known", () => {
  const blueprint = blueprintFixture();
  const keys = Object.keys(blueprint.claims).filter((key) => blueprint.claims[key]?.status !== "documented");
  for (const key of keys) blueprint.claims[key] = contradicted(["E1", "E8"]);
  const counted = coverage(blueprint, evidence);
  expect(counted).toMatchObject({ overruled: keys.length, contradicted: 0, unproven: 0 });
  expect(coverageInWords(counted)).toBe(
    `32 facts that the connector rests on: 0 probed, ${32 - keys.length} documented, ${keys.length} probed against the documentation, 0 unproven (100% probed or documented)`,
  );
  expect(coverage(blueprint)).toMatchObject({ overruled: 0, contradicted: keys.length });
  expect(coverageInWords(coverage(blueprint))).not.toContain("100%");
});

test("a model is not told that a contradiction is open", () => {
  const text = blueprintForModel(blueprintFixture());
  const [unproven = "", disagreeing = ""] = (text.split("\nunproven:\n")[1] ?? "").split("\nsources disagree");
  expect(unproven).toContain("tables.labels.primary_key: ");
  expect(unproven).not.toContain("ticketComments.read.pagination");
  expect(disagreeing).toContain("- tables.ticketComments.read.pagination: taken: meta.more");
});

test("reports from before have no list of what was overruled", () => {
  const { overruled: _, ...old } = reportFixture("green");
  expect(reportSchema.parse(old).overruled).toEqual([]);
});

test("the verdict names what was tried on a stand-in, and nothing that did not apply", () => {
  const report = liveReportFixture();
  expect(verdictOf(report)).toMatch(/; changes(, deletions)? and refusals were tried on a simulated one\.$/);
  const without = (...checks: string[]) => ({
    ...report,
    checks: report.checks.map((r) => (checks.includes(r.check) ? { ...r, verdict: "not-applicable" as const } : r)),
  });
  expect(verdictOf(without("deletes"))).toContain("; changes and refusals were tried on a simulated one.");
  expect(verdictOf(without("deletes", "changes", "refusal"))).toBe(
    "Green: every blocking check passed, rows against the live source.",
  );
});
