/** ask_user: a question to the person, where there is one. */
import { z } from "zod";
import { defineTool, type Tool } from "../agent/tool.ts";
import type { PersonDesk } from "./desk.ts";

interface Input {
  question: string;
  choices: string[];
}

export const NOBODY = "Nobody can be asked in this run: choose the safe reading, mark it unproven with the reason.";

export function askUser({ ask }: PersonDesk): Tool {
  return defineTool<Input>({
    name: "ask_user",
    title: "Ask user",
    description:
      "Ask the person one thing that neither the source nor its documentation can tell, with the possible answers where " +
      "there are few. Never ask for the value of a secret: ask for the name of the environment variable that holds it.",
    input: z.strictObject({
      question: z.string().min(1).max(1000),
      choices: z
        .array(z.string().min(1).max(200))
        .max(9)
        .default([])
        .describe("answers to choose from; others stay possible"),
    }) as z.ZodType<Input>,
    effect: "read",
    describe: ({ question }) => question.split("\n")[0] ?? "",
    run: async ({ question, choices }) => {
      const answer = await ask(question, choices);
      if (answer === undefined) return { text: NOBODY, outcome: "nobody can be asked" };
      if (answer.trim() === "")
        return { text: "The person gave no answer. Go on with the safe reading.", outcome: "no answer" };
      return { text: `The person answers: ${answer}`, outcome: answer.split("\n")[0] ?? "", data: { answer } };
    },
  });
}
