/** Which files were generated, and what they held: whatever differs from it was edited by a person. */
import { join } from "node:path";
import { z } from "zod";
import type { Blueprint } from "../artifacts/blueprint.ts";
import { readText, sha256 } from "../system/files.ts";
import type { Store } from "./store.ts";

/** path -> SHA-256. */
const manifestSchema = z.record(z.string(), z.string());
const MANIFEST = "generated.json";

export async function readManifest(store: Store): Promise<Record<string, string>> {
  return (await store.read(MANIFEST, manifestSchema)) ?? {};
}

export async function writeManifest(store: Store, manifest: Readonly<Record<string, string>>): Promise<void> {
  await store.write(MANIFEST, manifest);
}

const MADE_OF = "generated-of.json";
const madeOfSchema = z.strictObject({ blueprint: z.string() });

/** The code is made of this blueprint. */
export async function writeMadeOf(store: Store, blueprint: Blueprint): Promise<void> {
  await store.write(MADE_OF, { blueprint: sha256(JSON.stringify(blueprint)) });
}

/** False where the code was generated from another blueprint: whatever judged it by this one would judge other code. */
export async function isMadeOf(store: Store, blueprint: Blueprint): Promise<boolean> {
  const known = await store.read(MADE_OF, madeOfSchema);
  return known === undefined || known.blueprint === sha256(JSON.stringify(blueprint));
}

/** From now on these files count as generated in the state they are in. */
export async function keepAsGenerated(store: Store, paths: readonly string[]): Promise<void> {
  const manifest = await readManifest(store);
  for (const path of paths) {
    const content = await readText(join(store.directory, path));
    if (content !== undefined) manifest[path] = sha256(content);
  }
  await writeManifest(store, manifest);
}
