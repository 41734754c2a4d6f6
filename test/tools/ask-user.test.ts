import { describe, expect, it } from "vitest";
import { askUser, NOBODY } from "../../src/tools/ask-user.ts";
import { recordClaim } from "../../src/tools/record-claim.ts";
import { call, researchDesk } from "./research-desk.ts";

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

  it("keeps an answer where claims are made: it can be quoted with its question, the question alone cannot", async () => {
    const desk = await researchDesk([], (text) => text.replaceAll("hunter2hunter2", "****"));
    const answer = "yes, in deleted_at; the password is hunter2hunter2";
    const { text } = await call(askUser({ ask: async () => answer }, desk), {
      question: "Are rows marked as deleted?",
    });
    expect(text).toContain("Kept as P1");
    expect(await desk.notebook.text("P1")).toBe(
      "Question: Are rows marked as deleted?\nAnswer: yes, in deleted_at; the password is ****\n",
    );
    const claimed = async (quotation: string) => {
      const quotations = [{ page: "P1", text: quotation }];
      const claims = [{ field: "tables.members.deletes", status: "documented", quotations }];
      return (await call(recordClaim(desk), { claims })).text;
    };
    expect(await claimed("Question: Are rows marked as deleted?")).toContain("quote the answer with it");
    expect(desk.notebook.claims()).toEqual({});
    expect(await claimed("Question: Are rows marked as deleted?\nAnswer: yes, in deleted_at")).toContain(
      "ok tables.members.deletes: documented",
    );
    expect(desk.notebook.evidence().at(-1)).toMatchObject({ kind: "user", address: "answer of a person" });
  });

  it("keeps nothing where nobody answered", async () => {
    const desk = await researchDesk();
    await call(askUser({ ask: async () => undefined }, desk), { question: "Are rows marked as deleted?" });
    expect(desk.notebook.pages()).toEqual([]);
  });
});
