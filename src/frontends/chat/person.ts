/** Asking the person at the other end: a yes, or an answer in words. One question at a time. */
import type { Approve, Ask } from "../../agent/approval.ts";
import type { Budget } from "../../agent/budget.ts";
import type { Input } from "./input.ts";
import type { Screen } from "./screen.ts";
import { oneLine, plain, wrap } from "./text.ts";

export interface Person {
  approve: Approve;
  /** Undefined from a pipe: what comes next there is a message, not an answer. */
  ask: Ask;
}

export interface PersonOptions {
  input: Input;
  screen: Screen;
  /** Its clock stands still while somebody thinks. */
  budget: Pick<Budget, "pause">;
  redact: (text: string) => string;
}

const YES = /^(y|yes)$/i;
const NO = /^(n|no)$/i;

export function createPerson({ input, screen, budget, redact }: PersonOptions): Person {
  let last: Promise<unknown> = Promise.resolve();
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(() => budget.pause(work));
    last = next.catch(() => undefined);
    return next;
  };
  const { lines, paint } = screen;
  const show = (head: string, rest: readonly string[]) => {
    lines.clear();
    lines.line("");
    const width = lines.width();
    lines.line(paint("bold", redact(oneLine(head))));
    for (const line of rest) {
      const text = `  ${redact(plain(line)).replaceAll("\n", " ")}`;
      for (const part of (width === undefined ? text : wrap(text, width - 1)).split("\n")) lines.line(part);
    }
  };
  return {
    approve: ({ question, lines: what }) =>
      alone(async () => {
        show(question, what);
        const answered = await input.answer({
          prompt: "[y/N] ",
          accepts: (line) => YES.test(line.trim()) || NO.test(line.trim()),
        });
        const yes = answered.kind === "line" && YES.test(answered.line.trim());
        if (answered.kind === "other") lines.line("  refused: the next line of the input is not y, yes, n or no");
        else if (answered.kind === "nobody") lines.line("  refused: nobody answered");
        else if (!input.interactive || !yes) lines.line(yes ? "  yes" : "  refused");
        return yes;
      }),
    ask: (question, choices) =>
      alone(async () => {
        if (!input.interactive) return undefined;
        show(
          question,
          choices.map((choice, index) => `${index + 1}. ${choice}`),
        );
        const prompt = choices.length > 0 ? `1 to ${choices.length}, or in words: ` : "answer: ";
        const answered = await input.answer({ prompt, accepts: () => true });
        if (answered.kind !== "line") return undefined;
        const line = answered.line.trim();
        return redact((/^\d$/.test(line) ? choices[Number(line) - 1] : undefined) ?? line);
      }),
  };
}
