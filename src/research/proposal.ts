/** A blueprint on its way: merging what the model proposes into what is known, and what is wrong with the whole. */
import { z } from "zod";
import { authSchema } from "../artifacts/auth.ts";
import {
  blueprintSchema,
  parentOf,
  type Source,
  strayOf,
  type Table,
  tableSchema,
  webPart,
} from "../artifacts/blueprint.ts";
import { rateLimitSchema } from "../artifacts/kinds/http.ts";
import { advanceColumn } from "../artifacts/reading.ts";
import type { Requirements } from "../artifacts/requirements.ts";
import { ToolError } from "../errors.ts";
import { nearest } from "../system/nearest.ts";
import type { Proposal } from "./notebook.ts";
import { withFields } from "./set-field.ts";

/** What propose_blueprint takes. Everything may be left out; tables replace those of the same name. */
export const proposalChangeSchema = z.strictObject({
  description: z.string().optional().describe("one or two sentences on what the source holds"),
  source: z
    .strictObject({
      base_url: z.url().optional(),
      auth: authSchema
        .optional()
        .describe("only where the spec states none; write any word for credentials, they become configuration keys"),
      headers: z.record(z.string(), z.string()).optional(),
      rate_limit: rateLimitSchema.optional(),
    })
    .optional(),
  tables: z.array(tableSchema).optional().describe("whole tables; one of the same name is replaced"),
  set: z
    .record(z.string(), z.unknown())
    .optional()
    .describe(
      'fields of tables that are there, however deep; null takes one away: {"tables.orders.advance.lookback": 3600, "tables.orders.read.params.include_archived": "true"}',
    ),
  remove_tables: z.array(z.string()).optional(),
  skipped: blueprintSchema.shape.skipped
    .optional()
    .describe("what the source has and the connector leaves out, and why"),
  custom: z
    .array(z.string())
    .optional()
    .describe("what no field can express and the code must do, in words; empty if nothing"),
});
export type ProposalChange = z.infer<typeof proposalChangeSchema>;

/** Throws `ToolError` naming the field that cannot be set. */
export function applyChange(current: Proposal, change: ProposalChange): Proposal {
  const tables = new Map(current.tables.map((table) => [table.name, table]));
  for (const table of change.tables ?? []) tables.set(table.name, table);
  for (const name of change.remove_tables ?? []) tables.delete(name);
  setFields(tables, change.set ?? {});
  return {
    ...current,
    description: change.description ?? current.description,
    source: changedSource(current.source, change.source),
    tables: parentsFirst([...tables.values()]),
    skipped: change.skipped ?? current.skipped,
    custom: change.custom ?? current.custom,
  };
}

/** Where a database or a folder is, the person says: only of web sources can something be found out. */
function changedSource(current: Source, change: ProposalChange["source"]): Source {
  const stated = Object.fromEntries(Object.entries(change ?? {}).filter(([, value]) => value !== undefined));
  const { base_url } = webPart(current);
  if (base_url === undefined) {
    if (Object.keys(stated).length === 0) return current;
    throw new ToolError(`source: what a ${current.kind} source is, the spec states. Leave it away.`);
  }
  return { ...current, ...stated, base_url: (change?.base_url ?? base_url).replace(/\/+$/, "") } as Source;
}

function setFields(tables: Map<string, Table>, set: Readonly<Record<string, unknown>>): void {
  const changes = new Map<string, Map<string, unknown>>();
  for (const [key, value] of Object.entries(set)) {
    // Names of tables may hold dots: the longest one is meant.
    const [name] = [...tables.keys()]
      .filter((table) => key.startsWith(`tables.${table}.`))
      .sort((a, b) => b.length - a.length);
    if (name === undefined) throw new ToolError(noTable(key, [...tables.keys()]));
    const ofTable = changes.get(name) ?? new Map<string, unknown>();
    changes.set(name, ofTable.set(key.slice(`tables.${name}.`.length), value));
  }
  for (const [name, values] of changes) tables.set(name, withFields(tables.get(name) as Table, values));
}

function noTable(key: string, known: readonly string[]): string {
  const [, name = "", field] = /^(?:tables\.)?([^.]+)(?:\.(.+))?$/.exec(key) ?? [];
  const close = known.find((one) => one === name) ?? nearest(name, known);
  const meant = close === undefined ? "" : ` Did you mean tables.${close}.${field ?? "advance"}?`;
  return `set: ${key} names no field of a table there is.${meant} Keys begin with tables.<table>. and one of: ${known.join(", ") || "none yet"}.`;
}

/** Tables in an order in which parents precede their children; those in a circle keep their place. */
function parentsFirst(tables: readonly Table[]): Table[] {
  const done = new Map<string, Table>();
  const waiting = new Set<string>();
  const place = (table: Table) => {
    if (done.has(table.name) || waiting.has(table.name)) return;
    waiting.add(table.name);
    const parent = tables.find(({ name }) => name === parentOf(table)?.table);
    if (parent) place(parent);
    done.set(table.name, table);
  };
  for (const table of tables) place(table);
  return [...done.values()];
}

export function issuesInWords(error: z.ZodError, prefix = ""): string {
  return error.issues
    .slice(0, 8)
    .map(({ path, message }) => `${[prefix, ...path.map(String)].filter((part) => part !== "").join(".")}: ${message}`)
    .join("; ");
}

/** What is wrong with the proposal by itself, whatever the source says: one sentence each. */
export function proposalProblems(proposal: Proposal, requirements: Requirements): string[] {
  const parsed = blueprintSchema.safeParse({ ...proposal, claims: {} });
  if (!parsed.success) return [issuesInWords(parsed.error)];
  const stray = strayOf(proposal);
  if (stray !== undefined) return [`${stray}.`];
  return [
    ...duplicates(proposal.tables.map(({ name }) => name)).map((name) => `Two tables are called ${name}.`),
    ...proposal.tables.flatMap((table) => tableProblems(table, proposal.tables)),
    ...unmet(proposal, requirements),
  ];
}

function tableProblems(table: Table, tables: readonly Table[]): string[] {
  const columns = new Set(table.columns.map(({ name }) => name));
  const bound = new Set(parentOf(table)?.bind.map(({ column }) => column) ?? []);
  const lacks = (what: string, names: readonly string[]) =>
    names
      .filter((name) => !columns.has(name) && !bound.has(name))
      .map((name) => `tables.${table.name}.${what} names ${name}, which is no column of it.`);
  const { advance, deletes, read, primary_key } = table;
  const advancing = advanceColumn(advance);
  return [
    ...duplicates(table.columns.map(({ name }) => name)).map(
      (name) => `tables.${table.name}.columns has ${name} twice.`,
    ),
    ...lacks("primary_key", primary_key),
    ...(advancing === undefined ? [] : lacks("advance", [advancing])),
    ...(deletes.kind === "flag" ? lacks("deletes", [deletes.column]) : []),
    ...(deletes.kind === "feed" ? lacks("deletes", Object.keys(deletes.keys)) : []),
    ...(deletes.kind === "absence" && advance.kind !== "full"
      ? [`tables.${table.name}.deletes: absence shows deleted rows only where the table is read whole (advance full).`]
      : []),
    ...(primary_key.length === 0 && advance.kind === "cursor"
      ? [`tables.${table.name} advances by a cursor and has no primary_key: changed rows would come twice.`]
      : []),
    ...parentProblems(table, tables),
    ...(read.kind === "rest" && Object.keys(read.params).some((name) => name === pageParam(table))
      ? [`tables.${table.name}.read.params holds the page parameter ${pageParam(table)}: leave it to read.pagination.`]
      : []),
  ];
}

function pageParam({ read }: Table): string | undefined {
  if (read.kind !== "rest") return undefined;
  const { pagination } = read;
  if (pagination.style === "page") return pagination.page_param;
  if (pagination.style === "offset") return pagination.offset_param;
  return pagination.style === "cursor" ? pagination.cursor_param : undefined;
}

function parentProblems(table: Table, tables: readonly Table[]): string[] {
  const path = table.read.kind === "rest" ? table.read.path : undefined;
  const placeholders = [...(path ?? "").matchAll(/\{([^{}]+)\}/g)].map(([, name]) => name ?? "");
  const parent = parentOf(table);
  if (parent === undefined) {
    return placeholders.map(
      (name) =>
        `tables.${table.name}.read.path has the placeholder {${name}}, and there is no read.parent that binds it.`,
    );
  }
  const of = tables.find(({ name }) => name === parent.table);
  if (of === undefined) return [`tables.${table.name}.read.parent names ${parent.table}, which is no table here.`];
  if (of === table) return [`tables.${table.name} is its own parent.`];
  const known = new Set([
    ...of.columns.map(({ name }) => name),
    ...(parentOf(of)?.bind.map(({ column }) => column) ?? []),
  ]);
  return [
    ...placeholders
      .filter((name) => !parent.bind.some(({ placeholder }) => placeholder === name))
      .map((name) => `tables.${table.name}.read.parent does not bind the placeholder {${name}}.`),
    ...parent.bind
      .filter(({ placeholder }) => path !== undefined && !placeholders.includes(placeholder))
      .map(({ placeholder }) => `tables.${table.name}.read.parent binds {${placeholder}}, which is not in the path.`),
    ...parent.bind
      .filter(({ parent_column }) => !known.has(parent_column))
      .map(({ parent_column }) => `tables.${table.name}.read.parent: ${parent.table} has no column ${parent_column}.`),
  ];
}

/** Tables that the spec asks for and the proposal neither has nor leaves out with a reason. */
function unmet({ tables, skipped }: Proposal, { spec }: Requirements): string[] {
  const have = new Set([...tables, ...skipped].map(({ name }) => name.toLowerCase()));
  return (spec.tables ?? [])
    .map((table) => (typeof table === "string" ? table : table.name))
    .filter((name) => !have.has(name.toLowerCase()))
    .map((name) => `The spec asks for the table ${name}: propose it, or put it under skipped with the reason.`);
}

function duplicates(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
