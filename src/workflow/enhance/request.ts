/**
 * What somebody wants of a connector that is there: a sentence, a text, or the enhancement template that people fill in for an
 * assistant. All of it goes on as the request; what the template names is taken out of it, to be held against the connector.
 */
import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { UserError } from "../../errors.ts";
import { isDirectory, readText } from "../../system/files.ts";

export interface Wanted {
  /** What is passed on: the text without what nobody filled in. */
  text: string;
  /** In one line. */
  title: string;
  /** Absolute path of the file it came from. */
  file?: string;
  /** What a filled-in template names; absent for any other text. */
  template?: Filled;
}

export interface Filled {
  /** Of the connector as it is. */
  current: string[];
  features: string[];
  improvements: string[];
  /** Of tests and performance. */
  assurance: string[];
  expected: string[];
  /** Paths that the part about the connector names. */
  paths: string[];
}

/** A request in words, or the path of a file with one. Throws `UserError` for nothing, and for a template as it came. */
export async function readWanted(words: string): Promise<Wanted> {
  const path = resolve(words);
  const isPath = !/\n/.test(words) && words.length < 4096 && /^[^\0]+$/.test(words);
  const text = isPath && !(await isDirectory(path)) ? await readText(path).catch(() => undefined) : undefined;
  if (text === undefined && isPath && /^\S+\.(md|markdown|txt)$/.test(words)) {
    throw new UserError(`There is no file ${words}.`, {
      hint: "Give the request in words, or the path of a file with it.",
    });
  }
  return { ...wantedOf(text ?? words), ...(text === undefined ? {} : { file: path }) };
}

/** The headings of the template, by what they are about. */
const SECTIONS: readonly (readonly [RegExp, Exclude<keyof Filled, "paths"> | undefined])[] = [
  [/^current implementation:?$/i, "current"],
  [/^enhancement requirements:?$/i, undefined],
  [/^(\d+\.\s*)?new features:?$/i, "features"],
  [/^(\d+\.\s*)?technical improvements:?$/i, "improvements"],
  [/^(\d+\.\s*)?quality assurance:?$/i, "assurance"],
  [/^expected output:?$/i, "expected"],
];

/** `- [FEATURE_2]`: an item that nobody filled in. Brackets among words are somebody's own. */
const OPEN_ITEM = /^(?:[-*]\s+|\d+[.)]\s+)?\[[A-Z][A-Z0-9_]*\]$/;
const OPEN_TASK = /\[[A-Z][A-Z0-9_]*\]\s*$/;

export function wantedOf(raw: string): Wanted {
  const text = unfenced(raw).trim();
  if (text === "")
    throw new UserError("The request is empty.", { hint: 'Say what should be different: "also read invoices".' });
  const task = /^task:\s*(.+)$/im.exec(text)?.[1]?.trim();
  const isTemplate = task !== undefined && /^\s*(current implementation|enhancement requirements):?\s*$/im.test(text);
  if (!isTemplate) return { text, title: titleOf(text.split("\n")[0] ?? text) };
  const filled = readTemplate(text);
  const wanted = [...filled.features, ...filled.improvements];
  if (OPEN_TASK.test(task) && wanted.length === 0) {
    throw new UserError("The enhancement template is not filled in: it names no feature and no improvement.", {
      hint: `Replace ${OPEN_TASK.exec(task)?.[0] ?? ""} and the places under New Features.`,
    });
  }
  // The guide's own first words, as far as they are nothing but that.
  const feature =
    /^enhance (?:an? |the )?existing (?:fivetran |databricks |lakeflow )?connector (?:with|by)\s+(.+)$/i.exec(
      task,
    )?.[1];
  const title = [feature ?? task, wanted.join("; ")].find((words) => !OPEN_TASK.test(words)) ?? task;
  return { text: withoutOpen(text), title: titleOf(title), template: filled };
}

function titleOf(line: string): string {
  const plain = line
    .replace(/^#+\s*/, "")
    .replace(/\s+/g, " ")
    .trim();
  return plain.length > 100 ? `${plain.slice(0, 99)}…` : plain;
}

/** The guide has the template in a block of code, and it is copied with it. */
function unfenced(text: string): string {
  const block = /^\s*(`{3,}|~{3,})[^\n]*\n([\s\S]*?)\n\s*\1\s*$/.exec(text.replace(/\r\n?/g, "\n"));
  return block?.[2] ?? text.replace(/\r\n?/g, "\n");
}

function readTemplate(text: string): Filled {
  const filled: Filled = { current: [], features: [], improvements: [], assurance: [], expected: [], paths: [] };
  let section: Exclude<keyof Filled, "paths"> | undefined;
  for (const line of text.split("\n").map((one) => one.trim())) {
    const heading = SECTIONS.find(([pattern]) => pattern.test(line.replace(/^[#*\s]+|[*\s]+$/g, "")));
    if (heading) section = heading[1];
    else if (section !== undefined && line !== "" && !OPEN_ITEM.test(line)) {
      const item = line.replace(/^[-*]\s+|^\d+[.)]\s+/, "");
      // What is not an item of its own goes on with the one before.
      if (item === line && filled[section].length > 0) filled[section].push(`${filled[section].pop()} ${item}`);
      else filled[section].push(item);
    }
  }
  filled.paths = filled.current.flatMap((line) => line.match(/(?:\.{0,2}\/|[\w.-]+\/)[\w./-]+|\b[\w-]+\.py\b/g) ?? []);
  return filled;
}

/** Lines with places that nobody filled in say nothing. */
function withoutOpen(text: string): string {
  const lines = text.split("\n").filter((line) => !OPEN_ITEM.test(line.trim()));
  return lines.join("\n").replace(/\n{3,}/g, "\n\n");
}

/**
 * Throws `UserError` where the request is about another connector: it names a folder with code that is there, and that is none
 * of `folders`.
 */
export async function checkSubject({ template }: Wanted, folders: readonly string[]): Promise<void> {
  for (const named of template?.paths ?? []) {
    const path = resolve(named);
    const inside = folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
    if (inside || !(await holdsCode(path))) continue;
    throw new UserError(`The request is about ${named}, which is not this connector.`, {
      hint: `This one is ${folders[0]}. Name the connector that is meant, or adopt that folder first.`,
    });
  }
}

async function holdsCode(path: string): Promise<boolean> {
  const file = basename(path).endsWith(".py") ? path : resolve(path, "connector.py");
  return readFile(file).then(
    () => true,
    () => false,
  );
}
