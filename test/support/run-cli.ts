/** The built program as a user runs it: a process of its own, with an environment of its own. */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { runCli as runProgram } from "../../src/cli.ts";

const PROGRAM = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

export interface CliOptions {
  workspace: string;
  environment?: Record<string, string>;
  cwd?: string;
  /** Proves in full what it proves, which takes long. Default: quickly. */
  full?: boolean;
  /** Ends what runs in the test's own process. */
  signal?: AbortSignal;
}

/** Commands that prove, and the conversation, which may. */
const PROVING = ["build", "test", "fix", "chat", "adopt", "enhance"];

function depthOf(args: readonly string[], full: boolean | undefined): string[] {
  return !full && args.some((arg) => PROVING.includes(arg)) ? ["--quick"] : [];
}

/** Starts it; nothing of the test's own secrets or settings is inherited but what finding programs needs. */
export function startCli(args: readonly string[], { workspace, environment = {}, cwd, full }: CliOptions) {
  const { PATH = "", HOME = "" } = process.env;
  return execa(process.execPath, [PROGRAM, "--workspace", workspace, ...args, ...depthOf(args, full)], {
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

/**
 * The same within the test's own process, from source: for what is about the work and not about the process. What starting
 * Node and importing the platforms' libraries costs is paid once.
 */
export async function runHere(args: readonly string[], options: CliOptions): Promise<CliResult> {
  const { PATH = "", HOME = "" } = process.env;
  const { workspace, environment = {}, full, signal = new AbortController().signal } = options;
  const [stdout, stderr] = [capture(), capture()];
  const code = await runProgram(["--workspace", workspace, ...args, ...depthOf(args, full)], {
    streams: { stdout: stdout.stream, stderr: stderr.stream },
    signal,
    environment: { PATH, HOME, ...environment },
  });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function capture(): { stream: NodeJS.WritableStream; text: () => string } {
  const chunks: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => chunks.join("") };
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
