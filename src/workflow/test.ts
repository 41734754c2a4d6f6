/** Step 4: the connector is run and judged. Nobody but the harness writes the report. */
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Blueprint } from "../artifacts/blueprint.ts";
import type { Depth } from "../artifacts/report.ts";
import type { Requirements } from "../artifacts/requirements.ts";
import { UserError } from "../errors.ts";
import { hashCode, type ProofRequest, prove } from "../proof/prove.ts";
import { reportHtml } from "../proof/report/html.ts";
import { reportMarkdown } from "../proof/report/markdown.ts";
import { NOTEBOOK_FILES } from "../research/notebook-files.ts";
import type { SourceKind } from "../sources/kind.ts";
import { writeAtomically } from "../system/files.ts";
import { FIELDS_OF_OURS, withoutSecrets } from "../system/secrets.ts";
import { resolveConfiguration } from "./configuration.ts";
import { isMadeOf } from "./manifest.ts";
import { needBlueprint, needRequirements, needTargets, type Step, type StepContext } from "./step.ts";

async function refuseOtherCode(context: StepContext): Promise<void> {
  const { store } = context;
  if (await isMadeOf(store, await needBlueprint(context))) return;
  throw new UserError(
    `The code of ${basename(store.directory)} was written from another blueprint than there is now.`,
    {
      hint: `\`syncsmith generate ${basename(store.directory)}\` writes it anew; the test is of that code then.`,
    },
  );
}

export const testStep: Step = {
  name: "test",
  inputs: async (context) => ({
    code: await hashCode(context.store.directory),
    blueprint: await needBlueprint(context),
    mode: await testMode(context),
    depth: await proofDepth(context),
  }),
  outputs: async ({ store, round }) => [store.path("reports", `${round}.json`)],
  run: async (context) => {
    const { store, round, emit, redactor } = context;
    await refuseOtherCode(context);
    const log = createWriteStream(await freshLog(store, round));
    const request = await proofOf(context);
    const report = await prove({
      ...request,
      recordings: store.path("recordings"),
      onProgress: (text) => emit({ type: "progress", step: "test", text }),
      onLog: (sync, { level, origin, text }) => {
        const line = redactor.redact(`${sync} | ${level} ${origin} ${text}`);
        log.write(`${line}\n`);
        if (context.options.showLogs) emit({ type: "connector-log", text: line });
      },
    }).finally(() => log.end());
    await store.write(join("reports", `${round}.json`), withoutSecrets(report, redactor, FIELDS_OF_OURS));
    await writeAtomically(store.path("reports", "report.md"), redactor.redact(reportMarkdown(report)));
    await writeAtomically(store.path("reports", "report.html"), redactor.redact(reportHtml(report)));
    const rows = report.tables.reduce((sum, table) => sum + table.rows, 0);
    const counted = report.checks.filter(({ verdict }) => verdict !== "not-applicable").length;
    return report.green
      ? {
          outcome: "done",
          summary: `green: ${counted} verdicts on ${report.tables.length} tables, ${rows} rows, ${report.basis}`,
        }
      : {
          outcome: "failed",
          summary: `red: ${report.blockers.length} of ${counted} verdicts block; the first: ${report.blockers[0]}`,
        };
  },
};

/** What a proof of the connector as it is needs; where its recordings and its words go is the caller's. */
export async function proofOf(
  context: StepContext,
): Promise<Omit<ProofRequest, "recordings" | "onProgress" | "onLog">> {
  const { store, services, round, signal } = context;
  const requirements = await needRequirements(context);
  const blueprint = await needBlueprint(context);
  const kind = await services.source(requirements.spec.source.kind);
  const basis = await chooseBasis(context, { requirements, blueprint, kind });
  return {
    blueprint,
    directory: store.directory,
    targets: await needTargets(context),
    kind,
    round,
    codeHash: await hashCode(store.directory),
    depth: await proofDepth(context),
    ...(basis.configuration ? { live: { configuration: basis.configuration } } : {}),
    basisReason: basis.reason,
    evidence: await store.readEvidence(),
    pages: (await store.read("pages.json", NOTEBOOK_FILES.pages)) ?? [],
    now: services.now,
    signal,
  };
}

/** The person's wish on the command line wins over the spec's. */
export async function testMode(context: StepContext): Promise<Requirements["spec"]["test"]["mode"]> {
  return context.options.testMode ?? (await needRequirements(context)).spec.test.mode;
}

async function proofDepth(context: StepContext): Promise<Depth> {
  return context.options.depth ?? (await needRequirements(context)).spec.test.depth;
}

/** `logs/N.log`: what the connector printed in every sync of the round. */
async function freshLog(store: StepContext["store"], round: number): Promise<string> {
  await mkdir(store.path("logs"), { recursive: true });
  return store.path("logs", `${round}.log`);
}

interface Choice {
  requirements: Requirements;
  blueprint: Blueprint;
  kind: SourceKind;
}

/** Live where the spec wants it and the source answers; the stand-in otherwise, with the reason in the report. */
export async function chooseBasis(
  context: StepContext,
  { requirements, blueprint, kind }: Choice,
): Promise<{ configuration?: Record<string, string>; reason: string }> {
  const { services, redactor, signal } = context;
  const mode = await testMode(context);
  if (mode === "simulated") return { reason: "The spec asks for the simulated source." };
  if (mode === "recorded") {
    throw new UserError("Tests on a recording are not built yet.", { hint: "Use test.mode: auto, live or simulated." });
  }
  let configuration: Record<string, string>;
  try {
    configuration = await resolveConfiguration({ requirements, blueprint, kind, environment: services.environment });
  } catch (error) {
    if (mode === "live" || !(error instanceof UserError)) throw error;
    return { reason: `No live test: ${error.message}` };
  }
  redactor.add(...blueprint.configuration.filter(({ secret }) => secret).map(({ key }) => configuration[key] ?? ""));
  const why = await kind.reach(blueprint, { configuration, signal });
  if (why === undefined) return { configuration, reason: "The source answers." };
  if (mode === "live") {
    throw new UserError(`The spec wants a live test, which is not possible: ${redactor.redact(why)}`, {
      hint: "Check source.base_url, the network and the credentials, or use test.mode: simulated.",
    });
  }
  return { reason: `No live test: ${redactor.redact(why)}.` };
}
