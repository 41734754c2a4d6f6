/**
 * What people read of a Fivetran connector: README.md, DEPLOYMENT.md and the summary that ends a run, from the
 * blueprint, the report and the code, and from nothing else: a figure that the report does not carry is not written.
 */
import type { Blueprint } from "../../../artifacts/blueprint.ts";
import type { Report } from "../../../artifacts/report.ts";
import { withoutIds, withReasons } from "../../../wording/references.ts";
import { summaryInWords } from "../../../wording/summary.ts";
import type { DocumentInput, GeneratedFile, SummaryInput } from "../../target.ts";
import { problemsOf } from "./check.ts";
import { deploymentDocument } from "./deployment.ts";
import { readmeDocument } from "./readme.ts";
import { nextSteps } from "./summary.ts";

const DOCUMENTS = ["README.md", "DEPLOYMENT.md"] as const;

/** README.md and DEPLOYMENT.md, in this order. Documents among the input's files are ignored. */
export function documentFivetran(input: DocumentInput): GeneratedFile[] {
  const written: readonly string[] = DOCUMENTS;
  const files = input.files.filter((file) => !written.includes(file.path));
  // Whoever reads them has no list of what was read.
  const blueprint = withReasons(input.blueprint, (text) => withoutIds(text, input));
  const told = { ...input, blueprint, files };
  return [
    { path: DOCUMENTS[0], content: readmeDocument(told) },
    { path: DOCUMENTS[1], content: deploymentDocument(told) },
  ];
}

/**
 * The gate of the documents, whoever wrote them: what is missing, stale or claimed beyond the report, one sentence
 * each; empty when they pass.
 */
export function checkDocuments(
  files: readonly GeneratedFile[],
  input: { blueprint: Blueprint; report: Report },
): string[] {
  return DOCUMENTS.flatMap((path) => {
    const text = files.find((file) => file.path === path)?.content;
    return text === undefined ? [`${path} is missing.`] : problemsOf(path, text, input);
  });
}

/** Plain text, ended by a line break. Says nothing that the report or the deployment does not. */
export function finalSummary(input: SummaryInput): string {
  return summaryInWords(input, nextSteps(input));
}
