/**
 * Drafts the blueprint of a GraphQL source without any model: from its schema and what the spec states. Whatever neither
 * says is taken the safe way and marked as unproven with the reason.
 */
import {
  type Blueprint,
  blueprintSchema,
  type Claim,
  claimKey,
  requiredClaims,
  SOURCE_FIELDS,
  TABLE_FIELDS,
} from "../../../artifacts/blueprint.ts";
import type { Requirements } from "../../../artifacts/requirements.ts";
import { UserError } from "../../../errors.ts";
import { baseUrlKey, configurationFromAuth, withConfigurationKeys } from "../../http/describe/configuration.ts";
import type { DescribeContext, Description } from "../../kind.ts";
import { documented, type SourceClaims, unproven } from "./draft.ts";
import type { DraftTable } from "./draft-table.ts";
import { createEvidenceBook, type EvidenceBook } from "./evidence-book.ts";
import { graphqlSpec, readDocuments, type SchemaDocument } from "./schema-document.ts";
import { draftTables } from "./tables.ts";

/**
 * Throws `UserError` when no schema can be had, it has no list of records that can be read, or does not fit what the spec
 * demands of it.
 */
export async function describeGraphql(requirements: Requirements, context: DescribeContext): Promise<Description> {
  const documents = await readDocuments(requirements, context);
  const { tables, leftOut } = draftTables(documents.schema, requirements);
  if (tables.length === 0) throw nothingToRead(documents.schema, leftOut);
  const { source, claims } = sourceOf(requirements, documents.schema);
  const book = createEvidenceBook(requirements, documents, context.now());
  const draft = {
    version: 1 as const,
    name: requirements.name,
    title: requirements.spec.name,
    description: documents.schema.schema.description ?? "",
    source,
    configuration: [baseUrlKey(source.base_url), ...configurationFromAuth(source.auth)],
    tables: tables.map(({ table }) => table),
    skipped: [...leftOut, ...tables.flatMap((one) => one.leftOut)],
    custom: [],
  };
  const blueprint = blueprintSchema.parse({ ...draft, claims: settle(book, { source: claims, tables }) });
  const missing = requiredClaims(blueprint).filter((key) => blueprint.claims[key] === undefined);
  if (missing.length > 0) throw new Error(`claims are missing: ${missing.join(", ")}`);
  return { blueprint, evidence: book.evidence, pages: book.pages };
}

type Source = Extract<Blueprint["source"], { kind: "graphql" }>;

function sourceOf(requirements: Requirements, schema: SchemaDocument): { source: Source; claims: SourceClaims } {
  const { base_url, auth, headers, rate_limit } = graphqlSpec(requirements);
  if (base_url === undefined) {
    throw new UserError(`${schema.address} does not say where the API is.`, {
      hint: "State `base_url` under `source` in the spec: the endpoint's whole address, such as https://api.example.com/graphql.",
    });
  }
  const unsaid =
    "The schema does not say how to authenticate, and the spec states nothing; queries are sent without credentials.";
  return {
    source: {
      kind: "graphql",
      base_url: base_url.replace(/\/+$/, ""),
      auth: withConfigurationKeys(auth ?? { kind: "none" }),
      headers,
      ...(rate_limit === undefined ? {} : { rate_limit }),
    },
    claims: {
      base_url: documented([{ spec: "/source/base_url" }]),
      auth: auth === undefined ? unproven(unsaid) : documented([{ spec: "/source/auth" }]),
      ...(rate_limit === undefined ? {} : { rate_limit: documented([{ spec: "/source/rate_limit" }]) }),
    },
  };
}

/** All claims in the order of the blueprint, which is then the order of the evidence. */
function settle(book: EvidenceBook, draft: { source: SourceClaims; tables: DraftTable[] }): Record<string, Claim> {
  const settled: Record<string, Claim> = {};
  for (const field of SOURCE_FIELDS) {
    const claim = draft.source[field];
    if (claim !== undefined) settled[claimKey(field)] = book.settle(claim);
  }
  for (const { table, claims } of draft.tables) {
    for (const field of TABLE_FIELDS) {
      const claim = claims[field];
      if (claim !== undefined) settled[claimKey(table.name, field)] = book.settle(claim);
    }
  }
  return settled;
}

function nothingToRead({ address }: SchemaDocument, leftOut: readonly { name: string; reason: string }[]): UserError {
  const shown = leftOut.slice(0, 5).map(({ name, reason }) => `${name}: ${reason.replace(/\.$/, "")}`);
  const more = leftOut.length > 5 ? ` · and ${leftOut.length - 5} more` : "";
  const what = leftOut.length === 0 ? "it has no field that answers with a list" : `${shown.join(" · ")}${more}`;
  return new UserError(`${address} has no list of records that can be read (${what}).`, {
    hint: "State tables in the spec, with `field` and the `arguments` it needs.",
  });
}
