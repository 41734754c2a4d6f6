/**
 * The blueprint: everything known about a source, in no target's terms. Source kinds write it, targets read it, and
 * the two meet nowhere else.
 *
 * Values are plain; what each rests on is kept beside them in `claims`, keyed by field (see `claimKey`).
 */
import { z } from "zod";
import { databaseReadSchema, databaseSourceSchema } from "./kinds/database.ts";
import { fileReadSchema, fileSourceSchema } from "./kinds/file.ts";
import { graphqlReadSchema, graphqlSourceSchema } from "./kinds/graphql.ts";
import { restReadSchema, restSourceSchema } from "./kinds/rest.ts";
import { type Advance, advanceSchema, deletesSchema, type Parent } from "./reading.ts";

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

/** What is inside a `json` column, where the source says so. Values of fields that are not named are kept all the same. */
export type Shape =
  | { kind: "object"; fields: { name: string; shape: Shape }[] }
  | { kind: "list"; items: Shape }
  | { kind: "value"; type: ColumnType };
export const shapeSchema: z.ZodType<Shape> = z.lazy(() =>
  z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("object"),
      fields: z.array(z.strictObject({ name: z.string(), shape: shapeSchema })),
    }),
    z.strictObject({ kind: z.literal("list"), items: shapeSchema }),
    z.strictObject({ kind: z.literal("value"), type: columnTypeSchema }),
  ]),
);

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
  /** Only with `json`, and only when it is complete: an object that may have other fields, or any value, has none. */
  shape: shapeSchema.optional(),
  description: z.string().optional(),
  /** Values the source may send, for enumerations and for realistic simulation. */
  values: z.array(z.union([z.string(), z.number(), z.boolean()])).optional(),
});
export type Column = z.infer<typeof columnSchema>;

/** How the rows of a table are asked for, by kind of source. */
export const readSchema = z.discriminatedUnion("kind", [
  restReadSchema,
  graphqlReadSchema,
  databaseReadSchema,
  fileReadSchema,
]);

export const tableSchema = z.strictObject({
  name: z.string().min(1),
  description: z.string().optional(),
  /** Empty: the table has no key, and the platform makes one from the row's values. */
  primary_key: z.array(z.string()),
  columns: z.array(columnSchema).min(1),
  read: readSchema,
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

export const sourceSchema = z.discriminatedUnion("kind", [
  restSourceSchema,
  graphqlSourceSchema,
  databaseSourceSchema,
  fileSourceSchema,
]);
export type Source = z.infer<typeof sourceSchema>;
export type Kind = Source["kind"];

export const blueprintSchema = z.strictObject({
  version: z.literal(1),
  /** The connector's name: `^[_a-z][_a-z0-9]*$`, as Fivetran wants connection names. */
  name: z.string().regex(/^[_a-z][_a-z0-9]*$/),
  title: z.string(),
  description: z.string().default(""),
  source: sourceSchema,
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

/** The parts of `read` that need a claim of their own; the whole of it is claimed as `read` where there are none. */
const READ_FIELDS = {
  rest: ["read.path", "read.records", "read.pagination", "read.parent"],
  graphql: ["read.field", "read.paging", "read.parent"],
  database: ["read"],
  file: ["read"],
} as const satisfies { [K in Kind]: readonly string[] };
const COMMON_FIELDS = ["primary_key", "columns", "advance", "deletes"] as const;
export type TableField = (typeof READ_FIELDS)[Kind][number] | (typeof COMMON_FIELDS)[number];

/** Fields of a table that need a claim. `columns` is claimed as a whole, a single column where it differs. */
export function tableFields({ read }: Pick<Table, "read">): TableField[] {
  const own = READ_FIELDS[read.kind].filter((field) => field !== "read.parent" || parentOf({ read }) !== undefined);
  return [...own, ...COMMON_FIELDS];
}

/** What of `read` each of its fields is about. */
const READ_PARTS: { readonly [F in TableField]?: readonly string[] } = {
  "read.path": ["path", "params"],
  "read.records": ["records", "single"],
  "read.pagination": ["pagination"],
  "read.field": ["field", "arguments"],
  "read.paging": ["paging"],
  "read.parent": ["parent"],
};

/** The value that a field of a table has; of `read`, those parts of it that the field is about. */
export function fieldOf(table: Table, field: TableField): unknown {
  if (field === "read") return table.read;
  const parts = READ_PARTS[field];
  if (parts === undefined) return table[field as (typeof COMMON_FIELDS)[number]];
  const values = parts.map((part) => (table.read as Readonly<Record<string, unknown>>)[part]);
  return values.length === 1 ? values[0] : values;
}

/** The table with that field as another table of the same kind has it. */
export function withFieldOf(table: Table, field: TableField, other: Table): Table {
  const parts = READ_PARTS[field];
  if (parts === undefined) return { ...table, [field]: other[field as keyof Table] };
  const theirs = other.read as Readonly<Record<string, unknown>>;
  const taken = parts.filter((part) => theirs[part] !== undefined).map((part) => [part, theirs[part]]);
  return { ...table, read: { ...table.read, ...Object.fromEntries(taken) } };
}

/** Every field that some kind of table has. */
export const TABLE_FIELDS: readonly TableField[] = [
  ...new Set([...Object.values(READ_FIELDS).flat(), ...COMMON_FIELDS]),
];

const SOURCE_FIELDS_BY_KIND = {
  rest: ["base_url", "auth", "rate_limit"],
  graphql: ["base_url", "auth", "rate_limit"],
  database: ["connection"],
  file: ["location"],
} as const satisfies { [K in Kind]: readonly string[] };
export type SourceField = (typeof SOURCE_FIELDS_BY_KIND)[Kind][number];

/** Fields of the source that need a claim: what is optional and absent needs none. */
export function sourceFields(source: Source): SourceField[] {
  const present = (field: SourceField) =>
    field !== "rate_limit" || ("rate_limit" in source && source.rate_limit !== undefined);
  return SOURCE_FIELDS_BY_KIND[source.kind].filter(present);
}

/** The value that a field of the source has: for `connection` and `location` all of it. */
export function sourceFieldOf(source: Source, field: SourceField): unknown {
  return field === "connection" || field === "location" ? source : (source as Readonly<Record<string, unknown>>)[field];
}

/** Whether the source is asked by requests that it may limit, refuse by a status, and give tokens for. */
export function isWeb(source: Source): source is Extract<Source, { kind: "rest" | "graphql" }> {
  return source.kind === "rest" || source.kind === "graphql";
}

/** What a web source has and others have not: address, authentication, headers, pace. Empty for other kinds. */
export function webPart(source: Source): Partial<Omit<Extract<Source, { kind: "rest" }>, "kind">> {
  return isWeb(source) ? source : {};
}

/** Where a source is, for people: a base address, `host:port/database`, a folder. */
export function placeOfSource(source: Source): string {
  switch (source.kind) {
    case "rest":
    case "graphql":
      return source.base_url;
    case "database":
      return `${source.engine}${source.host === undefined ? "" : ` at ${source.host}`}${source.port === undefined ? "" : `:${source.port}`}${source.database === undefined ? "" : `/${source.database}`}`;
    case "file":
      return source.location;
  }
}

/** Every field that some kind of source has. */
export const SOURCE_FIELDS: readonly SourceField[] = [...new Set(Object.values(SOURCE_FIELDS_BY_KIND).flat())];

/** The table whose rows a table is listed by, where it has one. */
export function parentOf({ read }: Pick<Table, "read">): Parent | undefined {
  return "parent" in read ? read.parent : undefined;
}

/** `source.auth`, `tables.orders.primary_key`. */
export function claimKey(field: SourceField): string;
export function claimKey(table: string, field: TableField): string;
export function claimKey(first: string, field?: string): string {
  return field === undefined ? `source.${first}` : `tables.${first}.${field}`;
}

/** The claim keys that a blueprint must have: absent optional fields need none. */
export function requiredClaims(blueprint: Pick<Blueprint, "source" | "tables">): string[] {
  return [
    ...sourceFields(blueprint.source).map((field) => claimKey(field)),
    ...blueprint.tables.flatMap((table) => tableFields(table).map((field) => claimKey(table.name, field))),
  ];
}

/** The ways in which tables of a kind of source can advance. */
const ADVANCES = {
  rest: ["full", "cursor", "steps"],
  graphql: ["full", "cursor"],
  database: ["full", "column"],
  file: ["full", "files"],
} as const satisfies { [K in Kind]: readonly Advance["kind"][] };

export function advancesOf(kind: Kind): readonly Advance["kind"][] {
  return ADVANCES[kind];
}

/** A blueprint of one kind of source: its tables are read, and advance, in that kind's ways. */
export type BlueprintOf<K extends Kind> = Omit<Blueprint, "source" | "tables"> & {
  source: Extract<Source, { kind: K }>;
  tables: TableOf<K>[];
};
export type TableOf<K extends Kind> = Omit<Table, "read" | "advance"> & {
  read: Extract<Table["read"], { kind: K }>;
  advance: Extract<Advance, { kind: (typeof ADVANCES)[K][number] }>;
};
export type RestAdvance = RestTable["advance"];
export type RestRead = RestTable["read"];
export type RestBlueprint = BlueprintOf<"rest">;
export type RestTable = TableOf<"rest">;

/** What of a blueprint belongs to another kind than its source's; undefined when nothing does. */
export function strayOf({ source, tables }: Pick<Blueprint, "source" | "tables">): string | undefined {
  const advances: readonly string[] = advancesOf(source.kind);
  for (const { name, read, advance } of tables) {
    if (read.kind !== source.kind)
      return `tables.${name}.read is of kind ${read.kind}, the source of kind ${source.kind}`;
    if (!advances.includes(advance.kind))
      return `tables.${name}.advance is ${advance.kind}; for a ${source.kind} source it can be ${advances.join(" or ")}`;
  }
  return undefined;
}

/** The blueprint as one of that kind. Another kind here is a bug of ours, not of the person's. */
export function blueprintOf<K extends Kind>(blueprint: Blueprint, kind: K): BlueprintOf<K> {
  const stray =
    blueprint.source.kind === kind ? strayOf(blueprint) : `the source is of kind ${blueprint.source.kind}, not ${kind}`;
  if (stray !== undefined) throw new Error(`The blueprint does not fit: ${stray}.`);
  return blueprint as unknown as BlueprintOf<K>;
}
