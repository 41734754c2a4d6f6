/**
 * Processes for connectors, forked from one that has imported the platform's libraries already: half a second less for
 * each sync. A forked process has run nothing of any connector; it is as separate as a started one.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { dirname, join } from "node:path";
import type { Duplex } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { UserError } from "../../errors.ts";
import type { PythonEnv } from "../../system/python-env.ts";

const eventSchema = z.discriminatedUnion("event", [
  z.object({ event: z.literal("ready") }),
  z.object({ event: z.literal("started"), id: z.int(), pid: z.int() }),
  z.object({ event: z.literal("ended"), pid: z.int(), how: z.string() }),
]);

/** Time for connections that were made before a process ended to be seen. */
const GRACE_MILLISECONDS = 2000;

export interface ForkRequest {
  program: string;
  args: readonly string[];
  directory: string;
  /** The whole of it: nothing is added. */
  environment: Record<string, string>;
  /** Folder of the process's own, for the sockets of its output. */
  home: string;
}

export interface Forked {
  pid: number;
  stdout: Socket;
  stderr: Socket;
  line: Socket;
  /** Resolves with how it ended: `exit code 1`, `SIGKILL`. Never rejects. */
  exited: Promise<string>;
}

interface ForkServer {
  fork(request: ForkRequest): Promise<Forked>;
}

/** Only where forking is safe without an exec, and where paths of sockets may be as long as ours. */
export function canFork(home: string): boolean {
  return process.platform === "linux" && join(home, "line.sock").length < 100;
}

const servers = new Map<string, Promise<ForkServer>>();

/** One server per program and environment, for as long as this process lives. Rejects when it cannot be started. */
export async function forkServer(python: PythonEnv, program: string): Promise<ForkServer> {
  const key = `${python.python}\0${program}`;
  const known = servers.get(key);
  if (known !== undefined) return known;
  const starting = startServer(python, program, () => servers.delete(key));
  servers.set(key, starting);
  starting.catch(() => servers.delete(key));
  return starting;
}

async function startServer(python: PythonEnv, program: string, onEnd: () => void): Promise<ForkServer> {
  const path = fileURLToPath(new URL("./python/fork_server.py", import.meta.url));
  const child = spawn(python.python, [path, program], {
    env: { PATH: `${dirname(python.python)}:/usr/local/bin:/usr/bin:/bin`, LANG: "C.UTF-8", TZ: "UTC", ...PYTHON },
    detached: true,
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  const line = child.stdio[3] as Duplex;
  const complaint = lastLineOf(child.stderr as Socket);
  const exits = new Map<number, (how: string) => void>();
  const pids = new Map<number, (pid: number) => void>();
  let next = 0;
  const ready = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      onEnd();
      for (const ended of exits.values()) ended("its server ended");
      reject(damagedEnvironment(python, complaint() ?? signal ?? `exit code ${code}`));
    });
    readLines(line, (text) => {
      const event = eventSchema.parse(JSON.parse(text));
      if (event.event === "ready") resolve();
      else if (event.event === "started") pids.get(event.id)?.(event.pid);
      else exits.get(event.pid)?.(event.how);
    });
  });
  await ready;
  child.unref();
  (child.stderr as Socket).unref();
  const hold = holding(line as Socket, exits);
  hold();
  const fork = async (request: ForkRequest): Promise<Forked> => {
    const id = next++;
    (line as Socket).ref();
    const places = await Promise.all(
      ["out", "err", "line"].map((name) => listenOnce(join(request.home, `${name}.sock`))),
    );
    const [out, err, own] = places;
    if (out === undefined || err === undefined || own === undefined) throw new Error("A socket is missing.");
    let exited: Promise<string> = Promise.resolve("");
    const pid = await new Promise<number>((resolve) => {
      pids.set(id, (started) => {
        pids.delete(id);
        // Before anything else is heard: it may have ended already.
        exited = new Promise((ended) => {
          exits.set(started, (how) => {
            exits.delete(started);
            hold();
            ended(how);
          });
        });
        resolve(started);
      });
      const { home: _, ...rest } = request;
      line.write(`${JSON.stringify({ id, ...rest, out: out.path, err: err.path, line: own.path })}\n`);
    });
    // One that ended at once may have connected all the same: what it said is still to be heard.
    const lost = exited.then(async (how): Promise<never> => {
      await setTimeout(GRACE_MILLISECONDS, undefined, { ref: false });
      throw new Error(`The process ended before it could be heard: ${how}`);
    });
    lost.catch(() => {});
    const sockets = Promise.all([out.connected, err.connected, own.connected]);
    const [stdout, stderr, control] = await Promise.race([sockets, lost]);
    return { pid, stdout, stderr, line: control, exited };
  };
  return { fork };
}

/** It imports the platform's libraries and nothing of a connector: what stops it is the environment. */
function damagedEnvironment({ directory }: PythonEnv, why: string): UserError {
  return new UserError(`The Python environment in ${directory} is damaged: ${why}.`, {
    hint: "Remove that folder: it is made anew when it is needed.",
  });
}

/** The last line that was said so far: of a traceback the error itself. */
function lastLineOf(stream: Socket): () => string | undefined {
  let last: string | undefined;
  readLines(stream, (text) => {
    if (text.trim() !== "") last = text.trim().slice(0, 300);
  });
  return () => last;
}

/** As a started connector has them. */
const PYTHON = { PYTHONDONTWRITEBYTECODE: "1", PYTHONUNBUFFERED: "1", PYTHONUTF8: "1" };

/** The server must not keep this program alive, and ends with it; a process whose end is waited for must. */
function holding(line: Socket, exits: ReadonlyMap<number, unknown>): () => void {
  return () => {
    if (exits.size === 0) line.unref();
    else line.ref();
  };
}

async function listenOnce(path: string): Promise<{ path: string; connected: Promise<Socket> }> {
  const server = createServer();
  const connected = new Promise<Socket>((resolve) => {
    server.once("connection", (socket) => {
      server.close();
      resolve(socket);
    });
  });
  server.listen(path);
  await once(server, "listening");
  return { path, connected };
}

function readLines(stream: Duplex, onLine: (text: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("error", () => {});
  stream.on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) onLine(part);
  });
}
