/** The connector's configuration with its references resolved. It exists in memory only, until somebody asks for it. */
import { dirname } from "node:path";
import type { Blueprint } from "../artifacts/blueprint.ts";
import type { Requirements } from "../artifacts/requirements.ts";
import { UserError } from "../errors.ts";
import type { SourceKind } from "../sources/kind.ts";
import { resolveReference } from "../system/secrets.ts";

export interface ConfigurationRequest {
  requirements: Requirements;
  blueprint: Blueprint;
  kind: SourceKind;
  environment: Readonly<Record<string, string | undefined>>;
}

/** A value for each key of the blueprint. Throws `UserError` naming what has none. */
export async function resolveConfiguration(request: ConfigurationRequest): Promise<Record<string, string>> {
  const { requirements, blueprint, kind, environment } = request;
  const references = kind.credentials(requirements);
  const values: Record<string, string> = {};
  for (const { key, required, default: fallback } of blueprint.configuration) {
    const reference = references[key] ?? fallback;
    if (reference === undefined) {
      if (!required) continue;
      throw new UserError(`The spec gives no value for ${key}, which the connector needs.`, {
        hint: "Add it under source.auth as a reference to an environment variable or a file.",
      });
    }
    values[key] = await resolveReference(reference, { environment, baseDirectory: dirname(requirements.spec_address) });
  }
  return values;
}
