/**
 * A tool: what the model may do. One definition serves the agent loop and the MCP server. A tool is made over a desk (the
 * things it works on), so that its `run` needs nothing but its input.
 */
import { z } from "zod";

/**
 * What running it touches: nothing (`read`), files of the connector (`write`), a process (`execute`), the network
 * (`network`), something outside that others see (`publish`). Decides about running side by side, re-running after a kill,
 * approvals, and MCP's annotations.
 */
export type Effect = "read" | "write" | "execute" | "network" | "publish";

export interface ToolOutput {
  /** For the model. Cut once, centrally, when it is too long. */
  text: string;
  /** For people: what came of it, in a few words. Default: the first line of `text`. */
  outcome?: string;
  /** For people and tests; never sent to the model. */
  data?: unknown;
  /** The conversation is over: its gate is passed. Only `finish_step` and its kind say so. */
  finished?: boolean;
}

export interface RunContext {
  signal: AbortSignal;
}

export interface Tool<Input = unknown> {
  /** The file's name in snake_case. */
  name: string;
  /** For hosts that show one: three words or so. */
  title: string;
  description: string;
  /** An object; JSON-only types. */
  input: z.ZodType<Input>;
  effect: Effect;
  /** It may end the conversation. Not run in a reply whose earlier calls failed: their results would never be read. */
  ends?: true;
  /** One line for people, before it runs: `fetch https://…`. No secrets, no line breaks. */
  describe(input: Input): string;
  /** Throws `ToolError` for what the model must mend; its message must say what to do instead. */
  run(input: Input, context: RunContext): Promise<ToolOutput>;
}

/** Checks the types of a definition and forgets the input's, so that tools fit into one list. */
export function defineTool<Input>(tool: Tool<Input>): Tool {
  return tool as unknown as Tool;
}

/** JSON Schema of a tool's input, as the Messages API and MCP want it. */
export function inputSchemaOf(tool: Tool): { type: "object"; [key: string]: unknown } {
  const { $schema: _, ...schema } = z.toJSONSchema(tool.input, {
    io: "input",
    // zod says of every whole number that it is a safe one; that is noise in each request.
    override: ({ jsonSchema }) => {
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return { ...schema, type: "object" };
}
