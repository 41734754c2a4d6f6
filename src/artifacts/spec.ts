/** The spec: what a person writes, in YAML or JSON. Its JSON Schema is published as `spec.schema.json`. */
import { z } from "zod";
import { authSchema } from "./auth.ts";
import { columnTypeSchema } from "./blueprint.ts";
import { advanceSchema, deletesSchema, paginationSchema, parentSchema } from "./reading.ts";

/** A table as a person may state it: any part may be left to the description, none may be wrong. */
export const specTableSchema = z.strictObject({
  name: z.string().min(1),
  /** Endpoint path; required where no description is given. */
  path: z.string().startsWith("/").optional(),
  params: z.record(z.string(), z.string()).optional(),
  records: z.string().optional(),
  primary_key: z.array(z.string()).optional(),
  /** Column -> type; columns not named come from the description. */
  columns: z.record(z.string(), columnTypeSchema).optional(),
  pagination: paginationSchema.optional(),
  parent: parentSchema.optional(),
  incremental: z.union([z.literal("auto"), z.literal("none"), advanceSchema]).optional(),
  deletes: deletesSchema.optional(),
});
export type SpecTable = z.infer<typeof specTableSchema>;

export const restSourceSchema = z.strictObject({
  kind: z.literal("rest"),
  base_url: z.url({ protocol: /^https?$/ }).optional(),
  /** Addresses or paths of descriptions (OpenAPI, Swagger, Postman, HAR) and of pages of prose, which a model reads. */
  docs: z.array(z.string().min(1)).default([]),
  auth: authSchema.optional(),
  headers: z.record(z.string(), z.string()).default({}),
  rate_limit: z.strictObject({ requests: z.int().positive(), per_seconds: z.number().positive() }).optional(),
});

export const specSchema = z.strictObject({
  name: z.string().min(1),
  target: z.enum(["fivetran", "lakeflow", "both"]).default("fivetran"),
  /** Files of the generated connector. */
  layout: z.enum(["modular", "single"]).default("modular"),
  source: z.discriminatedUnion("kind", [restSourceSchema]),
  /** Names of tables to take, or tables stated in full. Default: all that are found. */
  tables: z.array(z.union([z.string().min(1), specTableSchema])).optional(),
  incremental: z.enum(["auto", "none"]).default("auto"),
  destination: z
    .strictObject({
      name: z.string().min(1),
      type: z.enum(["snowflake", "bigquery", "postgresql", "databricks", "redshift"]).default("snowflake"),
    })
    .optional(),
  test: z.strictObject({ mode: z.enum(["auto", "live", "recorded", "simulated"]).default("auto") }).prefault({}),
  deploy: z.strictObject({ enabled: z.boolean().default(false) }).prefault({}),
  limits: z
    .strictObject({
      usd: z.number().positive().default(3),
      minutes: z.number().positive().default(30),
      turns: z.int().positive().default(60),
      fixes: z.int().min(0).max(2).default(2),
    })
    .prefault({}),
});
export type Spec = z.infer<typeof specSchema>;
