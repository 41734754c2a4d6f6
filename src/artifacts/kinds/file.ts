/** Files: rows in files of a folder, a bucket, an SFTP server or a web server. */
import { z } from "zod";

export const STORES = ["local", "s3", "sftp", "http"] as const;
export const storeSchema = z.enum(STORES);
export type FileStore = z.infer<typeof storeSchema>;

/** What a store is opened with: nothing, a user's password (SFTP, HTTP), a private key (SFTP), an access key (S3). */
export const fileCredentialsSchema = z.enum(["none", "password", "private_key", "access_key"]);
export type FileCredentials = z.infer<typeof fileCredentialsSchema>;

/**
 * Where the files are. Addresses and credentials are configuration keys: `path` (local), `bucket`, `prefix`,
 * `endpoint_url`, `region`, `access_key_id`, `secret_access_key` (S3), `host`, `port`, `user`, `password` or
 * `private_key`, `host_key`, `path` (SFTP), `base_url`, `user`, `password` (HTTP).
 */
export const fileSourceSchema = z.strictObject({
  kind: z.literal("file"),
  store: storeSchema,
  /** Folder, `bucket/prefix`, `host:port/path` or base address, as it is shown to people. */
  location: z.string().min(1),
  credentials: fileCredentialsSchema.default("none"),
  /** Defaults of the configuration keys of the same names, no credential among them. */
  defaults: z.record(z.string(), z.string()).default({}),
  /**
   * HTTP: a file at the base address that lists the others (JSON, or a name per line). Without one the base address
   * answers with a page whose links are followed, folder by folder.
   */
  manifest: z.string().min(1).optional(),
});
export type FileSource = z.infer<typeof fileSourceSchema>;

/** Python's names; `utf-8` reads a mark at the beginning as well, `utf-16` goes by its mark. */
export const ENCODINGS = ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"] as const;
export const encodingSchema = z.enum(ENCODINGS);
export type Encoding = z.infer<typeof encodingSchema>;

/** How the bytes of a file become rows. What was sniffed is stated, so that a connector does not guess again. */
export const fileFormatSchema = z.discriminatedUnion("format", [
  z.strictObject({
    format: z.literal("csv"),
    delimiter: z.string().length(1).default(","),
    quote: z.string().length(1).default('"'),
    encoding: encodingSchema.default("utf-8"),
    /** Whether the first line names the columns. Without one they are `column_1`, `column_2`, … */
    header: z.boolean().default(true),
    /** Texts that stand for null. Blank is null in every column but those of text, where it is the empty text. */
    nulls: z.array(z.string()).default([]),
  }),
  z.strictObject({
    format: z.literal("json"),
    /** Dotted path of the list; "" is the document itself. */
    records: z.string().default(""),
  }),
  z.strictObject({ format: z.literal("ndjson") }),
  z.strictObject({ format: z.literal("parquet") }),
]);
export type FileFormat = z.infer<typeof fileFormatSchema>;

/**
 * Columns that every table of files has, besides the file's own: the file's name, the number of the record in it (from
 * 1), the file's time. CSV tables also have `_rest`: an object of what has no column of its own in a row, fields of
 * columns that came later and fields beyond the header (`field 7`), null where there is none.
 */
export const FILE_COLUMNS = ["_file", "_line", "_modified"] as const;
export const REST_COLUMN = "_rest";

export const fileReadSchema = z.strictObject({
  kind: z.literal("file"),
  /**
   * Relative to the location. `*` stands for any text within a folder, `**` across folders, `{name}` for a part that
   * becomes a column, `{name:digits}` for one of digits, which may hold `-`, `_`, `.`, `:`, `T` and `Z` between them.
   */
  pattern: z.string().min(1),
  content: fileFormatSchema,
  compression: z.enum(["none", "gzip"]).default("none"),
  /** The captured parts of the pattern, in order: columns of the table besides the file's own. */
  captured: z.array(z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/)).default([]),
});
export type FileRead = z.infer<typeof fileReadSchema>;

export const fileSpecSourceSchema = z.strictObject({
  kind: z.literal("file"),
  store: storeSchema.default("local"),
  /** Local or SFTP folder. */
  path: z.string().min(1).optional(),
  bucket: z.string().min(1).optional(),
  prefix: z.string().optional(),
  endpoint_url: z.url({ protocol: /^https?$/ }).optional(),
  region: z.string().optional(),
  access_key_id: z.string().optional(),
  secret_access_key: z.string().optional(),
  host: z.string().min(1).optional(),
  port: z.int().positive().max(65535).optional(),
  user: z.string().min(1).optional(),
  password: z.string().optional(),
  private_key: z.string().optional(),
  /** SFTP: the server's public key, as in a `known_hosts` file but without the host: `ssh-ed25519 AAAA…`. */
  host_key: z.string().optional(),
  base_url: z.url({ protocol: /^https?$/ }).optional(),
  /** HTTP: a file at the base address that lists the others. */
  manifest: z.string().min(1).optional(),
  docs: z.array(z.string().min(1)).default([]),
});

export const fileSpecTableFields = {
  /** Which files hold the table: `orders/{year}/*.csv.gz`. */
  pattern: z.string().min(1).optional(),
  content: fileFormatSchema.optional(),
};
