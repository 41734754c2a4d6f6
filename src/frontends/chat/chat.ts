/** `syncsmith chat`: everything a conversation needs, wired. */

import { createAnthropicModel } from "../../agent/anthropic.ts";
import { createBudget } from "../../agent/budget.ts";
import { modelSecrets, needCredentials, type Provider } from "../../agent/credentials.ts";
import { DEFAULT_MODEL } from "../../agent/prices.ts";
import { loadPrompt } from "../../agent/prompt.ts";
import { loadSkills } from "../../agent/skills.ts";
import { type ExitCode, UserError } from "../../errors.ts";
import type { CommandContext } from "../../options.ts";
import { createRedactor } from "../../system/secrets.ts";
import { readSkill } from "../../tools/read-skill.ts";
import { createAgent } from "../agent.ts";
import { runToOutcome } from "../building.ts";
import { readingTools } from "./reading-tools.ts";
import { runChat } from "./run-chat.ts";
import { chatTools } from "./tools.ts";

export interface ChatOptions {
  /** A model's id, or `auto` for the default one. There is no conversation without a model. */
  model: string;
  provider?: Provider;
  /** For the conversation; a build has the limit of its spec. Default 5. */
  maxUsd?: number;
  /** Builds run only the checks that take seconds. */
  quick?: boolean;
  /** Default: the process's own. */
  stdin?: NodeJS.ReadableStream;
}

const LIMITS = { turns: 400, usd: 5, minutes: 240 };

/** Throws `UserError` when no model was named, or it cannot be asked. */
export async function chat(options: ChatOptions, context: CommandContext): Promise<ExitCode> {
  const { model, provider = "anthropic", maxUsd = LIMITS.usd, stdin = process.stdin } = options;
  const depth = options.quick ? "quick" : undefined;
  const modelId = model === "auto" ? DEFAULT_MODEL : model;
  if (modelId === "none") {
    throw new UserError("A conversation needs a model.", {
      hint: "Give one with --model ID; without a model there is `syncsmith build SPEC`.",
    });
  }
  const { environment } = context;
  needCredentials(environment, provider);
  const redactor = createRedactor(modelSecrets(environment));
  const skills = await loadSkills();
  return runChat({
    model: await createAnthropicModel({ modelId, environment, provider }),
    modelId,
    context,
    system: [await loadPrompt("system"), await loadPrompt("chat")].join("\n"),
    redactor,
    budget: createBudget({ ...LIMITS, usd: maxUsd }),
    stdin,
    makeTools: async (hands) => {
      const host = hostOf(provider, environment.ANTHROPIC_BASE_URL);
      const own = { context, redactor, model: { id: modelId, host } };
      return [...(await readingTools(own, hands)), ...chatTools(own, hands), readSkill({ skills })];
    },
    runBuild: (run, hands) =>
      runToOutcome(run, hands, {
        context,
        depth,
        createAgent: ({ ask, approve, atMostUsd }) =>
          createAgent({ model: modelId, provider, environment, ask, approve, atMostUsd }),
      }),
  });
}

function hostOf(provider: Provider, baseUrl: string | undefined): string {
  if (provider !== "anthropic") return provider;
  return baseUrl !== undefined && URL.canParse(baseUrl) ? new URL(baseUrl).host : "api.anthropic.com";
}
