/**
 * Drafts the blueprint of a REST source without any model: from what the source's descriptions say and what the spec
 * states. Whatever neither says is taken the safe way and marked as unproven with the reason.
 */
import {
  type RestBlueprint as Blueprint,
  blueprintSchema,
  type Claim,
  claimKey,
  requiredClaims,
  SOURCE_FIELDS,
  TABLE_FIELDS,
} from "../../../artifacts/blueprint.ts";
import type { RequirementsOf } from "../../../artifacts/requirements.ts";
import { UserError } from "../../../errors.ts";
import { baseUrlKey, configurationFromAuth } from "../../http/describe/configuration.ts";
import type { DescribeContext, Description } from "../../kind.ts";
import { readDocuments } from "./documents.ts";
import type { DraftTable, SourceClaims } from "./draft.ts";
import { type Drafts, draftTables } from "./draft-tables.ts";
import { createEvidenceBook, type EvidenceBook } from "./evidence-book.ts";
import { selectTables } from "./select-tables.ts";
import { titleOf } from "./servers.ts";
import { baseUrl, sourceOf } from "./source-draft.ts";

/**
 * Throws `UserError` when a description cannot be read or is none, has no list of records and the spec states no table,
 * names no base address, or does not fit what the spec demands of it.
 */
export async function describeRest(
  requirements: RequirementsOf<"rest">,
  context: DescribeContext,
): Promise<Description> {
  const documents = await readDocuments(requirements.spec.source.docs, context);
  const drafts = draftTables(documents, requirements);
  if (!drafts.tables.some((table) => table.blocks.length === 0)) throw nothingToRead(requirements, drafts);
  const selection = selectTables(drafts.tables, requirements);
  const base = baseUrl(requirements, drafts);
  const { source, claims, custom } = sourceOf(requirements, { drafts, tables: selection.tables, base });
  const book = createEvidenceBook(requirements, context.now());
  const draft = {
    version: 1 as const,
    name: requirements.name,
    title: requirements.spec.name,
    description:
      drafts.descriptions.map((document) => titleOf(document).description).find((text) => text !== undefined) ?? "",
    source,
    configuration: [baseUrlKey(base.value), ...configurationFromAuth(source.auth)],
    tables: selection.tables.map(tableOf),
    skipped: [...drafts.leftOut, ...selection.leftOut],
    custom: [...new Set([...custom, ...selection.tables.flatMap((table) => table.custom)])],
  };
  const settled = settle(book, { source: claims, tables: selection.tables });
  for (const document of documents) book.keep(document);
  const blueprint = blueprintSchema.parse({ ...draft, claims: settled });
  const missing = requiredClaims(blueprint).filter((key) => blueprint.claims[key] === undefined);
  if (missing.length > 0) throw new Error(`claims are missing: ${missing.join(", ")}`);
  return { blueprint, evidence: book.evidence, pages: book.pages };
}

/** All claims in the order of the blueprint, which is then the order of the evidence. */
function settle(book: EvidenceBook, draft: { source: SourceClaims; tables: DraftTable[] }): Record<string, Claim> {
  const settled: Record<string, Claim> = {};
  for (const field of SOURCE_FIELDS) {
    const claim = draft.source[field];
    if (claim !== undefined) settled[claimKey(field)] = book.settle(claim);
  }
  for (const table of draft.tables) {
    for (const field of TABLE_FIELDS) {
      const claim = table.claims[field];
      if (claim !== undefined) settled[claimKey(table.name, field)] = book.settle(claim);
    }
  }
  return settled;
}

function tableOf({
  listing,
  stated,
  claims,
  blocks,
  custom,
  partial,
  ...table
}: DraftTable): Blueprint["tables"][number] {
  return table;
}

function nothingToRead(requirements: RequirementsOf<"rest">, drafts: Drafts): UserError {
  if (drafts.descriptions.length === 0) {
    return new UserError(`The spec of ${requirements.spec.name} gives no API description and states no table.`, {
      hint: "Give an OpenAPI or Swagger description under `docs`, or state tables with path, primary_key and columns.",
    });
  }
  const blocked = drafts.tables.map((table) => ({
    name: table.listing?.operation.path ?? table.name,
    reason: table.blocks.map((block) => block.reason).join("; "),
  }));
  const reasons = [...blocked, ...drafts.leftOut].map(({ name, reason }) => `${name}: ${reason.replace(/\.$/, "")}`);
  const shown = reasons.slice(0, 5).join(" · ");
  const more = reasons.length > 5 ? ` · and ${reasons.length - 5} more` : "";
  const names = drafts.descriptions.map((document) => document.address).join(", ");
  const what = reasons.length === 0 ? "it has no GET endpoint" : `${shown}${more}`;
  return new UserError(`${names} describes no list of records that can be read (${what}).`, {
    hint: "State the tables in the spec, with path, records, primary_key and columns.",
  });
}
