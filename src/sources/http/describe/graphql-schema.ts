/** GraphQL schemas, as SDL or as the answer to an introspection query: recognised and read, not drafted from. */
import {
  buildASTSchema,
  buildClientSchema,
  GraphQLError,
  type GraphQLSchema,
  type IntrospectionQuery,
  Kind,
  parse,
} from "graphql";
import { messageOf, UserError } from "../../../errors.ts";
import { isObject, type JsonObject } from "./pointer.ts";

export interface GraphqlDescription {
  schema: GraphQLSchema;
  /** Whether it was asked of the source, and not written. */
  introspected: boolean;
}

/** How a definition of a schema begins. */
const DEFINITION =
  /(extend\s+)?(schema\s*[@{]|(type|interface|input|enum|union|scalar)\s+[_A-Za-z]\w*\s*($|[\s@{=&])|directive\s+@)/y;
/** What may stand before it, one at a time: a comment and a description. */
const BEFORE = /[\s,]+|#[^\n]*(\n|$)|"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"/y;

/** Undefined where the text is no SDL. `stated`: its name or type says that it is. Throws `UserError` for mistakes in one. */
export function graphqlFromText(
  address: string,
  { text, stated }: { text: string; stated: boolean },
): GraphqlDescription | undefined {
  if (!stated && !beginsLikeSchema(text)) return undefined;
  if (/^\s*\{\s*"/.test(text)) return undefined;
  try {
    const document = parse(text, { noLocation: false });
    if (
      document.definitions.every(({ kind }) => kind === Kind.OPERATION_DEFINITION || kind === Kind.FRAGMENT_DEFINITION)
    ) {
      throw new UserError(`${address} holds GraphQL operations, not a schema.`, {
        hint: "Give the schema (SDL), or the answer to an introspection query.",
      });
    }
    return { schema: buildASTSchema(document, { assumeValidSDL: true }), introspected: false };
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    // YAML may begin like a schema; what nobody calls one need not be one.
    if (!stated && cause instanceof GraphQLError && !/\bQuery\b/.test(text)) return undefined;
    throw malformed(address, cause);
  }
}

function beginsLikeSchema(text: string): boolean {
  let at = 0;
  for (BEFORE.lastIndex = at; BEFORE.test(text); BEFORE.lastIndex = at) at = BEFORE.lastIndex;
  DEFINITION.lastIndex = at;
  return DEFINITION.test(text);
}

/** Undefined where the document is no introspection answer. Throws `UserError` for one that is not whole. */
export function graphqlFromIntrospection(address: string, root: JsonObject): GraphqlDescription | undefined {
  const data = isObject(root.data) ? root.data : root;
  if (!isObject(data.__schema)) return undefined;
  try {
    return { schema: buildClientSchema(data as unknown as IntrospectionQuery), introspected: true };
  } catch (cause) {
    throw malformed(address, cause);
  }
}

function malformed(address: string, cause: unknown): UserError {
  const line = cause instanceof GraphQLError ? cause.locations?.[0]?.line : undefined;
  const place = line === undefined ? "" : ` at line ${line}`;
  const reason = messageOf(cause).split("\n")[0]?.replace(/\.$/, "") ?? "";
  return new UserError(`${address} is not a valid GraphQL schema${place}: ${reason}.`, {
    hint: "Mend it, or give the whole answer to an introspection query.",
    cause,
  });
}
