/** The programs that a host's model works in: where each keeps its servers, and what an entry for ours says. */
import { realpath } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { UserError } from "../../errors.ts";

export type Host = "claude" | "cursor" | "vscode";

/** The name our entry has in every host's file. */
export const SERVER = "syncsmith";

/** What we state of an entry. Whatever else stands in it (`env`, `envFile`, `disabled`) is the person's. */
export interface ServerEntry {
  type: "stdio";
  command: string;
  args: string[];
}

export interface HostFile {
  title: string;
  /** Below the project's folder. */
  path: readonly string[];
  /** The key whose object holds the servers. */
  section: "mcpServers" | "servers";
  /** Whether the host reads comments and trailing commas. */
  comments: boolean;
  /** What to do once the entry is there. */
  next: string;
  /** How a value of the entry refers to a secret called NAME, between `${` and `}`, and where the host finds it. */
  reference: string;
  finds: string;
}

export const HOSTS: Readonly<Record<Host, HostFile>> = {
  claude: {
    title: "Claude Code",
    path: [".mcp.json"],
    section: "mcpServers",
    comments: false,
    next: "Claude Code asks once whether to use a project's server; /mcp shows it.",
    reference: "NAME",
    finds: "in the environment it is started in",
  },
  cursor: {
    title: "Cursor",
    path: [".cursor", "mcp.json"],
    section: "mcpServers",
    comments: true,
    next: "Cursor lists it in its settings, among the MCP servers, where it is switched on.",
    reference: "env:NAME",
    finds: "in the environment it is started in",
  },
  vscode: {
    title: "VS Code",
    path: [".vscode", "mcp.json"],
    section: "servers",
    comments: true,
    next: "VS Code asks whether to trust it when it starts it first; `MCP: List Servers` shows it.",
    reference: "input:NAME",
    finds:
      'by asking, once the file has "inputs": [{ "type": "promptString", "id": "NAME", "description": "NAME", "password": true }]',
  },
};

export interface Invocation {
  /** The built program of this installation. */
  program: string;
  /** Absolute, as all that follow: a host starts its servers wherever it likes. */
  workspace: string;
  cacheDirectory?: string | undefined;
  python?: string | undefined;
  /** The program that runs JavaScript: `node`, or its path. */
  node: string;
}

/** Throws `UserError` for what a host would take for a reference of its own. */
export function entryFor({ program, workspace, cacheDirectory, python, node }: Invocation): ServerEntry {
  const args = [program, "mcp", "--workspace", workspace];
  if (cacheDirectory !== undefined) args.push("--cache", cacheDirectory);
  if (python !== undefined) args.push("--python", python);
  const reference = [node, ...args].find((text) => text.includes("${"));
  if (reference !== undefined) {
    throw new UserError(`The path ${reference} holds \${, which hosts take for a variable.`, {
      hint: "Move the folder, or give another one: --workspace DIR.",
    });
  }
  return { type: "stdio", command: node, args };
}

/**
 * `node` where that is the program that runs this, so that an upgrade in place changes nothing; else its whole path: a
 * host may find another version, or none.
 */
export async function nodeCommand(searchPath: string | undefined, running: string): Promise<string> {
  const wanted = await realpath(running).catch(() => running);
  const name = process.platform === "win32" ? "node.exe" : "node";
  for (const directory of (searchPath ?? "").split(delimiter).filter((part) => part !== "")) {
    const found = await realpath(join(directory, name)).catch(() => undefined);
    if (found !== undefined) return found === wanted ? "node" : running;
  }
  return running;
}

/**
 * The line that registers the server with Claude Code for one person in one project, in no file of the project. Not with
 * `--scope project`: that rewrites the whole file.
 */
export function claudeLine({ command, args }: ServerEntry): string {
  return ["claude", "mcp", "add", "--transport", "stdio", SERVER, "--", command, ...args].map(quoted).join(" ");
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
