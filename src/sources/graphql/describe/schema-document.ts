/** Finds the schema of a source: among the spec's documents, else by asking the source itself. */
import { createHash } from "node:crypto";
import { type GraphQLSchema, getIntrospectionQuery } from "graphql";
import type { Requirements } from "../../../artifacts/requirements.ts";
import { UserError } from "../../../errors.ts";
import { withConfigurationKeys } from "../../http/describe/configuration.ts";
import { graphqlFromIntrospection, graphqlFromText } from "../../http/describe/graphql-schema.ts";
import { isObject, type JsonObject } from "../../http/describe/pointer.ts";
import { type RawText, readText } from "../../http/describe/read-text.ts";
import type { DescribeContext } from "../../kind.ts";
import { createGraphqlClient, type GraphqlAnswer } from "../live/client.ts";

/** A text that is kept, whatever it is. */
export interface Page {
  address: string;
  text: string;
  /** SHA-256 of `text`, hex. */
  hash: string;
}

export interface SchemaDocument extends Page {
  schema: GraphQLSchema;
  introspected: boolean;
  /** The introspection answer, parsed, that pointers lead into; undefined for SDL. */
  root: JsonObject | undefined;
}

export interface Documents {
  schema: SchemaDocument;
  prose: Page[];
}

const GIVE_SDL =
  "Give the schema under `docs` of the source in the spec: an SDL file, or a saved introspection answer.";

/** Throws `UserError` when no schema can be had, or there are two. */
export async function readDocuments(requirements: Requirements, context: DescribeContext): Promise<Documents> {
  const { docs } = graphqlSpec(requirements);
  const schemas: SchemaDocument[] = [];
  const prose: Page[] = [];
  for (const entry of docs) {
    const found = await readSchema(entry, context);
    if ("schema" in found) schemas.push(found);
    else prose.push(found);
  }
  const [first, second] = schemas;
  if (second !== undefined) {
    throw new UserError(`${first?.address} and ${second.address} both hold a schema.`, {
      hint: "Give one schema; several SDL files have to be put together into one.",
    });
  }
  return { schema: first ?? (await introspect(requirements, context)), prose };
}

/** One document: its schema, or the page it is. Throws `UserError` when it cannot be read or is malformed. */
export async function readSchema(entry: string, context: DescribeContext): Promise<SchemaDocument | Page> {
  context.signal.throwIfAborted();
  const raw = await readText(entry, context);
  const page = pageOf(raw.address, raw.text);
  if (raw.text.trimStart().startsWith("{")) {
    const root = parsed(raw);
    const found = root === undefined ? undefined : graphqlFromIntrospection(raw.address, root);
    if (found !== undefined) return { ...page, ...found, root };
  }
  if (/^\s*</.test(raw.text) || /html|markdown/.test(raw.contentType)) return page;
  const stated = /\.(graphqls?|gql|sdl)$/i.test(pathOf(raw.address)) || /graphql/.test(raw.contentType);
  const found = graphqlFromText(raw.address, { text: raw.text, stated });
  return found === undefined ? page : { ...page, ...found, root: undefined };
}

/** Asks the endpoint for its schema. Throws `UserError` where that is refused. */
async function introspect(requirements: Requirements, context: DescribeContext): Promise<SchemaDocument> {
  const { base_url, auth, headers } = graphqlSpec(requirements);
  if (base_url === undefined) {
    throw new UserError(`The spec of ${requirements.spec.name} gives neither a GraphQL schema nor an endpoint.`, {
      hint: `State \`base_url\` under \`source\`, to ask the endpoint for its schema. ${GIVE_SDL}`,
    });
  }
  const { configuration = {}, signal, redact = (text: string) => text } = context;
  const source = { base_url, headers, auth: withConfigurationKeys(auth ?? { kind: "none" }) };
  const client = createGraphqlClient(source, { configuration, signal });
  const answer = await client.ask(getIntrospectionQuery({ descriptions: true }), {});
  if (answer.errors.length > 0 || !isObject(answer.data) || answer.data.__schema === undefined) {
    throw new UserError(`${base_url} does not tell its schema: ${redact(refusal(answer))}.`, { hint: GIVE_SDL });
  }
  const text = redact(JSON.stringify({ data: answer.data }, null, 1));
  const root = JSON.parse(text) as JsonObject;
  const found = graphqlFromIntrospection(base_url, root);
  if (found === undefined) throw new UserError(`${base_url} does not tell its schema.`, { hint: GIVE_SDL });
  return { ...pageOf(base_url, text), ...found, root };
}

function refusal({ status, errors, known }: GraphqlAnswer): string {
  if (status === 401 || status === 403) return `it refuses the credentials (status ${status})`;
  if (errors.length > 0) return errors[0] ?? "";
  return known ? `it answers with status ${status} and no schema` : `status ${status}, and no GraphQL answer`;
}

export function graphqlSpec({ spec }: Requirements) {
  if (spec.source.kind !== "graphql") throw new Error(`the source is of kind ${spec.source.kind}, not graphql`);
  return spec.source;
}

function pageOf(address: string, text: string): Page {
  return { address, text, hash: createHash("sha256").update(text).digest("hex") };
}

function pathOf(address: string): string {
  return /^https?:\/\//i.test(address) ? new URL(address).pathname : address;
}

function parsed({ address, text }: RawText): JsonObject | undefined {
  try {
    const root: unknown = JSON.parse(text);
    return isObject(root) ? root : undefined;
  } catch (cause) {
    // A query in braces begins like JSON does.
    if (!/^\s*\{\s*"/.test(text)) return undefined;
    throw new UserError(`${address} is not valid JSON.`, { hint: "Save the introspection answer again.", cause });
  }
}
