/** The configuration that a GraphQL source's connector has: its endpoint's address, and a key per credential. */

import type { ConfigurationKey } from "../../artifacts/blueprint.ts";
import type { GraphqlSource } from "../../artifacts/kinds/graphql.ts";
import { baseUrlKey, configurationFromAuth, withConfigurationKeys } from "../http/describe/configuration.ts";

/** `source` may hold references, or anything else, in the place of credentials. */
export function completeGraphql(source: GraphqlSource): { source: GraphqlSource; configuration: ConfigurationKey[] } {
  const auth = withConfigurationKeys(source.auth);
  return { source: { ...source, auth }, configuration: [baseUrlKey(source.base_url), ...configurationFromAuth(auth)] };
}
