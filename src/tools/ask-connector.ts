/** ask_connector: a question about a connector, answered from its files, pages and rows; nothing is changed. */
import { z } from "zod";
import { defineTool, type Tool } from "../agent/tool.ts";
import { ToolError } from "../errors.ts";

interface Input {
  connector: string;
  question: string;
}

/** For ask_connector. */
export interface QuestionDesk {
  /** Throws `UserError` where there is no such connector, or nothing is known of it yet. */
  ask(connector: string, question: string, signal: AbortSignal): Promise<{ answer: string } | { why: string }>;
  redact(text: string): string;
}

export function askConnector(desk: QuestionDesk): Tool {
  return defineTool<Input>({
    name: "ask_connector",
    title: "Ask connector",
    description:
      "What a connector does and why, found out from its blueprint, the source's pages as research kept them, its code and its rows: " +
      "for questions that list_files, read_file and query_warehouse do not answer. Changes nothing.",
    input: z.strictObject({ connector: z.string().min(1), question: z.string().min(1).max(4000) }),
    effect: "read",
    describe: ({ connector, question }) => desk.redact(`${connector} ${question.split("\n")[0]}`),
    run: async ({ connector, question }, { signal }) => {
      const found = await desk.ask(connector, question, signal);
      if ("why" in found) throw new ToolError(desk.redact(`No answer: ${found.why}`));
      const answer = desk.redact(found.answer);
      return { text: answer, outcome: "answered", data: { answer } };
    },
  });
}
