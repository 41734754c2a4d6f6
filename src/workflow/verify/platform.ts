/** What the platform says of a deployment: how its syncs ended, and what it keeps, held against the local run. */
import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import type { Blueprint } from "../../artifacts/blueprint.ts";
import type { Deployment } from "../../artifacts/deployment.ts";
import { UserError } from "../../errors.ts";
import { readText } from "../../system/files.ts";
import type { Target, Targets } from "../../targets/target.ts";
import type { Standing, SyncsSeen } from "../../targets/watching.ts";
import { count } from "../../wording/numbers.ts";
import type { StepContext } from "../step.ts";
import { type Figures, planOf } from "./figures.ts";

/** Longest wait for a sync. */
const WAIT_SECONDS = 600;

/** A sync that was started from here and had not ended when it was last looked, and the time of the deployment it was of. */
const SYNC = "sync.json";
const startedSchema = z.strictObject({ connection_id: z.string(), ended_before: z.number(), deployed: z.string() });

/** What ends a sync; one of a paused connection never begins. */
const OVER: readonly SyncsSeen["outcome"][] = ["succeeded", "failed", "paused"];

/** Undefined where nothing was deployed, or the platform cannot be asked from here. */
export async function askPlatform(
  { store, services, signal, redactor, emit }: StepContext,
  { targets, deployment }: { targets: Targets; deployment: Deployment | undefined },
): Promise<SyncsSeen | undefined> {
  const watch = targets.parts.find(({ target }) => target.watch !== undefined)?.target.watch;
  const connectionId = deployment?.connection_id;
  if (watch === undefined || deployment?.outcome !== "deployed" || connectionId === undefined) return undefined;
  const { syncConsent } = services;
  const known = await store.read(SYNC, startedSchema);
  try {
    const seen = await watch({
      ...{ connectionId, since: new Date(deployment.time), environment: services.environment, now: services.now },
      ...{ signal, seconds: WAIT_SECONDS, conceal: redactor.add },
      onProgress: (text) => emit({ type: "progress", step: "verify", text }),
      // What was started of an earlier deployment ends on its code.
      started: known?.deployed === deployment.time ? known : undefined,
      onStarted: (sync) => store.write(SYNC, { ...sync, deployed: deployment.time }),
      ...(syncConsent ? { agree: async (starting) => (await syncConsent(starting)) === "yes" } : {}),
    });
    const over = !seen.running && OVER.includes(seen.outcome);
    if (over) await rm(store.path(SYNC), { force: true });
    // What was asked for and has not begun is waited for again, and is not asked for twice.
    const asked = (await store.read(SYNC, startedSchema))?.deployed === deployment.time;
    const idle = seen.outcome === "paused" || (seen.outcome === "none" && !seen.running && !asked);
    const hint = idle ? [`\`syncsmith verify ${basename(store.directory)} --yes-sync\` starts one`] : [];
    const later = seen.running || asked ? ["`syncsmith verify` waits for it again"] : [];
    return { ...seen, words: [...seen.words, ...hint, ...later] };
  } catch (error) {
    // Who may not ask the platform may still look into the destination.
    if (!(error instanceof UserError)) throw error;
    return { outcome: "none", running: false, words: [`the platform could not be asked: ${error.message}`] };
  }
}

interface Held {
  words: string[];
  /** Tables with rows here that the platform does not have, by their names there. */
  lost: string[];
}

export interface LocalRun {
  blueprint: Blueprint;
  target: Target;
  /** By the tables' names in the blueprint. */
  figures: ReadonlyMap<string, Figures>;
  /** Keys of the state that the local run left. */
  state: readonly string[];
}

/** State keys and tables, as far as the platform tells of them. */
export function holdStanding(standing: Standing, { blueprint, target, figures, state }: LocalRun): Held {
  const { tables } = standing;
  if (tables === undefined || tables.length === 0)
    return { words: [...stateWords(standing, state), ...standing.unread], lost: [] };
  const wanted = blueprint.tables.map((table) => ({
    name: planOf(table, target.naming).name,
    rows: figures.get(table.name)?.rows ?? 0,
  }));
  const there = new Map(tables.map(({ name, synced }) => [name, synced]));
  const absent = wanted.filter(({ name }) => !there.has(name));
  const off = wanted.filter(({ name }) => there.get(name) === false);
  const words = [
    absent.length === 0
      ? `it has ${wanted.length === 1 ? "the table" : `all ${wanted.length} tables`} of the local run`
      : `it has no table ${named(absent.map(({ name }) => name))}`,
    ...(off.length > 0 ? [`not chosen to be synced: ${named(off.map(({ name }) => name))}`] : []),
  ];
  // What somebody has unchosen is no loss. A guess with none of ours is a list of something else.
  const lost = absent.filter(({ rows }) => rows > 0).map(({ name }) => name);
  const other = standing.guessed === true && absent.length === wanted.length;
  return { words: [...words, ...stateWords(standing, state), ...standing.unread], lost: other ? [] : lost };
}

function stateWords({ state: there }: Standing, here: readonly string[]): string[] {
  if (there === undefined) return [];
  const lacking = here.filter((key) => !there.includes(key));
  const more = there.filter((key) => !here.includes(key));
  if (lacking.length + more.length === 0) return ["its state has the keys of the local run's"];
  return [
    ...(lacking.length > 0 ? [`its state lacks ${named(lacking)}, which the local run's has`] : []),
    ...(more.length > 0 ? [`its state has ${named(more)}, which the local run's lacks`] : []),
  ];
}

/** Names that are told of a list. */
const NAMED = 10;

function named(names: readonly string[]): string {
  const rest = names.length - NAMED;
  return `${names.slice(0, NAMED).join(", ")}${rest > 0 ? ` and ${count(rest)} more` : ""}`;
}

/** Of a state as JSON text; none where it is no object. */
function stateKeys(text: string | undefined): string[] {
  const parsed = z.record(z.string(), z.unknown()).safeParse(jsonOf(text ?? ""));
  return parsed.success ? Object.keys(parsed.data).sort() : [];
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function localState(directory: string): Promise<string[]> {
  return readText(join(directory, "files", "state.json")).then(stateKeys);
}
