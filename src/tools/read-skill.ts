/** read_skill: knowledge about a kind of source, a target or a problem, loaded when it is needed. */
import { z } from "zod";
import { defineTool, type Tool } from "../agent/tool.ts";
import { ToolError } from "../errors.ts";
import { nearest } from "../system/nearest.ts";
import type { SkillDesk } from "./desk.ts";

export function readSkill({ skills }: SkillDesk): Tool {
  // By name, whatever order they came in: the description is part of every request and must not change.
  const names = [...skills.keys()].sort();
  const list = names.map((name) => `- ${name}: ${skills.get(name)?.description}`);
  return defineTool<{ name: string }>({
    name: "read_skill",
    title: "Read skill",
    description: [
      "What is known on one topic, with the traps. Read one when its topic comes up, each once:",
      ...list,
    ].join("\n"),
    input: z.strictObject({ name: z.string().min(1) }),
    effect: "read",
    describe: ({ name }) => name.replace(/\s+/g, " ").slice(0, 64),
    run: async ({ name }) => {
      const skill = skills.get(name);
      if (skill !== undefined) return { text: skill.text, outcome: name };
      const meant = nearest(name, names);
      throw new ToolError(
        `There is no skill ${JSON.stringify(name)}.${meant ? ` Did you mean ${meant}?` : ""} There are: ${names.join(", ") || "none"}.`,
      );
    },
  });
}
