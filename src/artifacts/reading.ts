/**
 * How a table is read, page by page, and how it advances from sync to sync. Shared by the spec (where a person may
 * state it) and the blueprint (where every field has a claim). "Path" means a dotted path into JSON: `data.items`;
 * the empty path is the document itself.
 */
import { z } from "zod";

const param = z.string().min(1);
const jsonPath = z.string();
const size = z.int().positive();

/** Pagination styles. A style without a stated end is read until a page comes back empty, never until a short one. */
export const paginationSchema = z.discriminatedUnion("style", [
  z.strictObject({ style: z.literal("none") }),
  z.strictObject({
    style: z.literal("page"),
    page_param: param,
    start: z.int().nonnegative().default(1),
    size_param: param.optional(),
    size: size.optional(),
    /** Where the answer states the number of pages. */
    total_pages: jsonPath.optional(),
    /** Where the answer says whether there is another page. */
    has_more: jsonPath.optional(),
  }),
  z.strictObject({
    style: z.literal("offset"),
    offset_param: param,
    limit_param: param.optional(),
    limit: size.optional(),
    /** Where the answer states the number of records. */
    total: jsonPath.optional(),
    has_more: jsonPath.optional(),
  }),
  z.strictObject({
    style: z.literal("cursor"),
    cursor_param: param,
    /** Where the answer carries the next cursor; null, absent or "" ends the read. */
    next: jsonPath,
    has_more: jsonPath.optional(),
    size_param: param.optional(),
    size: size.optional(),
    /** The cursor replaces every other parameter on the pages after the first. */
    cursor_only: z.boolean().default(false),
  }),
  z.strictObject({
    style: z.literal("next_url"),
    /** Where the answer carries the address of the next page, absolute or relative; null, absent or "" ends the read. */
    next: jsonPath,
    size_param: param.optional(),
    size: size.optional(),
  }),
  z.strictObject({
    style: z.literal("link_header"),
    rel: z.string().default("next"),
    size_param: param.optional(),
    size: size.optional(),
  }),
]);
export type Pagination = z.infer<typeof paginationSchema>;

/** How a value of the cursor column is written in a request parameter. */
export const cursorFormatSchema = z.enum([
  "iso8601",
  "date",
  "epoch_seconds",
  "epoch_milliseconds",
  "integer",
  "string",
]);
export type CursorFormat = z.infer<typeof cursorFormatSchema>;

/**
 * How a table advances.
 * - `full`: everything is read at each sync.
 * - `cursor` (REST, GraphQL): rows changed since the cursor are asked for with `param`.
 * - `steps` (REST): ids are asked for in ranges `[from, to]` of `step` ids until `empty_steps` ranges in a row are empty.
 * - `column` (database): rows whose column is at or after the saved value are selected, in its order.
 * - `files` (file): files that are new or have changed since they were read are read again, whole. A place with no file at
 *   all is never believed to be empty: the sync fails, and what was read before is neither forgotten nor deleted.
 */
export const advanceSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("full") }),
  z.strictObject({
    kind: z.literal("cursor"),
    column: z.string().min(1),
    /** Query parameter; for GraphQL the dotted path of an argument: `filter.updatedAt.gte`. */
    param,
    format: cursorFormatSchema.default("iso8601"),
    /** Whether the source's filter includes rows that equal the value. If not, one unit is taken off before asking. */
    inclusive: z.boolean().default(true),
    /** Whether pages come in ascending order of the column: only then may the cursor advance before the last page. */
    order: z.enum(["ascending", "unknown"]).default("unknown"),
    /** First value to ask for, in `format`. Without it the first sync asks for everything. */
    start: z.string().optional(),
    /** Parameters that make the source sort by the column, ascending. */
    sort_params: z.record(z.string(), z.string()).default({}),
    /** Seconds (for an integer cursor: units) read again before the cursor, for rows that arrive late. */
    lookback: z.int().nonnegative().default(0),
    /** Ranges for sources that want or need an upper bound. */
    window: z
      .strictObject({
        end_param: param,
        /** Length of one range, in days. */
        days: z.int().positive(),
      })
      .optional(),
  }),
  z.strictObject({
    kind: z.literal("steps"),
    column: z.string().min(1),
    from_param: param,
    to_param: param,
    start: z.int().default(1),
    step: z.int().positive(),
    empty_steps: z.int().positive().default(1),
  }),
  z.strictObject({
    kind: z.literal("column"),
    column: z.string().min(1),
    /** Seconds (for numbers: units) before the saved value that are read again, for rows that are committed late. */
    lookback: z.int().nonnegative().default(0),
  }),
  z.strictObject({
    kind: z.literal("files"),
    /** What tells that a file is new or has changed: its time and size, or its name, for files that are never changed. */
    by: z.enum(["modified", "name"]),
  }),
]);
export type Advance = z.infer<typeof advanceSchema>;

/**
 * How deleted rows show.
 * - `none`: they do not; a deleted row stays in the destination.
 * - `absence`: the listing is complete at each sync, so a row that is gone from it is deleted (only with `full`).
 * - `flag`: the row itself says so in `column`.
 * - `feed`: an endpoint lists deleted keys.
 * - `files`: rows of files that are gone or got shorter are deleted (only with advance `files` and the key `_file`, `_line`).
 */
export const deletesSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("none") }),
  z.strictObject({ kind: z.literal("absence") }),
  z.strictObject({
    kind: z.literal("flag"),
    column: z.string().min(1),
    /** The row is deleted when the column equals one of these, as text; empty means: when it is true or not null. */
    values: z.array(z.string()).default([]),
  }),
  z.strictObject({
    kind: z.literal("feed"),
    path: z.string().min(1),
    records: jsonPath,
    /** Primary key column -> field of the feed's records. */
    keys: z.record(z.string(), z.string()),
    /** Field and parameter by which the feed advances; without them it is read whole at each sync. */
    column: z.string().optional(),
    param: param.optional(),
  }),
  z.strictObject({ kind: z.literal("files") }),
]);
export type Deletes = z.infer<typeof deletesSchema>;

/** A table whose rows are listed per row of another table: `/orders/{order_id}/items`. */
export const parentSchema = z.strictObject({
  table: z.string().min(1),
  bind: z
    .array(
      z.strictObject({
        /** Placeholder in the path. */
        placeholder: z.string().min(1),
        /** Column of the parent whose value goes there. */
        parent_column: z.string().min(1),
        /** Column of this table that keeps the value. */
        column: z.string().min(1),
      }),
    )
    .min(1),
});
export type Parent = z.infer<typeof parentSchema>;

/** Whether deleted rows come among the table's own. */
export function showsDeletes({ deletes }: { deletes: Deletes }): boolean {
  return deletes.kind === "flag" || deletes.kind === "files";
}

/** The column by which a table advances, where there is one. */
export function advanceColumn(advance: Advance): string | undefined {
  return "column" in advance ? advance.column : undefined;
}
