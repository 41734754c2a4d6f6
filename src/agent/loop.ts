/**
 * The agent loop: asks the model, runs what it calls, gives the results back, until its gate is passed or something ends
 * it. The conversation's file is all its state: a loop that was killed goes on from there.
 */
import type { StopReason } from "@anthropic-ai/sdk/resources/messages";
import type { Redactor } from "../system/secrets.ts";
import { INTERRUPTED } from "./answers.ts";
import type { Approve } from "./approval.ts";
import type { Budget } from "./budget.ts";
import { isLook, planCalls, runCalls } from "./calls.ts";
import { type ContextLimits, chooseCleared } from "./context.ts";
import type { Charge, Conversation } from "./conversation.ts";
import type { AgentEmit, AgentEvent } from "./events.ts";
import { blocksOf, type Call, callsOf, isCall, redactMessage, textMessage, textOf } from "./messages.ts";
import {
  type ContentBlock,
  type MessageParam,
  type Model,
  ModelError,
  type Reply,
  type ToolDefinition,
} from "./model.ts";
import type { AgentOutcome } from "./outcome.ts";
import { priceOf } from "./prices.ts";
import { inputSchemaOf, type Tool } from "./tool.ts";

export interface AgentTask {
  /** Byte-stable within a conversation; so are the tools and their order. */
  system: string;
  /** The first user message; appended when the conversation is empty. */
  opening: string;
  tools: readonly Tool[];
  /** Called when the model ends its turn without the gate passed: text to go on with, or undefined to end as `stopped`. */
  nudge?: () => Promise<string | undefined>;
  /** Of one reply, thinking included. */
  maxTokens?: number;
  /** A chat: the conversation stays open after whatever outcome, for the person's next message. */
  keepOpen?: boolean;
}

export interface AgentDeps {
  model: Model;
  /** For the price. */
  modelId: string;
  budget: Budget;
  conversation: Conversation;
  redactor: Redactor;
  emit: AgentEmit;
  /** An interrupt. The conversation can be resumed after it. */
  signal: AbortSignal;
  /** For tools of effect `publish`, and calls `askFirst` names: asked before they run; without it they are refused. */
  approve?: Approve;
  askFirst?: (tool: Tool, input: unknown) => boolean;
  context?: ContextLimits;
}

const MAX_TOKENS = 32_000;
const NUDGES = 3;

/** Outcomes after which going on with the same messages would only repeat them. */
const FINAL: ReadonlySet<AgentOutcome["kind"]> = new Set(["done", "stopped", "refused", "truncated", "stuck"]);

/** Runs until there is an outcome. Throws only what is a bug of ours. */
export async function runAgent(task: AgentTask, deps: AgentDeps): Promise<AgentOutcome> {
  const { conversation, budget, redactor } = deps;
  const earlier = conversation.takeEarlier();
  if (earlier) budget.carry(earlier);
  const agent: Agent = {
    task,
    deps,
    say: (event) => deps.emit(redactEvent(event, redactor.redact)),
    system: redactor.redact(task.system),
    definitions: task.tools.map((tool) => ({
      name: tool.name,
      description: tool.description,
      input_schema: inputSchemaOf(tool),
    })),
  };
  if (conversation.messages.length === 0) conversation.append(textMessage(task.opening));
  let outcome = await takeUp(agent);
  while (outcome === undefined) outcome = await turn(agent);
  if (task.keepOpen !== true && FINAL.has(outcome.kind)) conversation.end(outcome.kind);
  return "text" in outcome ? { ...outcome, text: redactor.redact(outcome.text) } : outcome;
}

interface Agent {
  task: AgentTask;
  deps: AgentDeps;
  /** Redacts. */
  say: AgentEmit;
  system: string;
  definitions: readonly ToolDefinition[];
}

/** Undefined: go on with another turn. */
type Next = AgentOutcome | undefined;

/** What a process that ended left open: calls without results, or a turn that was ended. */
async function takeUp(agent: Agent): Promise<Next> {
  const last = agent.deps.conversation.messages.at(-1);
  if (last?.role !== "assistant") return undefined;
  const calls = callsOf(last);
  if (calls.length === 0) return endOfTurn(agent, lastText(last));
  return answerCalls(
    agent,
    calls.map((call) => {
      const effect = agent.task.tools.find(({ name }) => name === call.name)?.effect;
      // An unknown tool did nothing and is told so.
      return effect === undefined || isLook(effect) ? call : { ...call, answer: INTERRUPTED };
    }),
  );
}

/** One request and what follows from its reply. The only place where limits are asked for. */
async function turn(agent: Agent): Promise<Next> {
  const { deps, say } = agent;
  if (deps.signal.aborted) return { kind: "aborted" };
  const limit = deps.budget.reached();
  if (limit) return limit;
  makeRoom(agent);
  const number = deps.budget.spent.turns + 1;
  say({ type: "turn-started", turn: number });
  const reply = await ask(agent);
  if ("kind" in reply) return reply;
  const charge = { usage: reply.usage, usd: priceOf(deps.modelId, reply.usage) };
  deps.budget.add(charge.usage, charge.usd);
  const text = textOf(reply.content);
  if (text !== "") say({ type: "text", text });
  say({ type: "turn-ended", turn: number, ...charge });
  return follow(agent, reply, charge);
}

function makeRoom({ deps: { conversation, context }, say }: Agent): void {
  const calls = chooseCleared(conversation.messages, conversation.size, context);
  if (calls.length === 0) return;
  say({ type: "cleared", results: calls.length, tokens: conversation.clear(calls) });
}

/** The reply, or how it ends when there is none. */
async function ask({ task, deps, say, system, definitions }: Agent): Promise<Reply | AgentOutcome> {
  const { conversation, redactor, signal } = deps;
  const pass = (text: string) => {
    if (text !== "") deps.emit({ type: "text-delta", text });
  };
  let shown = redactor.stream();
  try {
    const reply = await deps.model(
      {
        system,
        tools: definitions,
        // Again, though it was done when they were written: a secret may have become known since.
        messages: conversation.messages.map((message) => redactMessage(message, redactor.redact)),
        maxTokens: task.maxTokens ?? MAX_TOKENS,
      },
      {
        signal,
        onText: (delta) => pass(shown.push(delta)),
        onRetry: (why) => {
          shown = redactor.stream();
          say({ type: "retry", why });
        },
      },
    );
    pass(shown.end());
    return reply;
  } catch (error) {
    if (signal.aborted) return { kind: "aborted" };
    if (!(error instanceof ModelError)) throw error;
    return { kind: "unavailable", text: error.message, credentials: error.kind === "credentials" };
  }
}

/** All stop reasons there are: one more in the SDK's type fails the build here. */
const STOP_REASONS = {
  end_turn: true,
  stop_sequence: true,
  tool_use: true,
  pause_turn: true,
  refusal: true,
  max_tokens: true,
  model_context_window_exceeded: true,
} satisfies Record<StopReason, true>;

function isStopReason(reason: string | null): reason is StopReason {
  return reason !== null && Object.hasOwn(STOP_REASONS, reason);
}

async function follow(agent: Agent, reply: Reply, charge: Charge): Promise<Next> {
  const { conversation } = agent.deps;
  const { stopReason } = reply;
  // Only what a reply with `tool_use` calls is whole: a call that was cut looks like any other.
  const withoutCalls = sendable(reply.content).filter((block) => !isCall(block));
  const text = textOf(reply.content);
  if (!isStopReason(stopReason)) {
    keep(conversation, withoutCalls.filter(isText), charge);
    return { kind: "stopped", text: `the endpoint stopped for a reason that is not known here: ${stopReason}` };
  }
  switch (stopReason) {
    case "tool_use": {
      const content = sendable(reply.content);
      keep(conversation, content, charge);
      return content.some(isCall) ? answerReply(agent, reply) : endOfTurn(agent, text);
    }
    case "pause_turn":
      keep(conversation, withoutCalls, charge);
      return undefined;
    case "end_turn":
    case "stop_sequence":
      keep(conversation, withoutCalls, charge);
      return endOfTurn(agent, text);
    case "refusal":
      conversation.charge(charge);
      return { kind: "refused", text: reply.refusal ?? (text || "the model declined and gave no reason") };
    case "max_tokens":
      keep(conversation, withoutCalls.filter(isText), charge);
      return { kind: "truncated", text: `the reply was cut at ${agent.task.maxTokens ?? MAX_TOKENS} tokens` };
    case "model_context_window_exceeded":
      keep(conversation, withoutCalls.filter(isText), charge);
      return { kind: "truncated", text: "the conversation no longer fits into the model's context" };
    default:
      return stopReason satisfies never;
  }
}

/** Without what the endpoint would refuse to take back. */
function sendable(content: readonly ContentBlock[]): ContentBlock[] {
  return content.filter((block) => block.type !== "text" || block.text.trim() !== "");
}

function isText({ type }: ContentBlock): boolean {
  return type === "text";
}

/** Thinking alone is no message: the endpoint wants words or calls. */
function keep(conversation: Conversation, content: readonly ContentBlock[], charge: Charge): void {
  const thoughts = content.every(({ type }) => type === "thinking" || type === "redacted_thinking");
  if (thoughts) conversation.charge(charge);
  else conversation.append({ role: "assistant", content: [...content] }, charge);
}

/** The model ended its turn, and no tool said that the gate is passed. */
async function endOfTurn({ task, deps: { conversation } }: Agent, text: string): Promise<Next> {
  const [, ...later] = conversation.messages.filter(({ role }) => role === "user");
  const nudged = later.filter((message) => blocksOf(message).every(({ type }) => type === "text")).length;
  const words = nudged < NUDGES ? await task.nudge?.() : undefined;
  if (words === undefined) return { kind: "stopped", text };
  conversation.append(textMessage(words));
  return undefined;
}

function lastText(message: MessageParam): string {
  return blocksOf(message)
    .flatMap((block) => (block.type === "text" ? [block.text] : []))
    .join("\n\n");
}

/** The calls as they were sent: what is kept of them is redacted, what is run is not. */
function answerReply(agent: Agent, { content, unreadable }: Reply): Promise<Next> {
  const inputs = new Map(content.filter(isCall).map(({ id, input }) => [id, input]));
  return answerCalls(agent, callsOf(agent.deps.conversation.messages.at(-1)), { inputs, unreadable });
}

interface AsSent {
  inputs?: ReadonlyMap<string, unknown>;
  unreadable?: readonly string[] | undefined;
}

async function answerCalls(agent: Agent, calls: readonly Call[], { inputs, unreadable }: AsSent = {}): Promise<Next> {
  const { task, deps, say } = agent;
  const { conversation, budget, redactor, signal, approve, askFirst } = deps;
  const plan = planCalls(calls, callsSinceWords(conversation.messages.slice(0, -1)), unreadable);
  const { results, finished } = await runCalls(
    plan.calls.map((call) => ({ ...call, input: inputs?.get(call.id) ?? call.input })),
    { tools: task.tools, emit: say, redact: redactor.redact, signal, approve, askFirst, pause: budget.pause },
  );
  conversation.append({ role: "user", content: results });
  if (plan.stuck !== undefined) {
    return { kind: "stuck", text: `the model called ${plan.stuck} four times in a row with the same input` };
  }
  if (finished) return { kind: "done" };
  return signal.aborted ? { kind: "aborted" } : undefined;
}

/** What was called since somebody last spoke to the model: who asks the same again wants the same done again. */
function callsSinceWords(messages: readonly MessageParam[]): Call[] {
  const words = messages.findLastIndex(
    (message) => message.role === "user" && blocksOf(message).some(({ type }) => type === "text"),
  );
  return messages.slice(words + 1).flatMap(callsOf);
}

function redactEvent(event: AgentEvent, redact: (text: string) => string): AgentEvent {
  if (event.type === "retry") return { ...event, why: redact(event.why) };
  return "text" in event ? { ...event, text: redact(event.text) } : event;
}
