/** Formatting of generated Python by ruff, in a directory of its own, so that modules know each other. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import type { PythonEnv } from "../system/python-env.ts";
import type { PythonFile } from "./modules.ts";

const LINE_LENGTH = 99;
const COMMON = [
  "--isolated",
  "--no-cache",
  "--quiet",
  "--target-version",
  "py310",
  "--line-length",
  String(LINE_LENGTH),
];

/** The files with unused imports gone, imports sorted and code laid out. Throws when ruff finds what it cannot mend. */
export async function formatPython(files: readonly PythonFile[], python: PythonEnv): Promise<PythonFile[]> {
  const directory = await mkdtemp(join(tmpdir(), "syncsmith-format-"));
  try {
    for (const file of files) {
      const path = join(directory, file.path);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, file.content);
    }
    const run = (args: string[]) => execa(python.ruff, args, { cwd: directory, stdin: "ignore", timeout: 60_000 });
    await run(["check", ...COMMON, "--select", "I,F", "--fix", "."]);
    await run(["format", ...COMMON, "."]);
    return await Promise.all(
      files.map(async (file) => ({ ...file, content: await readFile(join(directory, file.path), "utf8") })),
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
