/**
 * Puts the product's skills where hosts look for a project's: `.claude/skills`, which Claude Code, Cursor and VS Code read. A
 * record of what was put there tells our own files, which a newer version may bring up to date, from what a person wrote.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { loadSkills } from "../../agent/skills.ts";
import { UserError } from "../../errors.ts";
import { readText, sha256, writeAtomically } from "../../system/files.ts";

const SKILLS = fileURLToPath(new URL("../../../skills/", import.meta.url));
const PLACE = [".claude", "skills"] as const;
const RECORD = ".syncsmith.json";

const recordSchema = z.object({
  /** Skill -> hash of the SKILL.md that was put there. */
  placed: z.record(z.string(), z.string()),
});

export interface PlannedSkill {
  name: string;
  path: string;
  text: string;
  /** `changed`: ours once, and changed since. `foreign`: never ours. Both are kept. */
  outcome: "written" | "updated" | "unchanged" | "changed" | "foreign";
}

export interface SkillPlan {
  files: PlannedSkill[];
  record: string;
  placed: Record<string, string>;
}

/** What is to be done, and nothing done yet. `source` holds the skills. */
export async function planSkills(directory: string, source = SKILLS): Promise<SkillPlan> {
  const folder = join(directory, ...PLACE);
  const record = join(folder, RECORD);
  const placed = await readRecord(record);
  const files: PlannedSkill[] = [];
  for (const name of (await loadSkills(source)).keys()) {
    const text = await readText(join(source, name, "SKILL.md"));
    if (text === undefined) throw new Error(`The skill ${name} was there a moment ago.`);
    const path = join(folder, name, "SKILL.md");
    const there = await readable(path);
    files.push({ name, path, text, outcome: outcomeOf({ there, text, placed: placed[name] }) });
  }
  return { files, record, placed };
}

interface Standing {
  there: string | undefined;
  text: string;
  /** Hash of what we put there, if we did. */
  placed: string | undefined;
}

function outcomeOf({ there, text, placed }: Standing): PlannedSkill["outcome"] {
  if (there === undefined) return "written";
  if (there === text) return "unchanged";
  if (placed === undefined) return "foreign";
  return sha256(there) === placed ? "updated" : "changed";
}

/** The record last: a file that it does not know is kept, one that it knows wrongly might not be. */
export async function placeSkills({ files, record, placed }: SkillPlan): Promise<void> {
  const known = { ...placed };
  try {
    for (const { name, path, text, outcome } of files) {
      if (outcome === "written" || outcome === "updated") await writeAtomically(path, text);
      if (outcome === "changed" || outcome === "foreign") continue;
      known[name] = sha256(text);
    }
    const text = `${JSON.stringify({ placed: known }, null, 2)}\n`;
    if ((await readText(record)) !== text) await writeAtomically(record, text);
  } catch (error) {
    throw new UserError(`The skills cannot be written to ${join(record, "..")}.`, { cause: error });
  }
}

/** A record that nobody can read knows nothing, so that what is there is kept. */
async function readRecord(path: string): Promise<Record<string, string>> {
  try {
    return recordSchema.parse(JSON.parse((await readText(path)) ?? '{"placed":{}}')).placed;
  } catch {
    return {};
  }
}

async function readable(path: string): Promise<string | undefined> {
  try {
    return await readText(path);
  } catch (error) {
    throw new UserError(`${path} cannot be read.`, { hint: "A skill is a folder with a file SKILL.md.", cause: error });
  }
}
