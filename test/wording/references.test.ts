import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { withoutIds, withReasons } from "../../src/wording/references.ts";
import { blueprintFixture } from "../support/reports.ts";

const pages = [
  { id: "P1", address: "https://d.example/start" },
  { id: "P2", address: "https://d.example/paging" },
  { id: "P3", address: "https://d.example/filters" },
  { id: "P4", address: "https://d.example/limits" },
  { id: "P5", address: "https://d.example/more" },
];
const evidence = [
  { id: "E3", kind: "official-docs" as const, address: "https://d.example/paging" },
  { id: "E4", kind: "official-docs" as const, address: "https://d.example/paging" },
  { id: "E36", kind: "probe" as const, address: "GET /orders?page=2" },
];

describe("ids of pages and evidence in a text for people", () => {
  test.each([
    [
      "The documentation (E3, E4) is not what the source does (E36): GET /orders answers 40 rows.",
      "The documentation (https://d.example/paging) is not what the source does: GET /orders answers 40 rows.",
    ],
    ["P2 says 100, E36 gave 40.", "https://d.example/paging says 100, the request GET /orders?page=2 gave 40."],
    ["no page states it (P1, P2)", "no page states it (https://d.example/start and https://d.example/paging)"],
    ["pages P1 and P3 are silent", "pages https://d.example/start and https://d.example/filters are silent"],
    ["Looked in P1-P5.", "Looked in https://d.example/start, https://d.example/paging and 3 more."],
    ["P1 to P2 say nothing", "https://d.example/start and https://d.example/paging say nothing"],
    ["probe E36 and evidence E3", "the request GET /orders?page=2 and https://d.example/paging"],
    // What is no id of ours stays.
    ['priority "P1", `P2`, E164 numbers, xP1, P1.5, /P2/, P99', undefined],
    ["phones are written (E164)", undefined],
  ])("%s", (text, words = text) => {
    expect(withoutIds(text, { evidence, pages })).toBe(words);
  });

  test("without the pages, only what can be nothing else is reworded", () => {
    const say = (text: string) => withoutIds(text, { evidence });
    expect(say("no page states it (P1, P2), and page P3 is silent")).toBe("no page states it, and a page is silent");
    expect(say("only P1 tickets are listed")).toBe("only P1 tickets are listed");
  });

  test("where the evidence is explained, its ids stay", () => {
    expect(withoutIds("P2 says 100 (E3), the source (P2, E36) gave 40", { pages })).toBe(
      "https://d.example/paging says 100 (E3), the source (https://d.example/paging, E36) gave 40",
    );
  });

  test("text without ids is never changed, and doing it twice changes nothing more", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const once = withoutIds(text, { evidence, pages });
        if (!/[PE]\d/.test(text)) expect(once).toBe(text);
        expect(withoutIds(once, { evidence, pages })).toBe(once);
      }),
    );
    fc.assert(
      fc.property(fc.stringMatching(/^(?:[PE][1-5]|E36|, | and |-|\(|\)| |page ){0,12}$/), (text) => {
        const once = withoutIds(text, { evidence, pages });
        expect(withoutIds(once, { evidence, pages })).toBe(once);
      }),
    );
  });
});

test("reasons, notes and remarks of a blueprint are told, its values are not touched", () => {
  const blueprint = blueprintFixture();
  const told = withReasons(blueprint, () => "told");
  expect(told.tables).toBe(blueprint.tables);
  expect(new Set([...told.skipped.map(({ reason }) => reason), ...told.custom])).toEqual(
    new Set(blueprint.skipped.length + blueprint.custom.length > 0 ? ["told"] : []),
  );
  const claims = Object.values(told.claims);
  for (const claim of claims) if ("reason" in claim) expect(claim.reason).toBe("told");
  expect(claims.map(({ evidence }) => evidence)).toEqual(
    Object.values(blueprint.claims).map((claim) => claim.evidence),
  );
});
