/** finish_step: the model says that it is done, and the gate decides. */
import { z } from "zod";
import { defineTool, type Tool } from "../agent/tool.ts";
import { ToolError } from "../errors.ts";
import type { GateDesk } from "./desk.ts";

export function finishStep({ gate }: GateDesk): Tool {
  return defineTool<{ summary: string }>({
    name: "finish_step",
    title: "Finish step",
    description: "End this step. The gate is asked: if anything is missing, it says what, and the step goes on.",
    input: z.strictObject({ summary: z.string().min(1).describe("one sentence for the log: what was done") }),
    effect: "write",
    ends: true,
    describe: ({ summary }) => summary.split("\n")[0] ?? "",
    run: async ({ summary }) => {
      const missing = await gate();
      if (missing.length > 0) {
        throw new ToolError(`The step is not finished:\n${missing.map((line) => `- ${line}`).join("\n")}`);
      }
      return { text: "The gate is passed.", outcome: "gate passed", data: { summary }, finished: true };
    },
  });
}
