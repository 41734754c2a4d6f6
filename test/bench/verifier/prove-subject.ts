/** A connector, as it is or with one defect, put to the proof. */
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CheckId, CheckResult } from "../../../src/artifacts/report.ts";
import { sourceOfKind } from "../../../src/frontends/session.ts";
import { prove } from "../../../src/proof/prove.ts";
import { oneTarget } from "../../../src/targets/targets.ts";
import { temporaryDirectory } from "../../support/run-cli.ts";
import type { Defect } from "./defect.ts";
import type { Subject } from "./subjects.ts";

/** What the proof blocks a connector for, in the order in which it was found. */
export interface Blocked {
  checks: CheckResult[];
  /** Why there is no verdict: none in time, or an error of ours. Such a connector counts as let through. */
  unended?: string;
}

const LIMIT_MILLISECONDS = 400_000;

/** What a defect is found by ends its proof; a connector as it is goes through all checks. */
export async function proveSubject(subject: Subject, trial: Trial): Promise<Blocked> {
  const directory = join(await temporaryDirectory(), subject.blueprint.name);
  try {
    await subject.write(directory);
    if (trial.defect) await plant(directory, trial.defect);
    return await blockersOf(subject, directory, trial);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

export interface Trial {
  /** Without one the connector is proven as it is. */
  defect?: Defect;
  /** Checks that blame the connector as it is: they find nothing. */
  alarmed?: ReadonlySet<CheckId>;
}

/** Changes the one place. Throws where it is not there once. */
export async function plant(
  directory: string,
  { file, from, to }: Pick<Defect, "file" | "from" | "to">,
): Promise<void> {
  const path = join(directory, file);
  const code = await readFile(path, "utf8");
  const places = code.split(from).length - 1;
  if (places !== 1) throw new Error(`${file} has the place ${places} times: ${from}`);
  await writeFile(
    path,
    code.replace(from, () => to),
  );
}

async function blockersOf(
  { blueprint, target }: Subject,
  directory: string,
  { defect, alarmed = new Set() }: Trial,
): Promise<Blocked> {
  const late = AbortSignal.timeout(LIMIT_MILLISECONDS);
  const enough = new AbortController();
  const checks: CheckResult[] = [];
  try {
    await prove({
      blueprint,
      directory,
      recordings: join(directory, ".syncsmith/recordings"),
      targets: oneTarget(target),
      kind: await sourceOfKind(blueprint.source.kind),
      round: 1,
      codeHash: "0".repeat(64),
      depth: "full",
      basisReason: "the verifier's own proof",
      now: () => new Date(),
      onProgress: () => {},
      onLog: () => {},
      onChecked: (results) => {
        const blockers = results.filter(({ verdict, severity }) => verdict === "fail" && severity === "blocker");
        checks.push(...blockers.filter(({ check }) => !alarmed.has(check)));
        if (checks.length > 0 && defect) enough.abort();
      },
      signal: AbortSignal.any([late, enough.signal]),
    });
    return { checks };
  } catch (error) {
    if (enough.signal.aborted) return { checks };
    const limit = late.aborted ? `no verdict within ${LIMIT_MILLISECONDS / 1000} s` : undefined;
    return { checks, unended: limit ?? (error instanceof Error ? (error.stack ?? error.message) : String(error)) };
  }
}
