/** What can go wrong between a connector and a folder. Nobody sees how a folder is read: each strikes whoever comes next. */
import { execFileSync } from "node:child_process";
import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { ArmedFault, Fault } from "../../simulator.ts";

export interface FolderPlace {
  /** The folder that is served. */
  place: string;
  /** A path beside it, for what is out of the way. */
  beside: (name: string) => string;
  /** Names of the files that are there now. */
  names: () => string[];
  /** Puts something that nobody can read in the place of a file, or the file back. */
  block: (name: string, blocked: boolean) => void;
}

type Described = Omit<Fault, "arm" | "owes" | "extra">;

export function folderFaults(folder: FolderPlace): Fault[] {
  const faults: [Described, () => ArmedFault][] = [
    [
      { id: "file-unreadable", says: "a file cannot be read for a while" },
      () => {
        const [name = ""] = folder.names().slice(-1);
        folder.block(name, true);
        return whileArmed(() => folder.block(name, false));
      },
    ],
    [
      { id: "file-forbidden", says: "a file is listed, and may not be opened for a while" },
      () => forbid(folder, folder.names().at(-1) ?? ""),
    ],
    [
      { id: "folder-gone", says: "the folder is not there for a while" },
      () => {
        const aside = folder.beside("folder-gone");
        renameSync(folder.place, aside);
        return whileArmed(() => renameSync(aside, folder.place));
      },
    ],
    [
      {
        id: "replaced-while-read",
        says: "a file is replaced while it is read, and the one that was opened ends in its middle",
      },
      () => replaceWhileRead(folder, folder.names().at(-1) ?? ""),
    ],
  ];
  return faults
    .filter(([{ id }]) => id !== "replaced-while-read" || process.platform !== "win32")
    .filter(([{ id }]) => id !== "file-forbidden" || forbidden() !== undefined)
    .map(([described, strike]) => ({
      ...described,
      owes: "rows-or-failure",
      extra: 0,
      // A whole sync is the one thing that can be struck.
      arm: (requests) => (requests.length === 0 ? { struck: () => 0, disarm: () => {} } : strike()),
    }));
}

function whileArmed(end: () => void): ArmedFault {
  let armed = true;
  return {
    struck: () => 1,
    disarm: () => {
      if (armed) end();
      armed = false;
    },
  };
}

/** Files of Linux itself that are there to be written to: nobody may read them, and root is no exception. */
const WRITE_ONLY = ["/proc/sys/vm/compact_memory", "/proc/sys/net/ipv4/route/flush"];

/** A plain file that nobody may open, as far as this system has one. */
function forbidden(): string | undefined {
  return WRITE_ONLY.find((path) => {
    try {
      closeSync(openSync(path, constants.O_RDONLY));
      return false;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === "EACCES" && statSync(path).isFile();
    }
  });
}

/** A mode would not do where tests run as root: in the place of the file is a link to one that may not be opened. */
function forbid({ place, beside }: FolderPlace, name: string): ArmedFault {
  const path = join(place, name);
  const aside = beside("forbidden");
  renameSync(path, aside);
  symlinkSync(forbidden() ?? path, path);
  return whileArmed(() => {
    rmSync(path);
    renameSync(aside, path);
  });
}

/** How often it is looked whether somebody has opened the file. */
const LOOK_MILLISECONDS = 2;
/** A pipe takes as much without anybody reading. */
const PIPE_BYTES = 32_768;

/**
 * In the place of the file is a pipe, which tells when it is opened: its reader gets half of the bytes, and when they end,
 * the file is there again.
 */
function replaceWhileRead({ place, beside }: FolderPlace, name: string): ArmedFault {
  const path = join(place, name);
  const aside = beside("replaced");
  const { atimeMs, mtimeMs } = statSync(path);
  const body = readFileSync(path);
  renameSync(path, aside);
  execFileSync("mkfifo", [path]);
  utimesSync(path, atimeMs / 1000, mtimeMs / 1000);
  let struck = 0;
  const putBack = () => {
    clearInterval(timer);
    if (existsSync(aside)) renameSync(aside, path);
  };
  const timer = setInterval(() => {
    const pipe = openedForWriting(path);
    if (pipe === undefined) return;
    struck = 1;
    writeSync(pipe, body.subarray(0, Math.min(Math.floor(body.length / 2), PIPE_BYTES)));
    putBack();
    closeSync(pipe);
  }, LOOK_MILLISECONDS);
  timer.unref();
  return { struck: () => struck, disarm: putBack };
}

/** Undefined as long as nobody reads. */
function openedForWriting(path: string): number | undefined {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENXIO") return undefined;
    throw error;
  }
}
