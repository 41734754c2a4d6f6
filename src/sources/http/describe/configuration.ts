/** Configuration keys of the credentials. The blueprint names keys, the spec holds references; values are in neither. */
import { type Auth, CREDENTIAL_FIELDS } from "../../../artifacts/auth.ts";
import type { ConfigurationKey } from "../../../artifacts/blueprint.ts";

/** Configuration key per credential field. */
export const CREDENTIAL_KEYS: {
  readonly [K in Auth["kind"]]: Readonly<Record<string, Omit<ConfigurationKey, "required">>>;
} = {
  none: {},
  api_key: { value: { key: "api_key", description: "API key of the source", secret: true } },
  basic: {
    username: { key: "username", description: "User name at the source", secret: false },
    password: { key: "password", description: "Password at the source", secret: true },
  },
  bearer: { token: { key: "api_token", description: "Access token of the source", secret: true } },
  oauth2_client_credentials: {
    client_id: { key: "client_id", description: "Id of the OAuth 2 client", secret: false },
    client_secret: { key: "client_secret", description: "Secret of the OAuth 2 client", secret: true },
  },
  session: {
    username: { key: "username", description: "User name at the source", secret: false },
    password: { key: "password", description: "Password at the source", secret: true },
  },
};

/** The same way of authenticating with configuration keys in the place of references: as a blueprint has it. */
export function withConfigurationKeys(auth: Auth): Auth {
  const keys = Object.entries(CREDENTIAL_KEYS[auth.kind]).map(([field, { key }]) => [field, key]);
  return { ...auth, ...Object.fromEntries(keys) };
}

/** The configuration keys of a way of authenticating, in the order people are asked for them. */
export function configurationFromAuth(auth: Auth): ConfigurationKey[] {
  return CREDENTIAL_FIELDS[auth.kind].flatMap((field) => {
    const key = CREDENTIAL_KEYS[auth.kind][field];
    return key === undefined ? [] : [{ ...key, required: true }];
  });
}

/** What a spec's auth holds for each configuration key: `{ api_key: "${env:EXAMPLE_KEY}" }`. */
export function credentialReferences(auth: Auth): Record<string, string> {
  const held: Record<string, unknown> = auth;
  const keys = Object.entries(CREDENTIAL_KEYS[auth.kind]);
  return Object.fromEntries(keys.map(([field, { key }]) => [key, String(held[field])]));
}

/** Always there, so that a stand-in or a proxy can take the source's place. */
export function baseUrlKey(value: string): ConfigurationKey {
  const description = "Base address of the source";
  return { key: "base_url", description, secret: false, required: false, default: value };
}
