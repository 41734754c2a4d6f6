import { describe, expect, it } from "vitest";
import { loadSkills } from "../../src/agent/skills.ts";
import { inputSchemaOf } from "../../src/agent/tool.ts";
import { ToolError } from "../../src/errors.ts";
import { readSkill } from "../../src/tools/read-skill.ts";
import { estimateTokens } from "../support/agent-texts.ts";
import { verifies } from "../support/verifies.ts";

const skills = new Map([
  ["pagination", { description: "How listings are paged.", text: "# Pagination\n" }],
  ["deletes", { description: "How deleted rows show.", text: "# Deletes\n" }],
]);
const signal = new AbortController().signal;

describe(verifies("agent.skills", "read_skill"), () => {
  it("gives the skill's text, and its name to people", async () => {
    expect(await readSkill({ skills }).run({ name: "deletes" }, { signal })).toEqual({
      text: "# Deletes\n",
      outcome: "deletes",
    });
  });

  it("lists the skills by name, the same bytes whatever order they came in", () => {
    const turned = new Map([...skills].reverse());
    expect(readSkill({ skills: turned }).description).toBe(readSkill({ skills }).description);
    expect(readSkill({ skills }).description.split("\n").slice(1)).toEqual([
      "- deletes: How deleted rows show.",
      "- pagination: How listings are paged.",
    ]);
  });

  it("names the nearest skill for one that does not exist, and all there are", async () => {
    const run = readSkill({ skills }).run({ name: "paginations" }, { signal });
    await expect(run).rejects.toThrow(ToolError);
    await expect(run).rejects.toThrow(/Did you mean pagination\? There are: deletes, pagination\./);
    await expect(readSkill({ skills }).run({ name: "../etc" }, { signal })).rejects.toThrow(
      'There is no skill "../etc". There are: deletes, pagination.',
    );
    await expect(readSkill({ skills: new Map() }).run({ name: "x" }, { signal })).rejects.toThrow("There are: none.");
  });

  it("is a read with one text as input, and shows people one short line", () => {
    const tool = readSkill({ skills });
    expect(tool).toMatchObject({ name: "read_skill", effect: "read" });
    expect(inputSchemaOf(tool)).toMatchObject({ required: ["name"], additionalProperties: false });
    expect(tool.describe({ name: `a\nb${"c".repeat(100)}` })).toMatch(/^a bc{61}$/);
  });

  it("lists ours in less than 1,000 tokens, paid for with every request", async () => {
    const ours = await loadSkills();
    const { description } = readSkill({ skills: ours });
    expect(description.split("\n").length).toBe(ours.size + 1);
    expect(estimateTokens(description)).toBeLessThan(1000);
  });
});
