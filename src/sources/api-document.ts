/**
 * `<name>_api_doc.md`: what is known of a source, each fact with what it rests on. The research log and the list of
 * sources are rendered from evidence, so that nobody can type one. Gaps read `TBD: <reason>`. One file of `document/` per
 * group of sections; what differs by kind is there.
 */
import type { Blueprint, Kind } from "../artifacts/blueprint.ts";
import type { Evidence } from "../artifacts/evidence.ts";
import { coverage, coverageInWords } from "../wording/coverage.ts";
import { code, prose } from "../wording/markdown.ts";
import { type References, withoutIds, withReasons } from "../wording/references.ts";
import { authorization } from "./document/authorization.ts";
import type { Known } from "./document/known.ts";
import { ingestion, objectList, objectSchema, primaryKeys } from "./document/objects.ts";
import { readApi } from "./document/read-api.ts";
import { fieldTypes } from "./document/types.ts";
import { unknowns, wrongDocumentation } from "./document/unknowns.ts";
import { researchLog, sourceList } from "./research-log.ts";

export interface ApiDocumentInput {
  blueprint: Blueprint;
  evidence: readonly Evidence[];
  /** Pages that reasons may name by id. */
  pages?: References["pages"];
}

export function apiDocument({ blueprint: given, evidence, pages }: ApiDocumentInput): string {
  // The research log explains ids of evidence; nothing here explains ids of pages.
  const blueprint = withReasons(given, (text) => withoutIds(text, pages ? { pages } : {}));
  const known = { blueprint, evidence };
  const sections: [string, string][] = [
    ["Authorization", authorization(known)],
    ["Object List", objectList(known)],
    ["Object Schema", blueprint.tables.map((t) => objectSchema(t, known)).join("\n\n")],
    ["Get Object Primary Keys", primaryKeys(known)],
    ["Object's ingestion type", ingestion(known)],
    ["Read API for Data Retrieval", readApi(known)],
    ["Field Type Mapping", fieldTypes(blueprint)],
    ["Known unknowns", [unknowns(known), ...wrongDocumentation(known)].join("\n\n")],
    ["Research Log", researchLog(evidence, blueprint)],
    ["Sources and References", sourceList(evidence)],
  ];
  const opening = [
    `# ${prose(blueprint.title)}: ${TITLES[blueprint.source.kind]}`,
    ...(blueprint.description === "" ? [] : [prose(blueprint.description)]),
    opened(known),
  ];
  return `${[...opening, ...sections.map(([title, body]) => `## ${title}\n\n${body}`)].join("\n\n")}\n`;
}

const TITLES: { readonly [K in Kind]: string } = {
  rest: "the API",
  graphql: "the GraphQL API",
  database: "the database",
  file: "the files",
};

function opened({ blueprint, evidence }: Known): string {
  return `Coverage: ${coverageInWords(coverage(blueprint, evidence))}. “E1” and the like name the evidence in the research log; what was quoted is in ${code(".syncsmith/evidence.jsonl")}.`;
}
