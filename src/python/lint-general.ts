/** The rules of ruff that hold for a connector of any target, as findings. Files are read and never imported or run. */
import { execa } from "execa";
import { z } from "zod";
import type { Finding } from "../artifacts/report.ts";
import type { PythonEnv } from "../system/python-env.ts";

export interface PythonFiles {
  /** Every Python file that parses. */
  files: readonly string[];
  /** Those that are part of the connector. Mistakes elsewhere, in tests say, stop no sync. */
  shipped: readonly string[];
}

/** Syntax errors come without a code in some versions of ruff. */
export const SYNTAX_RULE = "invalid-syntax";

/** Why and mend for ruff's codes, by the longest prefix that matches. */
const WORDS: Record<string, { why: string; mend: string }> = {
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
const BLOCKING = new Set([SYNTAX_RULE, "F821", "F823"]);
const SECONDS = 60;

const answerSchema = z.array(
  z.object({
    code: z.string().nullable(),
    filename: z.string(),
    message: z.string(),
    location: z.object({ row: z.number() }),
  }),
);

export async function lintGeneral(
  directory: string,
  { files, shipped }: PythonFiles,
  python: PythonEnv,
): Promise<Finding[]> {
  if (files.length === 0) return [];
  const counts = new Set(shipped);
  // The newest grammar the platforms run; the connector's own ruff settings and noqa marks have no say.
  const options = ["--isolated", "--no-cache", "--ignore-noqa", "--quiet", "--exit-zero", "--target-version", "py314"];
  const { stdout } = await execa(
    python.ruff,
    ["check", ...options, "--select", Object.keys(WORDS).join(","), "--output-format", "json", "--", ...files],
    { cwd: directory, stdin: "ignore", timeout: SECONDS * 1000, maxBuffer: 50_000_000 },
  );
  // `helpers/api.py` before `api.py`.
  const byLength = files.toSorted((a, b) => b.length - a.length);
  return answerSchema.parse(JSON.parse(stdout)).map((found) => {
    const rule = found.code ?? SYNTAX_RULE;
    const file = byLength.find((path) => found.filename.endsWith(`/${path}`)) ?? found.filename;
    const words = Object.entries(WORDS).find(([prefix]) => rule.startsWith(prefix))?.[1];
    return {
      file,
      line: found.location.row,
      rule,
      severity: BLOCKING.has(rule) && counts.has(file) ? "blocker" : "warning",
      message: `${found.message.replaceAll("\n", " ")}.`.replace(/\.\.$/, "."),
      why: words?.why ?? "Python cannot read the file.",
      mend: words?.mend ?? "Correct the syntax.",
    };
  });
}
