/** The spec: what a person writes, in YAML or JSON. Its JSON Schema is published as `spec.schema.json`. */
import { z } from "zod";
import { columnTypeSchema } from "./blueprint.ts";
import { databaseSpecSourceSchema, databaseSpecTableFields } from "./kinds/database.ts";
import { fileSpecSourceSchema, fileSpecTableFields } from "./kinds/file.ts";
import { graphqlSpecSourceSchema, graphqlSpecTableFields } from "./kinds/graphql.ts";
import { restSpecSourceSchema, restSpecTableFields } from "./kinds/rest.ts";
import { advanceSchema, deletesSchema } from "./reading.ts";
import { depthSchema } from "./report.ts";

/** What a table may state beyond the common part, by kind of source. */
export const TABLE_FIELDS_OF_KIND = {
  rest: restSpecTableFields,
  graphql: graphqlSpecTableFields,
  database: databaseSpecTableFields,
  file: fileSpecTableFields,
};

/**
 * A table as a person may state it: any part may be left to the description, none may be wrong. Fields of another kind
 * of source than the spec's are refused when the spec is read.
 */
export const specTableSchema = z.strictObject({
  name: z.string().min(1),
  ...restSpecTableFields,
  ...graphqlSpecTableFields,
  ...databaseSpecTableFields,
  ...fileSpecTableFields,
  primary_key: z.array(z.string()).optional(),
  /** Column -> type; columns not named come from the description. */
  columns: z.record(z.string(), columnTypeSchema).optional(),
  incremental: z.union([z.literal("auto"), z.literal("none"), advanceSchema]).optional(),
  deletes: deletesSchema.optional(),
});
export type SpecTable = z.infer<typeof specTableSchema>;

export const specSourceSchema = z.discriminatedUnion("kind", [
  restSpecSourceSchema,
  graphqlSpecSourceSchema,
  databaseSpecSourceSchema,
  fileSpecSourceSchema,
]);

export type SpecSource = z.infer<typeof specSourceSchema>;

/** Fields of the source, outside `auth`, whose values are secrets: a literal there is refused. */
export const SECRET_SOURCE_FIELDS: { readonly [K in SpecSource["kind"]]: readonly string[] } = {
  rest: [],
  graphql: [],
  database: ["password"],
  file: ["secret_access_key", "password", "private_key"],
};

/** What a spec may state of a web source and of no other. Empty for other kinds. */
export function webSpec(source: SpecSource): Partial<Omit<Extract<SpecSource, { kind: "rest" }>, "kind">> {
  return source.kind === "rest" || source.kind === "graphql" ? source : {};
}

/**
 * A connector that somebody wrote elsewhere: its code is copied as it is and put to the proof, and nothing is generated.
 */
export const adoptedSchema = z.strictObject({
  /** Folder of the code, relative to the spec. */
  code: z.string().min(1),
  /**
   * The connector's configuration: key -> value. `{api_token}` stands for the value of that key of ours, `{base_url}` for
   * the address of the source. Without `{base_url}` the address is taken to be in the code: requests are led elsewhere.
   */
  configuration: z.record(z.string(), z.string()).default({}),
  /** Tables that the connector has in another form than they are described. */
  tables: z
    .record(
      z.string(),
      z.strictObject({
        /** What the connector calls the table. */
        name: z.string().min(1).optional(),
        /** Column of the description -> what the connector calls it. */
        columns: z.record(z.string(), z.string()).default({}),
        /** Columns that the connector adds by itself: nothing is said about them. */
        added: z.array(z.string()).default([]),
      }),
    )
    .default({}),
});
export type Adopted = z.infer<typeof adoptedSchema>;

export const specSchema = z.strictObject({
  name: z.string().min(1),
  target: z.enum(["fivetran", "lakeflow", "both"]).default("fivetran"),
  /** Files of the generated connector. */
  layout: z.enum(["modular", "single"]).default("modular"),
  adopted: adoptedSchema.optional(),
  source: specSourceSchema,
  /** Names of tables to take, or tables stated in full. Default: all that are found. */
  tables: z.array(z.union([z.string().min(1), specTableSchema])).optional(),
  incremental: z.enum(["auto", "none"]).default("auto"),
  destination: z
    .strictObject({
      name: z.string().min(1),
      type: z.enum(["snowflake", "bigquery", "postgresql", "databricks", "redshift", "duckdb"]).default("snowflake"),
      /** Lets the destination be read after a deployment: a reference to a PostgreSQL address, a DuckDB file's path, or `md:` and a database of MotherDuck's. */
      connection: z.string().min(1).optional(),
    })
    .optional(),
  test: z
    .strictObject({
      mode: z.enum(["auto", "live", "recorded", "simulated"]).default("auto"),
      /** `quick` leaves out kills, faults, moving sources and size: for trying things out. */
      depth: depthSchema.default("full"),
    })
    .prefault({}),
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
