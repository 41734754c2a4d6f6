/** What tests of the loop have in common, in whatever process they run. */
import { z } from "zod";
import type { Limits } from "../../src/agent/budget.ts";
import { defineTool, type Effect, type Tool, type ToolOutput } from "../../src/agent/tool.ts";

export const MODEL = "claude-opus-5-5";
export const WIDE: Limits = { turns: 50, usd: 100, minutes: 10 };

/** A tool that takes `{ n: number }` and whose running is given. */
export function tool(
  name: string,
  run: (input: { n: number }, signal: AbortSignal) => ToolOutput | Promise<ToolOutput>,
  effect: Effect = "read",
): Tool {
  return defineTool({
    name,
    title: name,
    description: `Does ${name}.`,
    input: z.object({ n: z.int() }),
    effect,
    describe: ({ n }) => `${name} ${n}`,
    run: async (input, { signal }) => run(input, signal),
  });
}

export const call = (name: string, n: unknown = 1) => ({ type: "tool_use" as const, name, input: { n } });

/** Passes the gate. */
export const finish = tool("finish", () => ({ text: "The gate is passed.", finished: true }), "write");
