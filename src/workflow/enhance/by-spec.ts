/** The way without a model: the spec says what should be different, and everything after it is made anew from it. */

import type { Requirements } from "../../artifacts/requirements.ts";
import { UserError } from "../../errors.ts";
import { allPatches, writeRefinement } from "../patches.ts";
import { checkSpec, connectorName } from "../requirements.ts";
import { type RunContext, stepper } from "../run.ts";
import { loadSpec } from "../spec-file.ts";
import type { StepResult } from "../step.ts";

/** Throws `UserError` for a spec that is wrong, or that describes another connector than this one. */
export async function checkSameConnector({ name, spec: old }: Requirements, path: string): Promise<void> {
  const { spec } = await loadSpec(path);
  checkSpec(spec);
  const others = [
    connectorName(spec.name) === name ? "" : `is called ${spec.name}`,
    spec.source.kind === old.source.kind
      ? ""
      : `has a ${spec.source.kind} source, where there was a ${old.source.kind} source`,
    spec.target === old.target ? "" : `is for ${spec.target}, where it was for ${old.target}`,
    (spec.adopted === undefined) === (old.adopted === undefined)
      ? ""
      : spec.adopted === undefined
        ? "adopts no code, and this connector was adopted"
        : "adopts code, and this connector was generated",
  ].filter(Boolean);
  if (others.length === 0) return;
  throw new UserError(`${path} describes another connector than ${name}: it ${others.join(", and ")}.`, {
    hint: `A connector of its own is made by \`syncsmith build ${path}\`.`,
  });
}

/** Why there is no blueprint; undefined when there is one. What was changed in the code before stays on top of what is generated. */
export async function changeBySpec(onBench: RunContext, spec: string): Promise<StepResult | undefined> {
  const { store } = onBench;
  const patches = await allPatches(store);
  const go = stepper(onBench, spec);
  await go("requirements", 1);
  const researched = await go("research", 1);
  if (researched.outcome === "failed") return researched;
  // Research that began anew has forgotten them.
  const forgotten = patches.length > 0 && (await allPatches(store)).length === 0;
  if (forgotten) await writeRefinement(store, { drafted: "of another spec", patches, fixes: 0 });
  return undefined;
}
