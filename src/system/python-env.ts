/**
 * The managed Python environments: made on first use from locks with hashes, kept in the user's cache under the locks'
 * own hash, shared by all connectors and mounted read-only where there is a sandbox. Nothing is installed into them later.
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { UserError } from "../errors.ts";
import { withLock } from "./lock.ts";

export interface PythonEnv {
  /** Absolute path of the interpreter. */
  python: string;
  /** Absolute path of the environment's directory. */
  directory: string;
  /** Absolute path of ruff. */
  ruff: string;
  /** `3.11`. */
  version: string;
}

export interface PythonEnvOptions {
  /** Where environments are kept; default `~/.cache/syncsmith`. */
  cacheDirectory?: string;
  /** What has to be in it; default: what connectors of web sources need, for every target. */
  parts?: readonly PythonPart[];
  /** Absolute path of one lock, instead of the parts'. */
  lock?: string;
  /** An interpreter to use instead of looking for one. */
  interpreter?: string;
  onProgress?: (text: string) => void;
}

/** Versions the pinned SDK supports (its `SUPPORTED_PYTHON_VERSIONS`). */
const MINORS = [10, 11, 12, 13, 14];

/** A lock beside this file: the targets' runtimes, and what the drivers of a kind of source need. */
export type PythonPart = "fivetran" | "lakeflow" | "database" | "file";
/** One environment per kind of source serves all targets: fewer to make, and they agree on every version. */
const TARGETS: readonly PythonPart[] = ["fivetran", "lakeflow"];

/** What connectors of that kind of source need. */
export function pythonParts(kind: "rest" | "graphql" | "database" | "file"): PythonPart[] {
  return kind === "database" || kind === "file" ? [...TARGETS, kind] : [...TARGETS];
}

export function defaultCacheDirectory(): string {
  return join(homedir(), ".cache", "syncsmith");
}

/**
 * The environment for these parts, made if it is not there yet (about 20 s with a warm package cache).
 * Throws `UserError` when no suitable Python is found or the packages cannot be installed.
 */
export async function ensurePythonEnv(options: PythonEnvOptions = {}): Promise<PythonEnv> {
  const locks = options.lock ? [options.lock] : (options.parts ?? TARGETS).map(lockOf);
  const interpreter = await findPython(options.interpreter);
  const contents = await Promise.all(locks.map((lock) => readFile(lock)));
  const hash = createHash("sha256")
    .update(Buffer.concat(contents))
    .update(interpreter.version)
    .digest("hex")
    .slice(0, 16);
  const directory = join(options.cacheDirectory ?? defaultCacheDirectory(), "python", hash);
  if (!(await exists(join(directory, READY)))) {
    await withLock({ path: `${directory}.lock`, waitSeconds: 20 * 60 }, async () => {
      if (await exists(join(directory, READY))) return;
      await rm(directory, { recursive: true, force: true });
      await install({ directory, locks, interpreter: interpreter.path, onProgress: options.onProgress ?? (() => {}) });
    });
  }
  const bin = join(directory, "bin");
  return { python: join(bin, "python"), directory, ruff: join(bin, "ruff"), version: interpreter.version };
}

function lockOf(part: PythonPart): string {
  return fileURLToPath(new URL(`./python/${part}.lock`, import.meta.url));
}

const READY = ".ready";

/** The interpreter that a managed environment is made of, and its version as `3.13`. Throws `UserError` where there is none. */
export async function findPython(wanted: string | undefined): Promise<{ path: string; version: string }> {
  const names = wanted ? [wanted] : ["python3", ...MINORS.toReversed().map((minor) => `python3.${minor}`), "python"];
  const seen: string[] = [];
  for (const name of names) {
    const found = await execa(
      name,
      ["-c", "import sys; print(sys.executable, '%d.%d' % sys.version_info[:2], sep='\\n')"],
      {
        reject: false,
        timeout: 20_000,
        stdin: "ignore",
      },
    );
    // Looked for under many names, most are not there; one that is, or was named, is told of with its own last words.
    if (found.exitCode === undefined) continue;
    const [path = "", version = ""] = (found.stdout ?? "").trim().split("\n");
    const [major, minor] = version.split(".").map(Number);
    if (found.exitCode !== 0 || !major) {
      const words = found.stderr?.trim().split("\n").at(-1) ?? "";
      seen.push(`${name} does not run${words === "" ? "" : ` (${words.slice(0, 200)})`}`);
      continue;
    }
    if (major === 3 && MINORS.includes(minor ?? 0)) return { path, version };
    seen.push(`${name} is ${version}`);
  }
  throw new UserError(
    seen.length > 0
      ? `No suitable Python: ${seen.join(", ")}.`
      : `Python was not found${wanted ? ` at ${wanted}` : ""}.`,
    {
      hint: "Install Python 3.10 to 3.14 (Debian: apt-get install python3 python3-venv) or name one with --python PATH.",
    },
  );
}

interface Installation {
  directory: string;
  locks: readonly string[];
  interpreter: string;
  onProgress: (text: string) => void;
}

async function install({ directory, locks, interpreter, onProgress }: Installation): Promise<void> {
  await mkdir(directory, { recursive: true });
  const uv = (await execa("uv", ["--version"], { reject: false })).exitCode === 0;
  onProgress(`making the Python environment (once, with ${uv ? "uv" : "pip"})`);
  const python = join(directory, "bin", "python");
  const wanted = ["--no-deps", "--require-hashes", ...locks.flatMap((lock) => ["-r", lock])];
  const steps = uv
    ? [
        ["uv", "venv", "--quiet", "--python", interpreter, directory],
        ["uv", "pip", "install", "--quiet", "--python", python, ...wanted],
      ]
    : [
        [interpreter, "-m", "venv", directory],
        [
          python,
          "-m",
          "pip",
          "install",
          "--quiet",
          "--disable-pip-version-check",
          "--retries",
          "2",
          "--timeout",
          "20",
        ].concat(wanted),
      ];
  for (const [command = "", ...args] of steps) {
    const done = await execa(command, args, { reject: false, stdin: "ignore", all: true, timeout: 15 * 60_000 });
    if (done.exitCode === 0) continue;
    await rm(directory, { recursive: true, force: true });
    throw installError(done.all ?? String(done.shortMessage));
  }
  await writeFile(join(directory, READY), "");
}

function installError(output: string): UserError {
  const last =
    output
      .trim()
      .split("\n")
      .findLast((line) => /error/i.test(line)) ??
    output.trim().split("\n").at(-1) ??
    "";
  if (/ensurepip|No module named venv/.test(output)) {
    return new UserError("Python's venv module is incomplete on this machine.", {
      hint: "Debian and Ubuntu: apt-get install python3-venv",
    });
  }
  return new UserError(`The Python environment could not be installed: ${last.slice(0, 300)}`, {
    hint: "Check the network. Offline: fill a folder with `pip download` and the locks of this version elsewhere and set PIP_NO_INDEX=1 and PIP_FIND_LINKS to it.",
  });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
