/**
 * A connector for Fivetran's Connector SDK, written from a blueprint by templates: a client part per kind of source and
 * the platform's shell around it. The same blueprint gives the same files, whatever model or person asks.
 */
import type { Blueprint } from "../../artifacts/blueprint.ts";
import type { PythonEnv } from "../../system/python-env.ts";
import type { GeneratedFile } from "../target.ts";
import { configurationFile } from "./generate/access.ts";
import { withBoundColumns } from "./generate/bound-columns.ts";
import { examplesOf } from "./generate/examples.ts";
import { render, templateConstants } from "./generate/render.ts";
import { formatPython } from "./generate/ruff.ts";
import { viewOf } from "./generate/view.ts";

export interface GenerateOptions {
  /** `modular`: one file per concern. `single`: all of the connector in connector.py. */
  layout: "modular" | "single";
  python: PythonEnv;
}

/**
 * All files of the connector, tests included, formatted and without anything that this source does not need.
 * Throws `UserError` for a blueprint that no connector can be written for.
 */
export async function generateFivetran(stated: Blueprint, options: GenerateOptions): Promise<GeneratedFile[]> {
  const single = options.layout === "single";
  const blueprint = withBoundColumns(stated);
  const view = viewOf(blueprint, { single, reserved: templateConstants() });
  const code = MODULES.map(({ name, template }) => ({ path: `${name}.py`, content: render(template, view) }));
  const tests = testFiles({ ...view, ...examplesOf(blueprint, view), module: moduleOf(single) });
  const python = [...(single ? [oneFile(code)] : code.map(withoutMark)), ...tests];
  return [
    ...(await formatPython(python, options.python)),
    { path: "configuration.json", content: configurationFile(blueprint) },
    { path: "requirements.txt", content: render("requirements.txt", view) },
    { path: ".gitignore", content: render("gitignore", view) },
  ];
}

/** In the order in which one file has to define them. */
const MODULES = [
  { name: "api", template: "rest/api.py", heading: "Access to the API" },
  { name: "models", template: "models.py", heading: "Tables and rows" },
  { name: "sync", template: "sync.py", heading: "Reading and saving" },
  { name: "connector", template: "connector.py", heading: "Entry points" },
] as const;

/** Parts a template's docstring and imports from the code below them. */
const MARK = "#: body\n";
const OWN_IMPORT = new RegExp(`^from (${MODULES.map((module) => module.name).join("|")}) import `);

type ModuleName = (typeof MODULES)[number]["name"];

/** Where the tests find what they test. */
function moduleOf(single: boolean): Record<ModuleName, string> {
  const entries = MODULES.map(({ name }) => [name, single ? "connector" : name]);
  return Object.fromEntries(entries) as Record<ModuleName, string>;
}

function withoutMark(file: GeneratedFile): GeneratedFile {
  return { ...file, content: file.content.replace(MARK, "\n") };
}

/** All modules in one, under the docstring of the last. */
function oneFile(files: readonly GeneratedFile[]): GeneratedFile {
  const parts = files.map(({ content }) => {
    const [head = "", body = ""] = content.split(MARK);
    return { head, body };
  });
  const sections = parts.map(({ body }, index) => `\n# --- ${MODULES[index]?.heading} ---\n\n${body}`);
  const imports = parts.flatMap(({ head }) => head.split("\n")).filter((line) => /^(import|from) /.test(line));
  const docstring = parts.at(-1)?.head.match(/^"""[\s\S]*?"""\n/)?.[0] ?? "";
  const kept = [...new Set(imports)].filter((line) => !OWN_IMPORT.test(line));
  return { path: "connector.py", content: [docstring, ...kept, ...sections].join("\n") };
}

function testFiles(view: object): GeneratedFile[] {
  return [
    { path: "tests/__init__.py", content: "" },
    { path: "tests/test_api.py", content: render("rest/tests/test_api.py", view) },
    { path: "tests/test_models.py", content: render("tests/test_models.py", view) },
    { path: "tests/test_sync.py", content: render("tests/test_sync.py", view) },
    { path: "tests/test_connector.py", content: render("tests/test_connector.py", view) },
  ];
}
