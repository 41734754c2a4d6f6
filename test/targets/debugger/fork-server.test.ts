/** Forked processes: as separate as started ones, and gone with whoever asked for them. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { beforeAll, describe, expect, it } from "vitest";
import { ensurePythonEnv, type PythonEnv } from "../../../src/system/python-env.ts";
import { type Forked, forkServer } from "../../../src/targets/debugger/fork-server.ts";
import { temporaryDirectory } from "../../support/run-cli.ts";
import { verifies } from "../../support/verifies.ts";

/** A program that says what it is, keeps something, and does what its argument says. */
const PROGRAM = `
import os, random, sys, time, tempfile
KEPT = []
COUNTED = 0
def preload():
    global COUNTED
    COUNTED += 1
def main(what):
    KEPT.append(what)
    print(what, len(KEPT), COUNTED, os.getpid() == os.getsid(0), os.getcwd(), sorted(os.environ), tempfile.gettempdir(), random.random())
    sys.stdout.flush()
    if what == "exit": sys.exit(7)
    if what == "raise": raise ValueError("no")
    if what == "wait": time.sleep(60)
`;

let python: PythonEnv;
let program: string;

beforeAll(async () => {
  python = await ensurePythonEnv();
  program = join(await temporaryDirectory(), "program.py");
  await writeFile(program, PROGRAM);
});

async function fork(what: string, directory?: string): Promise<Forked> {
  const home = await temporaryDirectory();
  const server = await forkServer(python, program);
  const environment = { TMPDIR: home, ONLY: "this" };
  return server.fork({ program, args: [what], directory: directory ?? home, environment, home });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("the fork server", () => {
  it("gives each process a group, folder, environment and memory of its own", async () => {
    const said: string[] = [];
    for (const what of ["a", "b"]) {
      const home = join(await temporaryDirectory(), "here");
      await mkdir(home);
      const { stdout, exited } = await fork(what, home);
      said.push((await text(stdout)).trim());
      expect(await exited).toBe("exit code 0");
      expect(said.at(-1)).toContain(`${what} 1 1 True ${home} ['ONLY', 'TMPDIR'] `);
    }
    // Waits before retries are drawn: two processes must not draw the same.
    expect(new Set(said.map((line) => line.split(" ").at(-1))).size).toBe(2);
  });

  it("tells how a process ended", async () => {
    const [left, raised, killed] = await Promise.all([fork("exit"), fork("raise"), fork("wait")]);
    process.kill(-killed.pid, "SIGKILL");
    expect(await Promise.all([left.exited, raised.exited, killed.exited])).toEqual([
      "exit code 7",
      "exit code 1",
      "SIGKILL",
    ]);
    expect(await text(raised.stderr)).toContain("ValueError: no");
  });

  it("says so when a process ends before it can be heard", async () => {
    await expect(fork("a", "/nonexistent")).rejects.toThrow(/ended before it could be heard: exit code/);
  });

  it("is replaced when it was killed, and whoever waits for its processes hears of it", async () => {
    const waiting = await fork("wait");
    const { stdout } = await execa("ps", ["-o", "ppid=", "-p", String(waiting.pid)]);
    process.kill(Number(stdout), "SIGKILL");
    expect(await waiting.exited).toBe("its server ended");
    process.kill(-waiting.pid, "SIGKILL");
    const next = await fork("a");
    expect(await next.exited).toBe("exit code 0");
  });

  it(
    verifies("lakeflow.damaged", "says of an environment without pyspark that it is damaged, and what to remove"),
    async () => {
      // The system's own interpreter stands for an environment whose packages are gone.
      const directory = await temporaryDirectory();
      const { stdout } = await execa("python3", ["-c", "import sys; print(sys.executable)"]);
      const driver = fileURLToPath(new URL("../../../src/targets/lakeflow/python/driver.py", import.meta.url));
      const bare = { ...python, python: stdout.trim(), directory };
      await expect(forkServer(bare, driver)).rejects.toMatchObject({
        name: "UserError",
        message: expect.stringMatching(new RegExp(`environment in ${directory} is damaged: .*pyspark`)),
        hint: expect.stringContaining("Remove that folder"),
      });
    },
  );

  it("ends with the program that started it", async () => {
    const script = `
      const { forkServer } = await import(${JSON.stringify(new URL("../../../src/targets/debugger/fork-server.ts", import.meta.url).href)});
      const home = process.argv[1];
      const server = await forkServer(${JSON.stringify(python)}, ${JSON.stringify(program)});
      const { pid, exited } = await server.fork({ program: "", args: ["a"], directory: home, environment: {}, home });
      await exited;
      console.log(process.pid);
    `;
    const home = await temporaryDirectory();
    const run = await execa(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script, home]);
    await sleep(500);
    const left = await execa("pgrep", ["-P", run.stdout.trim()], { reject: false });
    expect(left.stdout).toBe("");
    const servers = await execa("pgrep", ["-f", `fork_server.py ${program}`], { reject: false });
    const own = servers.stdout.split("\n").filter((pid) => pid !== "");
    // This file's own server is the only one.
    expect(own.filter((pid) => isRunning(Number(pid)))).toHaveLength(1);
  });
});
