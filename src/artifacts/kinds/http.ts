/** What REST and GraphQL sources have in common: an address, a way to authenticate, a pace. */
import { z } from "zod";
import { type Auth, authSchema } from "../auth.ts";

export const rateLimitSchema = z.strictObject({
  requests: z.int().positive(),
  per_seconds: z.number().positive(),
});

/** Fields of the source in the blueprint. */
export const httpSourceFields = {
  /** No trailing slash. For GraphQL: the endpoint's whole address. */
  base_url: z.url(),
  /** Credential fields name configuration keys. */
  auth: authSchema,
  /** Sent with every request. */
  headers: z.record(z.string(), z.string()).default({}),
  rate_limit: rateLimitSchema.optional(),
};

/** The same in the spec, where all may be left to the description. Credential fields hold references. */
export const httpSpecFields = {
  base_url: z.url({ protocol: /^https?$/ }).optional(),
  auth: authSchema.optional(),
  headers: z.record(z.string(), z.string()).default({}),
  rate_limit: rateLimitSchema.optional(),
};

/** What the parts that deal with HTTP need to know of a source. */
export interface HttpSource {
  base_url: string;
  auth: Auth;
  headers: Record<string, string>;
  rate_limit?: z.infer<typeof rateLimitSchema> | undefined;
}
