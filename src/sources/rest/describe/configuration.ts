/** Configuration keys of the credentials. The blueprint names keys, the spec holds references; values are in neither. */
import type { Auth } from "../../../artifacts/auth.ts";
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
