/** The Fivetran Connector SDK as a target. */
import { advanceColumn } from "../../artifacts/reading.ts";
import type { PythonEnv } from "../../system/python-env.ts";
import { rememberingLint } from "../remembered-lint.ts";
import type { DestinationInput, Target } from "../target.ts";
import { syncFivetran } from "./debugger/sync.ts";
import { DIALECTS, destinationSql } from "./document/destination-sql.ts";
import { checkDocuments, documentFivetran, finalSummary } from "./document/document.ts";
import { contractSyncs, generateFivetran, templatesHash } from "./generate.ts";
import { lintFivetran } from "./lint.ts";
import { FIVETRAN_NAMING } from "./naming.ts";

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
    documents: ["README.md", "DEPLOYMENT.md"],
    document: documentFivetran,
    checkDocuments,
    destinationSql: ({ connection, basis, tables }) => {
      const input = { connection, basis, tables: tables.map(inDestination) };
      return Object.fromEntries(DIALECTS.map((type) => [type, destinationSql(type, input)]));
    },
    summary: finalSummary,
  };
}

/** A table as the destination names it. */
function inDestination({ table, rows }: DestinationInput["tables"][number]) {
  const column = advanceColumn(table.advance);
  return {
    name: FIVETRAN_NAMING.table(table.name),
    primary_key: table.primary_key.map(FIVETRAN_NAMING.column),
    rows,
    ...(column === undefined ? {} : { cursorColumn: FIVETRAN_NAMING.column(column) }),
  };
}
