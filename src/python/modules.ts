/** Modules of a connector as files of their own, or merged into one. */
import type { PythonModule } from "./client-part.ts";

/** Path relative to the connector's directory, with `/`. */
export interface PythonFile {
  path: string;
  content: string;
}

/** Parts a module's docstring and imports from the code below them. */
const MARK = "#: body\n";
/** What modules have in common when they log: one file needs it once. */
const LOGGER = /^log = logging\.getLogger\(__name__\)\n/m;
const FUTURE = /^from __future__ import /;

/** One file per module. */
export function separateModules(modules: readonly PythonModule[]): PythonFile[] {
  return modules.map(({ name, content }) => ({ path: `${name}.py`, content: content.replace(MARK, "\n") }));
}

/**
 * All modules in one file, in their order, under the docstring of the last. Throws when two of them define the same
 * name: the later one would silently stand for both.
 */
export function mergeModules(modules: readonly PythonModule[], path: string): PythonFile {
  refuseTwice(modules);
  const parts = modules.map(({ heading, content }) => {
    const [head = "", body = ""] = content.split(MARK);
    return { head, body, heading };
  });
  let logs = false;
  const sections = parts.map(({ heading, body }) => {
    const own = logs ? body.replace(LOGGER, "") : body;
    logs ||= LOGGER.test(body);
    return `\n# --- ${heading} ---\n\n${own}`;
  });
  const imported = new RegExp(`^from (${modules.map(({ name }) => name).join("|")}) import `);
  const imports = parts.flatMap(({ head }) => head.split("\n")).filter((line) => /^(import|from) /.test(line));
  const docstring = parts.at(-1)?.head.match(/^"""[\s\S]*?"""\n/)?.[0] ?? "";
  const kept = [...new Set(imports)].filter((line) => !imported.test(line) && !FUTURE.test(line));
  return { path, content: [docstring, ...kept, ...sections].join("\n") };
}

/** Names that modules define for all of their code: functions, classes, constants. */
export function globalNames(modules: readonly PythonModule[]): string[] {
  return [...new Set(modules.flatMap(namesOf))];
}

/**
 * A test that names modules as they are when they are files of their own (`from api import Client`,
 * `patch("api.time.sleep")`), for a connector whose modules are all in one file.
 */
export function testOfOneFile(test: PythonFile, modules: readonly PythonModule[], file: string): PythonFile {
  const names = modules.map(({ name }) => name).join("|");
  const content = test.content
    .replace(new RegExp(`^from (${names}) import `, "gm"), `from ${file} import `)
    .replace(new RegExp(`(patch|self\\.replace)\\("(${names})\\.`, "g"), `$1("${file}.`);
  return { ...test, content };
}

function namesOf({ content }: PythonModule): string[] {
  const [, body = content] = content.split(MARK);
  const defined = body.matchAll(/^(?:(?:async )?def|class) (\w+)|^([A-Za-z_]\w*)(?:\s*:[^=\n]+)?\s*=(?!=)/gm);
  return [...defined].map(([, named, assigned]) => named ?? assigned ?? "");
}

function refuseTwice(modules: readonly PythonModule[]): void {
  const owners = new Map<string, string>();
  for (const module of modules) {
    for (const name of new Set(namesOf(module))) {
      const owner = owners.get(name);
      if (owner !== undefined && name !== "log")
        throw new Error(`The modules ${owner} and ${module.name} both define ${name}: they cannot be one file.`);
      owners.set(name, module.name);
    }
  }
}
