/** Writes generated connectors to a directory that ends with the test. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { onTestFinished } from "vitest";
import type { Blueprint } from "../../../src/artifacts/blueprint.ts";
import { restSource } from "../../../src/sources/rest/rest.ts";
import { ensurePythonEnv } from "../../../src/system/python-env.ts";
import { generateFivetran } from "../../../src/targets/fivetran/generate.ts";
import type { GeneratedFile } from "../../../src/targets/target.ts";

export type Layout = "modular" | "single";

export interface Generated {
  directory: string;
  files: GeneratedFile[];
  /** Content of a file; throws when there is none. */
  text: (path: string) => string;
  /** All Python that is not a test. */
  code: string;
}

/** The files of a connector for a REST source. */
export async function generateRest(blueprint: Blueprint, layout: Layout): Promise<GeneratedFile[]> {
  const client = (of: Blueprint) => restSource.client(of, { single: layout === "single" });
  return generateFivetran(blueprint, { layout, client, python: await ensurePythonEnv() });
}

export async function generated(blueprint: Blueprint, layout: Layout): Promise<Generated> {
  const files = await generateRest(blueprint, layout);
  const directory = await mkdtemp(join(tmpdir(), "syncsmith-generated-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  for (const file of files) {
    const path = join(directory, file.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file.content);
  }
  const text = (path: string) => {
    const found = files.find((file) => file.path === path);
    if (found === undefined) throw new Error(`There is no ${path} among ${files.map((file) => file.path).join(", ")}.`);
    return found.content;
  };
  const code = files.filter(({ path }) => /^\w+\.py$/.test(path)).map(({ content }) => content);
  return { directory, files, text, code: code.join("\n") };
}

/** Runs Python in the connector's directory; what it printed, both streams, and its exit code. */
export async function python(directory: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  const { python: interpreter } = await ensurePythonEnv();
  const done = await execa(interpreter, ["-B", ...args], { cwd: directory, reject: false, all: true, stdin: "ignore" });
  return { code: done.exitCode ?? -1, output: done.all };
}

export async function ruff(directory: string, args: readonly string[]): Promise<string> {
  const env = await ensurePythonEnv();
  const done = await execa(env.ruff, [...args, "--no-cache", "--isolated", "."], {
    cwd: directory,
    reject: false,
    all: true,
  });
  return done.exitCode === 0 ? "" : done.all;
}
