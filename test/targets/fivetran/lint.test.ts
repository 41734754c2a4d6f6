import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import type { Finding } from "../../../src/artifacts/report.ts";
import { listFiles } from "../../../src/system/files.ts";
import { ensurePythonEnv, type PythonEnv } from "../../../src/system/python-env.ts";
import { formatFindings } from "../../../src/targets/findings.ts";
import { RESERVED_LOCALLY } from "../../../src/targets/fivetran/document/reserved-words.ts";
import { type FivetranRule, fivetranRules, lintFivetran } from "../../../src/targets/fivetran/lint.ts";
import { verifies } from "../../support/verifies.ts";

const FIXTURES = fileURLToPath(new URL("../../fixtures/lint", import.meta.url));
const LINTER = fileURLToPath(new URL("../../../src/targets/fivetran/python/lint", import.meta.url));

/** Fixtures whose mistake stands in a file that has no room for a `# SFnn` mark. */
const UNMARKED: Record<string, { file: string; line: number }> = {
  sf47_number: { file: "configuration.json", line: 3 },
  sf50_empty_value: { file: "configuration.json", line: 2 },
  sf51_camel_case: { file: "configuration.json", line: 2 },
  sf52_tuning: { file: "configuration.json", line: 3 },
  sf53_readme: { file: "README.md", line: 0 },
  sf54_requests: { file: "requirements.txt", line: 2 },
  sf55_unpinned: { file: "requirements.txt", line: 1 },
  sf57_drivers: { file: "drivers", line: 0 },
  sf58_gitignore: { file: ".gitignore", line: 0 },
};

let python: PythonEnv;
let rules: FivetranRule[];
beforeAll(async () => {
  python = await ensurePythonEnv();
  rules = await fivetranRules(python);
});

const places = (findings: readonly Finding[], rule: string) =>
  findings.filter((f) => f.rule === rule).map(({ file, line }) => ({ file, line }));

/** Lines that carry a mark: `{ file, line, rule }`. */
async function marks(directory: string): Promise<{ file: string; line: number; rule: string }[]> {
  const found = [];
  for (const file of await listFiles(directory)) {
    const lines = (await readFile(join(directory, file), "utf8")).split("\n");
    for (const [index, text] of lines.entries()) {
      const rule = / {2}# ([A-Z]+\d+)$/.exec(text)?.[1];
      if (rule) found.push({ file, line: index + 1, rule });
    }
  }
  return found;
}

const bad = (await readdir(join(FIXTURES, "bad"))).filter((name) => name.startsWith("sf"));
const good = await readdir(join(FIXTURES, "good"));

describe("a planted mistake", () => {
  it.each(bad)(
    `${verifies("fivetran.lint", "is found where it stands, and nothing else blocks")}: %s`,
    async (name) => {
      const directory = join(FIXTURES, "bad", name);
      const findings = await lintFivetran(directory, python);
      const rule = name.slice(0, 4).toUpperCase();
      const expected = UNMARKED[name]
        ? [UNMARKED[name]]
        : (await marks(directory)).map(({ file, line }) => ({ file, line }));
      expect(expected).toHaveLength(1);
      expect(places(findings, rule)).toContainEqual(expected[0]);
      const severity = findings.find((f) => f.rule === rule && f.line === expected[0]?.line)?.severity;
      expect(severity).toBe(rules.find((r) => r.rule === rule)?.severity ?? "missing");
      expect(findings.filter((f) => f.severity === "blocker" && f.rule !== rule)).toEqual([]);
    },
  );

  it("is there for every rule that code can break", () => {
    const covered = new Set(bad.map((name) => name.slice(0, 4).toUpperCase()));
    const checked = rules.filter(({ rule, checked }) => checked && rule !== "SF00").map(({ rule }) => rule);
    expect(checked.filter((rule) => !covered.has(rule))).toEqual([]);
    expect(rules.filter(({ checked }) => !checked).every(({ why }) => why.length > 0)).toBe(true);
  });

  it("of a general kind is found by ruff; outside the connector's own modules it is a warning", async () => {
    const directory = join(FIXTURES, "bad", "ruff_general");
    const findings = await lintFivetran(directory, python);
    const general = findings.filter((f) => !f.rule.startsWith("SF"));
    expect(general.map(({ file, line, rule }) => ({ file, line, rule }))).toEqual(await marks(directory));
    expect(general.filter((f) => f.severity === "blocker").map((f) => f.file)).toEqual(["connector.py"]);
  });
});

describe("a good connector", () => {
  it.each(good)(`${verifies("fivetran.lint", "written in another style has no blocker")}: %s`, async (name) => {
    const findings = await lintFivetran(join(FIXTURES, "good", name), python);
    expect(findings.filter((f) => f.severity === "blocker")).toEqual([]);
    // Yielded operations work, and are worth a remark; nothing else is.
    const remarks = findings.filter((f) => f.rule !== "SF06").map((f) => `${f.file}:${f.line} ${f.rule} ${f.message}`);
    expect(remarks).toEqual([]);
    if (name === "older_yield") expect(findings.map((f) => f.severity)).toEqual(["warning", "warning", "warning"]);
  });
});

it("the rule table is complete: 59 numbered rules with words for each", () => {
  const numbered = rules.filter(({ rule }) => rule !== "SF00");
  expect(numbered.map(({ rule }) => rule)).toEqual(
    Array.from({ length: 59 }, (_, index) => `SF${String(index + 1).padStart(2, "0")}`),
  );
  for (const { title, why, mend, checked } of rules) {
    expect(title).not.toBe("");
    expect(why).toMatch(/\.$/);
    if (checked) expect(mend).toMatch(/[.>"]$/);
  }
});

it("knows the same reserved words as the generator", async () => {
  const text = await readFile(join(LINTER, "rules_schema.py"), "utf8");
  const block = /RESERVED = set\(([\s\S]*?)\.split/.exec(text)?.[1] ?? "";
  const words = [...block.matchAll(/"([^"]*)"/g)].flatMap(([, part = ""]) => part.trim().split(/\s+/));
  expect(new Set(words)).toEqual(RESERVED_LOCALLY);
});

it("formats for people, blockers first", () => {
  const common = { why: "Because.", mend: "Do this." };
  const text = formatFindings([
    { file: "a.py", line: 3, rule: "SF33", severity: "warning", message: "No timeout.", ...common },
    { file: "drivers", line: 0, rule: "SF57", severity: "blocker", message: "No script.", ...common },
  ]);
  expect(text).toBe(
    [
      "drivers SF57 blocker: No script.",
      "  why   Because.",
      "  mend  Do this.",
      "",
      "a.py:3 SF33 warning: No timeout.",
      "  why   Because.",
      "  mend  Do this.",
    ].join("\n"),
  );
  expect(formatFindings([])).toBe("");
});
