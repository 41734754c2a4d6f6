/** ask_user: a question to the person, where there is one. */
import { z } from "zod";
import { defineTool, type Tool } from "../agent/tool.ts";
import type { PersonDesk, ResearchDesk } from "./desk.ts";

interface Input {
  question: string;
  choices: string[];
}

export const NOBODY = "Nobody can be asked in this run: choose the safe reading, mark it unproven with the reason.";

/** Where answers are kept, so that a claim can quote them: much of what decides over rows only a person knows. */
type AnswerBook = Pick<ResearchDesk, "notebook" | "redact">;

export function askUser({ ask }: PersonDesk, kept?: AnswerBook): Tool {
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
      const said = `The person answers: ${answer}`;
      const text = kept === undefined ? said : `${said}\n${await keep(kept, { question, answer })}`;
      return { text, outcome: answer.split("\n")[0] ?? "", data: { answer } };
    },
  });
}

async function keep(
  { notebook, redact }: AnswerBook,
  { question, answer }: { question: string; answer: string },
): Promise<string> {
  const text = redact(`Question: ${question}\nAnswer: ${answer}\n`);
  const page = await notebook.addPage({ address: "answer of a person", kind: "user", title: "An answer" }, text);
  return `Kept as ${page.id}: record_claim can quote question and answer from it, as they stand here.`;
}
