/** The pages that a spec names, in the notebook and as a model is shown them at the start: no request is spent on asking for them. */
import { ToolError } from "../errors.ts";
import { showPage } from "../research/frame.ts";
import type { Page } from "../research/notebook.ts";
import { pageTaker, type Taken } from "../research/take-page.ts";
import type { ResearchDesk } from "../tools/desk.ts";
import type { StepContext } from "./step.ts";

/** Characters of pages in a first message. What lies beyond is named, to be read when it is needed. */
const SHOWN_AT_FIRST = 60_000;
/** Of a description that the draft was made of: a small one is quicker read than asked for. */
const SMALL_DESCRIPTION = 12_000;

export interface LoadedPages {
  text: string;
  /** Pages that only a reader makes sense of. */
  prose: number;
}

/** Pages beside the named ones that are read unasked: a footnote there may be the only word on hidden rows. */
const BESIDE = 8;

/** A page that cannot be read is named with its reason; the others stand. What the source said of itself comes first. */
export async function loadPages({ signal }: StepContext, desk: ResearchDesk): Promise<LoadedPages> {
  const { docs } = desk.requirements.spec.source;
  const take = pageTaker(desk);
  const parts: string[] = [];
  const linked: string[] = [];
  let room = SHOWN_AT_FIRST;
  let prose = 0;
  const add = (page: Page, text: string) => {
    parts.push(
      text.length <= room ? text : `${page.id}: ${page.address} (${page.length} characters): read it with read_page.`,
    );
    room -= Math.min(room, text.length);
  };
  const show = async ({ page, links, notes, known }: Taken, described: boolean) => {
    if (!described && page.kind === "official-docs") prose += 1;
    linked.push(
      ...links
        .filter(({ kind, address }) => kind === "page" && isBeside(address, page.address))
        .map(({ address }) => address),
    );
    const text = described
      ? descriptionText(desk, page)
      : showPage(desk.notebook, page, { links, notes: known ? [] : notes });
    add(page, await text);
  };
  const read = async (address: string) => {
    desk.progress(`reading ${address}`);
    const described = desk.notebook.pages().some((page) => page.address === address && page.kind === "api-description");
    try {
      await show(await take({ address, signal }), described);
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      parts.push(`${address}: ${error.message.split("\n")[0]}`);
    }
  };
  for (const page of desk.notebook.pages().filter(({ kind }) => kind === "introspection"))
    add(page, await descriptionText(desk, page));
  for (const doc of docs) await read(doc);
  const known = new Set(desk.notebook.pages().map(({ address }) => address));
  const more = [...new Set(linked)].filter((address) => !known.has(address) && !docs.includes(address));
  for (const address of more.slice(0, BESIDE)) await read(address);
  return { text: parts.join("\n\n") || "The spec names none: fetch_page takes an address.", prose };
}

/**
 * What the draft was made of: a small one whole, for what a draft leaves out (an argument that shows archived rows, a
 * trigger). Rows of a person's files are not sent unasked: of files it is the listing.
 */
async function descriptionText(desk: ResearchDesk, page: Page): Promise<string> {
  const source = desk.source();
  const isRows = source?.kind === "file" && page.address !== source.location;
  if (!isRows && page.length <= SMALL_DESCRIPTION)
    return showPage(desk.notebook, page, { notes: ["The draft was made of it."] });
  return `${page.id}: ${page.address} (${page.kind}, ${page.length} characters): the draft was made of it; read_page and search_pages show parts.`;
}

/** In the same folder of the same site. */
function isBeside(address: string, page: string): boolean {
  return URL.canParse(address) && URL.canParse(page) && address.startsWith(new URL(".", page).href);
}
