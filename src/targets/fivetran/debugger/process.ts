/** A connector's process: started in a scrubbed environment, heard through a private line, killed with all it started. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { PythonEnv } from "../../../system/python-env.ts";
import type { LogKeeper } from "./logs.ts";

const exception = { type: z.string(), message: z.string(), trace: z.array(z.string()) };
const eventSchema = z.discriminatedUnion("event", [
  z.object({ event: z.literal("ready"), address: z.string() }),
  z.object({ event: z.literal("exception"), where: z.string(), ...exception }),
  /** A thread ended by an exception; `update` when it is the one that runs update(). */
  z.object({ event: z.literal("thread"), update: z.boolean(), ...exception }),
  z.object({ event: z.literal("sleep"), seconds: z.number() }),
]);
export type LauncherEvent = z.infer<typeof eventSchema>;

export interface ConnectorProcess {
  /** Resolves with how it ended: `exit code 1`, `SIGKILL`. Never rejects. */
  exited: Promise<string>;
  /** Peak resident memory in bytes so far, where the platform tells. */
  peakMemory(): Promise<number | undefined>;
  /** Kills the process and all it started, and waits until its output is read and its files are gone. Idempotent. */
  stop(): Promise<void>;
}

export interface StartOptions {
  directory: string;
  python: PythonEnv;
  environment: Record<string, string>;
  logs: LogKeeper;
  onEvent: (event: LauncherEvent) => void;
}

/** Longest event that is read: the launcher sends none near it. */
const MAX_EVENT = 1024 * 1024;
const CLOSE_MILLISECONDS = 2000;

export async function startConnector(options: StartOptions): Promise<ConnectorProcess> {
  const home = await mkdtemp(join(tmpdir(), "syncsmith-"));
  const launcher = fileURLToPath(new URL("../python/launcher.py", import.meta.url));
  const child = spawn(options.python.python, [launcher, resolve(options.directory), join(home, "grpc")], {
    cwd: resolve(options.directory),
    env: { ...scrubbedEnvironment(options.python, home), ...options.environment },
    // A group of its own, so that it can be killed with its children.
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const closed = new Promise<void>((done) => child.once("close", () => done()));
  const exited = new Promise<string>((done) => {
    child.once("exit", (code, signal) => done(signal ?? `exit code ${code}`));
    child.once("error", (error) => done(error.message));
  });
  child.stdout?.on("data", (chunk: Buffer) => options.logs.write("stdout", chunk));
  child.stderr?.on("data", (chunk: Buffer) => options.logs.write("stderr", chunk));
  listen(child.stdio[3] as Duplex, options.onEvent);

  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    killGroup(child);
    await exited;
    // A process that left the group may still hold the output open: it is not waited for.
    await Promise.race([closed, new Promise((done) => setTimeout(done, CLOSE_MILLISECONDS).unref())]);
    for (const stream of child.stdio) stream?.destroy();
    options.logs.end();
    await rm(home, { recursive: true, force: true });
  };
  return {
    exited,
    peakMemory: () => readPeakMemory(child),
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** What the platform's own debugger sets, the bare minimum of a system, and nothing of ours. */
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
    FIVETRAN_CONNECTION_ID: "test_connection_id",
    FIVETRAN_CONNECTION_NAME: "test_connection_name",
    FIVETRAN_GROUP_ID: "test_group_id",
    FIVETRAN_DEPLOYMENT_MODEL: "local_debug",
  };
}

/** Reads JSON lines. A connector that writes nonsense to the line is not heard there, and that is all. */
function listen(line: Duplex, onEvent: (event: LauncherEvent) => void): void {
  let rest = "";
  line.setEncoding("utf8");
  line.on("error", () => {});
  line.on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\n");
    rest = (parts.pop() ?? "").slice(-MAX_EVENT);
    for (const part of parts) {
      const parsed = eventSchema.safeParse(parseJson(part));
      if (parsed.success) onEvent(parsed.data);
    }
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // The group is gone already.
  }
}

async function readPeakMemory(child: ChildProcess): Promise<number | undefined> {
  try {
    const status = await readFile(`/proc/${child.pid}/status`, "utf8");
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}
