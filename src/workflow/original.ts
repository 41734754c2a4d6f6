/** A patch for the folder that an adopted connector came from: the folder itself is never touched. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import { readText, writeAtomically } from "../system/files.ts";
import { allPatches } from "./patches.ts";
import type { Store } from "./store.ts";

export const CHANGES = "changes.patch";

/**
 * Writes what the copy in the workspace has otherwise than `original`, for `patch -p1` or `git apply` there. Returns its path;
 * undefined for a connector of ours, and where nothing differs.
 */
export async function keepChangesForOriginal(store: Store, original: string | undefined): Promise<string | undefined> {
  if (original === undefined) return undefined;
  const paths = [...new Set((await allPatches(store)).map(({ path }) => path))].sort();
  const patches = await Promise.all(paths.map((path) => difference(original, store.directory, path)));
  const text = patches.join("");
  if (text === "") {
    await rm(store.path(CHANGES), { force: true });
    return undefined;
  }
  await writeAtomically(store.path(CHANGES), text);
  return store.path(CHANGES);
}

async function difference(original: string, copy: string, path: string): Promise<string> {
  const [before, after] = [await readText(join(original, path)), await readText(join(copy, path))];
  if (before === after) return "";
  const names = [before === undefined ? "/dev/null" : `a/${path}`, after === undefined ? "/dev/null" : `b/${path}`];
  return createTwoFilesPatch(names[0] ?? "", names[1] ?? "", before ?? "", after ?? "", undefined, undefined, {
    headerOptions: FILE_HEADERS_ONLY,
  });
}
