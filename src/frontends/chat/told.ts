/** What a model is told of the person's commands goes before their next message; which of both is theirs stays known. */
import type { MessageParam } from "../../agent/model.ts";

const BEGINS = "(Since then the person, by a command of the program's, ";

/** Each in a line of its own. */
export function withTold(told: readonly string[], message: string): string {
  return [...told.map((what) => `${BEGINS}${what.replace(/\s+/g, " ")})`), message].join("\n");
}

/** What the person said themselves: the program's lines tell of files and of questions, and those may be anybody's words. */
export function saidByPerson(messages: readonly MessageParam[]): string[] {
  return messages.flatMap(({ role, content }) => {
    if (role !== "user") return [];
    const texts =
      typeof content === "string" ? [content] : content.flatMap((block) => (block.type === "text" ? [block.text] : []));
    return texts.map(withoutTold);
  });
}

function withoutTold(text: string): string {
  const lines = text.split("\n");
  const first = lines.findIndex((line) => !line.startsWith(BEGINS));
  return first < 0 ? "" : lines.slice(first).join("\n");
}

/** Every address that the person named. */
export function addressesIn(messages: readonly MessageParam[]): string[] {
  const named = saidByPerson(messages).flatMap(
    (text) => text.match(/https?:\/\/[^\s"'<>`]+[^\s"'<>`.,;:!?)\]]/gi) ?? [],
  );
  return [...new Set(named)];
}
