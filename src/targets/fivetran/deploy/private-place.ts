/**
 * A folder that nobody else can look into, gone when its work is over. The configuration passes through it in a pipe: its
 * values are on no disk, so that a process that is killed leaves none behind.
 */
import { constants } from "node:fs";
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import type { PythonEnv } from "../../../system/python-env.ts";

/** The folder is readable by its owner alone, and removed however the work ends. */
export async function inPrivatePlace<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "syncsmith-deploy-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Node has no call of its own for it. */
export async function makePipe(path: string, python: PythonEnv): Promise<void> {
  await execa(python.python, ["-I", "-c", "import os, sys; os.mkfifo(sys.argv[1], 0o600)", path], { stdin: "ignore" });
}

/** How often it is looked whether a reader has come, or has made room. */
const LOOK_MS = 20;

/** Gives the text to the first who reads the pipe. Over when that is done, or `until` says that nobody will come. */
export async function feedPipe(path: string, text: string, until: AbortSignal): Promise<void> {
  const pipe = await readerOf(path, until);
  if (pipe === undefined) return;
  try {
    const bytes = Buffer.from(text, "utf8");
    for (let at = 0; at < bytes.length && !until.aborted; ) at += await writeSome(pipe, bytes.subarray(at));
  } catch (error) {
    // The reader is gone: how its process ended says why.
    if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
  } finally {
    await pipe.close();
  }
}

/** Opened without waiting: a thread that waits for a reader who never comes could not be stopped. */
async function readerOf(path: string, until: AbortSignal): Promise<FileHandle | undefined> {
  while (!until.aborted) {
    try {
      return await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENXIO") throw error;
    }
    await sleep(LOOK_MS);
  }
  return undefined;
}

async function writeSome(pipe: FileHandle, bytes: Buffer): Promise<number> {
  try {
    return (await pipe.write(bytes)).bytesWritten;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    await sleep(LOOK_MS);
    return 0;
  }
}
