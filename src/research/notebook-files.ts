/**
 * The files of a research notebook. Evidence is appended line by line and forced to the disk; everything else is replaced
 * whole. A process may be killed at any point: what it leaves is read, or named as damaged.
 */
import { appendFileSync, closeSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { blueprintSchema, claimSchema, tableSchema } from "../artifacts/blueprint.ts";
import { type Evidence, evidenceSchema } from "../artifacts/evidence.ts";
import { UserError } from "../errors.ts";
import { readText, sha256, writeAtomically } from "../system/files.ts";
import { type Searchable, searchable } from "./find-quotation.ts";
import { parseDescription } from "./pointed.ts";

const pageSchema = z.strictObject({
  id: z.string().regex(/^P\d+$/),
  address: z.string(),
  kind: evidenceSchema.shape.kind.exclude(["probe"]),
  title: z.string(),
  time: z.iso.datetime(),
  hash: evidenceSchema.shape.hash,
  length: z.int().nonnegative(),
});
const findingSchema = z.strictObject({
  key: z.string(),
  question: z.string(),
  verdict: z.enum(["confirms", "refutes", "silent"]),
  says: z.string(),
  evidence: z.string(),
  value: z.string(),
});

export const NOTEBOOK_FILES = {
  pages: z.array(pageSchema),
  claims: z.record(z.string(), claimSchema),
  /** Before the first table is proposed there is none. */
  proposal: blueprintSchema.omit({ claims: true }).extend({ tables: z.array(tableSchema) }),
  findings: z.array(findingSchema),
} as const;
type NotebookFile = keyof typeof NOTEBOOK_FILES;

const EVIDENCE = "evidence.jsonl";
/** Texts that are kept in memory, parsed and folded as they were asked for. */
const KEPT = 8;

/** A stored text that has the hash it is called by. */
export interface Stored extends Searchable {
  /** As JSON or YAML; undefined when it is neither. */
  parsed: () => { root: unknown } | undefined;
}

export interface NotebookFiles {
  /** `<name>.json`; undefined when there is no such file. Throws `UserError` when it is damaged. */
  read<T>(name: NotebookFile, schema: z.ZodType<T>): Promise<T | undefined>;
  /** Writes reach the disk in the order of the calls. */
  write(name: NotebookFile, content: unknown): Promise<void>;
  readEvidence(): Promise<Evidence[]>;
  appendEvidence(entries: readonly Evidence[]): void;
  /** Stores a text under its hash, which it returns. */
  store(text: string): Promise<string>;
  /** Undefined when it is not there, or is not what its name says. */
  stored(hash: string): Promise<Stored | undefined>;
  /** Removes all of it. */
  clear(): Promise<void>;
}

export function notebookFiles(directory: string): NotebookFiles {
  const path = (...parts: string[]) => join(directory, ...parts);
  let last: Promise<unknown> = Promise.resolve();
  const inOrder = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work);
    last = next.catch(() => {});
    return next;
  };
  return {
    read: async (name, schema) => {
      const text = await readText(path(`${name}.json`));
      return text === undefined ? undefined : parsed(text, schema, path(`${name}.json`));
    },
    write: (name, content) => {
      const text = `${JSON.stringify(content, null, 2)}\n`;
      return inOrder(() => writeAtomically(path(`${name}.json`), text));
    },
    readEvidence: () => readEvidence(path(EVIDENCE)),
    appendEvidence: (entries) => {
      mkdirSync(directory, { recursive: true });
      const file = openSync(path(EVIDENCE), "a", 0o644);
      try {
        appendFileSync(file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    },
    store: async (text) => {
      const hash = sha256(text);
      await writeAtomically(path("pages", hash), text);
      return hash;
    },
    stored: storedTexts((hash) => path("pages", hash)),
    clear: async () => {
      const names = Object.keys(NOTEBOOK_FILES).map((name) => `${name}.json`);
      for (const name of [EVIDENCE, "pages", ...names]) await rm(path(name), { recursive: true, force: true });
    },
  };
}

function parsed<T>(text: string, schema: z.ZodType<T>, path: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw damaged(path, cause);
  }
}

function damaged(path: string, cause: unknown): UserError {
  return new UserError(`The file ${path} is damaged or was written by another version.`, {
    hint: `Delete ${path}: what was in it is researched again.`,
    cause,
  });
}

/** A last line that was not finished is taken away: the next entry must stand on a line of its own. */
async function readEvidence(path: string): Promise<Evidence[]> {
  const text = (await readText(path)) ?? "";
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  if (whole.length < text.length) await writeAtomically(path, whole);
  return whole
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => parsed(line, evidenceSchema, path));
}

/** Every call looks at the disk; a text is read again only when its file changed. */
function storedTexts(pathOf: (hash: string) => string): NotebookFiles["stored"] {
  const known = new Map<string, { stamp: string; stored: Stored | undefined }>();
  return async (hash) => {
    const found = await stat(pathOf(hash)).catch(() => undefined);
    if (found === undefined) return undefined;
    const stamp = `${found.ino} ${found.size} ${found.mtimeMs} ${found.ctimeMs}`;
    const before = known.get(hash);
    if (before?.stamp === stamp) return before.stored;
    const text = await readText(pathOf(hash));
    const stored = text !== undefined && sha256(text) === hash ? asStored(text) : undefined;
    known.delete(hash);
    known.set(hash, { stamp, stored });
    for (const old of [...known.keys()].slice(0, -KEPT)) known.delete(old);
    return stored;
  };
}

function asStored(text: string): Stored {
  let description: { root: unknown } | undefined;
  let tried = false;
  return {
    ...searchable(text),
    parsed: () => {
      if (!tried) description = parseDescription(text);
      tried = true;
      return description;
    },
  };
}
