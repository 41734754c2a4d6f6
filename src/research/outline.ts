/** A long page by its headings: an outline with offsets, and one section at a time. Offsets count characters of the text. */
import { ToolError } from "../errors.ts";
import { nearest } from "../system/nearest.ts";

/** Characters that are shown of a page at once; shorter pages are shown whole. */
export const SHOWN = 12_000;
const MAX_LINES = 100;
/** Of a heading's line. */
const LONGEST = 300;
/** A text without headings is read in parts of this length. */
const PART = 10_000;

export interface Section {
  /** From 1, in the order of the page. */
  number: number;
  /** 1 to 6. */
  level: number;
  title: string;
  start: number;
  /** Where the next heading of its level or above begins: subsections are in it. */
  end: number;
}

/** Headings in Markdown, outside of code. */
export function sectionsOf(text: string): Section[] {
  const found: Omit<Section, "end" | "number">[] = [];
  let fence: string | undefined;
  let at = 0;
  let before = { line: "", at: 0 };
  for (const line of text.split("\n")) {
    const mark = /^\s{0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== undefined) {
      if (mark?.startsWith(fence) && line.trim() === mark) fence = undefined;
    } else if (mark !== undefined) fence = mark;
    else {
      const atx = line.length > LONGEST ? null : /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
      const underlined = /^(=+|-{3,})$/.exec(line)?.[1];
      if (atx?.[2]) found.push({ level: atx[1]?.length ?? 1, title: plain(atx[2]), start: at });
      else if (underlined !== undefined && /^[\p{L}\p{N}][^|]*$/u.test(before.line)) {
        found.push({ level: underlined.startsWith("=") ? 1 : 2, title: plain(before.line), start: before.at });
      }
    }
    before = { line, at };
    at += line.length + 1;
  }
  return found.map((section, index) => {
    const next = found.slice(index + 1).find(({ level }) => level <= section.level);
    return { ...section, number: index + 1, end: next?.start ?? text.length };
  });
}

/** One line per heading, the deepest left out when there are too many: `12. Pagination (offset 10234, 2100 characters)`. */
export function outlineOf(text: string): string {
  const all = sectionsOf(text);
  if (all.length === 0) return partsOf(text);
  let depth = 6;
  const shown = () => all.filter(({ level }) => level <= depth);
  while (depth > 1 && shown().length > MAX_LINES) depth -= 1;
  const lines = shown()
    .slice(0, MAX_LINES)
    .map(
      ({ number, level, title, start, end }) =>
        `${"  ".repeat(level - 1)}${number}. ${title} (offset ${start}, ${end - start} characters)`,
    );
  const hidden = all.length - lines.length;
  return [...lines, ...(hidden > 0 ? [`${hidden} more headings: find them with search_pages.`] : [])].join("\n");
}

function partsOf(text: string): string {
  const count = Math.ceil(text.length / PART);
  const lines = Array.from({ length: Math.min(count, MAX_LINES) }, (_, index) => {
    const first = text
      .slice(index * PART, index * PART + 200)
      .split("\n")
      .find((line) => line.trim() !== "");
    return `offset ${index * PART}: ${plain(first ?? "").slice(0, 80)}`;
  });
  return ["There are no headings. Parts by their first line:", ...lines].join("\n");
}

export interface Part {
  text: string;
  start: number;
  end: number;
  /** Where to read on when it was cut. */
  next?: number;
  /** Other sections of the same title, by number. */
  others: number[];
}

/**
 * A section by number, title or slug, with its subsections, or what stands at an offset; at most `SHOWN` characters.
 * Throws `ToolError` when there is no such place.
 */
export function readPart(text: string, { section, offset }: { section?: string; offset?: number }): Part {
  if (offset !== undefined || section === undefined) {
    const start = offset ?? 0;
    if (start >= text.length && text.length > 0)
      throw new ToolError(`The page ends at ${text.length}: give a smaller offset.`);
    return cut(text, { start, end: text.length, others: [] });
  }
  const all = sectionsOf(text);
  const found = findSections(all, section);
  const [first, ...others] = found;
  if (first === undefined) {
    const meant =
      nearest(
        section,
        all.map(({ title }) => title),
      ) ?? all.find(({ title }) => folded(title).includes(folded(section)))?.title;
    const known = all
      .slice(0, 40)
      .map(({ number, title }) => `${number}. ${title}`)
      .join("; ");
    throw new ToolError(
      all.length === 0
        ? "The page has no headings: read it by offset, or find the place with search_pages."
        : `There is no section ${section}.${meant === undefined ? "" : ` Did you mean “${meant}”?`} Sections: ${known}`,
    );
  }
  return cut(text, { start: first.start, end: first.end, others: others.map(({ number }) => number) });
}

function findSections(all: readonly Section[], wanted: string): Section[] {
  const number = /^#?(\d+)\.?$/.exec(wanted.trim())?.[1];
  const titled = all.filter(({ title }) => folded(title) === folded(wanted) || slug(title) === slug(wanted));
  if (titled.length > 0 || number === undefined) return titled;
  return all.filter((section) => section.number === Number(number));
}

function cut(text: string, { start, end, others }: Pick<Part, "start" | "end" | "others">): Part {
  if (end - start <= SHOWN) return { text: text.slice(start, end), start, end, others };
  const line = text.lastIndexOf("\n", start + SHOWN) + 1;
  const stop = line > start + SHOWN / 2 ? line : start + SHOWN;
  return { text: text.slice(start, stop), start, end: stop, next: stop, others };
}

/** As browsers and generators name headings in addresses. */
export function slug(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/[\s_-]+/g, "-");
}

function folded(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

/** A heading without Markdown's marks, on one line. */
function plain(title: string): string {
  return title
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[`*\\]/g, "")
    .replace(/\s+/g, " ")
    .trim();
}
