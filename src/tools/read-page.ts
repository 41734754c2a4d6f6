/** read_page: one section of a page in the notebook, or what stands at an offset. */
import { z } from "zod";
import { defineTool, type Tool } from "../agent/tool.ts";
import { ToolError } from "../errors.ts";
import { showPage, showPart } from "../research/frame.ts";
import { readPart, SHOWN } from "../research/outline.ts";
import type { ResearchDesk } from "./desk.ts";

const inputSchema = z.strictObject({
  page: z.string().min(1).describe("P1, P2, …"),
  section: z.string().optional().describe("number or title from the outline; subsections come with it"),
  offset: z.int().nonnegative().optional().describe("instead of a section: where to begin, in characters"),
});
type Input = z.infer<typeof inputSchema>;

export function readPage({ notebook }: Pick<ResearchDesk, "notebook">): Tool {
  return defineTool<Input>({
    name: "read_page",
    title: "Read page",
    description: `Read on in a page of the notebook: a section with its subsections, or from an offset, up to ${SHOWN} characters.`,
    input: inputSchema,
    effect: "read",
    describe: ({ page, section, offset }) =>
      [page, section ?? (offset === undefined ? "" : `at ${offset}`)].join(" ").trim(),
    run: async ({ page: id, section, offset }) => {
      if (section !== undefined && offset !== undefined) throw new ToolError("Give a section or an offset, not both.");
      const text = await notebook.text(id);
      const page = notebook.pages().find((one) => one.id.toLowerCase() === id.trim().toLowerCase());
      if (page === undefined) throw new Error(`page ${id} has a text and is not listed`);
      if (section === undefined && offset === undefined) {
        return { text: await showPage(notebook, page), outcome: `${page.id}, ${page.length} characters` };
      }
      const part = readPart(text, {
        ...(section === undefined ? {} : { section }),
        ...(offset === undefined ? {} : { offset }),
      });
      return { text: showPart(page, part), outcome: `${page.id}, characters ${part.start} to ${part.end}` };
    },
  });
}
