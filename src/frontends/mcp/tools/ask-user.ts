/** ask_user, as a host has it: a form where there is one; elsewhere the host's model asks in the conversation. */
import { z } from "zod";
import { askUser as agentsTool } from "../../../tools/ask-user.ts";
import { defineOwnTool, type OwnTool } from "../said.ts";
import type { Server } from "../state.ts";

const KEY = "answer";
const inputSchema = z.strictObject({
  question: z.string().min(1).max(1000),
  choices: z.array(z.string().min(1).max(200)).max(9).default([]),
  connector: z.string().optional().describe("where its step is on, the answer is kept as a page to quote from"),
});

export function askUser({ runs }: Pick<Server, "runs">): OwnTool {
  const { name, title, description, effect } = agentsTool({ ask: async () => undefined });
  return defineOwnTool({
    name,
    title,
    description,
    input: inputSchema as z.ZodType<z.infer<typeof inputSchema>>,
    effect,
    run: async ({ question, choices, connector = "" }, call) => {
      const asked = call.asked(KEY);
      switch (asked.state) {
        case "unasked": {
          const listed = choices.length > 0 ? { description: `For example: ${choices.join(" · ")}` } : {};
          const fields = { [KEY]: { type: "string" as const, title: "Answer", ...listed } };
          return call.ask(KEY, { message: question, fields, required: [KEY] });
        }
        case "answered": {
          const answer = String(asked.values[KEY]);
          const turn = runs.of(connector)?.turn();
          const kept = await turn?.answered({ question, choices }, answer, call.signal);
          return { text: kept?.text ?? `The person answers: ${answer}` };
        }
        case "declined":
          return {
            text: "The person gave no answer. Go on with the safe reading, and mark it unproven with the reason.",
          };
        case "impossible":
          return {
            text: `This host shows no forms: ask the person in the conversation, and wait for the answer.\n${[question, ...choices.map((choice) => `- ${choice}`)].join("\n")}`,
          };
      }
    },
  });
}
