/** What a step is, and what it is given. A step reads artifacts of earlier steps and writes its own. */

import type { Approval, Ask } from "../agent/approval.ts";
import type { Budget, Limits } from "../agent/budget.ts";
import type { AgentDeps, AgentTask } from "../agent/loop.ts";
import type { Model } from "../agent/model.ts";
import type { AgentOutcome } from "../agent/outcome.ts";
import type { Skill } from "../agent/skills.ts";
import type { Blueprint, Kind } from "../artifacts/blueprint.ts";
import type { Depth } from "../artifacts/report.ts";
import type { Requirements } from "../artifacts/requirements.ts";
import { UserError } from "../errors.ts";
import type { ClientOf } from "../python/client-part.ts";
import type { SourceKind } from "../sources/kind.ts";
import type { Http } from "../system/http.ts";
import type { Redactor } from "../system/secrets.ts";
import type { Targets } from "../targets/target.ts";
import { targetsFor } from "./adopt.ts";
import type { Emit, StepName, StepOutcomeKind, Work } from "./events.ts";
import { latestFix } from "./fixes.ts";
import type { Store } from "./store.ts";

/** What leading a conversation takes, besides what it is about. */
export interface Leading extends Pick<AgentDeps, "budget" | "conversation" | "redactor" | "emit" | "signal"> {
  step: Work;
  round: number;
  /** What the step still misses. */
  gate: () => Promise<string[]>;
  /** For diagnostics: a model of which each reply is noted. */
  observed?: (model: Model) => Model;
}

/** A model at work in a run, and the person behind it, where there is one. */
export interface Agent {
  modelId: string;
  /** Leads a step's conversation until there is an outcome: by requests to a model, or by the host of an MCP server. */
  converse(task: AgentTask, leading: Leading): Promise<AgentOutcome>;
  /** One for the whole run: made at the first call, the same ever after. */
  budget(limits: Limits): Budget;
  skills: ReadonlyMap<string, Skill>;
  /** Changes when prompts or skills do. */
  promptsHash: string;
  /** The standing text of every conversation. */
  system: string;
  /** What there is to decide about the tables of each kind of source. */
  kinds: ReadonlyMap<Kind, string>;
  prompt(step: Work, variables: Record<string, string>): string;
  ask: Ask;
}

/** The outside world, as values. */
export interface Services {
  /** Undefined: no model, every step is its draft and its check. */
  agent?: Agent;
  http: Http;
  source: (kind: Kind) => Promise<SourceKind>;
  targets: (wanted: { target: Requirements["spec"]["target"]; kind: Kind }) => Promise<Targets>;
  environment: Readonly<Record<string, string | undefined>>;
  now: () => Date;
  /** A person's yes to what leaves this machine, with or without a model at work. Undefined: nobody can be asked. */
  consent?: (approval: Approval) => Promise<Consent>;
  /** The same for a sync on the platform: rows cost its account. Undefined: none is started. */
  syncConsent?: (approval: Approval) => Promise<Consent>;
}

/** `later`: not in this run; whoever leads it has another way to ask. */
export type Consent = "yes" | "no" | "later";

export interface RunOptions {
  /** Overwrite local edits of generated files. */
  force: boolean;
  /** `none`, or a model's id. */
  model: string;
  /** Overrides the spec's test mode. */
  testMode?: Requirements["spec"]["test"]["mode"] | undefined;
  /** Overrides the spec's depth of the proof. */
  depth?: Depth | undefined;
  /** Show what the connector prints, besides keeping it in `logs/`. */
  showLogs: boolean;
  version: string;
}

export interface StepContext {
  store: Store;
  services: Services;
  options: RunOptions;
  emit: Emit;
  redactor: Redactor;
  signal: AbortSignal;
  /** Which turn of test and fix this is, from 1. */
  round: number;
}

export interface StepResult {
  outcome: StepOutcomeKind;
  /** One line for people. */
  summary: string;
}

export interface Step {
  name: StepName;
  /** Everything the result depends on; its hash decides freshness. */
  inputs: (context: StepContext) => Promise<unknown>;
  /** Files (absolute) that must exist, or the step runs again. */
  outputs: (context: StepContext) => Promise<string[]>;
  run: (context: StepContext) => Promise<StepResult>;
}

export async function needRequirements({ store }: Pick<StepContext, "store">): Promise<Requirements> {
  const { requirementsSchema } = await import("../artifacts/requirements.ts");
  const found = await store.read("requirements.json", requirementsSchema);
  if (!found) throw missing(store, "requirements");
  return found;
}

/** The blueprint of this round: research's, with what the fixes changed. */
export async function needBlueprint({ store }: Pick<StepContext, "store">): Promise<Blueprint> {
  const found = (await latestFix(store))?.blueprint ?? (await store.readBlueprint());
  if (!found) throw missing(store, "research");
  return found;
}

/** What the spec's `target` stands for. */
export async function needTargets(context: Pick<StepContext, "store" | "services">): Promise<Targets> {
  const { target, source, adopted } = (await needRequirements(context)).spec;
  return targetsFor(await context.services.targets({ target, kind: source.kind }), adopted);
}

/** The kind of source that the spec names. */
export async function needKind(context: Pick<StepContext, "store" | "services">): Promise<SourceKind> {
  return context.services.source((await needRequirements(context)).spec.source.kind);
}

/** What writes the client part of the connector, in the layout of its spec. */
export async function needClient(context: Pick<StepContext, "store" | "services">): Promise<ClientOf> {
  const { layout } = (await needRequirements(context)).spec;
  const kind = await needKind(context);
  return (blueprint) => kind.client(blueprint, { single: layout === "single" });
}

function missing(store: Store, step: string): UserError {
  return new UserError(`${store.directory} has not been through the ${step} step.`, {
    hint: "Run `syncsmith build SPEC` first.",
  });
}
