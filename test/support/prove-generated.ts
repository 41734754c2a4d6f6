/** A proof of the connector that a target's generator writes for a blueprint, with or without a live source, in one call. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Blueprint } from "../../src/artifacts/blueprint.ts";
import type { Depth, Report } from "../../src/artifacts/report.ts";
import { sourceOfKind, targetOfName } from "../../src/frontends/session.ts";
import { prove } from "../../src/proof/prove.ts";
import type { SourceKind } from "../../src/sources/kind.ts";
import { ensurePythonEnv, pythonParts } from "../../src/system/python-env.ts";
import type { TargetName, Targets } from "../../src/targets/target.ts";
import { bothTargets, oneTarget } from "../../src/targets/targets.ts";
import { temporaryDirectory } from "./run-cli.ts";

export interface GeneratedProof {
  blueprint: Blueprint;
  /** Default: Fivetran. */
  target?: TargetName | "both";
  layout?: "modular" | "single";
  /** Values per configuration key of a live source; without them the stand-in is used alone. */
  live?: Record<string, string>;
  /** One place in the generated code that is changed before. */
  defect?: { file: string; from: string; to: string };
  /** Default: quick. */
  depth?: Depth;
  /** Where the connector is written; default a temporary folder. */
  directory?: string;
}

export interface WrittenConnector {
  directory: string;
  kind: SourceKind;
  targets: Targets;
}

/** Generates the connector, and plants the defect. */
export async function writeGenerated(input: Omit<GeneratedProof, "live" | "depth">): Promise<WrittenConnector> {
  const { blueprint, defect, layout = "modular" } = input;
  const directory = input.directory ?? join(await temporaryDirectory(), blueprint.name);
  const kind = await sourceOfKind(blueprint.source.kind);
  const targets = await targetsNamed(input.target ?? "fivetran", blueprint);
  const client = (of: Blueprint) => kind.client(of, { single: layout === "single" });
  for (const { path, content } of await targets.generate(blueprint, { layout, client })) {
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
  return { directory, kind, targets };
}

export async function proveGenerated(input: GeneratedProof): Promise<Report> {
  const { blueprint, live } = input;
  const { directory, kind, targets } = await writeGenerated(input);
  return prove({
    blueprint,
    directory,
    recordings: join(directory, ".syncsmith/recordings"),
    targets,
    kind,
    round: 1,
    codeHash: "0".repeat(64),
    depth: input.depth ?? "quick",
    ...(live ? { live: { configuration: live } } : {}),
    basisReason: "a test",
    now: () => new Date(),
    onProgress: () => {},
    onLog: () => {},
    signal: new AbortController().signal,
  });
}

async function targetsNamed(name: TargetName | "both", { source }: Blueprint): Promise<Targets> {
  const python = await ensurePythonEnv({ parts: pythonParts(source.kind) });
  if (name !== "both") return oneTarget(await targetOfName(name, python));
  return bothTargets([await targetOfName("fivetran", python), await targetOfName("lakeflow", python)]);
}
