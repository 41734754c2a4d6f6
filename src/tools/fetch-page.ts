/** fetch_page: a page of documentation into the notebook, where it can be read, searched and quoted. */
import { z } from "zod";
import { defineTool, type Tool } from "../agent/tool.ts";
import { showPage, showPart } from "../research/frame.ts";
import { readPart, SHOWN, sectionsOf, slug } from "../research/outline.ts";
import { pageTaker } from "../research/take-page.ts";
import type { ResearchDesk } from "./desk.ts";

const inputSchema = z.strictObject({
  address: z.string().min(1).describe("http(s) address; `#heading` shows that section of a long page"),
  kind: z
    .enum(["official-docs", "reference-implementation", "other"])
    .optional()
    .describe("whose page it is, if the host does not tell: the source's maker, maintained open source, anybody"),
});
type Input = z.infer<typeof inputSchema>;

export function fetchPage(desk: ResearchDesk): Tool {
  const take = pageTaker(desk);
  return defineTool<Input>({
    name: "fetch_page",
    title: "Fetch page",
    description:
      "Read a page (HTML, Markdown, text, JSON) into the notebook as P1, P2, … to quote from. Small pages come whole, long ones as " +
      "outline and beginning, with links worth reading. For OpenAPI, Postman and GraphQL files use import_description.",
    input: inputSchema,
    effect: "network",
    describe: ({ address }) => address.split("\n")[0] ?? "",
    run: async ({ address, kind }, { signal }) => {
      const { page, links, notes, known } = await take({ address, signal, ...(kind ? { kind } : {}) });
      const text = await showPage(desk.notebook, page, { links, notes });
      const section = await sectionAt(desk, page.id, address);
      return {
        text: section === undefined ? text : `${text}\n${showPart(page, section)}`,
        outcome: `${page.id}, ${page.length} characters${known ? ", read before" : ""}`,
        data: { page, links, known },
      };
    },
  });
}

/** The section that the address points at, of a page that is not shown whole. */
async function sectionAt({ notebook }: ResearchDesk, page: string, address: string) {
  const fragment = /#(.+)$/.exec(address)?.[1];
  const text = await notebook.text(page);
  if (fragment === undefined || text.length <= SHOWN) return undefined;
  const found = sectionsOf(text).find(({ title }) => slug(title) === slug(fragment));
  return found && readPart(text, { section: String(found.number) });
}
