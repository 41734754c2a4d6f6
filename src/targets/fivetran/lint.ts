/**
 * Static judgement of a Fivetran connector: the rules of `python/lint` (`SF01` …, whose table in `rules.py` is their one
 * source) and a few of ruff's. Both only read the files; nothing of the connector is imported or run.
 */
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { z } from "zod";
import { type Finding, findingSchema } from "../../artifacts/report.ts";
import { UserError } from "../../errors.ts";
import { lintGeneral, SYNTAX_RULE } from "../../python/lint-general.ts";
import { isDirectory } from "../../system/files.ts";
import type { PythonEnv } from "../../system/python-env.ts";

/** A rule as `rules.py` has it. `checked` is false where code alone cannot tell; `why` then says the reason. */
export interface FivetranRule {
  rule: string;
  severity: "blocker" | "warning";
  title: string;
  why: string;
  mend: string;
  checked: boolean;
}

/**
 * All findings for a connector's directory, by file and line. Broken code is a finding, never an error.
 * Throws `UserError` when the directory does not exist.
 */
export async function lintFivetran(directory: string, python: PythonEnv): Promise<Finding[]> {
  if (!(await isDirectory(directory))) {
    throw new UserError(`There is no directory ${directory}.`, { hint: "Give the directory that holds connector.py." });
  }
  const { findings, files, reached } = answerSchema.parse(await runLinter(directory, python));
  const general = await lintGeneral(directory, { files, shipped: reached }, python);
  return [...findings, ...general.filter((finding) => !isRepetition(finding, findings))].sort(byPlace);
}

/** The rule table, for documents and tests. */
export async function fivetranRules(python: PythonEnv): Promise<FivetranRule[]> {
  return rulesSchema.parse(await runLinter("--rules", python));
}

const LINTER = fileURLToPath(new URL("./python/lint", import.meta.url));
const SECONDS = 60;

const answerSchema = z.object({
  findings: z.array(findingSchema),
  /** Every Python file that parses. */
  files: z.array(z.string()),
  /** Those that connector.py imports, directly or not. */
  reached: z.array(z.string()),
});
const rulesSchema = z.array(
  z.object({
    rule: z.string(),
    severity: z.enum(["blocker", "warning"]),
    title: z.string(),
    why: z.string(),
    mend: z.string(),
    checked: z.boolean(),
  }),
);

async function runLinter(argument: string, python: PythonEnv): Promise<unknown> {
  // -I: neither the working directory nor the user's site packages can take the place of a module. -B: no files left.
  const { stdout } = await execa(python.python, ["-I", "-B", "-X", "utf8", LINTER, argument], {
    stdin: "ignore",
    timeout: SECONDS * 1000,
    maxBuffer: 50_000_000,
  });
  return JSON.parse(stdout);
}

/** A bare except that a rule of ours already judged, or a syntax error already reported. */
function isRepetition(finding: Finding, ours: readonly Finding[]): boolean {
  const same = (rules: readonly string[], line?: number) =>
    ours.some((o) => o.file === finding.file && rules.includes(o.rule) && (line === undefined || o.line === line));
  if (finding.rule === "E722") return same(["SF39", "SF40"], finding.line);
  return finding.rule === SYNTAX_RULE && same(["SF01"]);
}

function byPlace(a: Finding, b: Finding): number {
  return a.file === b.file ? a.line - b.line || compare(a.rule, b.rule) : compare(a.file, b.file);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
