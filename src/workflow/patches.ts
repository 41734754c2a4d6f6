/**
 * What a model changed in generated code, kept as patches: the templates write the code anew at each round, and the patches
 * go on top, so that a change of the blueprint and a change of the code can live together.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { applyPatch, createTwoFilesPatch, parsePatch, reversePatch } from "diff";
import { z } from "zod";
import { type Patch, patchSchema } from "../artifacts/fix.ts";
import type { GeneratedFile } from "../targets/target.ts";
import { readFixes } from "./fixes.ts";
import type { Store } from "./store.ts";

/** What the generate step's model added to the templates' code, with the hash of the code it was made for. */
const REFINEMENT = "refinement.json";
const refinementSchema = z.strictObject({
  version: z.literal(1),
  drafted: z.string(),
  patches: z.array(patchSchema),
  /** Fixes whose patches were in the files already when these were made: they are not applied again. */
  fixes: z.int().nonnegative().default(0),
});
export type Refinement = z.infer<typeof refinementSchema>;

export async function readRefinement(store: Store): Promise<Refinement | undefined> {
  return store.read(REFINEMENT, refinementSchema);
}

export async function writeRefinement(store: Store, refinement: Omit<Refinement, "version">): Promise<void> {
  await store.write(REFINEMENT, { version: 1, ...refinement });
}

/** The patches of all rounds so far, in their order. */
export async function allPatches(store: Store): Promise<Patch[]> {
  const refinement = await readRefinement(store);
  const later = (await readFixes(store)).slice(refinement?.fixes ?? 0);
  return [...(refinement?.patches ?? []), ...later.flatMap(({ patches }) => patches)];
}

/** Files with the patches applied. `conflicts` names those that no longer fit; their files stay as drafted. */
export function patched(
  files: readonly GeneratedFile[],
  patches: readonly Patch[],
): { files: GeneratedFile[]; conflicts: string[] } {
  const contents = new Map(files.map(({ path, content }) => [path, content]));
  const conflicts: string[] = [];
  for (const { path, patch } of patches) {
    const result = applyPatch(contents.get(path) ?? "", patch, { fuzzFactor: 2 });
    if (result === false) conflicts.push(path);
    else contents.set(path, result);
  }
  return { files: [...contents].map(([path, content]) => ({ path, content })), conflicts };
}

/** Without the patches of files that hold all of theirs already: somebody has applied them where the files come from. */
export function missingFrom(files: readonly GeneratedFile[], patches: readonly Patch[]): Patch[] {
  const contents = new Map(files.map(({ path, content }) => [path, content]));
  const there = new Set(
    [...contents.keys()].filter((path) => {
      let content: string | false = contents.get(path) ?? "";
      for (const { patch } of patches.filter((one) => one.path === path).reverse()) {
        const back = parsePatch(patch).map((one) => reversePatch(one));
        content = content === false ? false : applyPatch(content, back[0] as (typeof back)[number]);
      }
      return content !== false;
    }),
  );
  return patches.filter(({ path }) => !there.has(path));
}

/** What differs between the files as they were and the connector's folder now. Files that are gone are taken as emptied. */
export async function patchesSince(
  before: readonly GeneratedFile[],
  directory: string,
  paths: readonly string[],
): Promise<Patch[]> {
  const old = new Map(before.map(({ path, content }) => [path, content]));
  const patches: Patch[] = [];
  for (const path of new Set([...paths, ...old.keys()])) {
    const was = old.get(path) ?? "";
    const now = await readFile(join(directory, path), "utf8").catch(() => "");
    if (was !== now) patches.push({ path, patch: createTwoFilesPatch(path, path, was, now, "", "") });
  }
  return patches;
}
