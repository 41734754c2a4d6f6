/** Databases: tables and views read with SQL. */
import { z } from "zod";

export const ENGINES = ["postgresql", "mysql", "sqlite", "sqlserver"] as const;
export const engineSchema = z.enum(ENGINES);
export type Engine = z.infer<typeof engineSchema>;

/** How the connection is secured: `verify` checks the server's certificate and name, `require` only encrypts. */
export const tlsSchema = z.enum(["off", "require", "verify"]);

/**
 * The values of `host`, `port`, `database`, `user`, `password` (SQLite: `path`) are configuration keys of these names;
 * what stands here are their defaults.
 */
export const databaseSourceSchema = z.strictObject({
  kind: z.literal("database"),
  engine: engineSchema,
  host: z.string().optional(),
  port: z.int().positive().max(65535).optional(),
  database: z.string().optional(),
  tls: tlsSchema.default("verify"),
  /** No public authority vouches for the server: the certificate of its own one is the configuration key `tls_ca`. */
  own_authority: z.literal(true).optional(),
});
export type DatabaseSource = z.infer<typeof databaseSourceSchema>;

export const databaseReadSchema = z.strictObject({
  kind: z.literal("database"),
  /** As the catalogue writes it; absent for SQLite and for MySQL's one database. */
  schema: z.string().optional(),
  /** The table's or view's name in the database. */
  relation: z.string().min(1),
  /** Rows per read. */
  batch: z.int().positive().default(10_000),
  /**
   * Column -> the database's own type, as its catalogue writes it: what a column's type does not tell, such as that a
   * decimal is `money` or a text an `interval`. A column that is not named is of the type its own stands for.
   */
  types: z.record(z.string(), z.string()).default({}),
});
export type DatabaseRead = z.infer<typeof databaseReadSchema>;

export const databaseSpecSourceSchema = z.strictObject({
  kind: z.literal("database"),
  engine: engineSchema,
  host: z.string().min(1).optional(),
  port: z.int().positive().max(65535).optional(),
  database: z.string().min(1).optional(),
  /** A reference, or plain text: a user's name is no secret. */
  user: z.string().min(1).optional(),
  /** A reference: a literal password is refused. */
  password: z.string().optional(),
  tls: tlsSchema.optional(),
  /** Certificate (PEM) of the authority that vouches for the server's, where no public one does: `${file:ca.pem}`. */
  tls_ca: z.string().min(1).optional(),
  /** SQLite: the file. */
  path: z.string().min(1).optional(),
  /** Schemas to look into; default: all but the database's own. */
  schemas: z.array(z.string().min(1)).optional(),
  docs: z.array(z.string().min(1)).default([]),
});

export const databaseSpecTableFields = {
  /** Schema of the table, where the name alone does not tell. */
  schema: z.string().min(1).optional(),
  /** The table's or view's name in the database, where it is not the table's. */
  relation: z.string().min(1).optional(),
};
