import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { parse } from "jsonc-parser";
import { beforeEach, describe, expect, it } from "vitest";
import { loadSkills, parseSkill } from "../../../src/agent/skills.ts";
import { UserError } from "../../../src/errors.ts";
import { claudeLine, entryFor, type Host, nodeCommand } from "../../../src/frontends/mcp/hosts.ts";
import { type InstallRequest, installMcp } from "../../../src/frontends/mcp/install.ts";
import { placeSkills, planSkills } from "../../../src/frontends/mcp/place-skills.ts";
import { type CommandContext, VERSION } from "../../../src/options.ts";
import { temporaryDirectory } from "../../support/run-cli.ts";
import { verifies } from "../../support/verifies.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const PROGRAM = join(ROOT, "dist", "main.js");

let directory: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
});

interface Installed {
  code: number;
  stdout: string;
  stderr: string;
}

/** As `syncsmith mcp --install` does it, in a project of its own. */
async function install(own: Partial<InstallRequest>, options: Partial<CommandContext> = {}): Promise<Installed> {
  const [stdout, stderr] = [capture(), capture()];
  const context: CommandContext = {
    workspace: "workspace",
    json: false,
    logLevel: "silent",
    color: false,
    cacheDirectory: undefined,
    python: undefined,
    environment: { PATH: dirname(process.execPath) },
    streams: { stdout: stdout.stream, stderr: stderr.stream },
    signal: new AbortController().signal,
    ...options,
  };
  const workspace = join(directory, "workspace");
  const request = { host: "claude" as Host, workspace, directory, force: false, print: false, skills: false, ...own };
  const code = await installMcp(request, context);
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function capture(): { stream: NodeJS.WritableStream; text: () => string } {
  const chunks: string[] = [];
  const write = (chunk: Buffer, _: string, done: () => void) => {
    chunks.push(String(chunk));
    done();
  };
  return { stream: new Writable({ write }), text: () => chunks.join("") };
}

const FILES = { claude: ".mcp.json", cursor: ".cursor/mcp.json", vscode: ".vscode/mcp.json" } as const;
const SECTIONS = { claude: "mcpServers", cursor: "mcpServers", vscode: "servers" } as const;

async function there(host: Host, text: string | Uint8Array): Promise<string> {
  const path = join(directory, FILES[host]);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return path;
}

async function refused(work: Promise<unknown>): Promise<UserError> {
  const error = await work.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
}

const ours = () => ({
  type: "stdio",
  command: "node",
  args: [PROGRAM, "mcp", "--workspace", join(directory, "workspace")],
});

describe(verifies("mcp.registration", "the entry"), () => {
  it.each(["claude", "cursor", "vscode"] as const)("is written where %s looks for it", async (host) => {
    const { code, stdout } = await install({ host });
    expect(code).toBe(0);
    const path = join(directory, FILES[host]);
    expect(stdout).toBe(`Added syncsmith in ${path}.\n`);
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual({ [SECTIONS[host]]: { syncsmith: ours() } });
    expect(await readdir(dirname(path))).toEqual([path.slice(dirname(path).length + 1)]);
  });

  it("names a program that is there, absolutely, and a workspace that is absolute whatever was given", async () => {
    const { stdout } = await install(
      { print: true, workspace: "some/where" },
      { python: "tools/python3", cacheDirectory: "c" },
    );
    const { args } = JSON.parse(stdout).mcpServers.syncsmith;
    expect(args).toEqual([
      ...[PROGRAM, "mcp", "--workspace", resolve("some/where")],
      ...["--cache", resolve("c"), "--python", resolve("tools/python3")],
    ]);
    expect((await stat(args[0])).isFile()).toBe(true);
    const named = await install({ print: true }, { python: "python3.12" });
    expect(JSON.parse(named.stdout).mcpServers.syncsmith.args.at(-1)).toBe("python3.12");
  });

  it("runs node by its name only where that is the program that runs this", async () => {
    const bin = join(directory, "bin");
    await mkdir(bin);
    await symlink(process.execPath, join(bin, "node"));
    const other = join(directory, "other");
    await mkdir(other);
    await writeFile(join(other, "node"), "");
    expect(await nodeCommand(`/nowhere:${bin}:${other}`, process.execPath)).toBe("node");
    expect(await nodeCommand(`${other}:${bin}`, process.execPath)).toBe(process.execPath);
    expect(await nodeCommand(undefined, process.execPath)).toBe(process.execPath);
  });

  it("is refused where a host would take a path for a variable", () => {
    const paths = { program: "/p/main.js", workspace: "/w/${HOME}/x", node: "node" };
    expect(() => entryFor(paths)).toThrow(/\/w\/\$\{HOME\}\/x holds \$\{/);
  });

  it("holds no secret, and says how to pass one", async () => {
    const environment = {
      PATH: dirname(process.execPath),
      ANTHROPIC_API_KEY: "sk-secret-value",
      TOKEN: "another-secret",
    };
    const { stderr } = await install({ host: "cursor" }, { environment });
    expect(await readFile(join(directory, FILES.cursor), "utf8")).not.toMatch(/secret/);
    expect(stderr).toContain('"env": { "NAME": "${env:NAME}" }');
    expect((await install({ host: "vscode" })).stderr).toContain('"${input:NAME}"');
    expect((await install({ host: "claude" })).stderr).toContain('"${NAME}"');
  });

  it("is given to Claude Code without the file by one line, which a shell reads as it is meant", () => {
    const entry = entryFor({ program: "/a b/main.js", workspace: "/it's", node: "node" });
    expect(claudeLine(entry)).toBe(
      "claude mcp add --transport stdio syncsmith -- node '/a b/main.js' mcp --workspace '/it'\\''s'",
    );
  });

  it("is printed alone on stdout, and nothing is written", async () => {
    const { code, stdout, stderr } = await install({ host: "claude", print: true, skills: true });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ mcpServers: { syncsmith: ours() } });
    expect(stderr).toContain("claude mcp add --transport stdio syncsmith -- node");
    expect(stderr).toContain("deletes/SKILL.md: would be written");
    expect(await readdir(directory)).toEqual([]);
  });

  it("is told as one event per line with --json", async () => {
    const { stdout } = await install({ skills: true }, { json: true });
    const [server, ...skills] = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(server).toEqual({ type: "server", outcome: "added", path: join(directory, ".mcp.json") });
    expect(skills.length).toBe((await loadSkills()).size);
    expect(skills[0]).toMatchObject({ type: "skill", outcome: "written", written: true });
  });
});

describe("an entry that differs", () => {
  const text = `{
  "servers": {
    "syncsmith": {
      // mine
      "command": "npx",
      "args": ["-y", "syncsmith"],
      "env": { "TOKEN": "very-secret" }
    },
    "a": {}
  }
}
`;

  it("is left, shown without what may be secret, and refused", async () => {
    const path = await there("vscode", text);
    const { code, stdout, stderr } = await install({ host: "vscode" });
    expect(code).toBe(4);
    expect(stdout).toBe("");
    expect(stderr).toContain('  - command: "npx"\n  + command: "node"\n  - args: ["-y","syncsmith"]\n');
    expect(stderr).toContain("--force");
    expect(stderr).not.toContain("very-secret");
    expect(await readFile(path, "utf8")).toBe(text);
  });

  it("is told as an event with --json", async () => {
    await there("vscode", text);
    const { stdout } = await install({ host: "vscode" }, { json: true });
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: "differs",
      difference: expect.arrayContaining(['- command: "npx"']),
    });
  });

  it("is replaced with --force in what is ours alone", async () => {
    const path = await there("vscode", text);
    const { code, stdout } = await install({ host: "vscode", force: true });
    expect(code).toBe(0);
    expect(stdout).toContain(`Replaced syncsmith in ${path}, beside 1 other.`);
    const result = await readFile(path, "utf8");
    expect(result).toContain("      // mine\n");
    expect(result).toContain('"env": { "TOKEN": "very-secret" }');
    expect(parse(result)).toEqual({ servers: { syncsmith: { ...ours(), env: { TOKEN: "very-secret" } }, a: {} } });
    expect((await install({ host: "vscode" })).stdout).toContain("already, as it should be");
  });

  it.each([
    ["of another kind", '{ "type": "http", "url": "https://u:hidden@a.example/?key=hidden", "headers": {} }'],
    ["that says nothing of its kind but has an address", '{ "url": "https://a.example/?key=hidden" }'],
    ["that is none", '"hidden"'],
    ["that is empty", "{}"],
  ])("goes as a whole if it is one %s", async (_, entry) => {
    const place = `{\n  "mcpServers": {\n    "syncsmith": ${entry},\n    "a": {}\n  }\n}\n`;
    const path = await there("claude", place);
    const first = await install({});
    expect(first.code).toBe(4);
    expect(first.stderr).not.toContain("hidden");
    expect(await readFile(path, "utf8")).toBe(place);
    expect((await install({ force: true })).code).toBe(0);
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual({ mcpServers: { syncsmith: ours(), a: {} } });
  });
});

describe("a file that cannot be merged into", () => {
  it.each([
    ["is cut short", "vscode", '{ "servers": {', "is not JSON, and was left as it is: line 1, column 15: "],
    ["is YAML", "cursor", "mcpServers:\n  a: b\n", "line 1, column 1: "],
    [
      "has a comment that its host does not read",
      "claude",
      '{\n  // a\n  "mcpServers": {}\n}',
      "line 2, column 3: invalid comment token",
    ],
    ["has a trailing comma that its host does not read", "claude", '{ "a": 1, }', "is not JSON"],
    ["is a list", "cursor", "[]", "it is not an object"],
    ["has a list of servers", "vscode", '{ "servers": [] }', '"servers" is not an object'],
    ["names the servers twice", "cursor", '{ "mcpServers": {}, "mcpServers": {} }', '"mcpServers" is there 2 times'],
    [
      "names ours twice",
      "cursor",
      '{ "mcpServers": { "syncsmith": {}, "syncsmith": {} } }',
      '"syncsmith" is there 2 times',
    ],
    ["is a comment", "vscode", "// nothing yet\n", "is not JSON"],
  ] as const)("that %s is refused by its name, untouched, with --force too", async (_, host, text, message) => {
    const path = await there(host, text);
    for (const force of [false, true]) {
      const error = await refused(install({ host, force, skills: true }));
      expect(error.message).toContain(path);
      expect(error.message).toContain(message);
      expect(error.exitCode).toBe(2);
    }
    expect(await readFile(path, "utf8")).toBe(text);
    expect(await readdir(directory)).toEqual([FILES[host].split("/")[0]]);
  });

  it("that is not UTF-8 keeps its bytes", async () => {
    const bytes = Buffer.from('{ "mcpServers": { "caf\u00e9": {} } }', "latin1");
    const path = await there("claude", bytes);
    expect((await refused(install({}))).message).toContain("it is not UTF-8");
    expect((await readFile(path)).equals(bytes)).toBe(true);
  });

  it("that is a folder, or lies in no folder, is named", async () => {
    await mkdir(join(directory, ".mcp.json"));
    expect((await refused(install({}))).message).toContain("cannot be read");
    await writeFile(join(directory, ".cursor"), "");
    expect((await refused(install({ host: "cursor" }))).message).toContain("cannot be read");
    expect((await refused(install({ directory: join(directory, "nowhere") }))).message).toContain("is no folder");
  });
});

describe("the file as a file", () => {
  it("keeps a byte order mark and who may read it", async () => {
    const path = await there("cursor", '\uFEFF{ "mcpServers": {} }');
    await chmod(path, 0o600);
    await install({ host: "cursor" });
    const text = await readFile(path, "utf8");
    expect(text.startsWith("\uFEFF{")).toBe(true);
    expect(JSON.parse(text.slice(1)).mcpServers.syncsmith).toEqual(ours());
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await install({ host: "cursor" })).stdout).toContain("nothing was written");
  });

  it("stays a link to where it really lies", async () => {
    const real = join(directory, "dotfiles.json");
    await writeFile(real, "{}");
    await symlink(real, join(directory, ".mcp.json"));
    await install({});
    expect((await lstat(join(directory, ".mcp.json"))).isSymbolicLink()).toBe(true);
    expect(JSON.parse(await readFile(real, "utf8")).mcpServers.syncsmith).toEqual(ours());
  });
});

describe("skills", () => {
  const skill = (name: string) => join(directory, ".claude", "skills", name, "SKILL.md");
  const outcomes = async (source?: string) =>
    Object.fromEntries((await planSkills(directory, source)).files.map(({ name, outcome }) => [name, outcome]));

  it("are placed as they are, in the form that hosts expect, one line each", async () => {
    const { code, stdout } = await install({ host: undefined, skills: true });
    expect(code).toBe(0);
    const names = [...(await loadSkills()).keys()];
    expect(stdout.trimEnd().split("\n")).toEqual(names.map((name) => `${skill(name)}: wrote`));
    for (const name of names) {
      const text = await readFile(skill(name), "utf8");
      expect(parseSkill(text, name).description.length).toBeGreaterThan(40);
      expect(text).toMatch(new RegExp(`^---\nname: ${name}\ndescription: `));
      expect(text).toBe(await readFile(join(ROOT, "skills", name, "SKILL.md"), "utf8"));
    }
    expect((await readdir(join(directory, ".claude", "skills"))).sort()).toEqual([".syncsmith.json", ...names]);
    const again = await install({ host: undefined, skills: true });
    expect(again.stdout).toBe(names.map((name) => `${skill(name)}: as it should be\n`).join(""));
  });

  it("are kept where a person changed them or has one of that name, with --force too", async () => {
    await mkdir(dirname(skill("pagination")), { recursive: true });
    await writeFile(skill("pagination"), "mine");
    await install({ host: undefined, skills: true });
    await writeFile(skill("deletes"), "changed");
    const { code, stdout } = await install({ host: undefined, skills: true, force: true });
    expect(code).toBe(0);
    expect(stdout).toContain(`${skill("deletes")}: kept, for it was changed by hand; delete it to have ours\n`);
    expect(stdout).toContain(`${skill("pagination")}: kept, for it is not ours; delete it to have ours\n`);
    expect(await readFile(skill("deletes"), "utf8")).toBe("changed");
    expect(await readFile(skill("pagination"), "utf8")).toBe("mine");
  });

  it("are brought up to date by a newer version unless they were changed, and keep being known as changed", async () => {
    const source = join(directory, "source");
    const ship = async (name: string, text: string) => {
      await mkdir(join(source, name), { recursive: true });
      await writeFile(join(source, name, "SKILL.md"), `---\nname: ${name}\ndescription: d\n---\n${text}\n`);
    };
    const version = async (text: string) => {
      for (const name of ["left", "changed"]) await ship(name, text);
      const found = await outcomes(source);
      await placeSkills(await planSkills(directory, source));
      return found;
    };
    expect(await version("one")).toEqual({ left: "written", changed: "written" });
    await writeFile(skill("changed"), "mine");
    expect(await version("two")).toEqual({ left: "updated", changed: "changed" });
    expect(await version("three")).toEqual({ left: "updated", changed: "changed" });
    expect(await readFile(skill("left"), "utf8")).toContain("three");
    expect(await readFile(skill("changed"), "utf8")).toBe("mine");
    // Without a record nothing is known to be ours: what differs is kept.
    await writeFile(join(directory, ".claude", "skills", ".syncsmith.json"), "{");
    expect(await version("four")).toEqual({ left: "foreign", changed: "foreign" });
    expect(await readFile(skill("left"), "utf8")).toContain("three");
  });

  it("are placed beside a registration that was refused", async () => {
    await there("claude", '{ "mcpServers": { "syncsmith": {} } }');
    const { code, stdout } = await install({ skills: true });
    expect(code).toBe(4);
    expect(stdout).toContain("deletes/SKILL.md: wrote");
  });
});

describe("the Claude Code plugin", () => {
  it("has this package's name and version, and points at what is there", async () => {
    const plugin = JSON.parse(await readFile(join(ROOT, ".claude-plugin", "plugin.json"), "utf8"));
    const manifest = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
    expect(plugin).toMatchObject({ name: manifest.name, version: manifest.version, license: manifest.license });
    expect(VERSION).toBe(manifest.version);
    expect(plugin.name).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
    expect(plugin.skills).toBe("./skills/");
    expect((await loadSkills(join(ROOT, plugin.skills))).size).toBeGreaterThan(0);
    const { command, args } = plugin.mcpServers.syncsmith;
    expect([command, ...args]).toEqual([
      ...["node", `\${CLAUDE_PLUGIN_ROOT}/${manifest.bin.syncsmith}`],
      ...["mcp", "--workspace", "${CLAUDE_PROJECT_DIR}/workspace"],
    ]);
  });
});
