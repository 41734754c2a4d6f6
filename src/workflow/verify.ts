/** Step 8: what to expect in the destination, held against it where it may be read, the SQL to see it with, and the summary. */
import { join } from "node:path";
import type { Blueprint } from "../artifacts/blueprint.ts";
import { type Deployment, deploymentSchema, type Reconciled, type Verification } from "../artifacts/deployment.ts";
import type { Report } from "../artifacts/report.ts";
import { UserError } from "../errors.ts";
import { readText, writeAtomically } from "../system/files.ts";
import type { Target, Targets } from "../targets/target.ts";
import type { SyncsSeen } from "../targets/watching.ts";
import { connectorFiles, expectedRows, needReport } from "./document.ts";
import { needBlueprint, needRequirements, needTargets, type Step, type StepContext } from "./step.ts";
import { compareDestination, destinationAddress, localFigures, strayed } from "./verify/compare.ts";
import type { Figures } from "./verify/figures.ts";

export const verifyStep: Step = {
  name: "verify",
  inputs: async (context) => {
    const deployment = await context.store.read("deployment.json", deploymentSchema);
    const { destination } = (await needRequirements(context)).spec;
    const asks = destination?.connection !== undefined || deployment?.outcome === "deployed";
    // What a platform says, and a destination holds, may be another thing at any time.
    const asked = asks ? { asked: context.services.now().toISOString() } : {};
    return { deployment, report: await needReport(context), destination, ...asked };
  },
  outputs: async ({ store }) => [store.path("verification.json")],
  run: async (context) => {
    const { store, services, redactor } = context;
    const blueprint = await needBlueprint(context);
    const report = await needReport(context);
    const { destination } = (await needRequirements(context)).spec;
    const deployment = await store.read("deployment.json", deploymentSchema);
    const rows = expectedRows(report, blueprint);
    const targets = await needTargets(context);
    const local = await localOf(context, targets);
    const figures = local === undefined ? undefined : await localFigures({ blueprint, ...local });
    const tables = blueprint.tables.map((table) => ({
      table,
      rows: rows[table.name] ?? 0,
      ranges: figures?.get(table.name)?.ranges ?? [],
    }));
    const sql = targets.destinationSql({ connection: blueprint.name, basis: report.basis, tables });
    for (const [type, text] of Object.entries(sql)) await writeAtomically(store.path("sql", `${type}.sql`), text);
    const syncs = await askPlatform(context, { targets, deployment });
    const looked = await look(context, { blueprint, report, local, figures });
    const seen = syncs === undefined ? looked : withSyncs(looked, syncs);
    const summary = targets.summary({
      blueprint,
      report,
      files: await connectorFiles(store.directory),
      deployment: deployment ?? { outcome: "skipped", reason: "the deploy step did not run" },
      ...(destination ? { destination } : {}),
    });
    const verification: Verification = {
      version: 1,
      time: services.now().toISOString(),
      outcome: seen.outcome,
      reason: redactor.redact(seen.reason),
      expected_rows: rows,
      ...(syncs === undefined ? {} : { syncs: { ...syncs, words: syncs.words.map(redactor.redact) } }),
      reconciled: seen.reconciled,
      sql,
      summary: [summary, ...wordsOf(seen)].join("\n\n"),
    };
    await store.write("verification.json", verification);
    const where = `SQL for ${Object.keys(sql).length} kinds of destination is in ${store.path("sql")}`;
    const outcome = { verified: "done", differs: "failed", "sync-failed": "failed", skipped: "skipped" } as const;
    return { outcome: outcome[seen.outcome], summary: redactor.redact(`${seen.reason}; ${where}`) };
  },
};

/** Longest wait for a sync that runs. */
const WAIT_SECONDS = 600;

/** What the platform says of the syncs of what was deployed; undefined where nothing was. */
async function askPlatform(
  { services, signal, redactor, emit }: StepContext,
  { targets, deployment }: { targets: Targets; deployment: Deployment | undefined },
): Promise<SyncsSeen | undefined> {
  const watch = targets.parts.find(({ target }) => target.watch !== undefined)?.target.watch;
  if (watch === undefined || deployment?.outcome !== "deployed" || deployment.connection_id === undefined)
    return undefined;
  try {
    return await watch({
      connectionId: deployment.connection_id,
      since: new Date(deployment.time),
      environment: services.environment,
      now: services.now,
      signal,
      seconds: WAIT_SECONDS,
      conceal: redactor.add,
      onProgress: (text) => emit({ type: "progress", step: "verify", text }),
    });
  } catch (error) {
    // Who may not ask the platform may still look into the destination.
    if (!(error instanceof UserError)) throw error;
    return { outcome: "none", words: [`the platform could not be asked: ${error.message}`] };
  }
}

function withSyncs(seen: Seen, { outcome, words }: SyncsSeen): Seen {
  const said = `of the connection: ${words.join("; ")}`;
  const reason = `${seen.reason}; ${said}`;
  return outcome === "failed" && seen.outcome !== "differs"
    ? { ...seen, outcome: "sync-failed", reason }
    : { ...seen, reason };
}

/** The connector whose rows the destination has, where a test has left any. */
interface LocalConnector {
  target: Target;
  directory: string;
}

async function localOf({ store }: StepContext, { parts }: Targets): Promise<LocalConnector | undefined> {
  const part = parts.find(({ target }) => target.name === "fivetran");
  if (part === undefined) return undefined;
  const directory = join(store.directory, part.folder);
  const tested = (await readText(join(directory, "files", "state.json"))) !== undefined;
  return tested ? { target: part.target, directory } : undefined;
}

interface Seen {
  outcome: Verification["outcome"];
  reason: string;
  reconciled: Reconciled[];
}

interface Looking {
  blueprint: Blueprint;
  report: Report;
  local: LocalConnector | undefined;
  figures: ReadonlyMap<string, Figures> | undefined;
}

async function look(context: StepContext, { blueprint, report, local, figures }: Looking): Promise<Seen> {
  const address = await destinationAddress(context, await needRequirements(context));
  const deployment = await context.store.read("deployment.json", deploymentSchema);
  const skipped = (reason: string): Seen => ({ outcome: "skipped", reason, reconciled: [] });
  if (address === undefined || local === undefined || figures === undefined) {
    if (deployment?.outcome !== "deployed")
      return skipped(`nothing was deployed: ${deployment?.reason ?? "the deploy step did not run"}`);
    return skipped("the spec names no connection to the destination (destination.connection), so nobody looked there");
  }
  const schema = deployment?.connection ?? blueprint.name;
  const reconciled = await compareDestination(address, { blueprint, target: local.target, schema }, figures);
  if (reconciled === undefined) return skipped(`the destination has no schema ${schema} yet`);
  const differing = reconciled.filter(({ verdict }) => verdict === "differs");
  const more = reconciled.filter(({ verdict }) => verdict === "more").length;
  const stray = strayed(report, figures);
  const basis =
    report.basis === "live" ? "" : `; the local run was on a ${report.basis} source, whose rows are not the real one's`;
  if (differing.length > 0) {
    const words = `${differing.length} of ${reconciled.length} tables differ in the destination: ${differing[0]?.words}`;
    return { outcome: "differs", reason: [`${words}${basis}`, ...stray].join("; "), reconciled };
  }
  const words = `the destination has all rows of the local run, in ${reconciled.length} tables${more > 0 ? `, and more in ${more} of them` : ""}`;
  return { outcome: "verified", reason: [words, ...stray].join("; "), reconciled };
}

/** Table by table, for the end of the summary. */
function wordsOf({ reconciled }: Seen): string[] {
  if (reconciled.length === 0) return [];
  return [["In the destination:", ...reconciled.map(({ words }) => `  ${words}`)].join("\n")];
}
