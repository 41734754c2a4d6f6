/**
 * How a source is authenticated against. The same shape serves the spec (where credential fields hold references)
 * and the blueprint (where they hold the names of configuration keys).
 */
import { z } from "zod";

const credential = z.string().min(1);

export const authSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("none") }),
  z.strictObject({
    kind: z.literal("api_key"),
    in: z.enum(["header", "query"]),
    /** Header or query parameter that carries the key. */
    name: z.string().min(1),
    /** Text before the key, with its separator: `"apiKey "`. */
    prefix: z.string().optional(),
    value: credential,
  }),
  z.strictObject({ kind: z.literal("basic"), username: credential, password: z.string() }),
  z.strictObject({ kind: z.literal("bearer"), token: credential }),
  z.strictObject({
    kind: z.literal("oauth2_client_credentials"),
    /** Absolute, or relative to the base address. */
    token_url: z.string().min(1),
    client_id: credential,
    client_secret: credential,
    scopes: z.array(z.string()).default([]),
    /** Where the client's credentials go in the token request (RFC 6749 2.3.1). */
    client_auth: z.enum(["body", "basic"]).default("body"),
  }),
  z.strictObject({
    kind: z.literal("session"),
    /** A login request whose answer carries a token for the other requests. */
    login_path: z.string().min(1),
    username: credential,
    password: credential,
    /** Names of the two fields in the JSON body of the login request. */
    username_field: z.string().default("username"),
    password_field: z.string().default("password"),
    /** Dotted path of the token in the answer. */
    token_path: z.string().default("token"),
    header: z.string().default("Authorization"),
    prefix: z.string().default("Bearer "),
  }),
]);

export type Auth = z.infer<typeof authSchema>;
export type AuthInput = z.input<typeof authSchema>;

/** Fields whose values are secrets: a literal there is refused in a spec. */
export const SECRET_FIELDS: { readonly [K in Auth["kind"]]: readonly string[] } = {
  none: [],
  api_key: ["value"],
  basic: ["password"],
  bearer: ["token"],
  oauth2_client_credentials: ["client_secret"],
  session: ["password"],
};

/** Fields that are credentials of any sort, in the order people are asked for them. */
export const CREDENTIAL_FIELDS: { readonly [K in Auth["kind"]]: readonly string[] } = {
  none: [],
  api_key: ["value"],
  basic: ["username", "password"],
  bearer: ["token"],
  oauth2_client_credentials: ["client_id", "client_secret"],
  session: ["username", "password"],
};
