/** From a changed blueprint or changed code to a verdict: generated, linted and proven like any other, then documented. */
import { adoptedCode, changedFiles } from "../adopt.ts";
import { allPatches, patched } from "../patches.ts";
import { type RunContext, stepper, turn } from "../run.ts";
import { needBlueprint, needClient, needRequirements, needTargets, type StepResult } from "../step.ts";
import type { Store } from "../store.ts";
import { setValuesAside } from "./persons-values.ts";

export interface Proven {
  result: StepResult;
  /** Whether the harness has run it: there is behaviour to compare. */
  runs: boolean;
  blockers: readonly string[];
}

/** `there`: the connector as it is. */
export async function proveChanged(onBench: RunContext, there: Store): Promise<Proven> {
  const { store } = onBench;
  const { spec, spec_address } = await needRequirements(onBench);
  const go = stepper(onBench, spec_address);
  const putBack = await setValuesAside(store, there);
  const { tested, round } = await turn(onBench, go, spec.limits.fixes);
  await putBack();
  const report = await store.readReport();
  const proven = { runs: report !== undefined && report.round === round, blockers: report?.blockers ?? [] };
  if (tested.outcome === "failed") return { ...proven, result: tested };
  const lost = await lostChanges(onBench);
  if (lost.length > 0) {
    const summary = `earlier changes of ${lost.join(", ")} no longer fit and would be lost`;
    return { ...proven, result: { outcome: "failed", summary }, blockers: [summary] };
  }
  await go("document", round);
  return { ...proven, result: tested };
}

/** Files of which a change that somebody made in the code is not in the connector any more. */
async function lostChanges(onBench: RunContext): Promise<string[]> {
  const patches = await allPatches(onBench.store);
  if (patches.length === 0) return [];
  const requirements = await needRequirements(onBench);
  const original = adoptedCode(requirements);
  if (original !== undefined) return (await changedFiles(original, patches)).conflicts;
  const blueprint = await needBlueprint(onBench);
  const { layout } = requirements.spec;
  const client = await needClient(onBench);
  return patched(await (await needTargets(onBench)).generate(blueprint, { layout, client }), patches).conflicts;
}
