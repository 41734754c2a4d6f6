/** Connectors of the workspace: which there are, which one is meant, and where each stands. */
import { readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { UserError } from "../errors.ts";
import type { CommonOptions } from "../options.ts";
import { nearest } from "../system/nearest.ts";
import type { ConnectorStanding } from "../tools/connector-status.ts";
import { STEP_NAMES } from "../workflow/events.ts";
import { ARTIFACTS, openStore, type Store } from "../workflow/store.ts";
import { findConnector } from "./session.ts";

/** Names, sorted. */
export async function connectorsIn(workspace: string): Promise<string[]> {
  return (await dated(workspace)).map(({ name }) => name).sort();
}

/** The one that was worked on last; undefined when there is none. */
export async function latestConnector(workspace: string): Promise<string | undefined> {
  return (await dated(workspace)).sort((a, b) => b.time - a.time)[0]?.name;
}

async function dated(workspace: string): Promise<{ name: string; time: number }[]> {
  const root = resolve(workspace);
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const times = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory())
      .map(async ({ name }) => {
        const logged = await stat(join(root, name, ARTIFACTS, "run.jsonl")).catch(() => undefined);
        const made = logged ?? (await stat(join(root, name, ARTIFACTS)).catch(() => undefined));
        return made === undefined ? [] : [{ name, time: made.mtimeMs }];
      }),
  );
  return times.flat();
}

/** The name of a connector of the workspace: what a model names elsewhere is none. Throws `UserError` where there is no such one. */
export async function connectorNamed({ workspace }: CommonOptions, named: string): Promise<string> {
  const root = resolve(workspace);
  const names = await connectorsIn(workspace);
  const found = names.find((name) => name === named) ?? names.find((name) => join(root, name) === resolve(named));
  if (found !== undefined) return found;
  const meant = nearest(named, names);
  throw new UserError(`There is no connector ${named} in ${workspace}.`, {
    hint: meant
      ? `Did you mean ${meant}?`
      : "`syncsmith status` lists those that are there; --workspace names another place.",
  });
}

/** As `storeOf`, of the workspace alone. */
export async function ownStoreOf(context: CommonOptions, connector: string): Promise<Store> {
  return storeOf(context, await connectorNamed(context, connector));
}

export async function storeOf(context: CommonOptions, connector: string): Promise<Store> {
  return openStore(await findConnector(context, connector));
}

/** Throws `UserError` when there is no such connector. */
export async function standingIn(context: CommonOptions, connector: string): Promise<ConnectorStanding> {
  const store = await storeOf(context, connector);
  // Brings every step with it: not before somebody asks.
  const { readLedger } = await import("../workflow/run.ts");
  const steps = Object.entries(await readLedger({ store })).map(([id, { outcome, summary }]) => {
    const [step = "", round = "1"] = id.split(".");
    return { step, round: Number(round), outcome, summary };
  });
  const order = (step: string) => (STEP_NAMES as readonly string[]).indexOf(step);
  const turn = ({ step, round }: { step: string; round: number }) =>
    ["generate", "test", "fix"].includes(step) ? round : order(step) > order("fix") ? Number.POSITIVE_INFINITY : 0;
  steps.sort((a, b) => compare(turn(a), turn(b)) || order(a.step) - order(b.step));
  const page = store.path("reports", "report.html");
  const enhanced = await lastEnhancement(store);
  const standing = { connector: basename(store.directory), steps, report: await store.readReport(), page };
  return enhanced === undefined ? standing : { ...standing, enhanced };
}

async function lastEnhancement(store: Store): Promise<ConnectorStanding["enhanced"]> {
  const { ENHANCEMENTS } = await import("../workflow/enhance/bench.ts");
  const { enhancementSchema } = await import("../artifacts/enhancement.ts");
  const names = await readdir(store.path(ENHANCEMENTS)).catch(() => []);
  const number = Math.max(0, ...names.map((name) => Number(/^(\d+)\.json$/.exec(name)?.[1] ?? 0)));
  const place = store.path(ENHANCEMENTS, String(number));
  const enhancement = await store.read(join(ENHANCEMENTS, `${number}.json`), enhancementSchema);
  return enhancement === undefined ? undefined : { enhancement, page: `${place}.md` };
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
