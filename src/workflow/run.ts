/**
 * The fold over the steps. A step whose inputs are unchanged keeps its last result; the one back edge, test and fix, is
 * unrolled into numbered rounds and bounded.
 */
import { access } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { EXIT, type ExitCode } from "../errors.ts";
import { sha256 } from "../system/files.ts";
import { withLock } from "../system/lock.ts";
import { finishApplying } from "./enhance/bench.ts";
import type { StepName } from "./events.ts";
import { forgetFix, readFixes } from "./fixes.ts";
import { needRequirements, type StepContext, type StepResult } from "./step.ts";
import { allSteps } from "./steps.ts";

export interface RunOutcome {
  outcome: "green" | "not-green";
  exitCode: ExitCode;
  summary: string;
}

/** What is remembered of each step and round: the hash of its inputs and how it ended. */
const ledgerSchema = z.record(
  z.string(),
  z.strictObject({ inputs: z.string(), outcome: z.enum(["done", "failed", "skipped"]), summary: z.string() }),
);
const LEDGER = "steps.json";

export type RunContext = Omit<StepContext, "round">;

/** Runs every step that is not fresh. Throws `UserError` for what a person must mend. */
export async function runAll(context: RunContext, specPath: string): Promise<RunOutcome> {
  return withLock({ path: context.store.path("lock"), waitSeconds: 0 }, async () => {
    await finishApplying(context.store);
    const go = stepper(context, specPath);
    await go("requirements", 1);
    const researched = await go("research", 1);
    if (researched.outcome === "failed") return notGreen(context, researched);
    const { limits, adopted } = (await needRequirements(context)).spec;
    // What somebody else wrote is judged, and not changed unasked.
    const { tested, round } = await turn(context, go, adopted ? 0 : limits.fixes);
    // A red connector gets no documents and is not deployed: the report says what is left to do.
    if (tested.outcome === "failed") return notGreen(context, tested);
    await go("document", round);
    const deployed = await go("deploy", round);
    const verified = await go("verify", round);
    // A green connector that did not get to its platform is not what was asked for.
    if (deployed.outcome === "failed") return notGreen(context, deployed);
    if (verified.outcome === "failed") return notGreen(context, verified);
    return { outcome: "green", exitCode: EXIT.done, summary: tested.summary };
  });
}

/** An honest end. Where a limit cut the model's work short, it says so, and the exit code does. */
export async function notGreen(context: RunContext, { summary }: StepResult): Promise<RunOutcome> {
  const { limits } = (await needRequirements(context)).spec;
  const limit = context.services.agent?.budget(limits).reached();
  return limit === undefined
    ? { outcome: "not-green", exitCode: EXIT.notGreen, summary }
    : { outcome: "not-green", exitCode: EXIT.limit, summary: `${summary}; ${limit.text}` };
}

/** Runs one step, fresh or not; a fix of the blueprint with what it makes of the code. */
export async function runOne(context: RunContext, name: StepName): Promise<RunOutcome> {
  return withLock({ path: context.store.path("lock"), waitSeconds: 0 }, async () => {
    await finishApplying(context.store);
    const go = await always(context);
    const round = (await readFixes(context.store)).length + 1;
    return ended(context, await (name === "fix" ? fixAndGenerate(context, go, round) : go(name, round)));
  });
}

/** One fix, asked for by itself, and the proof of what it changed. */
export async function mendOnce(context: RunContext): Promise<RunOutcome> {
  return withLock({ path: context.store.path("lock"), waitSeconds: 0 }, async () => {
    await finishApplying(context.store);
    const go = await always(context);
    const round = (await readFixes(context.store)).length + 1;
    const fixed = await fixAndGenerate(context, go, round);
    const result = fixed.outcome === "failed" ? fixed : await go("test", round + 1);
    return ended(context, result);
  });
}

/**
 * Code that was changed where it lies stays as it lies; of a changed blueprint it is generated anew, for whatever tests it next
 * goes by that blueprint, and would judge code that was not made of it.
 */
async function fixAndGenerate({ store }: RunContext, go: Go, round: number): Promise<StepResult> {
  const fixed = await go("fix", round);
  if (fixed.outcome === "failed" || (await readFixes(store)).at(-1)?.blueprint === undefined) return fixed;
  try {
    const generated = await go("generate", round + 1);
    return generated.outcome === "failed" ? generated : fixed;
  } catch (error) {
    // Files that a person edited, or an interruption: nothing was made of it, and it is no fix.
    await forgetFix(store, round);
    throw error;
  }
}

/** Runs a step of a round, fresh. */
async function always(context: RunContext): Promise<Go> {
  const steps = allSteps((await needRequirements(context)).spec_address);
  return (name, round) => runStep({ ...context, round }, steps[name], true);
}

async function ended(context: RunContext, result: StepResult): Promise<RunOutcome> {
  return result.outcome === "failed"
    ? notGreen(context, result)
    : { outcome: "green", exitCode: EXIT.done, summary: result.summary };
}

/** Runs a step of a round, fresh or not. */
export type Go = (name: StepName, round: number) => Promise<StepResult>;

export function stepper(context: RunContext, specPath: string): Go {
  const steps = allSteps(specPath);
  return (name, round) => runStep({ ...context, round }, steps[name]);
}

/** From the blueprint on: generate and test, and fixes in turn with them, until the proof is green or so many were made. */
export async function turn(
  { store }: Pick<RunContext, "store">,
  go: Go,
  fixes: number,
): Promise<{ tested: StepResult; round: number }> {
  let round = (await readFixes(store)).length + 1;
  let tested = await generateAndTest(go, round);
  while (tested.outcome === "failed" && round <= fixes) {
    const fixed = await go("fix", round);
    if (fixed.outcome === "failed")
      return { tested: { ...tested, summary: `${tested.summary}; ${fixed.summary}` }, round };
    round += 1;
    tested = await generateAndTest(go, round);
  }
  return { tested, round };
}

async function generateAndTest(go: Go, round: number): Promise<StepResult> {
  const generated = await go("generate", round);
  // Code that lint blocks is not run: there is nothing a test could add.
  return generated.outcome === "failed" ? generated : go("test", round);
}

async function runStep(
  context: StepContext,
  step: ReturnType<typeof allSteps>[StepName],
  always = false,
): Promise<StepResult> {
  const { store, emit, round, signal, options } = context;
  signal.throwIfAborted();
  const id = `${step.name}.${round}`;
  const inputs = sha256(JSON.stringify([options.version, await step.inputs(context)]));
  const last = (await store.read(LEDGER, ledgerSchema))?.[id];
  // A failure is never kept: the source may have been down, the machine full.
  const settled = last !== undefined && last.outcome !== "failed" && last.inputs === inputs;
  if (!always && settled && (await allExist(await step.outputs(context)))) {
    emit({ type: "step-fresh", step: step.name, round, summary: last.summary });
    return { outcome: last.outcome, summary: last.summary };
  }
  emit({ type: "step-started", step: step.name, round });
  const started = performance.now();
  const result = await step.run(context);
  signal.throwIfAborted();
  // Hashed again: a step may write what it reads (research forgets the rounds, generate the code).
  const now = sha256(JSON.stringify([options.version, await step.inputs(context)]));
  await store.write(LEDGER, { ...((await store.read(LEDGER, ledgerSchema)) ?? {}), [id]: { inputs: now, ...result } });
  emit({
    type: "step-ended",
    step: step.name,
    round,
    ...result,
    milliseconds: Math.round(performance.now() - started),
  });
  return result;
}

async function allExist(paths: readonly string[]): Promise<boolean> {
  const found = await Promise.all(
    paths.map((path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.length > 0 && found.every(Boolean);
}

/** Where a connector stands, step by step, from its ledger. */
export async function readLedger(context: Pick<StepContext, "store">) {
  return (await context.store.read(LEDGER, ledgerSchema)) ?? {};
}

/** The directory of a connector in a workspace. */
export function connectorDirectory(workspace: string, name: string): string {
  return join(workspace, name);
}
