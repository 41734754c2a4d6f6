/** Databricks Lakeflow community connectors as a target. */
import { hashTemplates } from "../../python/render.ts";
import { TIMESTAMPS_TEMPLATES } from "../../python/timestamps.ts";
import type { PythonEnv } from "../../system/python-env.ts";
import { rememberingLint } from "../remembered-lint.ts";
import type { Target } from "../target.ts";
import {
  checkLakeflowDocuments,
  documentLakeflow,
  LAKEFLOW_DOCUMENTS,
  lakeflowDestinationSql,
  lakeflowSummary,
} from "./document/document.ts";
import { LAKEFLOW_TEMPLATES } from "./generate/modules.ts";
import { contractSyncs, generateLakeflow } from "./generate.ts";
import { ingestionOf } from "./ingestion.ts";
import { lintLakeflow } from "./lint.ts";
import { syncLakeflow } from "./sync.ts";

/** What a connector may hold of a micro-batch; ours go to disk earlier, see `MAX_BATCH_BYTES` in the templates. */
const MICRO_BATCH_BYTES = 40 * 1024 * 1024;

export function createLakeflowTarget(python: PythonEnv): Target {
  return {
    name: "lakeflow",
    templatesHash: async () => hashTemplates(LAKEFLOW_TEMPLATES, TIMESTAMPS_TEMPLATES),
    // The platform takes names as they are.
    naming: { table: (source) => source, column: (source) => source },
    keyless: "kept",
    nested: "struct",
    readsWhole: (table) => ingestionOf(table).type === "snapshot",
    // A micro-batch has to be read before the offset after it is known: it is kept in memory up to a limit.
    heldBytes: (table) => (ingestionOf(table).type === "snapshot" ? 0 : MICRO_BATCH_BYTES),
    generate: (blueprint, options) => generateLakeflow(blueprint, { ...options, python }),
    lint: rememberingLint((directory) => lintLakeflow(directory, python)),
    contract: { syncs: contractSyncs, python },
    sync: (request) => syncLakeflow({ ...request, naming: "source" }, python),
    deploying: {
      by: "elsewhere",
      how: (directory) =>
        `a Lakeflow connector is taken into a Databricks workspace by a person: make the Unity Catalog connection and the pipeline as README.md in ${directory} describes; where your pipelines come from a repository, open a pull request with that folder, and where they are a bundle, run \`databricks bundle validate\` and \`databricks bundle deploy\` there`,
    },
    documents: LAKEFLOW_DOCUMENTS,
    document: documentLakeflow,
    checkDocuments: checkLakeflowDocuments,
    destinationSql: lakeflowDestinationSql,
    summary: lakeflowSummary,
  };
}
