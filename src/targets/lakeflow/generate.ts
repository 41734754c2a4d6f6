/**
 * A community connector for Databricks Lakeflow, written from a blueprint by templates: the platform's shell around the
 * part that talks to the source. The same blueprint gives the same files, whatever model or person asks.
 */
import type { Blueprint } from "../../artifacts/blueprint.ts";
import { withBoundColumns } from "../../python/bound-columns.ts";
import type { ClientOf } from "../../python/client-part.ts";
import { mergeModules, separateModules, testOfOneFile } from "../../python/modules.ts";
import { render } from "../../python/render.ts";
import { formatPython } from "../../python/ruff.ts";
import type { PythonEnv } from "../../system/python-env.ts";
import type { GeneratedFile } from "../target.ts";
import { extraFiles } from "./document/extras.ts";
import { connectorModules, LAKEFLOW_TEMPLATES } from "./generate/modules.ts";
import { refuseImpossible } from "./generate/refuse.ts";
import { className } from "./generate/view.ts";
import { asTaken, ingestionOf } from "./ingestion.ts";

export interface GenerateOptions {
  /** `modular`: one file per concern. `single`: all of the connector in one file, as the platform deploys it. */
  layout: "modular" | "single";
  client: ClientOf;
  python: PythonEnv;
}

/**
 * All files of the connector, tests included, formatted and without anything that this source does not need.
 * Throws `UserError` for a blueprint that no connector can be written for.
 */
export async function generateLakeflow(stated: Blueprint, options: GenerateOptions): Promise<GeneratedFile[]> {
  const { layout, python } = options;
  const taken = asTaken(stated);
  const client = await options.client(taken);
  const blueprint = withBoundColumns(taken);
  refuseImpossible(blueprint, client);
  const extras = extraFiles(blueprint, client);
  const isPython = ({ path }: GeneratedFile) => path.endsWith(".py");
  const modules = connectorModules(blueprint, client);
  const main = `${blueprint.name}.py`;
  const code = layout === "single" ? [mergeModules(modules, main)] : separateModules(modules);
  const written = [...client.tests, ...extras.filter(isPython)];
  const tests = layout === "single" ? written.map((test) => testOfOneFile(test, modules, blueprint.name)) : written;
  return [...(await formatPython([...code, ...tests], python)), ...extras.filter((file) => !isPython(file))];
}

/** How the connector's contract tests run an update. Not formatted yet. */
export function contractSyncs(stated: Blueprint): string {
  const { name, tables } = withBoundColumns(asTaken(stated));
  const ways = tables.map(ingestionOf);
  const types = new Set(ways.map(({ type }) => type));
  return render(LAKEFLOW_TEMPLATES, "tests/contract/syncs.py", {
    module: name,
    class_name: className(name),
    floats: tables.some(({ columns }) => columns.some(({ type }) => type === "number")),
    whole: types.has("snapshot"),
    incremental: types.size > (types.has("snapshot") ? 1 : 0),
    deletes: types.has("cdc_with_deletes"),
    append: types.has("append"),
    sequenced: ways.some(({ addedSequence }) => addedSequence !== undefined),
  });
}
