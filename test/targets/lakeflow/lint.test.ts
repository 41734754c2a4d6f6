import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Finding } from "../../../src/artifacts/report.ts";
import { ensurePythonEnv, type PythonEnv } from "../../../src/system/python-env.ts";
import { type LakeflowRule, lakeflowRules, lintLakeflow } from "../../../src/targets/lakeflow/lint.ts";
import { type Change, MISTAKES, NEAR_MISSES } from "./lint-mistakes.ts";

const FIXTURES = fileURLToPath(new URL("../../fixtures/lakeflow-lint", import.meta.url));
const LINTER = fileURLToPath(new URL("../../../src/targets/lakeflow/python/lint", import.meta.url));

/** The linter on many directories in one process: starting one for each mistake takes far longer than the judgement. */
const MANY = `
import importlib.util, json, sys
sys.path.insert(0, sys.argv[1])
spec = importlib.util.spec_from_file_location("linter", sys.argv[1] + "/__main__.py")
linter = importlib.util.module_from_spec(spec)
spec.loader.exec_module(linter)
json.dump([linter.lint(directory)["findings"] for directory in sys.argv[2:]], sys.stdout)
`;

interface Judged {
  findings: Finding[];
  /** The changed file. */
  text: string;
}

let python: PythonEnv;
let rules: LakeflowRule[];
let scratch: string;
const judged = new Map<Change, Judged>();
beforeAll(async () => {
  python = await ensurePythonEnv();
  rules = await lakeflowRules(python);
  scratch = await mkdtemp(join(tmpdir(), "lakeflow-lint-"));
  const changes: readonly Change[] = [...MISTAKES, ...NEAR_MISSES];
  const written = await Promise.all(changes.map(changed));
  const { stdout } = await execa(python.python, [
    "-I",
    "-B",
    "-c",
    MANY,
    LINTER,
    ...written.map((one) => one.directory),
  ]);
  const findings = JSON.parse(stdout) as Finding[][];
  for (const [index, change] of changes.entries())
    judged.set(change, { findings: findings[index] ?? [], text: written[index]?.text ?? "" });
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

/** The well-written connector with one change. */
async function changed({ file = "harbour.py", from, to }: Change): Promise<{ directory: string; text: string }> {
  const directory = await copy();
  const before = await readFile(join(directory, file), "utf8");
  if (!before.includes(from)) throw new Error(`${file} does not hold ${from}`);
  const text = before.replaceAll(from, to);
  await writeFile(join(directory, file), text);
  return { directory, text };
}

async function copy(): Promise<string> {
  const directory = await mkdtemp(join(scratch, "c-"));
  await cp(join(FIXTURES, "package"), directory, { recursive: true });
  return directory;
}

const lineOf = (text: string, part: string) => text.slice(0, text.indexOf(part)).split("\n").length;
const words = (findings: readonly Finding[]) =>
  findings.map(({ file, line, rule, message }) => `${file}:${line} ${rule} ${message}`);

describe("well-written connectors", () => {
  it.each(["package", "single", "old"])("nothing is found: %s", async (name) => {
    expect(words(await lintLakeflow(join(FIXTURES, name), python))).toEqual([]);
  });

  it.each(NEAR_MISSES)("nothing is found: $name", (change) => {
    expect(words(judged.get(change)?.findings ?? [])).toEqual([]);
  });
});

describe("a planted mistake", () => {
  it.each(MISTAKES)("is found where it stands, and nothing else: $rule $name", (mistake) => {
    const { findings, text } = judged.get(mistake) ?? { findings: [], text: "" };
    const own = findings.filter(({ rule }) => rule === mistake.rule);
    expect(own, words(findings).join("\n")).not.toEqual([]);
    const severity = mistake.severity ?? rules.find(({ rule }) => rule === mistake.rule)?.severity;
    for (const finding of own) expect(finding).toMatchObject({ severity });
    const elsewhere = mistake.at === 0 || mistake.file === "connector_spec.yaml";
    const line = mistake.at ? lineOf(text, mistake.at) : lineOf(text, mistake.to) + (mistake.below ?? 0);
    if (!elsewhere) expect(own.map((finding) => finding.line)).toContain(line);
    const expected = new Set([mistake.rule, ...(mistake.also ?? [])]);
    expect(words(findings.filter(({ rule }) => !expected.has(rule)))).toEqual([]);
  });

  it("is there for every rule", () => {
    const covered = new Set(MISTAKES.map(({ rule }) => rule));
    expect(rules.map(({ rule }) => rule).filter((rule) => rule !== "LF00" && !covered.has(rule))).toEqual([]);
  });
});

describe("what is judged", () => {
  it("a merged file beside its parts is left out: it would only repeat them", async () => {
    const directory = await copy();
    const merged = "from __future__ import annotations\n";
    await writeFile(join(directory, "_generated_harbour_python_source.py"), merged);
    expect(words(await lintLakeflow(directory, python))).toEqual([]);
  });

  it("tests may do what a connector may not, unless they do not parse", async () => {
    const directory = await copy();
    const path = join(directory, "test_harbour.py");
    await writeFile(path, 'from __future__ import annotations\n\nTOKEN = "k3y-9f8a7b6c5d4e"\n');
    expect(words(await lintLakeflow(directory, python))).toEqual([]);
    await writeFile(path, "def broken(:\n");
    expect((await lintLakeflow(directory, python)).map(({ rule, severity }) => [rule, severity])).toEqual([
      ["LF01", "warning"],
    ]);
  });

  it("mistakes of a general kind are found by ruff", async () => {
    const directory = await copy();
    await writeFile(join(directory, "helpers.py"), "import os\n\n\ndef name():\n    return nmae\n");
    expect((await lintLakeflow(directory, python)).map(({ rule, severity }) => [rule, severity])).toEqual([
      ["F401", "warning"],
      ["F821", "blocker"],
    ]);
  });

  it("files that are no text, are nested too deeply or lead outside are no reason to fail", async () => {
    const directory = await copy();
    await writeFile(join(directory, "binary.py"), Buffer.from([0, 255, 254, 7]));
    await writeFile(join(directory, "deep.py"), `x = ${"(".repeat(3000)}1${")".repeat(3000)}\n`);
    await writeFile(join(directory, "pyproject.toml"), '[project]\ndependencies = ["a[b]>=1", "pyspark>=4"]\n');
    const findings = await lintLakeflow(directory, python);
    expect(findings.map(({ file, rule }) => [file, rule])).toEqual([
      ["binary.py", "LF01"],
      ["deep.py", "LF01"],
      ["pyproject.toml", "LF34"],
    ]);
  });

  it("an empty directory has no connector, and one that is not there is told", async () => {
    const directory = await mkdtemp(join(scratch, "e-"));
    expect((await lintLakeflow(directory, python)).map(({ rule }) => rule)).toEqual(["LF02"]);
    await expect(lintLakeflow(join(directory, "nowhere"), python)).rejects.toThrow("There is no directory");
  });

  it("no text of a finding holds a secret", async () => {
    const { directory } = await changed({
      name: "a credential",
      from: 'options["api_token"]',
      to: '"https://ann:Sw0rdf1sh99@api.harbour.example"',
    });
    const findings = await lintLakeflow(directory, python);
    expect(findings.map(({ rule }) => rule)).toContain("LF25");
    expect(JSON.stringify(findings)).not.toContain("Sw0rdf1sh99");
  });
});
