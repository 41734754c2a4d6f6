/** Findings for files as they are: within a run the same code is judged once, however many steps ask. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Finding } from "../artifacts/report.ts";
import { listFiles, readText, sha256 } from "../system/files.ts";

/** What a sync leaves behind is no code. Hidden files are left out of listings, but one of them is judged. */
const NOT_JUDGED = ["files", "__pycache__"];
const HIDDEN = ".gitignore";

export function rememberingLint(
  lint: (directory: string) => Promise<Finding[]>,
): (directory: string) => Promise<Finding[]> {
  let known: { key: string; findings: Finding[] } | undefined;
  return async (directory) => {
    const key = await keyOf(directory);
    if (key === undefined) return lint(directory);
    if (known?.key !== key) known = { key, findings: await lint(directory) };
    return structuredClone(known.findings);
  };
}

/** Undefined where the directory cannot be read: the linter says why. */
async function keyOf(directory: string): Promise<string | undefined> {
  try {
    const paths = await listFiles(directory, NOT_JUDGED);
    const parts = paths.map(async (path) => `${path}\0${sha256(await readFile(join(directory, path)))}`);
    const hidden = (await readText(join(directory, HIDDEN))) ?? "";
    return sha256([directory, hidden, ...(await Promise.all(parts))].join("\n"));
  } catch {
    return undefined;
  }
}
