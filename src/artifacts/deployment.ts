/** What became of steps 7 and 8. */
import { z } from "zod";

export const deploymentSchema = z.strictObject({
  version: z.literal(1),
  time: z.iso.datetime(),
  outcome: z.enum(["deployed", "skipped"]),
  reason: z.string(),
  code_hash: z.string(),
  connection_id: z.string().optional(),
  dashboard: z.string().optional(),
});
export type Deployment = z.infer<typeof deploymentSchema>;

export const verificationSchema = z.strictObject({
  version: z.literal(1),
  time: z.iso.datetime(),
  outcome: z.enum(["verified", "skipped"]),
  reason: z.string(),
  /** Rows per table of the local run, to compare the destination with. */
  expected_rows: z.record(z.string(), z.int()),
  sql: z.record(z.string(), z.string()),
  summary: z.string(),
});
export type Verification = z.infer<typeof verificationSchema>;
