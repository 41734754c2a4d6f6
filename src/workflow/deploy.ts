/**
 * Step 7: a proven connector to its platform. What would happen is worked out first, and done only after a person agreed to
 * exactly that. Whatever stands against it is said before anything is sent.
 */
import { createWriteStream } from "node:fs";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Approval } from "../agent/approval.ts";
import { type Deployment, type DeploymentEnd, deployedSchema, deploymentSchema } from "../artifacts/deployment.ts";
import type { Report } from "../artifacts/report.ts";
import { EXIT, UserError } from "../errors.ts";
import { codeFiles, hashCode } from "../proof/prove.ts";
import { FIELDS_OF_OURS, withoutSecrets } from "../system/secrets.ts";
import { fillConfiguration } from "../targets/adopted.ts";
import type { DeployPlan } from "../targets/deploying.ts";
import type { Target } from "../targets/target.ts";
import { resolveConfiguration } from "./configuration.ts";
import { needReport } from "./document.ts";
import { needBlueprint, needKind, needRequirements, needTargets, type Step, type StepContext } from "./step.ts";

const DEPLOYMENT = "deployment.json";
/** Of the last deployment that got through: it outlives those that did not. */
const DEPLOYED = "deployed.json";

export const deployStep: Step = {
  name: "deploy",
  inputs: async (context) => {
    const { spec } = await needRequirements(context);
    return {
      report: (await needReport(context)).code_hash,
      green: (await needReport(context)).green,
      deploy: spec.deploy,
      destination: spec.destination,
      code: await hashCode(context.store.directory),
    };
  },
  // What nobody agreed to is asked again.
  outputs: async ({ store }) =>
    (await store.read(DEPLOYMENT, deploymentSchema))?.outcome === "not-agreed" ? [] : [store.path(DEPLOYMENT)],
  run: async (context) => {
    const intent = await intentOf(context);
    if ("skipped" in intent) return settle(context, { outcome: "skipped", reason: intent.skipped });
    const { consent } = context.services;
    if (consent === undefined) {
      throw new UserError("Nothing was sent: nobody agreed to deploying it.", {
        hint: "Agree with --yes-deploy, or run it in a terminal, where you are shown what would happen.",
        exitCode: EXIT.refused,
      });
    }
    const { plan, approval } = await planOf(context, intent);
    const said = await consent(approval);
    if (said === "later") {
      const reason = "nobody agreed to it yet, and nothing was sent";
      return settle(context, { outcome: "not-agreed", reason });
    }
    if (said === "no")
      throw new UserError("Nothing was sent: deploying it was not agreed to.", { exitCode: EXIT.refused });
    return settle(context, await carryOut(context, intent, plan));
  },
};

/** What a person would agree to; a clause where there is nothing to agree to. Sends nothing. Throws `UserError`. */
export async function deployApproval(context: StepContext): Promise<Approval | { skipped: string }> {
  const intent = await intentOf(context);
  return "skipped" in intent ? intent : (await planOf(context, intent)).approval;
}

/** What is to be deployed, once nothing here stands against it. */
interface Intent {
  target: Target;
  prepare: Extract<Target["deploying"], { by: "here" }>["prepare"];
  /** Of its connector, below the connector's directory. */
  folder: string;
  /** What the person has to do for the other target, where there is one. */
  elsewhere: string[];
  report: Report;
}

async function intentOf(context: StepContext): Promise<Intent | { skipped: string }> {
  const { store } = context;
  const { spec } = await needRequirements(context);
  if (!spec.deploy.enabled) return { skipped: "the spec does not ask for it (deploy.enabled: false)" };
  const { parts } = await needTargets(context);
  const elsewhere = parts.flatMap(({ target: { deploying }, folder }) =>
    deploying.by === "elsewhere" ? [deploying.how(join(store.directory, folder))] : [],
  );
  const report = await needReport(context);
  if (!report.green) throw refused("The report is not green.", "`syncsmith report` says what blocks; mend that first.");
  if (report.code_hash !== (await hashCode(store.directory)))
    throw refused(
      "The code changed since it was tested.",
      "Run `syncsmith test` first: only what was proven is deployed.",
    );
  for (const { target, folder } of parts) {
    if (target.deploying.by === "here") return { target, prepare: target.deploying.prepare, folder, elsewhere, report };
  }
  return { skipped: elsewhere.join("; ") };
}

function refused(message: string, hint: string): UserError {
  return new UserError(`Nothing was sent. ${message}`, { hint, exitCode: EXIT.refused });
}

async function planOf(context: StepContext, intent: Intent): Promise<{ plan: DeployPlan; approval: Approval }> {
  const { store, services, redactor, signal } = context;
  const requirements = await needRequirements(context);
  const { spec } = requirements;
  const blueprint = await needBlueprint(context);
  const { environment } = services;
  const ours = await resolveConfiguration({ requirements, blueprint, kind: await needKind(context), environment });
  for (const { key, secret } of blueprint.configuration) if (secret) redactor.add(ours[key] ?? "");
  const configuration = spec.adopted ? fillConfiguration(spec.adopted, ours) : ours;
  const blank = Object.keys(spec.adopted?.configuration ?? {}).filter((key) => !(key in configuration));
  const plan = await intent.prepare({
    name: blueprint.name,
    destination: spec.destination?.name,
    configuration,
    keys: Object.fromEntries(blueprint.tables.map(({ name, primary_key }) => [name, primary_key])),
    last: await store.read(DEPLOYED, deployedSchema),
    environment,
    signal,
    conceal: redactor.add,
  });
  const { green, depth, basis, code_hash } = intent.report;
  const files = (await codeFiles(join(store.directory, intent.folder))).length;
  const lines = [
    ...plan.lines,
    ...(blank.length > 0 ? [`left out of its configuration, for there is no value: ${blank.join(", ")}`] : []),
    `code: ${files} files, sha256 ${code_hash.slice(0, 12)}; ${green ? "green" : "red"}, a ${depth} proof on the ${basis} source`,
    ...intent.elsewhere.map((text) => `not done from here: ${text}`),
  ];
  return { plan, approval: { question: `Deploy ${blueprint.name}?`, lines: lines.map(redactor.redact) } };
}

/** Exactly the files that were proven, in a copy of their own: what is edited meanwhile is not uploaded. */
async function carryOut(context: StepContext, { folder, report }: Intent, plan: DeployPlan): Promise<DeploymentEnd> {
  const { store, emit, redactor } = context;
  const copy = await mkdtemp(join(tmpdir(), "syncsmith-code-"));
  try {
    const code = join(copy, "connector");
    for (const path of await codeFiles(store.directory)) {
      await mkdir(dirname(join(code, path)), { recursive: true });
      await cp(join(store.directory, path), join(code, path));
    }
    if ((await hashCode(code)) !== report.code_hash)
      throw refused(
        "The code changed while you were asked.",
        "Run `syncsmith test` first: only what was proven is deployed.",
      );
    await mkdir(store.path("logs"), { recursive: true });
    const log = createWriteStream(store.path("logs", "deploy.log"), { flags: "a" });
    try {
      return await plan.run({
        code: join(code, folder),
        onLine: (line) => {
          const text = redactor.redact(line);
          log.write(`${text}\n`);
          if (context.options.showLogs) emit({ type: "connector-log", text });
        },
        onProgress: (text) => emit({ type: "progress", step: "deploy", text }),
      });
    } finally {
      await new Promise<void>((resolve) => log.end(resolve));
    }
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function settle(context: StepContext, told: DeploymentEnd) {
  const { store, services, redactor } = context;
  const end = withoutSecrets(told, redactor, FIELDS_OF_OURS);
  const of = {
    version: 1 as const,
    time: services.now().toISOString(),
    code_hash: await hashCode(store.directory),
  };
  await store.write(DEPLOYMENT, { ...of, ...end } satisfies Deployment);
  const { connection_id } = end;
  // With failing setup tests, too: the connection has this code.
  if (connection_id !== undefined && (end.outcome === "deployed" || end.outcome === "setup-tests-failed")) {
    const { tables } = await needBlueprint(context);
    const keys = Object.fromEntries(tables.map(({ name, primary_key }) => [name, primary_key]));
    await store.write(DEPLOYED, deployedSchema.parse({ ...of, connection_id, keys }));
  }
  return { outcome: STEP_OUTCOMES[end.outcome], summary: summaryOf(end) };
}

const STEP_OUTCOMES = {
  deployed: "done",
  "setup-tests-failed": "failed",
  failed: "failed",
  "not-agreed": "skipped",
  skipped: "skipped",
} as const;

function summaryOf({
  outcome,
  reason,
  created,
  connection_id,
  dashboard,
  paused,
  setup_tests = [],
}: DeploymentEnd): string {
  if (outcome === "skipped" || outcome === "not-agreed") return `not deployed: ${reason}`;
  if (outcome === "failed") return `not deployed: ${reason}${dashboard === undefined ? "" : ` (${dashboard})`}`;
  const where = dashboard ?? "the dashboard";
  const state = paused === undefined ? where : paused ? `paused until you start it: ${where}` : `not paused: ${where}`;
  const passed = setup_tests.filter(({ status }) => status === "PASSED").length;
  const parts = [
    outcome === "deployed"
      ? `${created ? "connection made" : "connection updated"}${connection_id === undefined ? "" : `: ${connection_id}`}`
      : reason,
    ...(outcome === "deployed" && setup_tests.length > 0
      ? [`${passed} of ${setup_tests.length} setup tests passed`]
      : []),
    state,
    ...(outcome === "deployed" && reason !== "" ? [reason] : []),
  ];
  return parts.join(", ");
}
