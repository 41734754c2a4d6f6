/** The managed Python environment, made once before any file runs. `npm test` has built dist/ already. */
import { ensurePythonEnv } from "../../src/system/python-env.ts";

export async function setup(): Promise<void> {
  await ensurePythonEnv({ onProgress: (text) => process.stderr.write(`${text}\n`) });
}
