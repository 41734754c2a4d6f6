/**
 * Static judgement of a Fivetran connector: the rules of `python/lint` (`SF01` …, whose table in `rules.py` is their one
 * source) and a few of ruff's. Both only read the files; nothing of the connector is imported or run.
 */
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { z } from "zod";
import { type Finding, findingSchema } from "../../artifacts/report.ts";
import { UserError } from "../../errors.ts";
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
  const { findings, ...sources } = answerSchema.parse(await runLinter(directory, python));
  const general = sources.files.length > 0 ? await runRuff(directory, sources, python) : [];
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
  files: z.array(z.string()),
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

/** Why and mend for ruff's codes, by the longest prefix that matches. */
const RUFF: Record<string, { why: string; mend: string }> = {
  F401: { why: "What is imported and not used only costs time and hides what is needed.", mend: "Remove the import." },
  F5: { why: "The text and its arguments do not fit, which fails or prints wrong words.", mend: "Correct the format." },
  F632: { why: "`is` compares identity, which for numbers and texts is chance.", mend: "Compare with ==." },
  F811: { why: "The later definition silently replaces the earlier one.", mend: "Rename or remove one of the two." },
  F821: {
    why: "The name does not exist: a NameError as soon as the line runs.",
    mend: "Define, import or spell it right.",
  },
  F822: { why: "__all__ names something that does not exist.", mend: "Remove it from __all__." },
  F823: {
    why: "The name is local and read before it is set: an UnboundLocalError.",
    mend: "Set it before the first use.",
  },
  B006: { why: "The default is made once and shared by all calls.", mend: "Use None and make the object inside." },
  B023: {
    why: "The function sees the variable's last value, not the one of its turn.",
    mend: "Bind it as a default argument.",
  },
  E722: { why: "A bare except also catches the interruption of the program.", mend: "Name the exceptions you expect." },
  PLE: { why: "This is an error when the line runs.", mend: "Correct it as the message says." },
};
/** Syntax errors come without a code in some versions of ruff. */
const SYNTAX = "invalid-syntax";
const BLOCKING = new Set([SYNTAX, "F821", "F823"]);

const ruffSchema = z.array(
  z.object({
    code: z.string().nullable(),
    filename: z.string(),
    message: z.string(),
    location: z.object({ row: z.number() }),
  }),
);

interface PythonFiles {
  /** Every Python file that parses. */
  files: string[];
  /** Those that connector.py imports, directly or not. Mistakes elsewhere, in tests say, stop no sync. */
  reached: string[];
}

async function runRuff(directory: string, { files, ...rest }: PythonFiles, python: PythonEnv): Promise<Finding[]> {
  const reached = new Set(rest.reached);
  // The newest grammar the platform runs; the connector's own ruff settings and noqa marks have no say.
  const options = ["--isolated", "--no-cache", "--ignore-noqa", "--quiet", "--exit-zero", "--target-version", "py314"];
  const { stdout } = await execa(
    python.ruff,
    ["check", ...options, "--select", Object.keys(RUFF).join(","), "--output-format", "json", "--", ...files],
    { cwd: directory, stdin: "ignore", timeout: SECONDS * 1000, maxBuffer: 50_000_000 },
  );
  // `helpers/api.py` before `api.py`.
  const byLength = files.toSorted((a, b) => b.length - a.length);
  return ruffSchema.parse(JSON.parse(stdout)).map((found) => {
    const rule = found.code ?? SYNTAX;
    const file = byLength.find((path) => found.filename.endsWith(`/${path}`)) ?? found.filename;
    const words = Object.entries(RUFF).find(([prefix]) => rule.startsWith(prefix))?.[1];
    return {
      file: file,
      line: found.location.row,
      rule,
      severity: BLOCKING.has(rule) && reached.has(file) ? "blocker" : "warning",
      message: `${found.message.replaceAll("\n", " ")}.`.replace(/\.\.$/, "."),
      why: words?.why ?? "Python cannot read the file.",
      mend: words?.mend ?? "Correct the syntax.",
    };
  });
}

/** A bare except that a rule of ours already judged, or a syntax error already reported. */
function isRepetition(finding: Finding, ours: readonly Finding[]): boolean {
  const same = (rules: readonly string[], line?: number) =>
    ours.some((o) => o.file === finding.file && rules.includes(o.rule) && (line === undefined || o.line === line));
  if (finding.rule === "E722") return same(["SF39", "SF40"], finding.line);
  return finding.rule === SYNTAX && same(["SF01"]);
}

function byPlace(a: Finding, b: Finding): number {
  return a.file === b.file ? a.line - b.line || compare(a.rule, b.rule) : compare(a.file, b.file);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
