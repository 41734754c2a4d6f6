/** What texts for the model may name: the tools there are, and the fields and values of spec and blueprint. */
import { z } from "zod";
import { blueprintSchema, SOURCE_FIELDS, TABLE_FIELDS } from "../../src/artifacts/blueprint.ts";
import { fixSchema } from "../../src/artifacts/fix.ts";
import { checkIdSchema, reportSchema } from "../../src/artifacts/report.ts";
import { specSchema } from "../../src/artifacts/spec.ts";

export const TOOLS: ReadonlySet<string> = new Set([
  ...["fetch_page", "search_pages", "read_page", "import_description", "probe_source", "record_claim"],
  ...["propose_blueprint", "list_files", "read_file", "write_file", "edit_file", "lint_connector", "run_tests"],
  ...["query_warehouse", "read_skill", "ask_user", "state_cause", "decline_change", "give_answer", "finish_step"],
  ...["propose_spec", "build_connector", "connector_status"],
  ...["adopt_connector", "enhance_connector", "fix_connector", "ask_connector"],
]);
/** The MCP server's own: only its prompts name them. */
export const HOST_TOOLS: ReadonlySet<string> = new Set([...["report", "deploy_connector", "verify_connector"]]);

const SCHEMAS = [specSchema, blueprintSchema, reportSchema, fixSchema].map((schema) =>
  z.toJSONSchema(schema, { io: "input" }),
);

/** Keys of spec, blueprint, report and fix. */
export const KEYS: ReadonlySet<string> = new Set(SCHEMAS.flatMap(keysOf));
/** Values that fields with a fixed choice may have. */
export const VALUES: ReadonlySet<string> = new Set([...SCHEMAS.flatMap(valuesOf), ...checkIdSchema.options]);
/** Per key the values it may have, for keys that have a fixed choice wherever they occur. */
const CHOICES = choicesOf(SCHEMAS);

/** Code spans outside fenced blocks. */
export function inlineCode(text: string): string[] {
  return [...withoutFences(text).matchAll(/(`+)([\s\S]+?)\1/g)].map(([, , span = ""]) => span.trim());
}

export function withoutFences(text: string): string {
  return text.replace(/^([ \t]*)(`{3,}|~{3,})[^\n]*\n[\s\S]*?^[ \t]*\2[`~]*[ \t]*$/gm, "");
}

/** Fenced blocks of a language. */
export function fencedBlocks(text: string, language: string): string[] {
  const blocks = text.matchAll(/^(`{3,})(\w*)[^\n]*\n([\s\S]*?)^\1`*[ \t]*$/gm);
  return [...blocks].filter(([, , name]) => name === language).map(([, , , body = ""]) => body);
}

/** As good as one can tell without the model's own counter. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

/** `key: value`, `a.b` and `a.b: value` spans whose keys or values do not exist. */
export function fieldProblems(text: string, foreign: ReadonlySet<string> = new Set()): string[] {
  return inlineCode(text).flatMap((span) => (foreign.has(span) ? [] : problemOf(span)));
}

function problemOf(span: string): string[] {
  const match = /^([a-z][a-z_]*(?:\.[a-z][a-z_]*)*)(?:: (.+))?$/.exec(span);
  if (!match) return [];
  const [, path = "", value] = match;
  const parts = path.split(".");
  if (parts.length === 1 && value === undefined) return [];
  // Files and the SDK's names are dotted too.
  if (/\.(py|md|txt|json|db)$/.test(path) || /^(op|log|connector)\./.test(path)) return [];
  // `tables.orders.advance` and `source.auth` are claim keys.
  const [first = "", , ...field] = parts;
  if (first === "tables" && parts.length > 2) {
    return (TABLE_FIELDS as readonly string[]).includes(field.join(".")) ? [] : [`${span}: no claim key`];
  }
  if (first === "source" && parts.length === 2 && value === undefined) {
    const known = (SOURCE_FIELDS as readonly string[]).includes(parts[1] ?? "") || KEYS.has(parts[1] ?? "");
    return known ? [] : [`${span}: no field of the source`];
  }
  const strange = parts.find((part) => !KEYS.has(part));
  if (strange !== undefined) return [`${span}: ${strange} is no field`];
  if (value === undefined) return [];
  const choices = CHOICES.get(parts.at(-1) ?? "");
  return choices === undefined || choices.has(value) ? [] : [`${span}: ${value} is no value of ${parts.at(-1)}`];
}

type Node = { [key: string]: unknown };

function walk(node: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(node)) for (const item of node) walk(item, visit);
  else if (typeof node === "object" && node !== null) {
    visit(node as Node);
    for (const inner of Object.values(node)) walk(inner, visit);
  }
}

function keysOf(schema: unknown): string[] {
  const keys: string[] = [];
  walk(schema, ({ properties }) => {
    if (typeof properties === "object" && properties !== null) keys.push(...Object.keys(properties));
  });
  return keys;
}

function valuesOf(schema: unknown): string[] {
  const values: string[] = [];
  walk(schema, (node) => values.push(...fixedValues(node)));
  return values;
}

function fixedValues(node: Node): string[] {
  if ("const" in node) return [String(node.const)];
  return Array.isArray(node.enum) ? node.enum.map(String) : [];
}

function choicesOf(schemas: readonly unknown[]): Map<string, Set<string>> {
  const choices = new Map<string, Set<string>>();
  const open = new Set<string>();
  const note = (key: string, node: Node) => {
    const values = [node, ...((node.anyOf as Node[] | undefined) ?? [])].flatMap(fixedValues);
    if (node.type === "boolean") values.push("true", "false");
    if (values.length === 0) open.add(key);
    choices.set(key, new Set([...(choices.get(key) ?? []), ...values]));
  };
  for (const schema of schemas) {
    walk(schema, ({ properties }) => {
      for (const [key, node] of Object.entries((properties as Record<string, Node> | undefined) ?? {})) note(key, node);
    });
  }
  for (const key of open) choices.delete(key);
  // Sources of other kinds are named by what a later version may take.
  for (const kind of ["graphql", "database", "file"]) choices.get("kind")?.add(kind);
  return choices;
}
