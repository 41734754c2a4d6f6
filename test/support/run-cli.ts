/** The built program as a user runs it: a process of its own, with an environment of its own. */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";

const PROGRAM = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

export interface CliOptions {
  workspace: string;
  environment?: Record<string, string>;
  cwd?: string;
  /** Proves in full what it proves, which takes long. Default: quickly. */
  full?: boolean;
}

/** Commands that prove, and the conversation, which may. */
const PROVING = ["build", "test", "fix", "chat"];

/** Starts it; nothing of the test's own secrets or settings is inherited but what finding programs needs. */
export function startCli(args: readonly string[], { workspace, environment = {}, cwd, full }: CliOptions) {
  const depth = !full && PROVING.includes(args[0] ?? "") ? ["--quick"] : [];
  const { PATH = "", HOME = "" } = process.env;
  return execa(process.execPath, [PROGRAM, "--workspace", workspace, ...args, ...depth], {
    reject: false,
    extendEnv: false,
    env: { PATH, HOME, ...environment },
    stdin: "ignore",
    stripFinalNewline: false,
    ...(cwd ? { cwd } : {}),
  });
}

export interface CliResult {
  code: number | undefined;
  stdout: string;
  stderr: string;
}

export async function runCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  const { exitCode, stdout, stderr } = await startCli(args, options);
  return { code: exitCode, stdout: stdout ?? "", stderr: stderr ?? "" };
}

export function temporaryDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), "syncsmith-test-"));
}

/** Resolves once the program has printed this on stdout. Its stdout stays open: closing it would end the program. */
export function printed(program: { stdout: NodeJS.ReadableStream | null }, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = "";
    program.stdout?.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
      if (seen.includes(text)) resolve();
    });
    program.stdout?.on("end", () => reject(new Error(`the program ended without printing ${text}`)));
  });
}
