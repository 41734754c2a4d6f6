/**
 * Step 2: what the source says of itself, what its pages say and what it does when asked become the blueprint, each field
 * with its claim. Draft: from descriptions. Refine: a model reads, probes and cites. Check: the gate.
 */
import { dirname, resolve } from "node:path";
import { stringify } from "yaml";
import { z } from "zod";
import { type Blueprint, blueprintSchema, type Kind, requiredClaims } from "../artifacts/blueprint.ts";
import type { Evidence } from "../artifacts/evidence.ts";
import type { Requirements } from "../artifacts/requirements.ts";
import { UserError } from "../errors.ts";
import { runBattery } from "../research/battery.ts";
import { unaskedTables } from "../research/findings.ts";
import { blueprintOf, researchProblems } from "../research/gate.ts";
import { adopted, clearNotebook } from "../research/notebook.ts";
import { proposalProblems } from "../research/proposal.ts";
import { apiDocument } from "../sources/api-document.ts";
import type { DescribeContext } from "../sources/kind.ts";
import { readText, sha256, writeAtomically } from "../system/files.ts";
import { describeBattery, type ProposeDesk } from "../tools/propose-blueprint.ts";
import { toolsets } from "../tools/toolsets.ts";
import { blueprintForModel } from "../wording/blueprint.ts";
import { coverage, coverageInWords } from "../wording/coverage.ts";
import { researchDesk, resolveCredentials } from "./desks.ts";
import { noteForgotten } from "./enhance/earlier.ts";
import { forgetRounds } from "./fixes.ts";
import { refine, whyUnfinished } from "./refine.ts";
import { loadPages } from "./research-pages.ts";
import { type Agent, needRequirements, type Step, type StepContext, type StepResult } from "./step.ts";
import { testMode } from "./test.ts";

/** Which research the notebook holds, and whether it is over: unfinished research goes on where it was. */
const RESEARCH = "research.json";
const standingSchema = z.strictObject({ key: z.string(), finished: z.boolean() });

export const researchStep: Step = {
  name: "research",
  inputs: async (context) => ({
    ...(await researchInputs(context)),
    ...((await context.store.read(RESEARCH, standingSchema))?.finished === false
      ? { limits: (await needRequirements(context)).spec.limits }
      : {}),
  }),
  outputs: async ({ store }) => [store.path("blueprint.json"), store.path("evidence.jsonl")],
  run: async (context) => {
    const { store, services } = context;
    const requirements = await needRequirements(context);
    const key = sha256(JSON.stringify(await researchInputs(context)));
    const earlier = await store.read(RESEARCH, standingSchema);
    if (earlier?.key !== key || earlier.finished) {
      await clearNotebook(store.path());
      await noteForgotten(context);
    }
    await store.write(RESEARCH, { key, finished: false });
    // Known to the door before any text of the source passes it.
    await resolveCredentials(context, requirements).catch(() => undefined);
    const desk = await researchDesk(context);
    const drafted = desk.notebook.proposal() === undefined ? await draft(context, desk) : "";
    const why = services.agent ? await refineResearch(context, { agent: services.agent, desk, drafted }) : undefined;
    const result = await settle(context, { desk, why });
    // Cut short, it goes on when the limit is raised.
    if (result.outcome === "done" && why === undefined) await store.write(RESEARCH, { key, finished: true });
    return result;
  },
};

async function researchInputs(context: StepContext): Promise<Record<string, unknown>> {
  const requirements = await needRequirements(context);
  const base = dirname(requirements.spec_address);
  // Local descriptions count by content; what lies behind an address is read again only when the spec changes.
  const local = requirements.spec.source.docs.filter((doc) => !/^https?:/i.test(doc));
  const contents = local.map(async (doc) => sha256((await readText(resolve(base, doc))) ?? ""));
  const { agent } = context.services;
  // Research that a limit cut short goes on when the limit is raised, instead of beginning anew.
  const { limits: _l, deploy: _d, destination: _t, ...spec } = requirements.spec;
  return {
    requirements: { ...requirements, spec },
    contents: await Promise.all(contents),
    model: agent ? [agent.modelId, agent.promptsHash] : "none",
    mode: await testMode(context),
  };
}

/** What the descriptions say, held against the source where it answers. Returns what a model should know of the draft. */
async function draft(context: StepContext, desk: ProposeDesk): Promise<string> {
  const { services, signal } = context;
  const { requirements, kind, notebook } = desk;
  const { http, baseDirectory, now } = desk;
  let description: Awaited<ReturnType<typeof kind.describe>>;
  try {
    const configuration = await knownConfiguration(desk);
    const about = { http, baseDirectory, now, signal, redact: desk.redact, ...configuration };
    description = await kind.describe(requirements, about);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // Of a database or a folder a model can find out nothing that it does not say itself: a person has to act.
    if (services.agent === undefined || kind.look === undefined) throw withModelHint(error, requirements);
    return `There is no draft: ${error.message}`;
  }
  await notebook.adopt(adopted(description));
  const why = await desk.notAsked();
  if (why !== undefined) return "";
  try {
    const result = await runBattery({ ...desk, configuration: await desk.configuration(), signal });
    return describeBattery(result);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return `The source could not be asked: ${desk.redact(error.message)}`;
  }
}

/** A web source describes itself without credentials, or tells that it wants them; others cannot be looked at at all. */
async function knownConfiguration({
  kind,
  configuration,
}: ProposeDesk): Promise<Pick<DescribeContext, "configuration">> {
  try {
    return { configuration: await configuration() };
  } catch (error) {
    const isWeb = kind.kind === "rest" || kind.kind === "graphql";
    if (!isWeb || !(error instanceof UserError)) throw error;
    return {};
  }
}

function withModelHint(error: UserError, { spec }: Requirements): UserError {
  if (spec.source.docs.length === 0) return error;
  return new UserError(error.message, {
    hint: `${error.hint ?? ""} If the documents are prose, a model can read them: set ANTHROPIC_API_KEY and leave --model away.`.trim(),
    exitCode: error.exitCode,
    cause: error,
  });
}

interface Refining {
  agent: Agent;
  desk: ProposeDesk;
  /** What drafting said. */
  drafted: string;
}

/** The keys of claims about the source itself, for a reader. */
const SOURCE_CLAIMS: { readonly [K in Kind]: string } = {
  rest: "`source.base_url`, `source.auth`, and `source.rate_limit` if there is one",
  graphql: "`source.base_url`, `source.auth`, and `source.rate_limit` if there is one",
  database: "`source.connection`, which the catalogue's answer is evidence for",
  file: "`source.location`, which the listing is evidence for",
};

/** What a model can ask the source by itself, where it can. */
const LOOKS =
  ", and, if the source can be asked, one `probe_source` with a first page of each listing and what you doubt: hidden rows, odd formats, a filter's edge";

/** What a proposal is held against at the source. */
const ASKS: { readonly [K in Kind]: string } = {
  rest: "page 2, page size, filter and its edge, order, hidden rows, credentials",
  graphql: "page 2, page size, filter and its edge, order, credentials",
  database: "columns, types against the values, the key, values and index of the column it advances by, the clock",
  file: "files, formats, the key, types against the values, times",
};

/** Why the model did not finish; undefined when it did, or when there was nothing for it to do. */
async function refineResearch(context: StepContext, { agent, desk, drafted }: Refining): Promise<string | undefined> {
  const { notebook, requirements } = desk;
  const pages = await loadPages(context, desk);
  const gate = () => researchProblems(notebook, requirements);
  if (!(await leavesOpen(desk)) && pages.prose === 0) return undefined;
  const outcome = await refine(context, {
    agent,
    step: "research",
    inputs: await researchInputs(context),
    variables: {
      connector: requirements.name,
      title: requirements.spec.name,
      target: requirements.spec.target,
      spec: stringify(requirements.spec).trim(),
      draft: [draftForModel(desk), drafted].filter((text) => text !== "").join("\n\n") || "There is none.",
      pages: pages.text,
      source_answers: await sourceAnswers(desk),
      decide: agent.kinds.get(desk.kind.kind) ?? "",
      source_claims: SOURCE_CLAIMS[desk.kind.kind],
      looks: desk.kind.look === undefined ? "" : LOOKS,
      asks: ASKS[desk.kind.kind],
    },
    tools: toolsets.research({ research: desk, skills: agent, person: agent, gate: { gate } }),
    gate,
  });
  return whyUnfinished(outcome);
}

/** Whether a model could add anything to the draft. */
async function leavesOpen({ notebook, requirements }: ProposeDesk): Promise<boolean> {
  if ((notebook.proposal()?.tables.length ?? 0) === 0) return true;
  const problems = await researchProblems(notebook, requirements);
  return problems.length > 0 || Object.values(blueprintOf(notebook).claims).some(({ status }) => status === "unproven");
}

/** Tables in full while they are few, one line each beyond that. */
const WHOLE_DRAFT = 12_000;

function draftForModel({ notebook }: ProposeDesk): string {
  const proposal = notebook.proposal();
  if (proposal === undefined || proposal.tables.length === 0) return "";
  const whole = blueprintForModel({ ...proposal, claims: blueprintOf(notebook).claims });
  if (whole.length <= WHOLE_DRAFT) return whole;
  const lines = whole.split("\n").map((line) => (line.startsWith("table ") ? `${line.slice(0, 160)}…` : line));
  return lines.join("\n").slice(0, 2 * WHOLE_DRAFT);
}

async function sourceAnswers(desk: ProposeDesk): Promise<string> {
  const why = await desk.notAsked();
  const reach =
    desk.kind.look === undefined ? "propose_blueprint alone reaches it" : "probe_source and propose_blueprint reach it";
  if (why === undefined) return `Yes: ${reach} with the spec's credentials.`;
  return `No: ${why} Rest the claims on pages, and mark what they do not say as unproven.`;
}

interface Settling {
  desk: ProposeDesk;
  /** Why the model's work is unfinished. */
  why: string | undefined;
}

/** The check: a blueprint that holds together is written, with what could not be found out marked as such. */
async function settle(context: StepContext, { desk, why }: Settling): Promise<StepResult> {
  const { store } = context;
  const { notebook, requirements } = desk;
  const proposal = notebook.proposal();
  const broken = proposal === undefined ? ["no table was found out"] : proposalProblems(proposal, requirements);
  if (broken.length > 0) {
    return {
      outcome: "failed",
      summary: `no blueprint: ${broken.slice(0, 3).join(" ")}${why === undefined ? "" : ` (${why})`}`,
    };
  }
  const unasked = await askTheRest(context, desk);
  const blueprint = checkBlueprint(
    blueprintOf(notebook, why === undefined ? undefined : `not settled: ${why}`),
    new Set(notebook.evidence().map(({ id }) => id)),
  );
  await forgetRounds(store);
  await store.write("blueprint.json", blueprint);
  const document = apiDocument({ blueprint, evidence: notebook.evidence(), pages: notebook.pages() });
  await writeAtomically(resolve(store.directory, `${blueprint.name}_api_doc.md`), document);
  return { outcome: "done", summary: [summaryOf(blueprint, notebook.evidence(), why), ...unasked].join("; ") };
}

/** Tables that changed after the source was last asked about them, or never were: nothing is written that it was not asked. */
async function askTheRest({ signal }: StepContext, desk: ProposeDesk): Promise<string[]> {
  const { notebook } = desk;
  const proposal = notebook.proposal();
  if (proposal === undefined || (await desk.notAsked()) !== undefined) return [];
  const tables = unaskedTables(proposal, notebook.findings());
  if (tables.length === 0) return [];
  try {
    await runBattery({ ...desk, tables, configuration: await desk.configuration(), signal });
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [`the source could not be asked about ${tables.join(", ")}: ${desk.redact(error.message)}`];
  }
}

function summaryOf(blueprint: Blueprint, evidence: readonly Evidence[], why: string | undefined): string {
  const columns = blueprint.tables.reduce((sum, table) => sum + table.columns.length, 0);
  return [
    `${blueprint.tables.length} tables with ${columns} columns`,
    coverageInWords(coverage(blueprint, evidence)),
    ...(blueprint.skipped.length > 0 ? [`${blueprint.skipped.length} left out, each with its reason`] : []),
    ...(why === undefined ? [] : [`unfinished: ${why}`]),
  ].join("; ");
}

/** A valid blueprint whose every field has a claim, and every claim evidence that exists. */
function checkBlueprint(draft: unknown, evidence: ReadonlySet<string>): Blueprint {
  const parsed = blueprintSchema.safeParse(draft);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new UserError(`The blueprint is not valid: ${issue?.path.join(".")}: ${issue?.message}.`, {
      hint: "State that part of the table in the spec.",
    });
  }
  const blueprint = parsed.data;
  const unclaimed = requiredClaims(blueprint).filter((key) => blueprint.claims[key] === undefined);
  if (unclaimed.length > 0) throw new Error(`The blueprint has fields without a claim: ${unclaimed.join(", ")}`);
  for (const [key, claim] of Object.entries(blueprint.claims)) {
    const unknown = claim.evidence.filter((id) => !evidence.has(id));
    if (unknown.length > 0)
      throw new Error(`The claim ${key} cites evidence that does not exist: ${unknown.join(", ")}`);
  }
  return blueprint;
}
