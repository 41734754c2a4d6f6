import { describe, expect, it } from "vitest";
import { askUser, NOBODY } from "../../src/tools/ask-user.ts";

const signal = new AbortController().signal;

describe("ask_user", () => {
  it("gives the person's words back", async () => {
    const asked: unknown[] = [];
    const tool = askUser({
      ask: async (...question) => {
        asked.push(question);
        return "page";
      },
    });
    const input = tool.input.parse({ question: "How does it page?", choices: ["page", "cursor"] });
    expect((await tool.run(input, { signal })).text).toBe("The person answers: page");
    expect(asked).toEqual([["How does it page?", ["page", "cursor"]]]);
  });

  it("says what to do where nobody can be asked, and where nothing was answered", async () => {
    const nobody = askUser({ ask: async () => undefined });
    expect((await nobody.run(nobody.input.parse({ question: "?" }), { signal })).text).toBe(NOBODY);
    const silent = askUser({ ask: async () => " " });
    expect((await silent.run(silent.input.parse({ question: "?" }), { signal })).text).toContain("no answer");
  });
});
