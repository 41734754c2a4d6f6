/**
 * What the server offers: the steps' own tools, each with the connector it is meant for, and the tools around the steps.
 * The definitions are the agent's; a host sees all of them at all times, whatever step is on, for hosts list tools once.
 */
import { z } from "zod";
import { type Effect, inputSchemaOf, type Tool } from "../../agent/tool.ts";
import { toolsets } from "../../tools/toolsets.ts";

/** Hints for hosts, told as they are. */
export interface Annotations {
  readOnlyHint: boolean;
  destructiveHint: boolean;
  idempotentHint: boolean;
  openWorldHint: boolean;
}

export interface Offered {
  name: string;
  title: string;
  description: string;
  inputSchema: { type: "object"; [key: string]: unknown };
  outputSchema?: { type: "object"; [key: string]: unknown };
  annotations: Annotations;
}

/** Replaces what was in a file. */
const REPLACES: ReadonlySet<string> = new Set(["write_file", "edit_file"]);
/** Called twice with the same input, they leave what one call leaves. */
const IDEMPOTENT: ReadonlySet<string> = new Set(["write_file", "propose_spec", "record_claim", "state_cause"]);
/** Looks that leave the machine. */
const LOOKS: ReadonlySet<Effect> = new Set(["read", "network"]);

export function annotationsOf({ name, effect }: Pick<Tool, "name" | "effect">): Annotations {
  return {
    readOnlyHint: LOOKS.has(effect),
    destructiveHint: REPLACES.has(name) || effect === "publish",
    idempotentHint: LOOKS.has(effect) || IDEMPOTENT.has(name),
    openWorldHint: effect === "network" || effect === "execute" || effect === "publish",
  };
}

const CONNECTOR = { type: "string" } as const;

/**
 * A desk that nothing lies on: enough to make the tools' definitions, which are the same over every desk. Whatever is asked
 * of it is another of its kind.
 */
// biome-ignore lint/suspicious/noExplicitAny: it stands for every kind of desk.
const NO_DESK: any = new Proxy(() => undefined, { get: () => NO_DESK });
const NO_DESKS = {
  skills: { skills: new Map() },
  person: NO_DESK,
  gate: NO_DESK,
  research: NO_DESK,
  connector: NO_DESK,
  cause: NO_DESK,
  decline: NO_DESK,
};

/** The tools of all steps, once each, in the order of the steps. `ask_user` belongs to no connector: it is the server's own. */
export function stepTools(): Tool[] {
  const { research, generate, fix, document, enhance } = toolsets;
  const all = [research, generate, fix, document].flatMap((set) => set(NO_DESKS));
  all.push(...enhance({ ...NO_DESKS, own: true }));
  const byName = new Map(all.map((tool) => [tool.name, tool]));
  byName.delete("ask_user");
  return [...byName.values()];
}

export function offerStepTool(tool: Tool, skills: readonly string[]): Offered {
  const schema = isLong(tool) ? outline(inputSchemaOf(tool)) : inputSchemaOf(tool);
  const { properties = {}, required = [] } = schema as { properties?: object; required?: string[] };
  // The skills' descriptions would cost every host a thousand tokens: the names tell enough.
  const description =
    tool.name === "read_skill"
      ? `What is known on one topic, with the traps: ${skills.join(", ")}.`
      : tool.description.replace(/\s+/g, " ");
  return {
    name: tool.name,
    title: tool.title,
    description,
    inputSchema: {
      ...schema,
      properties: { connector: CONNECTOR, ...properties },
      // Skills are read before there is a connector, too.
      required: tool.name === "read_skill" ? required : ["connector", ...required],
    },
    annotations: annotationsOf(tool),
  };
}

/** Characters of a schema that every host carries around in each of its requests. */
const LONGEST_SCHEMA = 4_000;
const OUTLINE_DEPTH = 2;

/** Whether a host is given the outline of a tool's input, and the whole only with a step that has the tool. */
export function isLong(tool: Tool): boolean {
  return JSON.stringify(inputSchemaOf(tool)).length > LONGEST_SCHEMA;
}

type Schema = { type: "object"; [key: string]: unknown };

/** What a deep schema says near its top. It allows more than the schema; the input is checked against the whole. */
function outline(schema: Schema): Schema {
  const { $defs: _, ...rest } = schema;
  return shallow(rest, OUTLINE_DEPTH) as Schema;
}

function shallow(node: unknown, depth: number): unknown {
  if (typeof node !== "object" || node === null) return node;
  const { type, description, properties, required, items } = node as Record<string, unknown>;
  const said = { ...(type ? { type } : {}), ...(description ? { description } : {}) };
  if (depth > 0 && items !== undefined) return { ...said, items: shallow(items, depth - 1) };
  if (depth > 0 && typeof properties === "object" && properties !== null) {
    const inner = Object.entries(properties).map(([name, value]) => [name, shallow(value, depth - 1)]);
    return { ...said, properties: Object.fromEntries(inner), ...(required ? { required } : {}) };
  }
  return said;
}

/** JSON Schema of what a tool of the server answers. */
export function outputSchemaOf(schema: z.ZodType): { type: "object"; [key: string]: unknown } {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "output" });
  return { ...rest, type: "object" };
}
