/** The report of one test round: `reports/N.json`. Only the harness writes it. */
import { z } from "zod";

export const CHECKS = [
  "lint",
  "initial-sync",
  "keys",
  "columns",
  "second-sync",
  "changes",
  "deletes",
  "living",
  "resume",
  "faults",
  "drift",
  "memory",
  "completeness",
  "refusal",
  "configuration",
  "secrets",
  "targets-equal",
] as const;
export const checkIdSchema = z.enum(CHECKS);
export type CheckId = z.infer<typeof checkIdSchema>;

/** What a verdict rests on, weakest first. A table's trust label is the weakest basis of its passing checks. */
export const BASES = ["static", "simulated", "recorded", "live"] as const;
export const basisSchema = z.enum(BASES);
export type Basis = z.infer<typeof basisSchema>;

/**
 * How much was tried. `full`: everything. `quick`: the rows, their changes and deletes, refusals and secrets; for trying
 * things out, and too little to trust anybody's numbers to.
 */
export const DEPTHS = ["full", "quick"] as const;
export const depthSchema = z.enum(DEPTHS);
export type Depth = z.infer<typeof depthSchema>;

export const findingSchema = z.strictObject({
  /** Relative to the connector directory. */
  file: z.string(),
  /** 1-based; 0 when the finding is about the whole file. */
  line: z.int().nonnegative(),
  /** `SF01` …, see `targets/fivetran/python/lint.py`; ruff's own codes otherwise. */
  rule: z.string(),
  severity: z.enum(["blocker", "warning"]),
  message: z.string(),
  why: z.string(),
  mend: z.string(),
});
export type Finding = z.infer<typeof findingSchema>;

export const checkResultSchema = z.strictObject({
  check: checkIdSchema,
  severity: z.enum(["blocker", "warning"]),
  verdict: z.enum(["pass", "fail", "not-applicable"]),
  basis: basisSchema,
  /** Absent when the check is about the connector as a whole. */
  table: z.string().optional(),
  /** Which of several trials of the check it is about: the fault `429-seconds`. */
  case: z.string().optional(),
  /** Only where two connectors were built of one blueprint: the one it is about. */
  target: z.enum(["fivetran", "lakeflow"]).optional(),
  /** One sentence: what was found, or why the check does not apply. */
  summary: z.string(),
  /** What was counted: `{ expected: 250, actual: 249, missing: 1 }`. */
  figures: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])).default({}),
  /** Where to look: the first few differing rows, requests, log lines. Redacted. */
  details: z.array(z.string()).default([]),
});
export type CheckResult = z.infer<typeof checkResultSchema>;

export const syncSummarySchema = z.strictObject({
  /** `initial`, `second`, `changes`, `deletes`, … */
  name: z.string(),
  status: z.enum(["succeeded", "failed"]),
  reason: z.string().optional(),
  milliseconds: z.number(),
  operations: z.strictObject({
    upserts: z.int(),
    updates: z.int(),
    deletes: z.int(),
    truncates: z.int(),
    schemaChanges: z.int(),
    checkpoints: z.int(),
  }),
  /** Peak resident memory of the connector's process in bytes, where the platform tells. */
  peak_memory: z.number().optional(),
  /** Rows sent per table (upserts and updates). */
  rows: z.record(z.string(), z.int()),
  requests: z.int(),
  /** Requests and rows over time: `[milliseconds since start, requests so far, rows so far]`. */
  timeline: z.array(z.tuple([z.number(), z.number(), z.number()])).default([]),
});
export type SyncSummary = z.infer<typeof syncSummarySchema>;

export const reportSchema = z.strictObject({
  version: z.literal(1),
  connector: z.string(),
  target: z.enum(["fivetran", "lakeflow", "both"]),
  round: z.int().positive(),
  time: z.iso.datetime(),
  basis: basisSchema,
  /** Reports of before there was more than one depth were quick ones. */
  depth: depthSchema.default("quick"),
  /** Why this basis and not a stronger one. */
  basis_reason: z.string(),
  /** SHA-256 over the connector's files: a report is of this code and no other. */
  code_hash: z.string(),
  green: z.boolean(),
  /** Why it is not green, one line each. */
  blockers: z.array(z.string()),
  tables: z.array(
    z.strictObject({
      name: z.string(),
      /** The weakest basis its passing empirical checks rest on, or why there is none. */
      trust: z.union([basisSchema, z.literal("unproven")]),
      rows: z.int(),
      passed: z.int(),
      failed: z.int(),
    }),
  ),
  checks: z.array(checkResultSchema),
  findings: z.array(findingSchema),
  syncs: z.array(syncSummarySchema),
  /** Claims of the blueprint that nothing proves, in words; also those on which sources disagree and no probe decided. */
  unproven: z.array(z.string()),
  /** Claims, in words, where a probe of the source showed another thing than the documentation: the source was followed. */
  overruled: z.array(z.string()).default([]),
  /** What the source has and the connector does not bring, with the reason: `orders: orders.csv is empty`. */
  left_out: z.array(z.string()).default([]),
  milliseconds: z.number(),
  /** Milliseconds per check. Those with stages of their own run two at a time. */
  timings: z.partialRecord(checkIdSchema, z.number()).default({}),
});
export type Report = z.infer<typeof reportSchema>;
