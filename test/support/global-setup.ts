/** The managed Python environments, made once before any file runs, side by side. `npm test` has built dist/ already. */
import { ensurePythonEnv, pythonParts } from "../../src/system/python-env.ts";

export async function setup(): Promise<void> {
  const onProgress = (text: string) => process.stderr.write(`${text}\n`);
  const kinds = ["rest", "database", "file"] as const;
  await Promise.all(kinds.map((kind) => ensurePythonEnv({ parts: pythonParts(kind), onProgress })));
}
