/** Single looks at the real source: one query each, answered with nothing secret in it. */
import { Kind, parse } from "graphql";
import type { GraphqlSource } from "../../../artifacts/kinds/graphql.ts";
import { messageOf, UserError } from "../../../errors.ts";
import { isObject } from "../../http/describe/pointer.ts";
import { otherHost } from "../../http/live/hosts.ts";
import { createLooker } from "../../http/live/look.ts";
import type { Exchange, LiveOptions, Look } from "../../live.ts";

/**
 * See `SourceKind.look`. The query stands in `params.query`, its variables as JSON in `params.variables`; `path` is that of
 * the endpoint, so it is `/` or empty. Sent as POST, which every server takes; only queries are sent, never a mutation.
 */
export async function lookGraphql(source: GraphqlSource, look: Look, options: LiveOptions): Promise<Exchange> {
  const { query, variables, ...others } = look.params;
  if (query === undefined) {
    throw new UserError("A look at a GraphQL source needs a query.", {
      hint: "Give it as the parameter `query`, and its variables as JSON in the parameter `variables`.",
    });
  }
  const stray = Object.keys(others)[0];
  if (stray !== undefined)
    throw new UserError(`A look at a GraphQL source has no parameter ${stray}.`, { hint: "Put it into the query." });
  refuseWriting(query);
  const looker = createLooker(source, options);
  const body = JSON.stringify({ query, variables: variablesOf(variables) });
  const { exchange, elsewhere } = await looker.ask(looker.address("", {}), { credentials: look.credentials, body });
  if (elsewhere) throw otherHost(elsewhere);
  return exchange;
}

function refuseWriting(query: string): void {
  let definitions: ReturnType<typeof parse>["definitions"];
  try {
    definitions = parse(query).definitions;
  } catch (cause) {
    throw new UserError(`The query cannot be read: ${messageOf(cause)}.`, { hint: "Mend it: it is GraphQL.", cause });
  }
  for (const one of definitions) {
    if (one.kind === Kind.FRAGMENT_DEFINITION) continue;
    if (one.kind === Kind.OPERATION_DEFINITION && one.operation === "query") continue;
    throw new UserError("Only queries are sent to a source: no mutation, no subscription.");
  }
}

function variablesOf(text: string | undefined): object {
  if (text === undefined || text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  throw new UserError("The parameter variables is no JSON object.", { hint: 'For example {"first": 2}.' });
}
