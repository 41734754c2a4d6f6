/** What a front end wires for a command: services, the connector's store, the log that is also the display. */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { Logger } from "pino";
import { modelSecrets } from "../agent/credentials.ts";
import type { Model } from "../agent/model.ts";
import type { Kind } from "../artifacts/blueprint.ts";
import { UserError } from "../errors.ts";
import { type CommandContext, type CommonOptions, VERSION } from "../options.ts";
import type { SourceKind } from "../sources/kind.ts";
import { isDirectory } from "../system/files.ts";
import { type Http, http } from "../system/http.ts";
import { createLogger } from "../system/logger.ts";
import { ensurePythonEnv, type PythonEnv, pythonParts } from "../system/python-env.ts";
import { createRedactor } from "../system/secrets.ts";
import type { Target, TargetName, Targets } from "../targets/target.ts";
import { bothTargets, oneTarget } from "../targets/targets.ts";
import { adoptedSecrets } from "../workflow/adopt.ts";
import type { Emit, RunEvent, StoredEvent } from "../workflow/events.ts";
import type { RunContext } from "../workflow/run.ts";
import { type Agent, needRequirements, type RunOptions, type Services } from "../workflow/step.ts";
import { ARTIFACTS, openStore } from "../workflow/store.ts";

export interface SessionRequest {
  /** The connector's directory. */
  directory: string;
  options: Omit<RunOptions, "version">;
  /** Sees every event after it was stored. */
  show: (event: StoredEvent) => void;
  agent?: Agent | undefined;
  /** How a person is asked for their yes to what leaves this machine; without it nobody can be asked. */
  consent?: (emit: Emit) => Services["consent"];
  /** The same for a sync on the platform. */
  syncConsent?: (emit: Emit) => Services["syncConsent"];
}

/** Opens a connector for a run: events go to its log first and are shown after. */
export async function openSession(
  context: CommandContext,
  { directory, options, show, agent, consent, syncConsent }: SessionRequest,
): Promise<RunContext> {
  const store = await openStore(directory);
  const redactor = createRedactor(modelSecrets(context.environment));
  // Requirements that cannot be read are said by the step that needs them.
  const known = await needRequirements({ store }).catch(() => undefined);
  if (known !== undefined) redactor.add(...(await adoptedSecrets(known, directory)));
  const write = (line: string) => void context.streams.stderr.write(line);
  const diagnostics = createLogger({ level: context.logLevel, write, redact: redactor.redact });
  const connector = basename(directory);
  const log = store.path("run.jsonl");
  // A killed run may have left half a line: close it, so that the next one stands alone.
  if (existsSync(log) && !readFileSync(log, "utf8").endsWith("\n")) appendFileSync(log, "\n");
  const emit: Emit = (event: RunEvent) => {
    const stored = { time: new Date().toISOString(), connector, ...event } as StoredEvent;
    const line = redactor.redact(JSON.stringify(stored));
    // What the connector prints is kept in logs/, a model's words whole: in the audit log pieces would only be in the way.
    const passing = event.type === "connector-log" || (event.type === "agent" && event.event.type === "text-delta");
    if (!passing) store.append("run.jsonl", JSON.parse(line));
    diagnostics.debug(event);
    show(JSON.parse(line) as StoredEvent);
  };
  const services = createServices(context, (text) => emit({ type: "note", text }));
  const asking = consent?.(emit);
  const askingToSync = syncConsent?.(emit);
  return {
    store,
    redactor,
    emit,
    signal: context.signal,
    options: { ...options, version: VERSION },
    services: {
      ...services,
      http: logged(services.http, diagnostics),
      ...(agent ? { agent: logging(agent, diagnostics) } : {}),
      ...(asking ? { consent: asking } : {}),
      ...(askingToSync ? { syncConsent: askingToSync } : {}),
    },
  };
}

function logged(http: Http, log: Logger): Http {
  return {
    get: async (address, options) => {
      const started = performance.now();
      const answer = await http.get(address, options);
      const milliseconds = Math.round(performance.now() - started);
      log.info({ address, status: answer.status, characters: answer.text.length, milliseconds }, "fetched");
      return answer;
    },
  };
}

function logging(agent: Agent, log: Logger): Agent {
  const observed = (model: Model) => loggedModel(model, log);
  return { ...agent, converse: (task, leading) => agent.converse(task, { ...leading, observed }) };
}

/** Sizes and times, not what was said: that is in `conversations/`. */
function loggedModel(model: Model, log: Logger): Model {
  return async (request, options) => {
    const started = performance.now();
    const { usage, stopReason, ...rest } = await model(request, options);
    const milliseconds = Math.round(performance.now() - started);
    log.info({ messages: request.messages.length, usage, stopReason, milliseconds }, "the model replied");
    return { usage, stopReason, ...rest };
  };
}

export function createServices(context: CommonOptions, onNote: (text: string) => void): Services {
  const made = new Map<string, Promise<PythonEnv>>();
  const python = (kind: Kind) => {
    const parts = pythonParts(kind);
    const known = made.get(parts.join());
    if (known) return known;
    const making = ensurePythonEnv({
      ...(context.cacheDirectory ? { cacheDirectory: context.cacheDirectory } : {}),
      ...(context.python ? { interpreter: context.python } : {}),
      parts,
      onProgress: onNote,
    });
    made.set(parts.join(), making);
    return making;
  };
  const wanted = new Map<string, Promise<Targets>>();
  const targetsOf = async (target: TargetName | "both", kind: Kind): Promise<Targets> => {
    const names: TargetName[] = target === "both" ? ["fivetran", "lakeflow"] : [target];
    const environment = await python(kind);
    const targets = await Promise.all(names.map((name) => targetOfName(name, environment)));
    const [only] = targets;
    return only && targets.length === 1 ? oneTarget(only) : bothTargets(targets);
  };
  return {
    http,
    source: sourceOfKind,
    // Made once: what a target remembers of the code it judged serves all steps.
    targets: ({ target, kind }) => {
      const known = wanted.get(`${target} ${kind}`) ?? targetsOf(target, kind);
      wanted.set(`${target} ${kind}`, known);
      return known;
    },
    environment: context.environment,
    now: () => new Date(),
  };
}

/** Each kind and each target is loaded when it is wanted: a REST connector needs no database driver. */
export async function sourceOfKind(kind: Kind): Promise<SourceKind> {
  switch (kind) {
    case "rest":
      return (await import("../sources/rest/rest.ts")).restSource;
    case "graphql":
      return (await import("../sources/graphql/graphql.ts")).graphqlSource;
    case "database":
      return (await import("../sources/database/database.ts")).databaseSource;
    case "file":
      return (await import("../sources/file/file.ts")).fileSource;
  }
}

export async function targetOfName(name: TargetName, python: PythonEnv): Promise<Target> {
  switch (name) {
    case "fivetran":
      return (await import("../targets/fivetran/fivetran.ts")).createFivetranTarget(python);
    case "lakeflow":
      return (await import("../targets/lakeflow/lakeflow.ts")).createLakeflowTarget(python);
  }
}

/** A connector named by its name in the workspace or by its directory. Throws `UserError` when there is none. */
export async function findConnector(context: CommonOptions, name: string): Promise<string> {
  for (const directory of [resolve(context.workspace, name), resolve(name)]) {
    if (await isDirectory(join(directory, ARTIFACTS))) return directory;
  }
  throw new UserError(`There is no connector ${name} in ${context.workspace}.`, {
    hint: "`syncsmith status` lists those that are there; `syncsmith build SPEC` makes one.",
  });
}
