/**
 * A connector that was written elsewhere: its code comes into the workspace as it is. What fixes and enhancements change is
 * kept as patches on top of it, in the workspace's copy: the folder that it came from is never touched.
 */
import { chmod, copyFile, mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import type { Blueprint } from "../artifacts/blueprint.ts";
import type { Patch } from "../artifacts/fix.ts";
import type { Requirements } from "../artifacts/requirements.ts";
import type { Adopted } from "../artifacts/spec.ts";
import { UserError } from "../errors.ts";
import { isDirectory, listFiles, readText, sha256, writeAtomically } from "../system/files.ts";
import { adoptedTarget, keyFor } from "../targets/adopted.ts";
import type { Targets } from "../targets/target.ts";
import { oneTarget } from "../targets/targets.ts";
import { isPrivate } from "../tools/connector-file.ts";
import { privateValues } from "../tools/private-values.ts";
import { readManifest, writeManifest } from "./manifest.ts";
import { keepChangesForOriginal } from "./original.ts";
import { allPatches, missingFrom, patched } from "./patches.ts";
import type { StepContext, StepResult } from "./step.ts";

/** What is no code, in the folder of a connector: results, environments, caches. */
const NOT_CODE = ["files", "__pycache__", "crash-reports", "venv", "env", "node_modules"];
/** A folder with more than this is not a connector's. */
const MAX_FILES = 2000;

/** The folder of the code; undefined for a connector of ours. */
export function adoptedCode({ spec, spec_address }: Requirements): string | undefined {
  return spec.adopted === undefined ? undefined : resolve(dirname(spec_address), spec.adopted.code);
}

/** What the code's private files hold, there and in the copy, and nobody may be shown; nothing of a connector of ours. */
export async function adoptedSecrets(requirements: Requirements, directory: string): Promise<string[]> {
  const code = adoptedCode(requirements);
  return code === undefined ? [] : [...(await privateValues(code)), ...(await privateValues(directory))];
}

/** The targets as they deal with the connector: its own keys and names, where it was adopted. */
export function targetsFor(targets: Targets, adopted: Adopted | undefined): Targets {
  const [part] = targets.parts;
  return adopted === undefined || part === undefined ? targets : oneTarget(adoptedTarget(part.target, adopted));
}

/** Changes when the code does. */
export async function hashAdopted(code: string): Promise<string> {
  const paths = await codeFiles(code);
  return sha256(
    (await Promise.all(paths.map(async (path) => `${path}\0${await hashFile(join(code, path))}`))).join("\n"),
  );
}

/** In the place of generating. Throws `UserError` where the code cannot be run as the spec says. */
export async function takeOver(
  context: StepContext,
  { requirements, blueprint }: { requirements: Requirements; blueprint: Blueprint },
): Promise<StepResult> {
  const { store, options } = context;
  const { adopted } = requirements.spec;
  const code = adoptedCode(requirements);
  if (adopted === undefined || code === undefined) throw new Error("There is nothing to adopt.");
  checkAdoption(adopted, blueprint);
  const paths = await codeFiles(code);
  const known = await readManifest(store);
  const edited: string[] = [];
  for (const path of paths) {
    const present = await hashFile(join(store.directory, path));
    if (present !== undefined && present !== known[path] && present !== (await hashFile(join(code, path))))
      edited.push(path);
  }
  if (edited.length > 0 && !options.force) {
    throw new UserError(`${edited.join(", ")} in ${store.directory} changed since the connector was adopted.`, {
      hint: `Make changes in ${code}, where it is adopted from, or overwrite them with --force.`,
    });
  }
  const changed = await changedFiles(code, await allPatches(store));
  const taken: Record<string, string> = {};
  for (const path of paths) {
    const target = join(store.directory, path);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(join(code, path), target);
    // People have real values in such a file.
    if (isPrivate(path)) await chmod(target, 0o600);
    taken[path] = (await hashFile(target)) ?? "";
  }
  for (const { path, content } of changed.files) {
    await writeAtomically(join(store.directory, path), content);
    taken[path] = sha256(content);
  }
  for (const path of Object.keys(known)) if (!(path in taken)) await rm(join(store.directory, path), { force: true });
  await writeManifest(store, taken);
  const patch = await keepChangesForOriginal(store, code);
  const kept = patch === undefined ? "" : `, and changes on top of them (${relative(store.directory, patch)})`;
  const lost =
    changed.conflicts.length > 0
      ? `; an earlier change of ${changed.conflicts.join(", ")} no longer fits and was left out`
      : "";
  return {
    outcome: "done",
    summary: `adopted: nothing is generated; ${paths.length} files from ${code}${kept}${lost}`,
  };
}

/** The files of the original that patches change, changed. What has found its way into the original is not changed again. */
export async function changedFiles(code: string, patches: readonly Patch[]): Promise<ReturnType<typeof patched>> {
  const paths = [...new Set(patches.map(({ path }) => path))];
  const files = await Promise.all(
    paths.map(async (path) => ({ path, content: (await readText(join(code, path))) ?? "" })),
  );
  return patched(files, missingFrom(files, patches));
}

/** A credential that the connector is never given could not be right: nothing it does then would mean anything. */
function checkAdoption(adopted: Adopted, { configuration, tables }: Blueprint): void {
  const absent = configuration.filter(({ key, required }) => required && keyFor(adopted, key) === undefined);
  if (absent.length > 0) {
    const keys = absent.map(({ key }) => `{${key}}`);
    throw new UserError(
      `The spec's adopted.configuration does not say which key of the connector holds ${keys.join(", ")}.`,
      {
        hint: `For example: adopted: { configuration: { their_key: "${keys[0]}" } }`,
      },
    );
  }
  const stray = Object.keys(adopted.tables).find((name) => !tables.some((table) => table.name === name));
  if (stray !== undefined) {
    throw new UserError(`The spec's adopted.tables names ${stray}, which is no table of the description.`, {
      hint: `Tables are ${tables.map(({ name }) => name).join(", ")}.`,
    });
  }
}

async function codeFiles(code: string): Promise<string[]> {
  if (!(await isDirectory(code))) {
    throw new UserError(`There is no folder ${code}, which the spec's adopted.code names.`, {
      hint: "It is resolved beside the spec.",
    });
  }
  const paths = await listFiles(code, NOT_CODE);
  if (!paths.some((path) => path.endsWith(".py"))) {
    throw new UserError(`${code} holds no Python, and so no connector.`, {
      hint: "Name the folder that connector.py is in.",
    });
  }
  if (paths.length > MAX_FILES) {
    throw new UserError(`${code} holds ${paths.length} files: this is more than a connector.`, {
      hint: "Name the connector's own folder.",
    });
  }
  return paths;
}

async function hashFile(path: string): Promise<string | undefined> {
  return readFile(path).then(sha256, () => undefined);
}
