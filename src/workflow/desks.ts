/** The desks of a step: what its tools may touch, laid out from the step's own context. */
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { placeOfSource } from "../artifacts/blueprint.ts";
import type { Requirements } from "../artifacts/requirements.ts";
import { webSpec } from "../artifacts/spec.ts";
import { ToolError, UserError } from "../errors.ts";
import { prove } from "../proof/prove.ts";
import { openNotebook } from "../research/notebook.ts";
import type { SourceKind } from "../sources/kind.ts";
import { hostsOf } from "../system/addresses.ts";
import { limitedTo } from "../system/http.ts";
import { resolveReference } from "../system/secrets.ts";
import type { ConnectorDesk } from "../tools/desk.ts";
import type { ProposeDesk } from "../tools/propose-blueprint.ts";
import { keepAsGenerated } from "./manifest.ts";
import { queryConnector } from "./query.ts";
import { needRequirements, needTargets, type StepContext } from "./step.ts";
import { proofOf, testMode } from "./test.ts";

/** Runs of the harness that a conversation may ask for. */
const TRIALS = 2;

export async function connectorDesk(
  context: StepContext,
  { locked }: Pick<ConnectorDesk, "locked">,
): Promise<ConnectorDesk> {
  const { store, services, redactor, emit } = context;
  const { directory } = store;
  const target = await needTargets(context);
  const limits = (await needRequirements(context)).spec.limits;
  let trials = 0;
  return {
    directory,
    locked,
    wrote: (path) => keepAsGenerated(store, [path]),
    lint: () => target.lint(directory),
    test: async (signal) => {
      if (trials >= TRIALS)
        throw new ToolError(
          `The harness ran ${TRIALS} times in this step: call finish_step, the test step runs it again.`,
        );
      trials += 1;
      const recordings = store.path("trial");
      const work = async () =>
        prove({
          ...(await proofOf({ ...context, signal })),
          recordings,
          onProgress: (text) => emit({ type: "progress", step: "test", text: `trial: ${text}` }),
          onLog: () => {},
        }).finally(() => rm(recordings, { recursive: true, force: true }));
      return services.agent ? services.agent.budget(limits).pause(work) : work();
    },
    query: (sql, maxRows) => queryConnector(directory, sql, maxRows),
    redact: redactor.redact,
  };
}

/** Read-only SQL on the warehouse of a connector's last test. Throws `UserError`. */
export async function researchDesk(
  context: StepContext,
  rules: Pick<ProposeDesk, "closed" | "keepsTables"> = {},
): Promise<ProposeDesk> {
  const { store, services, redactor, emit, signal } = context;
  const requirements = await needRequirements(context);
  const kind = await services.source(requirements.spec.source.kind);
  const notebook = await openNotebook(store.path(), { now: services.now });
  const configuration = () => resolveCredentials(context, requirements);
  const source = () => notebook.proposal()?.source ?? sourceOfSpec(requirements, kind);
  /** Base addresses that answered. */
  const reached = new Set<string>();
  const reach = async () => {
    if ((await testMode(context)) === "simulated") return "the spec asks for the simulated source.";
    const known = source();
    try {
      if (kind.look === undefined) {
        const proposal = notebook.proposal();
        if (proposal === undefined) return "nothing is known of its tables yet.";
        return await kind.reach({ ...proposal, claims: {} }, { configuration: await configuration(), signal });
      }
      if (known === undefined) return "no base address is known yet.";
      // Nothing can be asked of a GraphQL endpoint without a query; this one every endpoint answers.
      const params: Record<string, string> = kind.kind === "graphql" ? { query: "{ __typename }" } : {};
      const look = { method: "GET", path: "/", params, credentials: "none" } as const;
      await kind.look(known, look, { configuration: await configuration(), signal });
      return undefined;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return redactor.redact(error.message);
    }
  };
  return {
    notebook,
    requirements,
    kind,
    // A model may name any address: beyond the hosts of the spec only public ones are fetched.
    http: limitedTo(
      services.http,
      hostsOf([...requirements.spec.source.docs, webSpec(requirements.spec.source).base_url]),
    ),
    baseDirectory: dirname(requirements.spec_address),
    source,
    configuration,
    redact: redactor.redact,
    progress: (text) => emit({ type: "progress", step: "research", text }),
    now: services.now,
    ...rules,
    notAsked: async () => {
      // Only a yes is kept: the source may come back, and the next proposal may name another address.
      const known = source();
      const address = known && placeOfSource(known);
      if (address !== undefined && reached.has(address)) return undefined;
      const why = await reach();
      if (why === undefined && address !== undefined) reached.add(address);
      return why;
    },
  };
}

function sourceOfSpec({ spec: { source } }: Requirements, kind: SourceKind): ReturnType<ProposeDesk["source"]> {
  if ((source.kind !== "rest" && source.kind !== "graphql") || source.base_url === undefined) return undefined;
  const { base_url, auth, headers, rate_limit } = source;
  const stated = {
    kind: source.kind,
    base_url: base_url.replace(/\/+$/, ""),
    auth: auth ?? { kind: "none" as const },
    headers,
    ...(rate_limit ? { rate_limit } : {}),
  };
  return kind.complete(stated).source;
}

/** Values of the spec's references. From here on the door knows them, before any text of the source has passed it. */
export async function resolveCredentials(
  { services, redactor }: Pick<StepContext, "services" | "redactor">,
  requirements: Requirements,
): Promise<Record<string, string>> {
  const kind = await services.source(requirements.spec.source.kind);
  const values: Record<string, string> = {};
  const baseDirectory = dirname(requirements.spec_address);
  for (const [key, reference] of Object.entries(kind.credentials(requirements))) {
    values[key] = await resolveReference(reference, { environment: services.environment, baseDirectory });
    if (values[key] !== reference) redactor.add(values[key]);
  }
  return values;
}
