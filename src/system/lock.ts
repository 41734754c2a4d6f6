/** One worker at a time, over processes. A lock whose holder has died is taken over. */
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../errors.ts";

export interface LockRequest {
  /** File that stands for the lock; it holds the process id of its holder. */
  path: string;
  /** How long to wait for a living holder; 0 refuses at once. */
  waitSeconds: number;
}

/** Throws `UserError` when a living process holds the lock for longer than that, or the place cannot be written. */
export async function withLock<T>({ path, waitSeconds }: LockRequest, work: () => Promise<T>): Promise<T> {
  await take(path, Date.now() + waitSeconds * 1000);
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function take(path: string, deadline: number): Promise<void> {
  for (;;) {
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, String(process.pid), { flag: "wx" });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
        throw new UserError(`${dirname(path)} cannot be written.`, {
          hint: "Choose another place with --workspace DIR or --cache DIR.",
          cause: error,
        });
      }
      const holder = await livingHolder(path);
      if (holder === undefined) await rm(path, { force: true });
      else if (Date.now() >= deadline) {
        throw new UserError(`Another process (${holder}) is at work here: ${path}.`, {
          hint: "Wait for it, or end it; a lock of a dead process is taken over by itself.",
        });
      } else await sleep(200);
    }
  }
}

/** The holder's process id, or undefined when it is gone. */
async function livingHolder(path: string): Promise<number | undefined> {
  const pid = Number(await readFile(path, "utf8").catch(() => ""));
  if (!pid) {
    // Empty: either just being written, or left by a process that died in between.
    const written = await stat(path).catch(() => undefined);
    return written !== undefined && written.mtimeMs > Date.now() - 5000 ? 0 : undefined;
  }
  try {
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? pid : undefined;
  }
}
