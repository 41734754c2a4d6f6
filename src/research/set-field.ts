/** Single fields of a table, however deep: `advance.lookback`, `read.params.include_archived`. */
import { z } from "zod";
import { type Table, tableSchema } from "../artifacts/blueprint.ts";
import { ToolError } from "../errors.ts";
import { nearest } from "../system/nearest.ts";

type Fields = Record<string, unknown>;

/** What a schema has below it: fields by name, any names at all, or nothing. */
type Below = { fields: Readonly<Record<string, z.ZodType>>; tells?: string } | "names" | undefined;

/**
 * The table with the values set; null or undefined takes a field away, so that its default holds. The table is judged as a
 * whole, after all of them. Throws `ToolError` naming the nearest field.
 */
export function withFields(table: Table, values: ReadonlyMap<string, unknown>): Table {
  // What tells which fields there are goes before those fields.
  const order = [...values].sort(([a], [b]) => rankOf(a) - rankOf(b));
  const changed = order.reduce<unknown>(
    (whole, [path, value]) => withValue({ schema: tableSchema, at: `tables.${table.name}`, whole }, path, value),
    structuredClone(table),
  );
  const parsed = tableSchema.safeParse(changed);
  if (parsed.success) return parsed.data;
  throw new ToolError(
    `set: ${parsed.error.issues
      .slice(0, 8)
      .map((issue) => issueWords(issue, changed, table))
      .join("; ")}`,
  );
}

function rankOf(path: string): number {
  return 2 * path.split(".").length - (/\.(kind|style)$/.test(path) ? 1 : 0);
}

interface Place {
  schema: z.ZodType;
  /** Where it is, for messages. */
  at: string;
  whole: unknown;
}

function withValue({ schema, at, whole }: Place, path: string, value: unknown): unknown {
  const below = belowOf(schema, whole);
  const own: Fields = typeof whole === "object" && whole !== null && !Array.isArray(whole) ? { ...whole } : {};
  if (below === undefined)
    throw new ToolError(`set: ${at} has no fields of its own, so there is no ${at}.${path}: set ${at} as a whole.`);
  // Names of parameters may hold dots.
  const [name = "", ...rest] = below === "names" ? [path] : path.split(".");
  const field = below === "names" ? z.unknown() : below.fields[name];
  if (field === undefined) throw new ToolError(`set: ${at}.${name} is no field.${hint({ schema, at, whole }, path)}`);
  if (rest.length > 0) {
    return {
      ...own,
      [name]: withValue({ schema: field, at: `${at}.${name}`, whole: own[name] }, rest.join("."), value),
    };
  }
  if (value === null || value === undefined) {
    const { [name]: _, ...without } = own;
    return without;
  }
  // Another kind has other fields: those that it has not are no longer meant.
  const next = { ...own, [name]: value };
  const kept = below !== "names" && below.tells === name ? belowOf(schema, next) : undefined;
  if (kept === undefined || kept === "names") return next;
  return Object.fromEntries(Object.entries(next).filter(([one]) => Object.hasOwn(kept.fields, one)));
}

function belowOf(schema: z.ZodType, value: unknown): Below {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return belowOf(schema.unwrap() as z.ZodType, value);
  if (schema instanceof z.ZodRecord) return "names";
  // A table is renamed by proposing it under another name.
  const { name: _, ...ofTable } = tableSchema.shape;
  if (schema === tableSchema) return { fields: ofTable };
  if (schema instanceof z.ZodObject) return { fields: schema.shape };
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return undefined;
  const tells = schema.def.discriminator;
  const options = schema.options.filter((option): option is z.ZodObject => option instanceof z.ZodObject);
  const kind = (value as Fields | undefined)?.[tells];
  const chosen = options.find(({ shape }) => shape[tells]?.safeParse(kind).success);
  return { fields: chosen?.shape ?? { [tells]: z.unknown() }, tells };
}

/** The nearest field in this place, or where below it there is one of that name; and which there are. */
function hint({ schema, at, whole }: Place, path: string): string {
  const below = belowOf(schema, whole);
  if (below === undefined || below === "names") return "";
  const names = Object.keys(below.fields);
  const [name = "", ...rest] = path.split(".");
  const close = deeper(schema, whole, name) ?? nearest(name, names);
  const meant = close === undefined ? "" : ` Did you mean ${[at, close, ...rest].join(".")}?`;
  return `${meant} Fields there: ${names.join(", ")}.`;
}

function deeper(schema: z.ZodType, value: unknown, name: string): string | undefined {
  const below = belowOf(schema, value);
  if (below === undefined || below === "names") return undefined;
  if (Object.hasOwn(below.fields, name)) return name;
  for (const [field, inner] of Object.entries(below.fields)) {
    const found = deeper(inner, (value as Fields | undefined)?.[field], name);
    if (found !== undefined) return `${field}.${found}`;
  }
  return undefined;
}

function issueWords(issue: z.core.$ZodIssue, changed: unknown, table: Table): string {
  const at = [`tables.${table.name}`, ...issue.path.map(String)].join(".");
  if (issue.code !== "unrecognized_keys") return `${at}: ${issue.message}`;
  const place = placeAt(issue.path, { schema: tableSchema, at, whole: changed });
  return issue.keys.map((key) => `${at}.${key} is no field.${place && hint(place, key)}`).join("; ");
}

function placeAt(path: readonly PropertyKey[], { schema, at, whole }: Place): Place | "" {
  const [name, ...rest] = path.map(String);
  if (name === undefined) return { schema, at, whole };
  const below = belowOf(schema, whole);
  const inner = below === undefined || below === "names" ? undefined : below.fields[name];
  return inner === undefined ? "" : placeAt(rest, { schema: inner, at, whole: (whole as Fields)[name] });
}
