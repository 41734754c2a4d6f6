/**
 * Skills: knowledge that is loaded when it is needed, in the Agent Skills format. A folder per skill with a `SKILL.md`: YAML
 * frontmatter, of which the description decides whether a model opens it, and Markdown.
 */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseDocument } from "yaml";
import { z } from "zod";
import { messageOf } from "../errors.ts";
import { readText } from "../system/files.ts";
import { nearest } from "../system/nearest.ts";

/** Beside the package's root: two levels above this file in src/ as in dist/. */
const SKILLS = fileURLToPath(new URL("../../skills/", import.meta.url));
const FRONTMATTER = /^---[ \t]*\n([\s\S]*?)^---[ \t]*$\n?/m;

/** What the format knows. `description` becomes one line. */
const frontmatterSchema = z.strictObject({
  name: z
    .string("must be text")
    .max(64, "is longer than 64 characters")
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "must be lower-case words joined by single hyphens"),
  description: z
    .string("must be text that says what the skill is and when to use it")
    .transform((text) => text.replace(/\s+/g, " ").trim())
    .pipe(
      z
        .string()
        .min(1, "is empty: it says what the skill is and when to use it")
        .max(1024, "is longer than 1024 characters")
        .refine((text) => !/<[^>]*>/.test(text), "holds a tag, which hosts refuse"),
    ),
  license: z.string("must be text").optional(),
  compatibility: z.string("must be text").max(500, "is longer than 500 characters").optional(),
  metadata: z.record(z.string(), z.string("must be text")).optional(),
  "allowed-tools": z.string("must be text").optional(),
});

export interface Skill {
  /** One line: what it is and when to use it. */
  description: string;
  /** Markdown, without the frontmatter. */
  text: string;
}

/**
 * All skills of a folder, in the order of their names. Files beside the skills' folders and hidden entries are passed over;
 * a folder that is no valid skill is an error, which names the file and the mistake.
 */
export async function loadSkills(directory = SKILLS): Promise<Map<string, Skill>> {
  const skills = new Map<string, Skill>();
  for (const name of (await readdir(directory)).sort()) {
    if (name.startsWith(".") || !(await stat(join(directory, name))).isDirectory()) continue;
    const path = join(directory, name, "SKILL.md");
    const text = await readText(path);
    if (text === undefined) throw new Error(`${path}: the folder has no SKILL.md.`);
    try {
      skills.set(name, parseSkill(text, name));
    } catch (error) {
      throw new Error(`${path}: ${messageOf(error)}`, { cause: error });
    }
  }
  return skills;
}

/** `folder` is the name of the folder the text lies in, which the skill must have too. Throws naming the mistake. */
export function parseSkill(source: string, folder: string): Skill {
  const text = source.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
  const head = FRONTMATTER.exec(text);
  if (head === null || head.index !== 0) {
    throw new Error("it must begin with frontmatter between two lines of three hyphens.");
  }
  const document = parseDocument(head[1] ?? "", { prettyErrors: false });
  const broken = document.errors[0];
  if (broken) throw new Error(`the frontmatter is not YAML: ${broken.message}.`);
  const { name, description } = readFrontmatter(document.toJS());
  if (name !== folder) throw new Error(`its name is ${name}, its folder ${folder}: they must be the same.`);
  const body = text.slice(head[0].length).trim();
  if (body === "") throw new Error("there is no text below the frontmatter.");
  return { description, text: `${body}\n` };
}

function readFrontmatter(data: unknown): z.infer<typeof frontmatterSchema> {
  const parsed = frontmatterSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  const unknown = parsed.error.issues.find((issue) => issue.code === "unrecognized_keys");
  if (unknown) {
    const key = unknown.keys[0] ?? "";
    const known = Object.keys(frontmatterSchema.shape);
    const meant = nearest(key, known);
    throw new Error(
      `unknown key ${key}${meant ? `, did you mean ${meant}` : ""}; the format knows ${known.join(", ")}.`,
    );
  }
  const issue = parsed.error.issues[0];
  const field = issue?.path.join(".") || "the frontmatter";
  throw new Error(issue?.path.length ? `${field} ${issue.message}.` : "the frontmatter holds no keys.");
}
