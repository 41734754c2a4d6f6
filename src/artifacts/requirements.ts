/** What step 1 settles: the spec with its defaults, credentials as references only, nothing missing. */
import { z } from "zod";
import { specSchema } from "./spec.ts";

export const requirementsSchema = z.strictObject({
  version: z.literal(1),
  /** Connector name derived from the spec's name. */
  name: z.string().regex(/^[_a-z][_a-z0-9]*$/),
  spec: specSchema,
  /** Absolute path or address the spec came from; relative `docs` are resolved against it. */
  spec_address: z.string(),
});
export type Requirements = z.infer<typeof requirementsSchema>;
