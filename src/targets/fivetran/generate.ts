/**
 * A connector for Fivetran's Connector SDK: the platform's shell, written by templates, around the part that a source
 * kind writes. The same blueprint gives the same files, whatever model or person asks.
 */
import { fileURLToPath } from "node:url";
import type { Blueprint } from "../../artifacts/blueprint.ts";
import { withBoundColumns } from "../../python/bound-columns.ts";
import type { ClientOf, PythonModule } from "../../python/client-part.ts";
import { mergeModules, type PythonFile, separateModules, testOfOneFile } from "../../python/modules.ts";
import { pythonTuple } from "../../python/python-literal.ts";
import { hashTemplates, render } from "../../python/render.ts";
import { formatPython } from "../../python/ruff.ts";
import { TIMESTAMPS_TEMPLATES, withTimestamps } from "../../python/timestamps.ts";
import type { PythonEnv } from "../../system/python-env.ts";
import type { GeneratedFile } from "../target.ts";
import { configurationFile } from "./generate/configuration.ts";
import { examplesOf } from "./generate/examples.ts";
import { refuseImpossible } from "./generate/refuse.ts";
import { timestampsOf, viewOf } from "./generate/view.ts";

export interface GenerateOptions {
  /** `modular`: one file per concern. `single`: all of the connector in connector.py. */
  layout: "modular" | "single";
  client: ClientOf;
  python: PythonEnv;
}

const TEMPLATES = fileURLToPath(new URL("./templates", import.meta.url));
const SHELL_TESTS = ["test_models", "test_sync", "test_connector"];

/**
 * All files of the connector, tests included, formatted and without anything that this source does not need.
 * Throws `UserError` for a blueprint that no connector can be written for.
 */
export async function generateFivetran(
  stated: Blueprint,
  { layout, client: clientOf, python }: GenerateOptions,
): Promise<GeneratedFile[]> {
  refuseImpossible(stated);
  const single = layout === "single";
  const client = await clientOf(stated);
  const blueprint = withBoundColumns(stated);
  const view = viewOf(blueprint, { client, single });
  const modules = [...withTimestamps(client, timestampsOf(blueprint, client.values)), ...shellModules(view)];
  const examples = { ...view, ...examplesOf(blueprint, client.values) };
  const tests = [
    { path: "tests/__init__.py", content: "" },
    ...SHELL_TESTS.map((name) => testFile(name, examples)),
    ...client.tests,
  ];
  const code: PythonFile[] = single
    ? [mergeModules(modules, "connector.py"), ...tests.map((test) => testOfOneFile(test, modules, "connector"))]
    : [...separateModules(modules), ...tests];
  return [
    ...(await formatPython(code, python)),
    { path: "configuration.json", content: configurationFile(client.configuration ?? blueprint.configuration) },
    { path: "requirements.txt", content: render(TEMPLATES, "requirements.txt", view) },
    { path: ".gitignore", content: render(TEMPLATES, "gitignore", view) },
  ];
}

/** How the connector's contract tests run a sync. Not formatted yet. */
export function contractSyncs({ tables }: Blueprint): string {
  const has = (test: (table: Blueprint["tables"][number]) => boolean) => tables.some(test);
  const deletes = has(({ deletes: { kind } }) => kind === "flag" || kind === "feed" || kind === "files");
  const truncates = has(({ deletes: { kind } }) => kind === "absence");
  return render(TEMPLATES, "tests/contract/syncs.py", {
    operations: pythonTuple([
      "upsert",
      ...(deletes ? ["delete"] : []),
      ...(truncates ? ["truncate"] : []),
      "checkpoint",
    ]),
    deletes,
    truncates,
    floats: has(({ columns }) => columns.some(({ type }) => type === "number")),
    binary: has(({ columns }) => columns.some(({ type }) => type === "binary")),
    keyless: has(({ primary_key }) => primary_key.length === 0),
  });
}

/** Changes when the shell's templates do: generated code is stale then. */
export async function templatesHash(): Promise<string> {
  return hashTemplates(TEMPLATES, TIMESTAMPS_TEMPLATES);
}

function shellModules(view: object): PythonModule[] {
  return [
    { name: "models", heading: "Tables and rows", content: render(TEMPLATES, "models.py", view) },
    { name: "sync", heading: "Writing and saving", content: render(TEMPLATES, "sync.py", view) },
    { name: "connector", heading: "Entry points", content: render(TEMPLATES, "connector.py", view) },
  ];
}

function testFile(name: string, view: object): PythonFile {
  return { path: `tests/${name}.py`, content: render(TEMPLATES, `tests/${name}.py`, view) };
}
