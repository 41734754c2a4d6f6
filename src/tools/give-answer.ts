/** give_answer: the end of a question about a connector. */
import { z } from "zod";
import { defineTool, type Tool } from "../agent/tool.ts";

/** For give_answer. */
export interface AnswerDesk {
  answer(text: string): Promise<void>;
  redact(text: string): string;
}

export function giveAnswer(desk: AnswerDesk): Tool {
  return defineTool<{ answer: string }>({
    name: "give_answer",
    title: "Give answer",
    description: "Answer the person's question, and end.",
    input: z.strictObject({
      answer: z
        .string()
        .min(1)
        .describe("Markdown; the answer first, then what it rests on: file and line, page, figure"),
    }),
    effect: "write",
    ends: true,
    describe: ({ answer }) => answer.split("\n")[0] ?? "",
    run: async ({ answer }) => {
      await desk.answer(desk.redact(answer));
      return { text: "The person has it.", outcome: "answered", finished: true };
    },
  });
}
