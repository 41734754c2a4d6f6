/** What two versions of a connector do differently on the same source: kept with an enhancement, and shown before it is taken. */
import { z } from "zod";
import { basisSchema } from "./report.ts";

const count = z.int().nonnegative();

/** The one of two versions: the connector as it was, or as it is now. */
export const versionSchema = z.enum(["before", "after"]);
export type Version = z.infer<typeof versionSchema>;

export const rowDifferenceSchema = z.strictObject({
  /** Rows of the version before that the other has not. */
  missing: count,
  /** Rows that only the version after has. */
  unexpected: count,
  /** Rows of both with other values in columns of both. */
  different: count,
  /** The first few, in words. */
  examples: z.array(z.string()),
});
export type RowDifference = z.infer<typeof rowDifferenceSchema>;

const columnSchema = z.strictObject({ name: z.string(), type: z.string() });

/** A table in the warehouse's names: also one that no description knows. */
export const tableDifferenceSchema = z.strictObject({
  name: z.string(),
  /** `new` and `gone`: only one of the versions has it. */
  standing: z.enum(["same", "changed", "new", "gone"]),
  /** Empty: rows are told by their values. Absent where that version has no such table. */
  key: z.strictObject({ before: z.array(z.string()).optional(), after: z.array(z.string()).optional() }),
  columns: z.strictObject({
    added: z.array(columnSchema),
    removed: z.array(columnSchema),
    retyped: z.array(z.strictObject({ name: z.string(), before: z.string(), after: z.string() })),
  }),
  /** After each sync that both versions went through. */
  rows: z.array(
    rowDifferenceSchema.extend({
      sync: z.string(),
      before: count,
      after: count,
      /** Rows marked deleted, and those of them that only one version has marked. */
      deleted: z.strictObject({ before: count, after: count, differing: count }),
    }),
  ),
});
export type TableDifference = z.infer<typeof tableDifferenceSchema>;

const askedSchema = z.strictObject({
  requests: count,
  /** In the answers. */
  records: count,
});

export const requestDifferenceSchema = z.strictObject({
  sync: z.string(),
  /** The table that was asked for, or `POST /token` for what is for none. */
  of: z.string(),
  before: askedSchema,
  after: askedSchema,
  /** Parameters that its first request has with other values, or only in one of the versions. */
  params: z.array(z.strictObject({ name: z.string(), before: z.string().optional(), after: z.string().optional() })),
});
export type RequestDifference = z.infer<typeof requestDifferenceSchema>;

/** Places in the state with the kinds of values there: `tables.orders.cursor` -> `time`. */
const shapeSchema = z.record(z.string(), z.string());

export const behaviourSchema = z.strictObject({
  version: z.literal(1),
  connector: z.string(),
  target: z.enum(["fivetran", "lakeflow"]),
  time: z.iso.datetime(),
  basis: basisSchema,
  /** What both were run against, and why not against one and the same stand-in, where that is so. */
  source: z.strictObject({ shared: z.boolean(), note: z.string() }),
  /** Nothing differs. */
  equal: z.boolean(),
  /**
   * What a person has to know before the version after goes to where the one before ran. `loss`: rows that came before do not
   * come any more. `gone`: a table or column is not sent any more. `re-sync`: what is there does not become right by itself.
   * `cost`: more is asked for or sent.
   */
  notices: z.array(
    z.strictObject({
      kind: z.enum(["loss", "gone", "re-sync", "cost", "unproven"]),
      table: z.string().optional(),
      text: z.string(),
    }),
  ),
  tables: z.array(tableDifferenceSchema),
  /** Those that differ. */
  requests: z.array(requestDifferenceSchema),
  /** Requests of all syncs. */
  asked: z.strictObject({ before: count, after: count }),
  state: z.strictObject({ same: z.boolean(), before: shapeSchema, after: shapeSchema }),
  /** The version after, started with the state and over the rows that the one before left. */
  goes_on: z.strictObject({
    /** `same`: it ends with the rows that it has when it did everything itself. */
    outcome: z.enum(["same", "different", "failed", "not-tried"]),
    reason: z.string().optional(),
    tables: z.array(rowDifferenceSchema.extend({ name: z.string() })),
  }),
  syncs: z.array(
    z.strictObject({
      version: z.enum(["before", "after", "after going on"]),
      name: z.string(),
      status: z.enum(["succeeded", "failed"]),
      reason: z.string().optional(),
      /** Rows sent, by table. */
      rows: z.record(z.string(), count),
      requests: count,
    }),
  ),
});
export type Behaviour = z.infer<typeof behaviourSchema>;
