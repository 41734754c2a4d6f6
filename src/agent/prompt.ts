/**
 * Prompts are files in `prompts/` with `{{name}}` in the places of variables. Rendering is strict, so that a prompt and the
 * code that fills it cannot drift apart, and literal: a value is put in as it is, whatever it holds.
 */
import { fileURLToPath } from "node:url";
import { readText } from "../system/files.ts";

/** Beside the package's root: two levels above this file in src/ as in dist/. */
const PROMPTS = fileURLToPath(new URL("../../prompts/", import.meta.url));
const NAME = /^[a-z][a-z0-9-]*(\/[a-z][a-z0-9-]*)*$/;
const VARIABLE = /(?<!\{)\{\{([a-z][a-z0-9_]*)\}\}(?!\})/g;
/** Fenced code with its fences, closed by a line that has at least as many of the same marks. */
const FENCED = /^[ \t]*(`{3,}|~{3,})[^\n]*\n(?:[\s\S]*?^[ \t]*\1[`~]*[ \t]*$|[\s\S]*$)/gm;

/**
 * The text of a prompt by its path without `.md`: `system`, `steps/research`. The same bytes on every machine: line ends
 * are `\n`, with one at the end. Throws when there is no such prompt.
 */
export async function loadPrompt(name: string, directory = PROMPTS): Promise<string> {
  if (!NAME.test(name)) throw new Error(`${JSON.stringify(name)} is no name of a prompt.`);
  const text = await readText(`${directory.replace(/\/+$/, "")}/${name}.md`);
  if (text === undefined) throw new Error(`There is no prompt ${name} in ${directory}.`);
  return `${text
    .replace(/^\uFEFF/, "")
    .replace(/\r\n?/g, "\n")
    .trim()}\n`;
}

/** Names of the variables a prompt wants, in order of appearance. Throws for `{{` that opens no variable. */
export function promptVariables(text: string): string[] {
  const names = new Set<string>();
  mapProse(text, (prose) => {
    for (const [, name = ""] of prose.matchAll(VARIABLE)) names.add(name);
    const stray = /\{\{[^\n]{0,20}/.exec(prose.replace(VARIABLE, ""));
    if (stray) throw new Error(`The prompt has ${JSON.stringify(stray[0])}, which is no variable like {{name}}.`);
    return prose;
  });
  return [...names];
}

/**
 * The prompt with its variables filled. A value is not looked at again: `{{x}}` inside it stays. Fenced code is left as it
 * is. Throws naming every variable that is missing or that the prompt does not have.
 */
export function renderPrompt(text: string, variables: Readonly<Record<string, string>>): string {
  const wanted = promptVariables(text);
  const missing = wanted.filter((name) => !Object.hasOwn(variables, name));
  const unknown = Object.keys(variables).filter((name) => !wanted.includes(name));
  if (missing.length > 0) throw new Error(`The prompt wants variables that were not given: ${missing.join(", ")}.`);
  if (unknown.length > 0) throw new Error(`The prompt has no such variables: ${unknown.join(", ")}.`);
  return mapProse(text, (prose) => prose.replace(VARIABLE, (_, name: string) => variables[name] ?? ""));
}

/** Applies `change` to what lies outside fenced code. */
function mapProse(text: string, change: (prose: string) => string): string {
  let done = "";
  let at = 0;
  for (const fence of text.matchAll(FENCED)) {
    done += change(text.slice(at, fence.index)) + fence[0];
    at = fence.index + fence[0].length;
  }
  return done + change(text.slice(at));
}
