/** Headless: specs in, events out, an exit code. Several specs run side by side and fail apart. */
import { randomUUID } from "node:crypto";
import { basename, join, resolve } from "node:path";
import pLimit from "p-limit";
import { EXIT, type ExitCode, messageOf, UserError } from "../errors.ts";
import { type CommandContext, isAutomated, VERSION } from "../options.ts";
import { readText } from "../system/files.ts";
import type { RunEvent, StepName, StoredEvent } from "../workflow/events.ts";
import { checkSpec, connectorName } from "../workflow/requirements.ts";
import type { RunContext, RunOutcome } from "../workflow/run.ts";
import { loadSpec } from "../workflow/spec-file.ts";
import { needRequirements, needTargets, type RunOptions } from "../workflow/step.ts";
import type { Store } from "../workflow/store.ts";
import { openStore } from "../workflow/store.ts";
import { type Actions, openActions, type ToShow } from "./actions.ts";
import { createAgent, type ModelOptions, NOBODY } from "./agent.ts";
import { commandConsent } from "./deploy-consent.ts";
import { createRenderer } from "./render.ts";
import { findConnector, openSession } from "./session.ts";

/** Loaded when something is to be run: it brings DuckDB, gRPC and the templates with it. */
const fold = () => import("../workflow/run.ts");

type TestMode = NonNullable<RunOptions["testMode"]>;

export interface BuildRequest extends ModelOptions {
  specs: string[];
  force: boolean;
  logs: boolean;
  testMode?: TestMode;
  /** Only the checks that take seconds, whatever the spec says. */
  quick?: boolean;
  /** Agrees to a deployment that the spec asks for. */
  yesDeploy?: boolean;
  /** Agrees to a sync of what was deployed. */
  yesSync?: boolean;
}

export function optionsOf(own: Pick<BuildRequest, "model" | "force" | "logs" | "testMode" | "quick">): Run["options"] {
  const { model, force, logs: showLogs, testMode, quick } = own;
  return { model, force, showLogs, testMode, ...(quick ? { depth: "quick" as const } : {}) };
}

/** Two connectors at a time: each runs processes of its own. */
const SIDE_BY_SIDE = 2;

export async function build({ specs, ...own }: BuildRequest, context: CommandContext): Promise<ExitCode> {
  const limit = pLimit(SIDE_BY_SIDE);
  const prefixed = specs.length > 1;
  const actions = openActions(context);
  const one = (spec: string) => limit(() => buildOne({ spec, prefixed, actions, ...own }, context));
  const codes = await Promise.all(specs.map(one)).finally(actions.close);
  if (context.signal.aborted) return EXIT.interrupted;
  return codes.reduce<ExitCode>((worst, code) => (severity(code) > severity(worst) ? code : worst), EXIT.done);
}

function severity(code: ExitCode): number {
  return [EXIT.done, EXIT.notGreen, EXIT.limit, EXIT.refused, EXIT.badInput, EXIT.bug, EXIT.interrupted].indexOf(
    code as never,
  );
}

interface OneBuild extends Omit<BuildRequest, "specs"> {
  spec: string;
  prefixed: boolean;
  actions: Actions;
}

async function buildOne({ spec, prefixed, actions, ...own }: OneBuild, context: CommandContext): Promise<ExitCode> {
  try {
    // Read before anything is written: a spec that is wrong leaves no trace.
    const loaded = await loadSpec(spec);
    checkSpec(loaded.spec);
    const directory = resolve(context.workspace, connectorName(loaded.spec.name));
    const options = optionsOf(own);
    return await run(
      { directory, spec, prefixed, actions, options, model: own, yesDeploy: own.yesDeploy, yesSync: own.yesSync },
      context,
      async (session) => (await fold()).runAll(session, loaded.path),
    );
  } catch (error) {
    if (!prefixed || !(error instanceof UserError)) throw error;
    actions.error(error);
    context.streams.stderr.write(
      `${spec}: error: ${error.message}\n${error.hint ? `${spec}: hint: ${error.hint}\n` : ""}`,
    );
    return error.exitCode;
  }
}

export interface StepRequest extends ModelOptions {
  step: Exclude<StepName, "requirements">;
  connector: string;
  force: boolean;
  logs: boolean;
  testMode?: TestMode;
  /** Only the checks that take seconds, whatever the spec says. */
  quick?: boolean;
  /** Agrees to a deployment that the spec asks for. */
  yesDeploy?: boolean;
  /** Agrees to a sync of what was deployed. */
  yesSync?: boolean;
}

export async function runStep({ step, connector, ...own }: StepRequest, context: CommandContext): Promise<ExitCode> {
  const directory = await findConnector(context, connector);
  const options = optionsOf(own);
  const code = await run(
    {
      directory,
      spec: connector,
      prefixed: false,
      again: step,
      options,
      model: own,
      yesDeploy: own.yesDeploy,
      yesSync: own.yesSync,
    },
    context,
    async (session) => (await fold()).runOne(session, step),
  );
  if (step === "test" && !context.json) await showSyncs(directory, context);
  return code;
}

export interface ResumeRequest extends Partial<ModelOptions> {
  connector: string;
  force: boolean;
  /** Agrees to a deployment that the spec asks for. */
  yesDeploy?: boolean;
  /** Agrees to a sync of what was deployed. */
  yesSync?: boolean;
}

/** With the model, its provider and the test mode of the run that is resumed, unless another model is named. */
export async function resume(
  { connector, force, model, provider, maxUsd, yesDeploy, yesSync }: ResumeRequest,
  context: CommandContext,
): Promise<ExitCode> {
  const directory = await findConnector(context, connector);
  const store = await openStore(directory);
  const { spec_address } = await needRequirements({ store });
  const last = await lastRun(store);
  const lastProvider = last.provider as ModelOptions["provider"] | undefined;
  const chosen = { model: model ?? last.model ?? "auto", provider: provider ?? lastProvider ?? "anthropic", maxUsd };
  const options = {
    model: chosen.model,
    force,
    showLogs: false,
    testMode: last.testMode as TestMode | undefined,
    depth: last.depth as RunOptions["depth"],
  };
  return run(
    { directory, spec: spec_address, prefixed: false, options, model: chosen, yesDeploy, yesSync },
    context,
    async (session) => (await fold()).runAll(session, spec_address),
  );
}

type RunStarted = Extract<StoredEvent, { type: "run-started" }>;

async function lastRun(store: Store): Promise<Partial<RunStarted>> {
  const events = (await store.lines("run.jsonl")) as Partial<StoredEvent>[];
  return (events.findLast((event) => event.type === "run-started") as RunStarted | undefined) ?? {};
}

export interface Run {
  directory: string;
  spec: string;
  prefixed: boolean;
  options: Omit<RunOptions, "version">;
  model: ModelOptions;
  /** Without the words that a build ends with. */
  plain?: true;
  /** The command that goes on where this one was interrupted. Default: `resume`. */
  again?: string;
  /** Agrees to a deployment that the spec asks for. */
  yesDeploy?: boolean | undefined;
  /** Agrees to a sync of what was deployed. */
  yesSync?: boolean | undefined;
  /** Where several runs share the runner of a CI job. Default: the run's own. */
  actions?: Actions;
}

/** One run on a connector, shown and logged from its start to its end, whatever that is. */
export async function run(
  { directory, spec, prefixed, options, model, plain, again, yesDeploy = false, yesSync = false, ...given }: Run,
  context: CommandContext,
  work: (session: RunContext) => Promise<RunOutcome>,
): Promise<ExitCode> {
  const live = !isAutomated(context.environment);
  const renderer = createRenderer({ stream: context.streams.stderr, color: context.color, prefixed, live });
  const actions = given.actions ?? openActions(context);
  const seen: StoredEvent[] = [];
  const show = (event: StoredEvent) => {
    if (event.type === "step-ended" || event.type === "step-fresh") seen.push(event);
    if (context.json) context.streams.stdout.write(`${JSON.stringify(event)}\n`);
    renderer.show(event);
  };
  const agent = await createAgent({ ...model, environment: context.environment, ...NOBODY });
  const modelId = agent?.modelId ?? "none";
  const asking = { alone: !prefixed, clear: renderer.clear };
  const session = await openSession(context, {
    directory,
    options: { ...options, model: modelId },
    show,
    agent,
    consent: (emit) => commandConsent({ ...asking, yes: yesDeploy }, context, emit),
    syncConsent: (emit) => commandConsent({ ...asking, yes: yesSync }, context, emit),
  });
  const connector = directory.split(/[\\/]/).at(-1) ?? directory;
  session.emit({
    type: "run-started",
    run: randomUUID(),
    connector,
    spec,
    model: modelId,
    version: VERSION,
    provider: model.provider,
    ...(options.testMode ? { testMode: options.testMode } : {}),
    ...(options.depth ? { depth: options.depth } : {}),
  });
  const end = async (event: Extract<RunEvent, { type: "run-ended" }>) => {
    session.emit(event);
    if (actions.watched)
      actions.show(
        await shownOf(session, { seen, ended: { ...event, summary: session.redactor.redact(event.summary) } }),
      );
  };
  try {
    const { outcome, exitCode, summary } = await work(session);
    await end({ type: "run-ended", outcome, exitCode, summary });
    if (outcome === "green" && !prefixed && !plain) await showEnd(session, context);
    return exitCode;
  } catch (error) {
    const interrupted = context.signal.aborted;
    const exitCode = interrupted ? EXIT.interrupted : error instanceof UserError ? error.exitCode : EXIT.bug;
    const summary = interrupted
      ? `interrupted; go on with \`syncsmith ${again ?? "resume"} ${connector}\``
      : (messageOf(error).split("\n")[0] ?? "");
    await end({ type: "run-ended", outcome: interrupted ? "interrupted" : "error", exitCode, summary });
    if (interrupted) return exitCode;
    throw error;
  } finally {
    renderer.clear();
    if (!given.actions) actions.close();
  }
}

/** What a CI job shows of a run: its own report, and no earlier one's. */
async function shownOf(
  session: RunContext,
  { seen, ended }: { seen: readonly StoredEvent[]; ended: Pick<ToShow, "summary" | "outcome"> },
): Promise<ToShow> {
  const { store } = session;
  const tested = seen.some((event) => "step" in event && event.step === "test");
  const last = seen.at(-1);
  const blocked = last?.type === "step-ended" && last.step === "generate" && last.outcome === "failed";
  return {
    connector: basename(store.directory),
    directory: store.directory,
    summary: ended.summary,
    outcome: ended.outcome,
    report: tested ? await store.readReport() : undefined,
    text: tested ? await readText(store.path("reports", "report.md")) : undefined,
    findings: blocked ? await (await needTargets(session)).lint(store.directory) : [],
  };
}

/** Each sync's operations, as the platform's own tester prints them. */
async function showSyncs(directory: string, { streams }: CommandContext): Promise<void> {
  const { formatOperationTable } = await import("../proof/report/operation-table.ts");
  const report = await (await openStore(directory)).readReport();
  for (const sync of report?.syncs ?? []) streams.stdout.write(`\n${sync.name}\n${formatOperationTable(sync)}\n`);
}

async function showEnd({ store }: RunContext, { streams, json }: CommandContext): Promise<void> {
  const { verificationSchema } = await import("../artifacts/deployment.ts");
  const verification = await store.read("verification.json", verificationSchema);
  const page = join(store.path("reports"), "report.html");
  if (verification) (json ? streams.stderr : streams.stdout).write(`\n${verification.summary}\nReport: ${page}\n`);
}
