/** The model of a run, from what the command line and the environment say: loaded only when one is wanted. */

import type { Approve, Ask } from "../agent/approval.ts";
import { type Budget, createBudget, type Limits } from "../agent/budget.ts";
import { hasCredentials, needCredentials, type Provider } from "../agent/credentials.ts";
import type { Kind } from "../artifacts/blueprint.ts";
import { sha256 } from "../system/files.ts";
import type { Work } from "../workflow/events.ts";
import type { Agent } from "../workflow/step.ts";

export interface ModelOptions {
  /** `none`, `auto` (the default model where there is a key, else none) or a model's id. */
  model: string;
  provider: Provider;
  /** Overrides the spec's limit. */
  maxUsd?: number | undefined;
}

/** What is not asked for by itself spends no more than is left to whoever asks for it. */
export interface Share {
  atMostUsd?: number | undefined;
}

export interface AgentRequest extends ModelOptions, Share {
  environment: Readonly<Record<string, string | undefined>>;
  ask: Ask;
  approve: Approve;
}

const KINDS: readonly Kind[] = ["rest", "graphql", "database", "file"];
const STEPS_WITH_PROMPT = ["research", "generate", "fix", "document", "enhance", "ask"] as const;

/** Undefined where no model is to work. Throws `UserError` when one is wanted and there is no key. */
export async function createAgent(request: AgentRequest): Promise<Agent | undefined> {
  const { model, provider, environment, maxUsd, atMostUsd = Number.POSITIVE_INFINITY } = request;
  if (model === "none") return undefined;
  if (model === "auto" && !hasCredentials(environment, provider)) return undefined;
  needCredentials(environment, provider);
  const { createAnthropicModel } = await import("../agent/anthropic.ts");
  const { runAgent } = await import("../agent/loop.ts");
  const { DEFAULT_MODEL } = await import("../agent/prices.ts");
  const modelId = model === "auto" ? DEFAULT_MODEL : model;
  const asked = await createAnthropicModel({ modelId, provider, environment });
  let budget: Budget | undefined;
  return {
    ...(await loadWords()),
    modelId,
    converse: (task, { observed = (model) => model, ...leading }) =>
      runAgent(task, { ...leading, model: observed(asked), modelId, approve: request.approve }),
    budget: (limits: Limits) => {
      budget ??= createBudget({ ...limits, usd: Math.min(maxUsd ?? limits.usd, atMostUsd) });
      return budget;
    },
    ask: request.ask,
  };
}

/** What a model is told, whoever it is: prompts and skills. */
export async function loadWords(): Promise<Pick<Agent, "skills" | "promptsHash" | "system" | "kinds" | "prompt">> {
  const { loadPrompt, renderPrompt } = await import("../agent/prompt.ts");
  const { loadSkills } = await import("../agent/skills.ts");
  const system = await loadPrompt("system");
  const steps = new Map<Work, string>();
  for (const step of STEPS_WITH_PROMPT) steps.set(step, await loadPrompt(`steps/${step}`));
  const kinds = new Map<Kind, string>();
  for (const kind of KINDS) kinds.set(kind, (await loadPrompt(`kinds/${kind}`)).trim());
  const skills = await loadSkills();
  return {
    skills,
    promptsHash: sha256(JSON.stringify([system, ...steps, ...kinds, ...skills])),
    system,
    kinds,
    prompt: (step, variables) => renderPrompt(steps.get(step) ?? "", variables),
  };
}

/** For runs that nobody watches. */
export const NOBODY: { ask: Ask; approve: Approve } = {
  ask: async () => undefined,
  approve: async () => false,
};
