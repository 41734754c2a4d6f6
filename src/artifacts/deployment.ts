/** What became of steps 7 and 8. */
import { z } from "zod";

/**
 * `setup-tests-failed`: the connection is there, with this code, and the platform could not run it. `failed`: the platform
 * has what it had before, as far as `reason` does not say otherwise. `not-agreed`: nobody said yes to it yet.
 */
const outcomeSchema = z.enum(["deployed", "setup-tests-failed", "failed", "not-agreed", "skipped"]);

const endFields = {
  outcome: outcomeSchema,
  /** Why it ended so, for people; empty where everything went well. */
  reason: z.string(),
  destination: z.string().optional(),
  /** The connection's name, which is the destination's schema. */
  connection: z.string().optional(),
  connection_id: z.string().optional(),
  dashboard: z.string().optional(),
  /** A new connection, or one that was there. */
  created: z.boolean().optional(),
  /** As read back: nothing syncs while it is. */
  paused: z.boolean().optional(),
  package_id: z.string().optional(),
  setup_tests: z.array(z.strictObject({ title: z.string(), status: z.string(), message: z.string() })).optional(),
};

export const deploymentSchema = z.strictObject({
  version: z.literal(1),
  time: z.iso.datetime(),
  code_hash: z.string(),
  ...endFields,
});
export type Deployment = z.infer<typeof deploymentSchema>;

/** A deployment as its target tells of it. */
export type DeploymentEnd = Omit<Deployment, "version" | "time" | "code_hash">;

/** What was deployed from here last: another deployment is held against it. */
export const deployedSchema = z.strictObject({
  version: z.literal(1),
  time: z.iso.datetime(),
  code_hash: z.string(),
  connection_id: z.string(),
  /** Table of the source -> columns of its key. */
  keys: z.record(z.string(), z.array(z.string())),
});
export type Deployed = z.infer<typeof deployedSchema>;

const rangeSchema = z.tuple([z.string(), z.string()]).nullable();

/** A table of the destination held against the local run. */
export const reconciledSchema = z.strictObject({
  /** In the destination's name. */
  table: z.string(),
  /** `more`: all rows of the local run are there, and others, which the source may have gained since. */
  verdict: z.enum(["equal", "more", "differs"]),
  /** Live rows. */
  expected: z.int(),
  found: z.int(),
  /** Rows that the platform marks as deleted. */
  deleted: z.int(),
  /** What the source itself says, after the destination was read, and how it was asked; absent where it was not, or does not say. */
  source: z.strictObject({ rows: z.int(), route: z.string() }).optional(),
  /** The first few keys, in words. */
  missing: z.array(z.string()),
  more: z.array(z.string()),
  twice: z.array(z.string()),
  /** Lowest and highest value of keys, cursor and dates; null where there is none. */
  ranges: z.array(
    z.strictObject({ column: z.string(), expected: rangeSchema, found: rangeSchema, source: rangeSchema.optional() }),
  ),
  /** When the platform wrote its first and its last row. */
  synced: z.tuple([z.string(), z.string()]).optional(),
  words: z.string(),
});
export type Reconciled = z.infer<typeof reconciledSchema>;

export const verificationSchema = z.strictObject({
  version: z.literal(1),
  time: z.iso.datetime(),
  outcome: z.enum(["verified", "differs", "sync-failed", "skipped"]),
  reason: z.string(),
  /** Rows per table of the local run, to compare the destination with. */
  expected_rows: z.record(z.string(), z.int()),
  /** What the platform says of the connection's syncs since the deployment. */
  syncs: z
    .strictObject({
      outcome: z.enum(["succeeded", "failed", "rescheduled", "paused", "none"]),
      running: z.boolean().default(false),
      words: z.array(z.string()),
      /** What the platform keeps of it; values of the state are not read. */
      standing: z
        .strictObject({
          state: z.array(z.string()).optional(),
          tables: z.array(z.strictObject({ name: z.string(), synced: z.boolean() })).optional(),
          guessed: z.literal(true).optional(),
          unread: z.array(z.string()),
        })
        .optional(),
    })
    .optional(),
  /** Empty where nobody could look into the destination. */
  reconciled: z.array(reconciledSchema).default([]),
  sql: z.record(z.string(), z.string()),
  summary: z.string(),
});
export type Verification = z.infer<typeof verificationSchema>;
