import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { loadPrompt, promptVariables, renderPrompt } from "../../src/agent/prompt.ts";
import { loadSkills } from "../../src/agent/skills.ts";
import { listFiles } from "../../src/system/files.ts";
import { estimateTokens, fieldProblems, HOST_TOOLS, inlineCode, KEYS, TOOLS, VALUES } from "../support/agent-texts.ts";
import { verifies } from "../support/verifies.ts";

const PROMPTS = fileURLToPath(new URL("../../prompts/", import.meta.url));

/** What the code that starts a step fills in. */
const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  system: [],
  chat: [],
  "steps/research": [
    "connector",
    "title",
    "target",
    "spec",
    "draft",
    "pages",
    "source_answers",
    "decide",
    "source_claims",
    "looks",
    "asks",
  ],
  "steps/generate": ["custom", "files", "blueprint"],
  "steps/fix": ["round", "rounds", "report", "requests", "logs", "blueprint"],
  "steps/document": ["files", "blueprint", "report"],
  "steps/enhance": ["request", "whose", "files", "blueprint", "report"],
  "steps/ask": ["question", "files", "blueprint", "report"],
  "mcp/instructions": [],
  "mcp/build-connector": ["wish"],
  "mcp/enhance-connector": ["connector", "request"],
  "mcp/fix-connector": ["connector", "problem"],
  "mcp/explain-report": ["connector"],
  "kinds/rest": [],
  "kinds/graphql": [],
  "kinds/database": [],
  "kinds/file": [],
};
const NAMES = Object.keys(VARIABLES);

describe(verifies("agent.prompts", "every prompt is a file that fits the code and the tools"), () => {
  it("has a declaration for each file, and the README's table agrees", async () => {
    const files = (await listFiles(PROMPTS)).filter((path) => path !== "README.md");
    expect(files.map((path) => path.replace(/\.md$/, "")).sort()).toEqual([...NAMES].sort());
    const readme = await readFile(join(PROMPTS, "README.md"), "utf8");
    for (const name of NAMES) {
      const row = readme.split("\n").find((line) => line.startsWith(`| \`${name}.md\``)) ?? "";
      expect(inlineCode(row.split("|").at(-2) ?? ""), name).toEqual(VARIABLES[name]);
    }
  });

  it.each(NAMES)("%s renders with exactly its variables and leaves no brace", async (name) => {
    const text = await loadPrompt(name);
    expect([...promptVariables(text)].sort()).toEqual([...(VARIABLES[name] ?? [])].sort());
    const rendered = renderPrompt(text, Object.fromEntries((VARIABLES[name] ?? []).map((key) => [key, `<${key}>`])));
    expect(rendered).not.toContain("{{");
    for (const key of VARIABLES[name] ?? []) expect(rendered).toContain(`<${key}>`);
  });

  it.each(NAMES)("%s names only tools, fields and values that exist", async (name) => {
    const text = await loadPrompt(name);
    expect(fieldProblems(text)).toEqual([]);
    // Words of the harness, the model's own tool inputs, and the connector's files.
    const others = new Set(["set", "choices", "content", "rest", "fivetran"]);
    const words = inlineCode(text).filter((span) => /^[a-z]+(_[a-z]+)*$/.test(span));
    const unknown = words.filter((word) => ![TOOLS, HOST_TOOLS, KEYS, VALUES, others].some((known) => known.has(word)));
    expect(unknown).toEqual([]);
  });

  it.each([
    ["system", 1200],
    ["chat", 1200],
    ["steps/research", 1500],
    ["steps/generate", 700],
    ["steps/fix", 900],
    ["steps/document", 600],
    ["steps/enhance", 800],
    ["steps/ask", 400],
    ["kinds/rest", 700],
    ["kinds/graphql", 600],
    ["kinds/database", 500],
    ["kinds/file", 500],
  ])("%s stays under %i tokens", async (name, most) => {
    expect(estimateTokens(await loadPrompt(name))).toBeLessThan(most);
  });

  it("keeps what every research run pays for under 3,500 tokens", async () => {
    const texts = await Promise.all(["system", "steps/research", "kinds/rest"].map((name) => loadPrompt(name)));
    expect(estimateTokens(texts.join(""))).toBeLessThan(3500);
  });

  it.each(NAMES)("%s names no path of a machine and no host", async (name) => {
    const text = await loadPrompt(name);
    expect(text).not.toMatch(/\/work\b|\/home\/|\/tmp\b|https?:/);
  });
});

describe("loadPrompt", () => {
  it("gives the same bytes each time", async () => {
    expect(await loadPrompt("system")).toBe(await loadPrompt("system"));
  });

  it("gives the same bytes whatever line ends a checkout has", async () => {
    const directory = await folder();
    const text = await loadPrompt("steps/fix");
    await writeFile(join(directory, "a.md"), `\uFEFF${text.replaceAll("\n", "\r\n")}\r\n\r\n`);
    expect(await loadPrompt("a", directory)).toBe(text);
  });

  it("finds prompts and skills beside the package's root from the compiled program, wherever that is run", async () => {
    const root = await folder();
    const project = fileURLToPath(new URL("../../", import.meta.url));
    for (const name of ["prompts", "skills"]) await cp(join(project, name), join(root, name), { recursive: true });
    await symlink(join(project, "node_modules"), join(root, "node_modules"));
    await writeFile(join(root, "package.json"), '{"type":"module"}');
    const config = {
      extends: join(project, "tsconfig.build.json"),
      compilerOptions: { rootDir: join(project, "src"), outDir: join(root, "dist") },
      include: [],
      files: ["prompt", "skills"].map((name) => join(project, "src/agent", `${name}.ts`)),
    };
    await writeFile(join(root, "tsconfig.json"), JSON.stringify(config));
    await execa(join(project, "node_modules/.bin/tsc"), ["-p", root]);
    const program = `
      const { loadPrompt } = await import(${JSON.stringify(join(root, "dist/agent/prompt.js"))});
      const { loadSkills } = await import(${JSON.stringify(join(root, "dist/agent/skills.js"))});
      process.stdout.write(JSON.stringify([await loadPrompt("steps/fix"), [...(await loadSkills()).keys()]]));`;
    const { stdout } = await execa(process.execPath, ["--input-type=module", "-e", program], { cwd: tmpdir() });
    expect(JSON.parse(stdout)).toEqual([await loadPrompt("steps/fix"), [...(await loadSkills()).keys()]]);
  });

  it("names a prompt that is not there, and takes no path", async () => {
    await expect(loadPrompt("steps/reserch")).rejects.toThrow("There is no prompt steps/reserch");
    for (const name of ["../package", "/etc/hosts", "steps/", "", "a\\b"]) {
      await expect(loadPrompt(name), name).rejects.toThrow("is no name of a prompt");
    }
  });
});

describe("renderPrompt", () => {
  it("puts values in literally", () => {
    expect(renderPrompt("a {{x}} b {{y}} {{x}}", { x: "{{y}} $& $1 \\", y: "2" })).toBe(
      "a {{y}} $& $1 \\ b 2 {{y}} $& $1 \\",
    );
  });

  it("names every variable that is missing, and every one that is unknown", () => {
    expect(() => renderPrompt("{{a}} {{b}} {{c}}", { b: "" })).toThrow(/not given: a, c\./);
    expect(() => renderPrompt("{{a}}", { a: "", z: "", y: "" })).toThrow(/no such variables: z, y\./);
  });

  it("does not take what every object has for a variable", () => {
    expect(() => renderPrompt("{{constructor}}", {})).toThrow(/not given: constructor\./);
  });

  it.each(["{{ a }}", "{{A}}", "{{a-b}}", "{{}}", "{{a", "{{{a}}}"])("refuses %s, which is no variable", (text) => {
    expect(() => renderPrompt(text, { a: "1" })).toThrow(/is no variable like/);
  });

  it("leaves fenced code untouched, also where a fence is longer, indented or never closed", () => {
    const code = "```yaml\nkey: ${{ secrets.KEY }} {{a}}\n```\n";
    expect(renderPrompt(`${code}{{a}}\n${code}`, { a: "1" })).toBe(`${code}1\n${code}`);
    const nested = "````\n```\n{{a}}\n```\n{{ b }}\n````\n";
    expect(renderPrompt(`${nested}{{a}}`, { a: "1" })).toBe(`${nested}1`);
    expect(renderPrompt("  ~~~\n  {{a}}\n  ~~~\n{{a}}\n", { a: "1" })).toBe("  ~~~\n  {{a}}\n  ~~~\n1\n");
    expect(renderPrompt("{{a}}\n```\n{{a}}", { a: "1" })).toBe("1\n```\n{{a}}");
  });

  it("is not misled by a value that looks like a fence", () => {
    expect(renderPrompt("{{a}}\n{{b}}\n", { a: "```", b: "2" })).toBe("```\n2\n");
  });

  it("holds for any values: what was put in is there once, and the rest is the prompt", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(renderPrompt("[{{a}}]\n({{b}})\n", { a, b })).toBe(`[${a}]\n(${b})\n`);
      }),
    );
  });
});

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "syncsmith-prompts-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}
