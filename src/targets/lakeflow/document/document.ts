/**
 * What people read of a Lakeflow connector: README.md and the summary that ends a run, from the blueprint, the report and
 * the code, and from nothing else: a figure that the report does not carry is not written.
 */
import { withBoundColumns } from "../../../python/bound-columns.ts";
import { withoutIds, withReasons } from "../../../wording/references.ts";
import { summaryInWords } from "../../../wording/summary.ts";
import type { DestinationInput, DocumentInput, GeneratedFile, SummaryInput } from "../../target.ts";
import { asTaken } from "../ingestion.ts";
import { problemsOf } from "./check.ts";
import { databricksSql } from "./destination-sql.ts";
import { requiredKeys } from "./facts.ts";
import { readmeDocument } from "./readme.ts";

/** Paths of the documents for people. */
export const LAKEFLOW_DOCUMENTS = ["README.md"] as const;

/** README.md. Documents among the input's files are ignored. */
export function documentLakeflow(input: DocumentInput): GeneratedFile[] {
  const written: readonly string[] = LAKEFLOW_DOCUMENTS;
  const files = input.files.filter((file) => !written.includes(file.path));
  // Whoever reads it has no list of what was read.
  const blueprint = withReasons(withBoundColumns(asTaken(input.blueprint)), (text) => withoutIds(text, input));
  return [{ path: LAKEFLOW_DOCUMENTS[0], content: readmeDocument({ ...input, blueprint, files }) }];
}

/** What is missing, stale or claimed beyond the report, one sentence each; empty when the documents pass. */
export function checkLakeflowDocuments(
  files: readonly GeneratedFile[],
  input: Pick<DocumentInput, "blueprint" | "report">,
): string[] {
  return LAKEFLOW_DOCUMENTS.flatMap((path) => {
    const text = files.find((file) => file.path === path)?.content;
    return text === undefined ? [`${path} is missing.`] : problemsOf(path, text, input);
  });
}

/** SQL by kind of destination: this platform has one. */
export function lakeflowDestinationSql(input: DestinationInput): Record<string, string> {
  return { databricks: databricksSql(input) };
}

/** Plain text, ended by a line break. Says nothing that the report or the deployment does not. */
export function lakeflowSummary(input: SummaryInput): string {
  return summaryInWords(input, nextSteps(input));
}

function nextSteps({ blueprint, report }: SummaryInput): string[] {
  if (!report.green) {
    return [
      "Read the blockers above and the report; the connector is not ready to be used.",
      `Mend what is left and run: syncsmith test ${blueprint.name}`,
    ];
  }
  const keys = requiredKeys(blueprint);
  return [
    ...(keys.length > 0 ? [`Have values ready for ${keys.join(", ")}.`] : []),
    "Make the Unity Catalog connection and the pipeline as README.md describes.",
    `Compare the counts of the first update with ${report.basis === "live" ? "those above" : "the source; the local run was not on live data"}.`,
  ];
}
