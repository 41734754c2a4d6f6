/** search_pages: passages of the notebook's pages by words. */
import { z } from "zod";
import { defineTool, type Tool } from "../agent/tool.ts";
import { ToolError } from "../errors.ts";
import { framed } from "../research/frame.ts";
import { searchPages as search, termsOf } from "../research/search.ts";
import type { ResearchDesk } from "./desk.ts";

const inputSchema = z.strictObject({ query: z.string().min(1).describe('words, "a phrase in quotation marks"') });

export function searchPages({ notebook }: Pick<ResearchDesk, "notebook">): Tool {
  return defineTool<z.infer<typeof inputSchema>>({
    name: "search_pages",
    title: "Search pages",
    description: "Find passages in all pages of the notebook, best first, with page, offset and heading.",
    input: inputSchema,
    effect: "read",
    describe: ({ query }) => query.split("\n")[0] ?? "",
    run: async ({ query }) => {
      if (notebook.pages().length === 0) throw new ToolError("There are no pages yet: call fetch_page first.");
      const terms = termsOf(query);
      if (terms.length === 0) throw new ToolError("The query has no words: give the words to look for.");
      const hits = await search(notebook, query);
      if (hits.length === 0) {
        const text = `No page has ${terms.map((term) => `“${term}”`).join(" or ")}. Try other words, or fetch another page.`;
        return { text, outcome: "nothing found", data: { hits } };
      }
      const best = hits[0]?.terms ?? 0;
      const passages = hits.map(({ page, offset, heading, passage }) => ({
        page,
        text: passage,
        part: { offset, heading },
      }));
      const note =
        best < terms.length
          ? `No passage has all of it; these have ${best} of ${terms.length} terms.`
          : `${hits.length} passages:`;
      return { text: [note, framed(passages)].join("\n"), outcome: `${hits.length} passages`, data: { hits } };
    },
  });
}
