/**
 * The blueprint: everything known about a source, in no target's terms. Source kinds write it, targets read it, and
 * the two meet nowhere else.
 *
 * Values are plain; what each rests on is kept beside them in `claims`, keyed by field (see `claimKey`).
 */
import { z } from "zod";
import { authSchema } from "./auth.ts";
import { advanceSchema, deletesSchema, paginationSchema, parentSchema } from "./reading.ts";

/**
 * Column types. `integer` fits 64 bits signed; `bigint` may not. `number` is a 64-bit float; `decimal` is exact.
 * `timestamp` has a zone, `local_timestamp` has none. `json` is any nested value.
 */
export const columnTypeSchema = z.enum([
  "boolean",
  "integer",
  "bigint",
  "number",
  "decimal",
  "string",
  "date",
  "timestamp",
  "local_timestamp",
  "binary",
  "json",
]);
export type ColumnType = z.infer<typeof columnTypeSchema>;

export const columnSchema = z.strictObject({
  /** Name of the field in the source's record, which is also the column's name before any renaming. */
  name: z.string().min(1),
  type: columnTypeSchema,
  nullable: z.boolean().default(true),
  /** Only with `decimal`. */
  precision: z.int().positive().optional(),
  scale: z.int().nonnegative().optional(),
  /** How the source writes a timestamp or date: text in ISO 8601 unless stated. */
  format: z.enum(["iso8601", "epoch_seconds", "epoch_milliseconds"]).optional(),
  description: z.string().optional(),
  /** Values the source may send, for enumerations and for realistic simulation. */
  values: z.array(z.union([z.string(), z.number(), z.boolean()])).optional(),
});
export type Column = z.infer<typeof columnSchema>;

/** How the rows of a REST table are asked for. */
export const restReadSchema = z.strictObject({
  kind: z.literal("rest"),
  /** Relative to the base address, starting with `/`; `{placeholder}`s are bound by `parent`. */
  path: z.string().startsWith("/"),
  /** Parameters sent with every request of this table. */
  params: z.record(z.string(), z.string()).default({}),
  /** Dotted path of the list in the answer; "" is the answer itself. */
  records: z.string(),
  /** True when `records` holds one object instead of a list. */
  single: z.boolean().default(false),
  pagination: paginationSchema,
  parent: parentSchema.optional(),
});
export type RestRead = z.infer<typeof restReadSchema>;

export const tableSchema = z.strictObject({
  name: z.string().min(1),
  description: z.string().optional(),
  /** Empty: the table has no key, and the platform makes one from the row's values. */
  primary_key: z.array(z.string()),
  columns: z.array(columnSchema).min(1),
  read: restReadSchema,
  advance: advanceSchema,
  deletes: deletesSchema,
});
export type Table = z.infer<typeof tableSchema>;

/** A key of the connector's configuration. Its value is never in the blueprint. */
export const configurationKeySchema = z.strictObject({
  key: z.string().regex(/^[a-z][a-z0-9_]*$/),
  description: z.string(),
  secret: z.boolean(),
  required: z.boolean(),
  /** Used when the key is missing or blank. */
  default: z.string().optional(),
});
export type ConfigurationKey = z.infer<typeof configurationKeySchema>;

export const claimSchema = z.discriminatedUnion("status", [
  z.strictObject({
    status: z.literal("documented"),
    evidence: z.array(z.string()).min(1),
    note: z.string().optional(),
  }),
  z.strictObject({ status: z.literal("probed"), evidence: z.array(z.string()).min(1), note: z.string().optional() }),
  z.strictObject({
    status: z.literal("unproven"),
    reason: z.string().min(1),
    evidence: z.array(z.string()).default([]),
  }),
  z.strictObject({
    status: z.literal("contradicted"),
    /** What was taken, and what the other side says. */
    reason: z.string().min(1),
    evidence: z.array(z.string()).min(2),
  }),
]);
export type Claim = z.infer<typeof claimSchema>;

export const blueprintSchema = z.strictObject({
  version: z.literal(1),
  /** The connector's name: `^[_a-z][_a-z0-9]*$`, as Fivetran wants connection names. */
  name: z.string().regex(/^[_a-z][_a-z0-9]*$/),
  title: z.string(),
  description: z.string().default(""),
  source: z.strictObject({
    kind: z.literal("rest"),
    /** No trailing slash. */
    base_url: z.url(),
    /** Credential fields name configuration keys. */
    auth: authSchema,
    /** Sent with every request. */
    headers: z.record(z.string(), z.string()).default({}),
    rate_limit: z.strictObject({ requests: z.int().positive(), per_seconds: z.number().positive() }).optional(),
  }),
  configuration: z.array(configurationKeySchema),
  /** Parents come before their children. */
  tables: z.array(tableSchema).min(1),
  /** What the source has and the connector leaves out, with the reason. */
  skipped: z.array(z.strictObject({ name: z.string(), reason: z.string() })).default([]),
  /** What no template can express, in words. */
  custom: z.array(z.string()).default([]),
  claims: z.record(z.string(), claimSchema),
});
export type Blueprint = z.infer<typeof blueprintSchema>;

/** Fields of a table that need a claim. `columns` is claimed as a whole, a single column where it differs. */
export const TABLE_FIELDS = [
  "read.path",
  "read.records",
  "read.pagination",
  "read.parent",
  "primary_key",
  "columns",
  "advance",
  "deletes",
] as const;
export type TableField = (typeof TABLE_FIELDS)[number];
/** Fields of the source that need a claim. */
export const SOURCE_FIELDS = ["base_url", "auth", "rate_limit"] as const;
export type SourceField = (typeof SOURCE_FIELDS)[number];

/** `source.auth`, `tables.orders.primary_key`. */
export function claimKey(field: SourceField): string;
export function claimKey(table: string, field: TableField): string;
export function claimKey(first: string, field?: string): string {
  return field === undefined ? `source.${first}` : `tables.${first}.${field}`;
}

/** The claim keys that a blueprint must have: absent optional fields need none. */
export function requiredClaims(blueprint: Pick<Blueprint, "source" | "tables">): string[] {
  const keys = SOURCE_FIELDS.filter((field) => blueprint.source[field] !== undefined).map((field) => claimKey(field));
  for (const table of blueprint.tables) {
    for (const field of TABLE_FIELDS) {
      if (field === "read.parent" && table.read.parent === undefined) continue;
      keys.push(claimKey(table.name, field));
    }
  }
  return keys;
}
