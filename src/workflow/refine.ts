/**
 * The middle part of a model step: draft, refine, check. A conversation of its own per step and round, kept in
 * `conversations/`, so that a killed run goes on with the next request. It ends when the step's gate is passed, or honestly.
 */
import { join } from "node:path";
import { openConversation } from "../agent/conversation.ts";
import type { AgentOutcome } from "../agent/outcome.ts";
import type { Tool } from "../agent/tool.ts";
import { EXIT, UserError } from "../errors.ts";
import { sha256 } from "../system/files.ts";
import type { Work } from "./events.ts";
import { type Agent, needRequirements, type StepContext } from "./step.ts";

export interface Refinement {
  agent: Agent;
  step: Work;
  /** Everything the conversation rests on: another value begins a new one. */
  inputs: unknown;
  /** For the step's prompt. */
  variables: Record<string, string>;
  tools: readonly Tool[];
  /** What the step still misses. */
  gate: () => Promise<string[]>;
}

/** Throws `UserError` when the endpoint refuses the credentials or gives no reply. */
export async function refine(context: StepContext, refinement: Refinement): Promise<AgentOutcome> {
  const { store, redactor, emit, signal, round } = context;
  const { agent, step, tools, gate } = refinement;
  const limits = (await needRequirements(context)).spec.limits;
  const budget = agent.budget(limits);
  const opening = agent.prompt(step, refinement.variables);
  const conversation = await openConversation({
    path: store.path(join("conversations", `${step}-${round}.jsonl`)),
    key: sha256(JSON.stringify([agent.modelId, agent.promptsHash, refinement.inputs, tools.map(({ name }) => name)])),
    redactor,
  });
  const nudge = async () => {
    const missing = await gate();
    return missing.length === 0
      ? "The gate would pass: call finish_step."
      : `The step is not over. It misses:\n${missing.map((line) => `- ${line}`).join("\n")}\nGo on, or mark what cannot be found out as unproven with the reason; then call finish_step.`;
  };
  const outcome = await agent.converse(
    { system: agent.system, opening, tools, nudge },
    {
      step,
      round,
      gate,
      budget,
      conversation,
      redactor,
      emit: (event) => emit({ type: "agent", step, event }),
      signal,
    },
  );
  signal.throwIfAborted();
  if (outcome.kind === "unavailable") throw unavailable(outcome, context);
  if (outcome.kind !== "done" && outcome.kind !== "aborted")
    emit({ type: "note", text: `${step}: the model did not finish: ${outcome.text}` });
  return outcome;
}

function unavailable(
  { text, credentials }: Extract<AgentOutcome, { kind: "unavailable" }>,
  { store }: StepContext,
): UserError {
  return new UserError(`The model gave no reply: ${text}`, {
    hint: credentials
      ? "Check ANTHROPIC_API_KEY, or work without a model: --model none."
      : `Go on later with \`syncsmith resume ${store.directory.split(/[\\/]/).at(-1)}\`: nothing is lost.`,
    exitCode: credentials ? EXIT.badInput : EXIT.notGreen,
  });
}

/** Why a conversation that did not pass its gate ended, in words for claims and summaries; undefined when it did. */
export function whyUnfinished(outcome: AgentOutcome): string | undefined {
  switch (outcome.kind) {
    case "done":
      return undefined;
    case "aborted":
      return "the run was interrupted";
    default:
      return outcome.text;
  }
}
