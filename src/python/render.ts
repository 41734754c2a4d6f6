/**
 * Templates are Python files whose control lines are comments (`#% if …`) and whose blanks are in double braces. What a
 * template asks for must be there: an unknown name is an error, also in a condition.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import nunjucks from "nunjucks";
import { sha256 } from "../system/files.ts";
import { docText, type PythonValue, pythonLiteral } from "./python-literal.ts";

const CONTROL_LINE = /^[ \t]*#% (.*)\n/gm;

/**
 * The template of that name below one of the directories, the first that has it, filled with the view, which it knows as
 * `c`. What it includes is looked for in the same way.
 */
export function render(templates: string | readonly string[], name: string, view: object): string {
  const text: string | null = environmentOf([templates].flat()).render(name, { c: strict(view, "c") });
  // What the engine answers when a part that is included does not compile.
  if (text === null) throw new Error(`The template ${name} includes one with a mistake in it.`);
  return text;
}

/** Upper-case names that the templates of some directories use for themselves. */
export function templateConstants(...directories: readonly string[]): Set<string> {
  const texts = directories.flatMap((templates) =>
    templateNames(templates).map((name) => readFileSync(join(templates, name), "utf8")),
  );
  return new Set(texts.flatMap((text) => text.match(/\b[A-Z][A-Z0-9_]*\b/g) ?? []));
}

/** One hash over directories of templates: another one means that what was generated before is stale. */
export function hashTemplates(...directories: readonly string[]): string {
  const parts = directories.flatMap((templates) =>
    templateNames(templates).map((name) => `${name}\0${sha256(readFileSync(join(templates, name)))}`),
  );
  return sha256(parts.join("\n"));
}

function templateNames(templates: string): string[] {
  return readdirSync(templates, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(templates.length + 1))
    .sort();
}

/** Compiled templates are kept: one connector is written from dozens of them, two of the same ones. */
const environments = new Map<string, nunjucks.Environment>();

function environmentOf(directories: readonly string[]): nunjucks.Environment {
  const key = directories.join("\0");
  const known = environments.get(key) ?? createEnvironment(directories);
  environments.set(key, known);
  return known;
}

function createEnvironment(directories: readonly string[]): nunjucks.Environment {
  const loader: nunjucks.ILoader = {
    getSource: (name) => {
      const own = directories.find((directory) => existsSync(join(directory, name)));
      if (own === undefined) throw new Error(`There is no template ${name} in ${directories.join(", ")}.`);
      const path = join(own, name);
      return { src: readFileSync(path, "utf8").replace(CONTROL_LINE, "{% $1 %}"), path, noCache: false };
    },
  };
  const environment = new nunjucks.Environment(loader, { autoescape: false, throwOnUndefined: true });
  environment.addFilter("py", (value: PythonValue) => pythonLiteral(value));
  environment.addFilter("doc", (value: string) => docText(value));
  return environment;
}

/** The same value, but asking an object for a key it does not have throws. */
function strict(value: unknown, path: string): unknown {
  if (Array.isArray(value)) return value.map((item, index) => strict(item, `${path}[${index}]`));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, strict(item, `${path}.${key}`)]);
  return new Proxy(Object.fromEntries(entries) as Record<string, unknown>, {
    get: (target, key) => {
      if (typeof key === "string" && !Object.hasOwn(target, key))
        throw new Error(`Unknown in a template: ${path}.${key}`);
      return Reflect.get(target, key);
    },
  });
}
