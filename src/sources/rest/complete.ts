/** The configuration that a REST source's connector has: its base address, and a key per credential. */
import type { RestBlueprint as Blueprint } from "../../artifacts/blueprint.ts";
import { baseUrlKey, configurationFromAuth, withConfigurationKeys } from "../http/describe/configuration.ts";

/** `source` may hold references, or anything else, in the place of credentials. */
export function completeRest(source: Blueprint["source"]): Pick<Blueprint, "source" | "configuration"> {
  const auth = withConfigurationKeys(source.auth);
  return { source: { ...source, auth }, configuration: [baseUrlKey(source.base_url), ...configurationFromAuth(auth)] };
}
