/**
 * A connector that is there is changed: on a copy, by a changed spec or by a model, then proven as any other, and held against
 * what it did before. Only what is green takes the connector's place.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Behaviour } from "../../artifacts/behaviour.ts";
import type { Blueprint } from "../../artifacts/blueprint.ts";
import type { Enhancement } from "../../artifacts/enhancement.ts";
import { EXIT, type ExitCode, UserError } from "../../errors.ts";
import { hashCode } from "../../proof/prove.ts";
import { listFiles, readText, sha256, writeAtomically } from "../../system/files.ts";
import { withLock } from "../../system/lock.ts";
import { FIELDS_OF_OURS, withoutSecrets } from "../../system/secrets.ts";
import { NOT_FILES } from "../../tools/list-files.ts";
import { enhancementMarkdown } from "../../wording/enhancement.ts";
import { adoptedCode } from "../adopt.ts";
import { changesBetween } from "../fix-refine.ts";
import { remember } from "../history.ts";
import { keepChangesForOriginal } from "../original.ts";
import { patchesSince } from "../patches.ts";
import { notGreen, type RunContext } from "../run.ts";
import { needBlueprint, needRequirements, type StepResult } from "../step.ts";
import type { Store } from "../store.ts";
import { differencesOf } from "./behaviour.ts";
import { type ChangeBench, ENHANCEMENTS, openBench } from "./bench.ts";
import { changeByModel } from "./by-model.ts";
import { changeBySpec, checkSameConnector } from "./by-spec.ts";
import { noteForgotten } from "./earlier.ts";
import { proveChanged } from "./prove-changed.ts";
import { checkSubject, type Wanted } from "./request.ts";

export interface EnhanceOrder {
  wanted?: Wanted;
  /** Absolute path of a changed spec. */
  spec?: string;
  /** Take it over although rows that came before do not come any more. */
  acceptLoss?: boolean;
}

export interface EnhanceResult {
  enhancement: Enhancement;
  /** Path of the record for people. */
  page: string;
  /** Path of the patch for the folder that an adopted connector came from. */
  patch?: string;
  exitCode: ExitCode;
}

/** What came of a change on the bench, before anything of it is kept. */
export interface Changed {
  outcome: Enhancement["outcome"];
  summary: string;
  blockers: readonly string[];
  /** Whether there is a connector that can be run. */
  runs: boolean;
  exitCode: ExitCode;
}

/** Throws `UserError` for an order that cannot be begun; the connector is as it was then, too. */
export async function enhanceConnector(context: RunContext, order: EnhanceOrder): Promise<EnhanceResult> {
  const { store } = context;
  return withLock({ path: store.path("lock"), waitSeconds: 0 }, async () => {
    await checkOrder(context, order);
    const bench = await openBench(store, await keyOf(context, order));
    try {
      return await work(context, order, bench);
    } catch (error) {
      // Interrupted, it goes on where it was; everything else begins anew.
      if (!context.signal.aborted) await bench.discard();
      throw error;
    }
  });
}

async function checkOrder(context: RunContext, { wanted, spec }: EnhanceOrder): Promise<void> {
  const requirements = await needRequirements(context);
  await needBlueprint(context);
  if ((await context.store.readReport()) === undefined) {
    throw new UserError("The connector has not been tested yet, so there is nothing to hold a change against.", {
      hint: "Run `syncsmith test` first.",
    });
  }
  if (wanted === undefined && spec === undefined) {
    throw new UserError("Nothing is asked for.", {
      hint: "Say what should be different, or give a changed spec: --spec NEW.yaml.",
    });
  }
  if (wanted !== undefined && context.services.agent === undefined) {
    throw new UserError("A request in words needs a model, and there is none.", {
      hint: "Set ANTHROPIC_API_KEY, or change the spec and give it alone: --spec NEW.yaml.",
    });
  }
  const original = adoptedCode(requirements);
  if (wanted !== undefined) await checkSubject(wanted, [context.store.directory, ...(original ? [original] : [])]);
  if (spec !== undefined) await checkSameConnector(requirements, spec);
}

/** A killed enhancement goes on only if nothing is otherwise. */
async function keyOf(context: RunContext, { wanted, spec }: EnhanceOrder): Promise<string> {
  const { store, services } = context;
  const about = [
    wanted?.text,
    spec === undefined ? undefined : [spec, await readText(spec)],
    await hashCode(store.directory),
    await needBlueprint(context),
    services.agent ? [services.agent.modelId, services.agent.promptsHash] : "none",
  ];
  return sha256(JSON.stringify(about));
}

async function work(context: RunContext, order: EnhanceOrder, bench: ChangeBench): Promise<EnhanceResult> {
  const { store, emit, services } = context;
  const started = performance.now();
  const number = (await lastNumber(context)) + 1;
  emit({ type: "step-started", step: "enhance", round: number });
  const onBench: RunContext = { ...context, store: bench.store };
  const before = await needBlueprint(context);
  if (order.spec !== undefined) await noteForgotten(context);
  const proven = await change(onBench, { order, bench, before, there: store });
  const behaviour = proven.runs ? await differencesOf(context, onBench) : [];
  const changed = order.acceptLoss ? proven : withoutLoss(proven, behaviour);
  const enhancement: Enhancement = {
    version: 1,
    number,
    time: services.now().toISOString(),
    wanted: wantedOf(order),
    model: services.agent?.modelId ?? "none",
    outcome: changed.outcome,
    summary: changed.summary,
    changes: changesBetween(before, (await blueprintNow(onBench)) ?? before),
    patches: await patchesBetween(store.directory, bench.store.directory),
    blockers: [...changed.blockers],
    behaviour,
  };
  await record(context, enhancement);
  if (changed.outcome === "kept") {
    await remember(store, `enhancement ${number}`, services.now);
    await bench.apply(number);
  } else await bench.discard();
  const patch = changed.outcome === "kept" ? await changesFor(context) : undefined;
  emit({
    type: "step-ended",
    step: "enhance",
    round: number,
    outcome: changed.outcome === "kept" ? "done" : "failed",
    summary: changed.outcome === "kept" ? changed.summary : `${changed.summary}; the connector is as it was`,
    milliseconds: Math.round(performance.now() - started),
  });
  const page = store.path(ENHANCEMENTS, `${number}.md`);
  return { enhancement, page, ...(patch === undefined ? {} : { patch }), exitCode: changed.exitCode };
}

/**
 * A proof holds a connector against its description: where that is what went wrong, it is green and rows are lost. What came
 * before and does not come any more is a person's to accept.
 */
function withoutLoss(changed: Changed, behaviour: readonly Behaviour[]): Changed {
  const lost = behaviour.flatMap(({ notices }) => notices.filter(({ kind }) => kind === "loss"));
  if (changed.outcome !== "kept" || lost.length === 0) return changed;
  const blockers = lost.map(({ table, text }) => `${table === undefined ? "" : `${table}: `}${text}`);
  const summary = `it is green by its own description, but not by what came before: ${blockers[0]}`;
  return { ...changed, outcome: "red", summary, blockers, exitCode: EXIT.notGreen };
}

interface Change {
  order: EnhanceOrder;
  bench: ChangeBench;
  before: Blueprint;
  there: Store;
}

/** The spec first: what is asked for in words is asked of the connector that it describes. */
async function change(onBench: RunContext, { order, bench, before, there }: Change): Promise<Changed> {
  if (!bench.refined) {
    const failed = order.spec === undefined ? undefined : await changeBySpec(onBench, order.spec);
    if (failed !== undefined) return red(onBench, failed);
    if (order.wanted !== undefined) {
      const why = await changeByModel(onBench, order.wanted);
      if (why !== undefined)
        return { ...(await red(onBench, { outcome: "failed", summary: why })), outcome: "refused" };
    }
    await bench.markRefined();
  }
  const unchanged = order.wanted === undefined && isDeepStrictEqual(before, await needBlueprint(onBench));
  const { result, runs, blockers } = await proveChanged(onBench, there);
  if (result.outcome === "failed") return { ...(await red(onBench, result)), runs, blockers };
  const summary = unchanged ? `${result.summary}; what is known of the source is what it was` : result.summary;
  return { outcome: "kept", summary, blockers: [], runs, exitCode: EXIT.done };
}

async function red(onBench: RunContext, result: StepResult): Promise<Changed> {
  const { exitCode, summary } = await notGreen(onBench, result);
  return { outcome: "red", summary, blockers: [], runs: false, exitCode };
}

function wantedOf({ wanted, spec }: EnhanceOrder): Enhancement["wanted"] {
  return {
    title: wanted?.title ?? "a changed spec",
    text: wanted?.text ?? "",
    ...(wanted?.file === undefined ? {} : { file: wanted.file }),
    ...(spec === undefined ? {} : { spec }),
  };
}

async function blueprintNow(onBench: RunContext): Promise<Blueprint | undefined> {
  return needBlueprint(onBench).catch((error: unknown) => {
    if (error instanceof UserError) return undefined;
    throw error;
  });
}

async function changesFor(context: RunContext): Promise<string | undefined> {
  return keepChangesForOriginal(context.store, adoptedCode(await needRequirements(context)));
}

/** Files of people's values are left out. */
async function patchesBetween(before: string, after: string): Promise<Enhancement["patches"]> {
  const skip = [...NOT_FILES, "configuration.json", "dev_config.json"];
  const paths = await listFiles(before, skip);
  const files = await Promise.all(
    paths.map(async (path) => ({ path, content: (await readText(join(before, path))) ?? "" })),
  );
  return patchesSince(files, after, await listFiles(after, skip));
}

async function lastNumber({ store }: RunContext): Promise<number> {
  const names = await readdir(store.path(ENHANCEMENTS)).catch(() => []);
  return Math.max(0, ...names.map((name) => Number(/^(\d+)\.json$/.exec(name)?.[1] ?? 0)));
}

async function record({ store, redactor }: RunContext, enhancement: Enhancement): Promise<void> {
  const name = join(ENHANCEMENTS, String(enhancement.number));
  await store.write(`${name}.json`, withoutSecrets(enhancement, redactor, FIELDS_OF_OURS));
  await writeAtomically(store.path(`${name}.md`), redactor.redact(enhancementMarkdown(enhancement)));
}
