/** Step 8: what to expect in the destination, held against it where it may be read, the SQL to see it with, and the summary. */
import { join } from "node:path";
import type { Blueprint } from "../artifacts/blueprint.ts";
import { deploymentSchema, type Reconciled, type Verification } from "../artifacts/deployment.ts";
import type { Report } from "../artifacts/report.ts";
import { UserError } from "../errors.ts";
import { readText, writeAtomically } from "../system/files.ts";
import { FIELDS_OF_OURS, withoutSecrets } from "../system/secrets.ts";
import type { Target, Targets } from "../targets/target.ts";
import type { SyncsSeen } from "../targets/watching.ts";
import { connectorFiles, expectedRows, needReport } from "./document.ts";
import { needBlueprint, needKind, needRequirements, needTargets, type Step, type StepContext } from "./step.ts";
import { chooseBasis } from "./test.ts";
import { compareDestination, destinationAddress, localFigures, strayed } from "./verify/compare.ts";
import type { Figures } from "./verify/figures.ts";
import { askPlatform, holdStanding, localState } from "./verify/platform.ts";
import { sourceFigures, withSource } from "./verify/source.ts";

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
    const held = await heldAgainst(syncs, { blueprint, report, local, figures });
    const seen = syncs === undefined ? looked : withSyncs(looked, { syncs, held, live: report.basis === "live" });
    const summary = targets.summary({
      blueprint,
      report,
      files: await connectorFiles(store.directory),
      deployment: deployment ?? { outcome: "skipped", reason: "the deploy step did not run" },
      ...(destination ? { destination } : {}),
    });
    // Source, platform and destination may answer with what they were asked with.
    const said = { reason: seen.reason, reconciled: seen.reconciled, ...(syncs === undefined ? {} : { syncs }) };
    const verification: Verification = {
      version: 1,
      time: services.now().toISOString(),
      outcome: seen.outcome,
      expected_rows: rows,
      ...withoutSecrets(said, redactor, FIELDS_OF_OURS),
      sql,
      summary: redactor.redact([summary, ...wordsOf(seen)].join("\n\n")),
    };
    await store.write("verification.json", verification);
    const where = `SQL for ${Object.keys(sql).length} kinds of destination is in ${store.path("sql")}`;
    const outcome = { verified: "done", differs: "failed", "sync-failed": "failed", skipped: "skipped" } as const;
    return { outcome: outcome[seen.outcome], summary: redactor.redact(`${seen.reason}; ${where}`) };
  },
};

type Held = ReturnType<typeof holdStanding>;

/** What the platform keeps against what the local run left. */
async function heldAgainst(
  syncs: SyncsSeen | undefined,
  { blueprint, report, local, figures }: Looking,
): Promise<Held> {
  const standing = syncs?.standing;
  if (standing === undefined || local === undefined || figures === undefined) return { words: [], lost: [] };
  const state = await localState(local.directory);
  const held = holdStanding(standing, { blueprint, target: local.target, figures, state });
  const due =
    syncs?.outcome === "succeeded" && report.basis === "live" && [...figures.values()].some(({ rows }) => rows > 0);
  const untold = due && (standing.tables ?? []).length === 0;
  return untold ? { ...held, words: [...held.words, "it lists no table of it, so none was looked for there"] } : held;
}

interface Platform {
  syncs: SyncsSeen;
  held: Held;
  /** Whether the local run was on the real source: only then the platform must have what it has. */
  live: boolean;
}

function withSyncs(seen: Seen, { syncs: { outcome, words }, held, live }: Platform): Seen {
  const said = `of the connection: ${[...words, ...held.words].join("; ")}`;
  const reason = `${seen.reason}; ${said}`;
  if (seen.outcome === "differs") return { ...seen, reason };
  if (outcome === "failed") return { ...seen, outcome: "sync-failed", reason };
  if (outcome !== "succeeded" || !live || held.lost.length === 0) return { ...seen, reason };
  const lost = `the platform lacks ${held.lost.join(", ")}, of which the local run has rows`;
  return { ...seen, outcome: "differs", reason: `${lost}; ${reason}` };
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
  const compared = await compareDestination(address, { blueprint, target: local.target, schema }, figures);
  if (compared === undefined) return skipped(`the destination has no schema ${schema} yet`);
  const reconciled = await besideSource(context, { report, target: local.target, figures, compared });
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
  return { outcome: "verified", reason: [words, ...behind(reconciled), ...stray].join("; "), reconciled };
}

/** Tables of which the source has more rows by now than the destination. */
function behind(reconciled: readonly Reconciled[]): string[] {
  const less = reconciled.filter(({ source, found }) => source !== undefined && source.rows > found);
  return less.length === 0 ? [] : [`the source has more rows by now of ${less.map(({ table }) => table).join(", ")}`];
}

interface Beside {
  report: Report;
  target: Target;
  figures: ReadonlyMap<string, Figures>;
  compared: Reconciled[];
}

/** With what the source says now, where it is a real one and answers. */
async function besideSource(
  context: StepContext,
  { report, target, figures, compared }: Beside,
): Promise<Reconciled[]> {
  const requirements = await needRequirements(context);
  const blueprint = await needBlueprint(context);
  const kind = await needKind(context);
  const { configuration } = await chooseBasis(context, { requirements, blueprint, kind }).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    return { configuration: undefined };
  });
  if (configuration === undefined) return compared;
  context.emit({ type: "progress", step: "verify", text: "asking the source how many rows it has" });
  const options = { configuration, signal: context.signal };
  const live = report.basis === "live";
  const source = await sourceFigures({ kind, blueprint, target, options, live }, figures);
  return compared.map((one, index) => {
    const said = source.get(blueprint.tables[index]?.name ?? "");
    return said === undefined ? one : withSource(one, said);
  });
}

/** Table by table, for the end of the summary. */
function wordsOf({ reconciled }: Seen): string[] {
  if (reconciled.length === 0) return [];
  return [["In the destination:", ...reconciled.map(({ words }) => `  ${words}`)].join("\n")];
}
