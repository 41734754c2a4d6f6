/** A proven connector in a workspace of its own, as the deploy step finds it, and a context to run the step in. */
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { Approval } from "../../src/agent/approval.ts";
import type { Blueprint } from "../../src/artifacts/blueprint.ts";
import type { Report } from "../../src/artifacts/report.ts";
import { requirementsSchema } from "../../src/artifacts/requirements.ts";
import { sourceOfKind, targetOfName } from "../../src/frontends/session.ts";
import { hashCode } from "../../src/proof/prove.ts";
import { ensurePythonEnv, type PythonEnv, pythonParts } from "../../src/system/python-env.ts";
import { createRedactor } from "../../src/system/secrets.ts";
import type { Target } from "../../src/targets/target.ts";
import { bothTargets, oneTarget } from "../../src/targets/targets.ts";
import type { RunEvent } from "../../src/workflow/events.ts";
import { writeGenerated } from "../../src/workflow/generate.ts";
import type { Consent, StepContext } from "../../src/workflow/step.ts";
import { openStore, type Store } from "../../src/workflow/store.ts";
import { BASIC, type FakeConnection, type FivetranApiServer, KEY, SECRET } from "./fivetran-api.ts";
import { blueprintFixture, reportFixture } from "./reports.ts";
import { temporaryDirectory } from "./run-cli.ts";

/** The value of the connector's credential. */
export const TOKEN = "desk-token-T0pSecret-417";
const blueprint = blueprintFixture();
export const NAME = blueprint.name;

const SMALL = `from fivetran_connector_sdk import Connector


def update(configuration: dict, state: dict):
    pass


connector = Connector(update=update)
`;

export interface Deployable {
  workspace: string;
  store: Store;
  report: Report;
  python: PythonEnv;
  fivetran: Target;
  lakeflow: Target;
}

/** `small`: the least that Fivetran's command takes. */
export async function makeDeployable(code: "generated" | "small"): Promise<Deployable> {
  const python = await ensurePythonEnv({ parts: pythonParts("rest") });
  const fivetran = await targetOfName("fivetran", python);
  const lakeflow = await targetOfName("lakeflow", python);
  const workspace = await temporaryDirectory();
  const store = await openStore(join(workspace, NAME));
  if (code === "generated") {
    const kind = await sourceOfKind("rest");
    const client = (of: Blueprint) => kind.client(of, { single: false });
    const files = await fivetran.generate(blueprint, { layout: "modular", client });
    await writeGenerated({ store, options: { force: false }, emit: () => {} } as unknown as StepContext, files);
  } else await writeFile(join(store.directory, "connector.py"), SMALL);
  await writeFile(join(store.directory, "README.md"), "not code");
  await mkdir(join(store.directory, "tests", "contract"), { recursive: true });
  await writeFile(join(store.directory, "tests", "contract", "expected.json"), "{}");
  const code_hash = await hashCode(store.directory);
  const report: Report = { ...reportFixture("green"), depth: "full", code_hash };
  await store.write("blueprint.json", blueprint);
  return { workspace, store, report, python, fivetran, lakeflow };
}

/** As before the first deployment, with these changes of the spec. */
export async function settle(
  { store, workspace, report }: Deployable,
  changes: { spec?: object; report?: object } = {},
) {
  for (const name of ["deployment.json", "deployed.json", "logs"])
    await rm(store.path(name), { recursive: true, force: true });
  const spec = {
    name: NAME,
    source: {
      kind: "rest",
      base_url: "https://api.lanterndesk.example/v2",
      auth: { kind: "bearer", token: "${env:DESK_TOKEN}" },
    },
    destination: { name: "warehouse" },
    deploy: { enabled: true },
    ...changes.spec,
  };
  const requirements = { version: 1, name: NAME, spec, spec_address: join(workspace, "spec.yaml") };
  await store.write("requirements.json", requirementsSchema.parse(requirements));
  await store.write("reports/1.json", { ...report, ...changes.report });
}

export function environmentFor(server: Pick<FivetranApiServer, "base">): Record<string, string> {
  return { FIVETRAN_API_KEY: KEY, FIVETRAN_API_SECRET: SECRET, DESK_TOKEN: TOKEN, SYNCSMITH_FIVETRAN_API: server.base };
}

export interface ContextOptions {
  consent?: ((approval: Approval) => Promise<Consent>) | undefined;
  environment?: Record<string, string | undefined>;
  targets?: readonly Target[];
  signal?: AbortSignal;
}

/** A step's context over that account; `asked` is what a person was shown. */
export function contextFor(
  deployable: Deployable,
  server: Pick<FivetranApiServer, "base">,
  options: ContextOptions = {},
) {
  const asked: Approval[] = [];
  const events: RunEvent[] = [];
  const consent = "consent" in options ? options.consent : async () => "yes" as const;
  const recorded = async (approval: Approval) => {
    asked.push(approval);
    return consent?.(approval) ?? "no";
  };
  const [only = deployable.fivetran, ...more] = options.targets ?? [];
  const of = {
    store: deployable.store,
    services: {
      source: sourceOfKind,
      targets: async () => (more.length > 0 ? bothTargets([only, ...more]) : oneTarget(only)),
      environment: { ...environmentFor(server), ...options.environment },
      now: () => new Date("2026-11-20T10:00:00Z"),
      ...(consent ? { consent: recorded } : {}),
    },
    options: { force: false, model: "none", showLogs: false, version: "0" },
    emit: (event: RunEvent) => void events.push(event),
    redactor: createRedactor(),
    signal: options.signal ?? new AbortController().signal,
    round: 1,
  } as unknown as StepContext;
  return { of, asked, events };
}

/** One that was there before, that nobody here has deployed. */
export function presentConnection(changes: Partial<FakeConnection> = {}): FakeConnection {
  return {
    ...{ id: "old_one", group_id: "group_one", service: "connector_sdk", schema: NAME, paused: false },
    ...{ package_id: "package_0", secrets: { api_token: "before", base_url: "u", region: "eu" } },
    ...changes,
  };
}

/** All files below, as one text. What is no regular file (the pipe of the configuration) holds nothing to read. */
export async function everythingIn(directory: string): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((path) => readFile(path, "latin1").catch(() => "")))).join("\n");
}

/** Nor the part of the key that Fivetran's command would print. */
const SECRETS = [KEY, SECRET, BASIC, BASIC.slice(0, 8), TOKEN];

export function expectNoSecret(text: string): void {
  for (const secret of SECRETS)
    expect(text.includes(secret), `a secret that begins with ${secret.slice(0, 3)}`).toBe(false);
}
