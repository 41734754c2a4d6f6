/** The Fivetran Connector SDK as a target. */
import type { PythonEnv } from "../../system/python-env.ts";
import { rememberingLint } from "../remembered-lint.ts";
import type { Target } from "../target.ts";
import { syncFivetran } from "./debugger/sync.ts";
import { prepareDeployment } from "./deploy/deploy.ts";
import { DIALECTS, destinationSql } from "./document/destination-sql.ts";
import { checkDocuments, documentFivetran, finalSummary } from "./document/document.ts";
import { destinationTable } from "./document/facts.ts";
import { contractSyncs, generateFivetran, templatesHash } from "./generate.ts";
import { lintFivetran } from "./lint.ts";
import { FIVETRAN_NAMING } from "./naming.ts";
import { watchSyncs } from "./syncs/watch.ts";

export function createFivetranTarget(python: PythonEnv): Target {
  return {
    name: "fivetran",
    templatesHash,
    naming: FIVETRAN_NAMING,
    keyless: "folded",
    nested: "exact",
    readsWhole: ({ advance }) => advance.kind === "full",
    generate: (blueprint, { layout, client }) => generateFivetran(blueprint, { layout, client, python }),
    lint: rememberingLint((directory) => lintFivetran(directory, python)),
    contract: { syncs: contractSyncs, python },
    sync: (request) => syncFivetran(request, python),
    deploying: { by: "here", prepare: (request) => prepareDeployment(request, python) },
    watch: watchSyncs,
    documents: ["README.md", "DEPLOYMENT.md"],
    document: documentFivetran,
    checkDocuments,
    destinationSql: ({ connection, basis, tables }) => {
      const input = { connection, basis, tables: tables.map(destinationTable) };
      return Object.fromEntries(DIALECTS.map((type) => [type, destinationSql(type, input)]));
    },
    summary: finalSummary,
  };
}
