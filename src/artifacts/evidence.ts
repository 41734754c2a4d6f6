/**
 * Evidence: one line of `evidence.jsonl` per fact seen. The research log and the list of sources are rendered from it.
 * Only programs write it; a model can cause a probe or a fetch, not an entry.
 */
import { z } from "zod";

export const evidenceSchema = z.strictObject({
  /** `E1`, `E2`, …: unique within a connector. */
  id: z.string().regex(/^E\d+$/),
  /** `other`: a page that neither the source's maker nor maintained code stands behind. */
  kind: z.enum([
    "official-docs",
    "api-description",
    "introspection",
    "reference-implementation",
    "other",
    "probe",
    "user",
  ]),
  /** Address of the page or description, or the request that was sent; for `user`, the spec file. */
  address: z.string().min(1),
  /** ISO 8601, UTC. */
  time: z.iso.datetime(),
  /** What was read, at most 300 characters, redacted. For a description: the value at `pointer`. */
  quotation: z.string().max(300),
  /** JSON pointer into the description or the spec (RFC 6901). */
  pointer: z.string().optional(),
  /** SHA-256 of the stored page, description or exchange, hex. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
});
export type Evidence = z.infer<typeof evidenceSchema>;
