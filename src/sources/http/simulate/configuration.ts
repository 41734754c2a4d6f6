/** Values for a connector's configuration that work at the stand-in. */
import { CREDENTIAL_FIELDS } from "../../../artifacts/auth.ts";
import type { ConfigurationKey } from "../../../artifacts/blueprint.ts";
import type { HttpSource } from "../../../artifacts/kinds/http.ts";
import { createRandom } from "./random.ts";

const LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/**
 * A value per configuration key. Credentials are distinctive, 24 characters or more, and hold characters that change in
 * a query, in base64 or in a form, as far as the kind of credential allows them. Keys that only tune the connector get
 * their default, or stay blank. The base address is known only to who listens.
 */
/** What of a blueprint a stand-in for an HTTP source needs to make its credentials. */
export interface Configured {
  source: HttpSource;
  configuration: ConfigurationKey[];
}

export function makeConfiguration(blueprint: Configured, seed: number): Record<string, string> {
  const credentials = credentialKeys(blueprint);
  const values: Record<string, string> = {};
  for (const { key, required, default: standard } of blueprint.configuration) {
    if (credentials.has(key)) continue;
    values[key] = standard ?? (required ? inventValue(key, seed, "plain") : "");
  }
  for (const [key, style] of credentials) values[key] = inventValue(key, seed, style);
  return values;
}

type Style = "plain" | "token68" | "any";

/** A bearer token is limited to `token68` (RFC 6750, 2.1); a user name must not hold a colon (RFC 7617, 2). */
function credentialKeys(blueprint: Configured): Map<string, Style> {
  const { auth } = blueprint.source;
  const fields: Readonly<Record<string, unknown>> = { ...auth };
  const keys = new Map<string, Style>();
  for (const field of CREDENTIAL_FIELDS[auth.kind]) {
    const key = fields[field];
    if (typeof key !== "string" || key === "") continue;
    keys.set(key, auth.kind === "bearer" ? "token68" : "any");
  }
  return keys;
}

function inventValue(key: string, seed: number, style: Style): string {
  const random = createRandom(seed, `configuration ${key}`);
  const part = () => random.text(8, LETTERS);
  if (style === "plain") return `${part()}${part()}`;
  if (style === "token68") return `${part()}+${part()}/${part()}~${part()}==`;
  return `${part()}+${part()}/${part()}&%=${part()}?`;
}
