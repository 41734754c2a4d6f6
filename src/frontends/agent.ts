/** The model of a run, from what the command line and the environment say: loaded only when one is wanted. */

import type { Approve, Ask } from "../agent/approval.ts";
import { type Budget, createBudget, type Limits } from "../agent/budget.ts";
import { hasCredentials, needCredentials, type Provider } from "../agent/credentials.ts";
import type { Kind } from "../artifacts/blueprint.ts";
import { sha256 } from "../system/files.ts";
import type { StepName } from "../workflow/events.ts";
import type { Agent } from "../workflow/step.ts";

export interface ModelOptions {
  /** `none`, `auto` (the default model where there is a key, else none) or a model's id. */
  model: string;
  provider: Provider;
  /** Overrides the spec's limit. */
  maxUsd?: number | undefined;
}

export interface AgentRequest extends ModelOptions {
  environment: Readonly<Record<string, string | undefined>>;
  ask: Ask;
  approve: Approve;
}

const KINDS: readonly Kind[] = ["rest", "graphql", "database", "file"];
const STEPS_WITH_PROMPT = ["research", "generate", "fix", "document"] as const;

/** Undefined where no model is to work. Throws `UserError` when one is wanted and there is no key. */
export async function createAgent(request: AgentRequest): Promise<Agent | undefined> {
  const { model, provider, environment, maxUsd } = request;
  if (model === "none") return undefined;
  if (model === "auto" && !hasCredentials(environment, provider)) return undefined;
  needCredentials(environment, provider);
  const { createAnthropicModel } = await import("../agent/anthropic.ts");
  const { DEFAULT_MODEL } = await import("../agent/prices.ts");
  const { loadPrompt, renderPrompt } = await import("../agent/prompt.ts");
  const { loadSkills } = await import("../agent/skills.ts");
  const modelId = model === "auto" ? DEFAULT_MODEL : model;
  const system = await loadPrompt("system");
  const steps = new Map<StepName, string>();
  for (const step of STEPS_WITH_PROMPT) steps.set(step, await loadPrompt(`steps/${step}`));
  const kinds = new Map<Kind, string>();
  for (const kind of KINDS) kinds.set(kind, (await loadPrompt(`kinds/${kind}`)).trim());
  const skills = await loadSkills();
  let budget: Budget | undefined;
  return {
    modelId,
    model: await createAnthropicModel({ modelId, provider, environment }),
    budget: (limits: Limits) => {
      budget ??= createBudget({ ...limits, ...(maxUsd === undefined ? {} : { usd: maxUsd }) });
      return budget;
    },
    skills,
    promptsHash: sha256(JSON.stringify([system, ...steps, ...kinds, ...skills])),
    system,
    kinds,
    prompt: (step, variables) => renderPrompt(steps.get(step) ?? "", variables),
    ask: request.ask,
    approve: request.approve,
  };
}

/** For runs that nobody watches. */
export const NOBODY: { ask: Ask; approve: Approve } = {
  ask: async () => undefined,
  approve: async () => false,
};
