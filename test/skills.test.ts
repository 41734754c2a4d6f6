import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { loadSkills, parseSkill } from "../src/agent/skills.ts";
import { authSchema } from "../src/artifacts/auth.ts";
import { tableSchema } from "../src/artifacts/blueprint.ts";
import { rateLimitSchema } from "../src/artifacts/kinds/http.ts";
import { advanceSchema, deletesSchema, paginationSchema } from "../src/artifacts/reading.ts";
import { specSchema, specTableSchema } from "../src/artifacts/spec.ts";
import { nearest } from "../src/system/nearest.ts";
import { estimateTokens, fencedBlocks, fieldProblems, inlineCode, KEYS, TOOLS, VALUES } from "./support/agent-texts.ts";
import { verifies } from "./support/verifies.ts";

const FIXTURES = fileURLToPath(new URL("./fixtures/skills/", import.meta.url));
const SKILLS = fileURLToPath(new URL("../skills/", import.meta.url));

const skills = await loadSkills();
const names = [...skills.keys()];
const textOf = (name: string): string => skills.get(name)?.text ?? "";

const BROKEN: Readonly<Record<string, string>> = {
  "unknown-key": "unknown key descripton, did you mean description",
  "no-frontmatter": "must begin with frontmatter",
  "open-frontmatter": "must begin with frontmatter",
  "not-yaml": "the frontmatter is not YAML",
  "not-keys": "the frontmatter holds no keys",
  "doubled-key": "the frontmatter is not YAML",
  "no-description": "description must be text that says what the skill is",
  "empty-description": "description is empty",
  "long-description": "description is longer than 1024 characters",
  "tag-in-description": "description holds a tag",
  "other-name": "its name is writing, its folder reading",
  "upper-case": "name must be lower-case words",
  "double-hyphen": "name must be lower-case words",
  "long-name": "name is longer than 64 characters",
  "number-name": "name must be text",
  "no-text": "there is no text below the frontmatter",
  "no-skill-file": "the folder has no SKILL.md",
};

describe(verifies("agent.skills", "the format is checked"), () => {
  it("has an expectation for each broken fixture", async () => {
    const folders = await readdir(FIXTURES);
    expect(folders.sort()).toEqual([...Object.keys(BROKEN), "good"].sort());
  });

  it.each(Object.entries(BROKEN))("%s: names the file and the mistake", async (folder, mistake) => {
    const error = await loadSkills(join(FIXTURES, folder)).catch((thrown: unknown) => thrown);
    const [skill = ""] = await readdir(join(FIXTURES, folder));
    expect(String(error)).toContain(join(FIXTURES, folder, skill, "SKILL.md"));
    expect(String(error)).toContain(mistake);
  });

  it("takes good skills in the order of their names, each description on one line", async () => {
    const good = await loadSkills(join(FIXTURES, "good"));
    expect([...good.keys()]).toEqual(["alpha", "beta"]);
    expect(good.get("beta")?.description).toBe("The second topic, described over two lines. Use when two comes up.");
    expect(good.get("beta")?.text).toBe("# Beta\n\nA rule below a heading:\n\n---\n\nand text after it.\n");
    expect(good.get("alpha")?.text).toContain("name: not-frontmatter");
  });

  it("gives the same whatever line ends a checkout has", async () => {
    const text = await readFile(join(FIXTURES, "good/beta/SKILL.md"), "utf8");
    expect(parseSkill(`\uFEFF${text.replaceAll("\n", "\r\n")}`, "beta")).toEqual(parseSkill(text, "beta"));
  });
});

describe(verifies("agent.skills", "ours are there, short and true to the product"), () => {
  it("covers targets, kinds of source and the topics between them", () => {
    expect(names).toEqual([
      ...["authentication", "deletes", "diagnosing-failures", "incremental-sync", "pagination", "rate-limits"],
      ...["reading-docs", "source-database", "source-file", "source-graphql", "source-rest"],
      ...["target-fivetran", "target-lakeflow"],
    ]);
  });

  it.each(names)("%s says what it is and when to use it, and stays short", async (name) => {
    expect(skills.get(name)?.description).toMatch(/\bUse (when|after|before)\b/);
    expect(skills.get(name)?.description.length).toBeLessThan(260);
    const whole = await readFile(join(SKILLS, name, "SKILL.md"), "utf8");
    expect(estimateTokens(whole)).toBeLessThan(2000);
    expect(whole.split("\n").length).toBeLessThanOrEqual(120);
  });

  it.each(names)("%s stands alone: one file, no path outside its folder, no tool of ours, no address", async (name) => {
    expect(await readdir(join(SKILLS, name))).toEqual(["SKILL.md"]);
    const text = textOf(name);
    expect(text).not.toMatch(/\.\.\/|\/work\b|\/home\/|\/tmp\b|(^|[\s`(])(src|test|prompts|skills|dist|docs)\/|\]\(/m);
    for (const [address] of text.matchAll(/https?:\/\/[^\s`"')]+/g)) {
      expect(new URL(address).hostname).toMatch(/(^|\.)example\.com$/);
    }
    for (const tool of TOOLS) expect(text).not.toContain(tool);
  });

  it.each(names)("%s names fields and values as the schemas have them", (name) => {
    expect(fieldProblems(textOf(name), FOREIGN)).toEqual([]);
    const words = inlineCode(textOf(name)).filter((span) => /^[a-z]+(_[a-z]+)*$/.test(span));
    const misspelt = words.filter((word) => {
      if (KEYS.has(word) || VALUES.has(word) || FOREIGN.has(word)) return false;
      return (
        nearest(
          word,
          [...KEYS, ...VALUES].filter((known) => known.length > 4),
        ) !== undefined
      );
    });
    expect(misspelt).toEqual([]);
  });

  it.each(names)("%s shows examples that a spec or a blueprint would take", (name) => {
    for (const block of fencedBlocks(textOf(name), "yaml")) {
      const example: unknown = parse(block);
      expect(problemsOf(example), block).toEqual([]);
    }
  });

  it("shows an example of each thing that is hard to state", () => {
    const shown = names.flatMap((name) =>
      fencedBlocks(textOf(name), "yaml").flatMap((block) => Object.keys(parse(block) as object)),
    );
    expect([...new Set(shown)].sort()).toEqual([
      "advance",
      "auth",
      "deletes",
      "pagination",
      "rate_limit",
      "source",
      "tables",
    ]);
  });
});

/** Names of other people's things that look like fields of ours. */
const FOREIGN: ReadonlySet<string> = new Set([
  ...["status: archived", "meta.next_cursor"],
  ...["yield", "print"],
  ...["primary_keys", "cursor_field"],
]);

/** What is wrong with an example, held against the schema of each of its keys. */
function problemsOf(example: unknown): string[] {
  return Object.entries(example as Record<string, unknown>).flatMap(([key, value]) => {
    if (key !== "tables") {
      const schema = EXAMPLES[key];
      return schema === undefined ? [`${key} is no example that is known`] : issues(schema.safeParse(value));
    }
    return (value as (string | object)[]).flatMap((table) =>
      typeof table === "string" ? [] : issues(("read" in table ? tableSchema : specTableSchema).safeParse(table)),
    );
  });
}

const EXAMPLES: Readonly<Record<string, { safeParse(value: unknown): Parsed }>> = {
  advance: advanceSchema,
  auth: authSchema,
  deletes: deletesSchema,
  pagination: paginationSchema,
  source: specSchema.shape.source,
  rate_limit: rateLimitSchema,
};

type Parsed = { success: boolean; error?: { message: string } | undefined };

function issues(parsed: Parsed): string[] {
  return parsed.success ? [] : [parsed.error?.message ?? "not valid"];
}
