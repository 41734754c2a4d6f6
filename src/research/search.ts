/** Looking for words in all pages that were read. */
import type { Notebook, Page } from "./notebook.ts";
import { type Section, sectionsOf } from "./outline.ts";

export interface Hit {
  page: Page;
  /** Where the passage begins in the page's text. */
  offset: number;
  /** Title of the section it is in; empty before the first heading. */
  heading: string;
  passage: string;
  /** Terms that are in the passage or its heading. */
  terms: number;
}

const PASSAGE = 400;
const MAX_HITS = 8;
/** Of one page, so that a long one does not hide the others. */
const MAX_OF_PAGE = 4;

/** Words and "quoted phrases", in lower case, each once. */
export function termsOf(query: string): string[] {
  const found = [...query.toLowerCase().matchAll(/"([^"]+)"|(\S+)/g)].map(([, phrase, word]) => phrase ?? word ?? "");
  return [...new Set(found.map((term) => term.replace(/^[,;()]+|[,;()?]+$/g, "")).filter((term) => term !== ""))];
}

/** Passages with most of the terms, best first. Terms that fewer passages have weigh more. */
export async function searchPages(notebook: Notebook, query: string): Promise<Hit[]> {
  const terms = termsOf(query);
  const found: (Hit & { has: boolean[]; titled: number })[] = [];
  for (const page of notebook.pages()) {
    const text = await notebook.text(page.id);
    const sections = sectionsOf(text);
    for (const { offset, passage } of passagesOf(text)) {
      const heading = headingAt(sections, offset);
      const lower = `${heading}\n${passage}`.toLowerCase();
      const has = terms.map((term) => lower.includes(term));
      const count = has.filter(Boolean).length;
      const titled = terms.filter((term) => heading.toLowerCase().includes(term)).length;
      if (count > 0) found.push({ page, offset, heading, passage, terms: count, has, titled });
    }
  }
  const weights = terms.map((_, index) => 1 / (1 + Math.log(1 + found.filter(({ has }) => has[index]).length)));
  const weigh = (hit: (typeof found)[number]) =>
    weights.reduce((sum, weight, index) => sum + (hit.has[index] ? weight : 0), hit.titled / 10);
  const most = Math.max(0, ...found.map(({ terms: count }) => count));
  const ofPage = new Map<string, number>();
  return found
    .filter(({ terms: count }) => count === most || count >= terms.length - 1)
    .sort((a, b) => b.terms - a.terms || weigh(b) - weigh(a))
    .filter(({ page }) => {
      ofPage.set(page.id, (ofPage.get(page.id) ?? 0) + 1);
      return (ofPage.get(page.id) ?? 0) <= MAX_OF_PAGE;
    })
    .slice(0, MAX_HITS)
    .map(({ has: _, titled: __, ...hit }) => hit);
}

/** Lines put together until they are long enough; long ones cut, with an overlap so that no phrase falls between. */
function* passagesOf(text: string): Generator<{ offset: number; passage: string }> {
  let start = 0;
  let end = 0;
  const lines = text.split("\n");
  for (const [index, line] of lines.entries()) {
    end += line.length + 1;
    const next = lines[index + 1];
    const breaks = next === undefined || /^#{1,6}\s/.test(next) || end - start + next.length > PASSAGE;
    if (!breaks) continue;
    for (let from = start; from < end; from += PASSAGE - 80) {
      const passage = text.slice(from, Math.min(end - 1, from + PASSAGE));
      if (passage.trim() !== "") yield { offset: from, passage };
      if (from + PASSAGE >= end) break;
    }
    start = end;
  }
}

function headingAt(sections: readonly Section[], offset: number): string {
  return sections.findLast(({ start }) => start <= offset)?.title ?? "";
}
