/** Values that people put into a connector's configuration.json: an enhancement writes the file anew, and they stay in it. */
import { join } from "node:path";
import { listFiles, readText, sha256, writeAtomically } from "../../system/files.ts";
import { holdsValues } from "../../tools/connector-file.ts";
import { NOT_FILES } from "../../tools/list-files.ts";
import { keepAsGenerated, readManifest } from "../manifest.ts";
import type { Store } from "../store.ts";

/**
 * Lets the files on the bench be written anew. What comes back puts the values to their keys again, as `there` has them: a
 * bench that was taken up again may have lost them. A key that is gone takes its value with it.
 */
export async function setValuesAside(store: Store, there: Store): Promise<() => Promise<void>> {
  const manifest = await readManifest(there);
  const aside = new Map<string, string>();
  for (const path of (await listFiles(there.directory, NOT_FILES)).filter(holdsValues)) {
    const text = await readText(join(there.directory, path));
    if (text !== undefined && manifest[path] !== undefined && sha256(text) !== manifest[path]) aside.set(path, text);
  }
  await keepAsGenerated(store, [...aside.keys()]);
  return async () => {
    for (const [path, text] of aside) {
      const written = await readText(join(store.directory, path));
      if (written !== undefined) await writeAtomically(join(store.directory, path), merged(written, text), 0o600);
    }
  };
}

function merged(written: string, persons: string): string {
  const [fresh, own] = [written, persons].map(objectIn);
  // What is no object is nothing that could be merged, and the person's.
  if (fresh === undefined || own === undefined) return persons;
  const values = Object.entries(fresh).map(([key, value]) => [key, key in own ? own[key] : value]);
  return `${JSON.stringify(Object.fromEntries(values), null, 2)}\n`;
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
