/** Which files were generated, and what they held: whatever differs from it was edited by a person. */
import { join } from "node:path";
import { z } from "zod";
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

/** From now on these files count as generated in the state they are in. */
export async function keepAsGenerated(store: Store, paths: readonly string[]): Promise<void> {
  const manifest = await readManifest(store);
  for (const path of paths) {
    const content = await readText(join(store.directory, path));
    if (content !== undefined) manifest[path] = sha256(content);
  }
  await writeManifest(store, manifest);
}
