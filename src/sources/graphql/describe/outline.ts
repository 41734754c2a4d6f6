/** What a schema offers, field by field and type by type, for somebody who looks for tables in it. */
import { schemaEntries } from "../../http/describe/graphql-outline.ts";
import type { DescribeContext, DescriptionOutline } from "../../kind.ts";
import { readSchema } from "./schema-document.ts";

/** Undefined for a page of prose. Throws `UserError` when it cannot be read or is malformed. */
export async function outlineGraphql(
  address: string,
  context: DescribeContext,
): Promise<DescriptionOutline | undefined> {
  const document = await readSchema(address, context);
  if (!("schema" in document)) return undefined;
  return {
    format: "a GraphQL schema",
    kind: document.introspected ? "introspection" : "api-description",
    title: document.address,
    address: document.address,
    text: document.text,
    drafted: true,
    entries: schemaEntries(document.schema),
  };
}
