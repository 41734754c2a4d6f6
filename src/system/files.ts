/** Writing files so that nothing is ever half there, and hashing directories. */
import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { UserError } from "../errors.ts";

/** Writes beside the target and renames: a reader sees the old file or the new one. `mode` applies to a new file. */
export async function writeAtomically(path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    await writeFile(temporary, content, { mode, flag: "wx" });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The file's text, or undefined when it does not exist. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

export async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/**
 * Regular files below a directory, relative with `/`, sorted; hidden entries and those in `skip` left out: names, or
 * paths that end so, wherever they are.
 */
export async function listFiles(directory: string, skip: readonly string[] = []): Promise<string[]> {
  const found: string[] = [];
  const walk = async (current: string) => {
    for (const entry of await readdir(current, { withFileTypes: true })) {
      const path = join(current, entry.name);
      const inside = relative(directory, path).split(sep).join("/");
      if (entry.name.startsWith(".") || skip.some((end) => `/${inside}`.endsWith(`/${end}`))) continue;
      if (entry.isDirectory()) await walk(path);
      else if (entry.isFile()) found.push(inside);
    }
  };
  await walk(directory);
  return found.sort();
}

export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Resolves a path inside a directory, symlinks too. Throws `UserError` when it would leave it. */
export async function confine(directory: string, path: string): Promise<string> {
  const root = await realpath(directory);
  const wanted = resolve(root, path);
  let existing = wanted;
  for (;;) {
    const real = await realpath(existing).catch(() => undefined);
    if (real !== undefined) {
      const whole = resolve(real, relative(existing, wanted));
      if (whole === root || whole.startsWith(root + sep)) return whole;
      throw new UserError(`The path ${path} leads outside ${directory}.`);
    }
    existing = dirname(existing);
  }
}
