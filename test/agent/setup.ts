/** A loop as it runs in the product: the real client, over HTTP, to a scripted endpoint; a conversation in a real file. */
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { createAnthropicModel } from "../../src/agent/anthropic.ts";
import { createBudget, type Limits } from "../../src/agent/budget.ts";
import { type Conversation, openConversation } from "../../src/agent/conversation.ts";
import type { AgentEvent } from "../../src/agent/events.ts";
import { type AgentDeps, type AgentTask, runAgent } from "../../src/agent/loop.ts";
import type { ModelOptions } from "../../src/agent/model.ts";
import type { Tool } from "../../src/agent/tool.ts";
import { createRedactor } from "../../src/system/secrets.ts";
import { type EndpointOptions, type Script, startMessagesEndpoint } from "../support/messages-endpoint.ts";
import { MODEL, WIDE } from "./tools.ts";

/** An endpoint that ends with the test. */
export async function endpointFor(script: Script, options: EndpointOptions = {}) {
  const endpoint = await startMessagesEndpoint(script, options);
  onTestFinished(() => endpoint.close());
  return endpoint;
}

export function temporaryDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), "syncsmith-agent-"));
}

export interface Scenario {
  script: Script;
  tools?: readonly Tool[];
  task?: Partial<AgentTask>;
  deps?: Partial<AgentDeps>;
  limits?: Limits;
  secrets?: string[];
  /** To go on with an earlier one. */
  path?: string;
  idleSeconds?: number;
  onEvent?: (event: AgentEvent) => void;
  /** Before the loop: what a person says next. */
  before?: (conversation: Conversation) => void;
}

/** Runs a loop to its outcome. */
export async function play(scenario: Scenario) {
  const endpoint = await endpointFor(scenario.script);
  const path = scenario.path ?? join(await temporaryDirectory(), "conversation.jsonl");
  const redactor = createRedactor(scenario.secrets);
  const events: AgentEvent[] = [];
  const budget = createBudget(scenario.limits ?? WIDE);
  const conversation = await openConversation({ path, key: "k", redactor });
  scenario.before?.(conversation);
  const model = await createAnthropicModel({
    modelId: MODEL,
    environment: { ANTHROPIC_API_KEY: "key-for-tests", ANTHROPIC_BASE_URL: endpoint.address },
    pauseSeconds: 0.01,
    ...(scenario.idleSeconds === undefined ? {} : { idleSeconds: scenario.idleSeconds }),
  });
  const outcome = await runAgent(
    { system: "You are tested.", opening: "Begin.", tools: scenario.tools ?? [], ...scenario.task },
    {
      model,
      modelId: MODEL,
      budget,
      conversation,
      redactor,
      emit: (event) => {
        events.push(event);
        scenario.onEvent?.(event);
      },
      signal: new AbortController().signal,
      ...scenario.deps,
    },
  );
  return { outcome, events, endpoint, path, budget, redactor };
}

export async function logOf(path: string): Promise<Record<string, unknown>[]> {
  return (await readFile(path, "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Options for asking a model directly, with what it said on the way. */
export function listening(signal: AbortSignal = new AbortController().signal) {
  const texts: string[] = [];
  const retries: string[] = [];
  const options: ModelOptions = {
    signal,
    onText: (text) => texts.push(text),
    onRetry: (why) => retries.push(why),
  };
  return { texts, retries, options };
}
