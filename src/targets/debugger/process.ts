/** A connector's process: started in a scrubbed environment, heard through a private line, killed with all it started. */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Duplex, Readable } from "node:stream";
import type { PythonEnv } from "../../system/python-env.ts";
import { canFork, forkServer } from "./fork-server.ts";
import type { LogKeeper } from "./logs.ts";

export interface ConnectorProcess {
  /** Descriptor 3 of the process: what it says to us alone, and hears. */
  line: Duplex;
  /** Resolves with how it ended: `exit code 1`, `SIGKILL`. Never rejects. */
  exited: Promise<string>;
  /** Peak resident memory in bytes so far, where the platform tells. */
  peakMemory(): Promise<number | undefined>;
  /** Kills the process and all it started, and waits until its output is read and its files are gone. Idempotent. */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** Absolute path of the program. */
  program: string;
  /** Its arguments, given the process's own temporary home, which ends with it. */
  args: (home: string) => string[];
  /** The connector's directory: where it runs. */
  directory: string;
  python: PythonEnv;
  environment: Record<string, string>;
  logs: LogKeeper;
}

const CLOSE_MILLISECONDS = 2000;

export async function startProcess(options: StartOptions): Promise<ConnectorProcess> {
  const home = await mkdtemp(join(tmpdir(), "syncsmith-"));
  const { pid, stdout, stderr, line, exited } = canFork(home) ? await forked(options, home) : spawned(options, home);
  const streams = [stdout, stderr, line];
  const closed = Promise.all([stdout, stderr].map((stream) => new Promise((done) => stream.once("close", done))));
  for (const stream of streams) stream.on("error", () => {});
  stdout.on("data", (chunk: Buffer) => options.logs.write("stdout", chunk));
  stderr.on("data", (chunk: Buffer) => options.logs.write("stderr", chunk));

  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    killGroup(pid);
    await exited;
    // A process that left the group may still hold the output open: it is not waited for.
    await Promise.race([closed, new Promise((done) => setTimeout(done, CLOSE_MILLISECONDS).unref())]);
    for (const stream of streams) stream.destroy();
    options.logs.end();
    await rm(home, { recursive: true, force: true });
  };
  return {
    line,
    exited,
    peakMemory: () => readPeakMemory(pid),
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** A process however it came to be: its output, its line, and how it ended. */
interface Started {
  pid: number | undefined;
  stdout: Readable;
  stderr: Readable;
  line: Duplex;
  exited: Promise<string>;
}

async function forked(options: StartOptions, home: string): Promise<Started> {
  const server = await forkServer(options.python, options.program);
  return server.fork({
    program: options.program,
    args: options.args(home),
    directory: resolve(options.directory),
    environment: { ...scrubbedEnvironment(options.python, home), ...options.environment },
    home,
  });
}

function spawned(options: StartOptions, home: string): Started {
  const child = spawn(options.python.python, [options.program, ...options.args(home)], {
    cwd: resolve(options.directory),
    env: { ...scrubbedEnvironment(options.python, home), ...options.environment },
    // A group of its own, so that it can be killed with its children.
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const exited = new Promise<string>((done) => {
    child.once("exit", (code, signal) => done(signal ?? `exit code ${code}`));
    child.once("error", (error) => done(error.message));
  });
  const [, stdout, stderr, line] = child.stdio;
  return { pid: child.pid, stdout: stdout as Readable, stderr: stderr as Readable, line: line as Duplex, exited };
}

const SAMPLE_MILLISECONDS = 500;

/** Takes the peak memory now and then until `stop`; `once` takes it now. */
export function samplePeakMemory(
  connector: ConnectorProcess,
  progress: { peakMemory: number | undefined },
): { once: () => Promise<void>; stop: () => void } {
  const once = async (): Promise<void> => {
    const peak = await connector.peakMemory();
    if (peak !== undefined) progress.peakMemory = Math.max(progress.peakMemory ?? 0, peak);
  };
  const timer = setInterval(() => void once(), SAMPLE_MILLISECONDS);
  return { once, stop: () => clearInterval(timer) };
}

/** The bare minimum of a system, and nothing of ours. */
function scrubbedEnvironment(python: PythonEnv, home: string): Record<string, string> {
  return {
    PATH: `${dirname(python.python)}:/usr/local/bin:/usr/bin:/bin`,
    HOME: home,
    TMPDIR: home,
    LANG: "C.UTF-8",
    TZ: "UTC",
    PYTHONDONTWRITEBYTECODE: "1",
    PYTHONUNBUFFERED: "1",
    PYTHONUTF8: "1",
  };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group is gone already.
  }
}

async function readPeakMemory(pid: number | undefined): Promise<number | undefined> {
  try {
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}
