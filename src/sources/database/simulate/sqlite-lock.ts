/** Another program that writes into a file of SQLite, and has locked it. Only where it can be seen who opens a file. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readlinkSync, realpathSync, rmSync } from "node:fs";
import type { Fault } from "../../simulator.ts";

/** Keeps the lock until its input ends. The embedded SQLite of this house locks in a way of its own. */
const WRITER = `
import pathlib, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
pathlib.Path(sys.argv[2]).touch()
sys.stdin.read()
`;
const LOOK_MILLISECONDS = 5;
/** Python's own SQLite waits for five seconds unless it is told otherwise. */
const HELD_MILLISECONDS = 700;
const START_MILLISECONDS = 5_000;

export function canSeeWhoOpens(): boolean {
  return existsSync("/proc/self/fd");
}

export function lockFault(path: string): Fault {
  return {
    id: "locked",
    says: "another program has locked the file, and lets go of it soon after it was opened",
    owes: "rows",
    extra: 0,
    arm: (requests) => {
      if (requests.length === 0) return { struck: () => 0, disarm: () => {} };
      const marker = `${path}.locked`;
      const writer = spawn("python3", ["-I", "-c", WRITER, path, marker], { stdio: ["pipe", "ignore", "ignore"] });
      writer.on("error", () => {});
      if (writer.pid === undefined) return { struck: () => 0, disarm: () => {} };
      waitFor(marker);
      const file = realpathSync(path);
      let struck = 0;
      const letGo = () => {
        clearInterval(timer);
        writer.stdin.end();
        rmSync(marker, { force: true });
      };
      const timer = setInterval(() => {
        if (struck > 0 || !existsSync(marker) || !isOpenElsewhere(file, writer.pid)) return;
        struck = 1;
        setTimeout(letGo, HELD_MILLISECONDS);
      }, LOOK_MILLISECONDS);
      timer.unref();
      return { struck: () => struck, disarm: letGo };
    },
  };
}

/** At once, as everything about a fault is: whoever comes next has to find the file locked. */
function waitFor(marker: string): void {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  const until = performance.now() + START_MILLISECONDS;
  while (!existsSync(marker) && performance.now() < until) Atomics.wait(clock, 0, 0, LOOK_MILLISECONDS);
}

function isOpenElsewhere(file: string, writer: number | undefined): boolean {
  const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && name !== String(writer));
  return processes.some((id) => openFiles(id).includes(file));
}

/** Empty for processes of others, and for those that have ended meanwhile. */
function openFiles(id: string): string[] {
  try {
    return readdirSync(`/proc/${id}/fd`).map((name) => readlinkSync(`/proc/${id}/fd/${name}`));
  } catch {
    return [];
  }
}
