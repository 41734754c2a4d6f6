/** A proof of the connector that the generator writes for a blueprint, with or without a live source, in one call. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Blueprint } from "../../src/artifacts/blueprint.ts";
import type { Report } from "../../src/artifacts/report.ts";
import { prove } from "../../src/proof/prove.ts";
import { restSource } from "../../src/sources/rest/rest.ts";
import { ensurePythonEnv } from "../../src/system/python-env.ts";
import { createFivetranTarget } from "../../src/targets/fivetran/fivetran.ts";
import { temporaryDirectory } from "./run-cli.ts";

export interface GeneratedProof {
  blueprint: Blueprint;
  /** Values per configuration key of a live source; without them the stand-in is used alone. */
  live?: Record<string, string>;
  /** One place in the generated code that is changed before. */
  defect?: { file: string; from: string; to: string };
}

export async function proveGenerated({ blueprint, live, defect }: GeneratedProof): Promise<Report> {
  const directory = join(await temporaryDirectory(), blueprint.name);
  const target = createFivetranTarget(await ensurePythonEnv());
  for (const { path, content } of await target.generate(blueprint, { layout: "modular" })) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
  if (defect) {
    const path = join(directory, defect.file);
    const code = await readFile(path, "utf8");
    if (code.split(defect.from).length !== 2) throw new Error(`${defect.file} does not hold the place once`);
    await writeFile(
      path,
      code.replace(defect.from, () => defect.to),
    );
  }
  return prove({
    blueprint,
    directory,
    recordings: join(directory, ".syncsmith/recordings"),
    target,
    kind: restSource,
    round: 1,
    codeHash: "0".repeat(64),
    ...(live ? { live: { configuration: live } } : {}),
    basisReason: "a test",
    now: () => new Date(),
    onProgress: () => {},
    onLog: () => {},
    signal: new AbortController().signal,
  });
}
