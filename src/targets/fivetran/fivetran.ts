/** The Fivetran Connector SDK as a target. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { listFiles, sha256 } from "../../system/files.ts";
import type { PythonEnv } from "../../system/python-env.ts";
import { fivetranColumnName, fivetranTableName } from "../../warehouse/naming.ts";
import type { DestinationInput, Target } from "../target.ts";
import { syncFivetran } from "./debugger/sync.ts";
import { DIALECTS, destinationSql } from "./document/destination-sql.ts";
import { checkDocuments, documentFivetran, finalSummary } from "./document/document.ts";
import { generateFivetran } from "./generate.ts";
import { lintFivetran } from "./lint.ts";

const TEMPLATES = fileURLToPath(new URL("./templates", import.meta.url));

export function createFivetranTarget(python: PythonEnv): Target {
  return {
    name: "fivetran",
    templatesHash,
    generate: (blueprint, { layout }) => generateFivetran(blueprint, { layout, python }),
    lint: (directory) => lintFivetran(directory, python),
    sync: (request) => syncFivetran(request, python),
    document: documentFivetran,
    checkDocuments,
    destinationSql: ({ connection, basis, tables }) => {
      const input = { connection, basis, tables: tables.map(inDestination) };
      return Object.fromEntries(DIALECTS.map((type) => [type, destinationSql(type, input)]));
    },
    summary: finalSummary,
  };
}

async function templatesHash(): Promise<string> {
  const paths = await listFiles(TEMPLATES);
  const parts = await Promise.all(
    paths.map(async (path) => `${path}\0${sha256(await readFile(join(TEMPLATES, path)))}`),
  );
  return sha256(parts.join("\n"));
}

/** A table as the destination names it. */
function inDestination({ table, rows }: DestinationInput["tables"][number]) {
  return {
    name: fivetranTableName(table.name),
    primary_key: table.primary_key.map(fivetranColumnName),
    rows,
    ...(table.advance.kind === "full" ? {} : { cursorColumn: fivetranColumnName(table.advance.column) }),
  };
}
