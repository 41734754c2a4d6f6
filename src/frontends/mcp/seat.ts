/**
 * The host's model in the model's place. A step that would hold a conversation opens a **turn** instead: what the step asks
 * for, its tools and its gate. The calls of whoever sits at the other end of the protocol are run as the agent loop runs
 * them, and the turn is over when the gate is passed. Nothing else ends it but an interrupt.
 */
import { createBudget } from "../../agent/budget.ts";
import { runCalls } from "../../agent/calls.ts";
import type { AgentOutcome } from "../../agent/outcome.ts";
import type { Tool } from "../../agent/tool.ts";
import { withoutSecrets } from "../../system/secrets.ts";
import type { Work } from "../../workflow/events.ts";
import type { Agent, Leading } from "../../workflow/step.ts";
import { loadWords } from "../agent.ts";

/** What the model of a host is called in artifacts: which one it is, a server is not told. */
export const HOST = "host";

const ASK = "ask_user";

export interface CallAnswer {
  text: string;
  ok: boolean;
  /** The gate is passed: the workflow goes on. */
  finished: boolean;
}

export interface Turn {
  step: Work;
  round: number;
  /** Standing text, the same for every step. */
  system: string;
  /** What this step asks for. */
  opening: string;
  tools: readonly Tool[];
  /** What the step still misses. */
  gate: Leading["gate"];
  call(name: string, input: unknown, signal: AbortSignal): Promise<CallAnswer>;
  /** ask_user with what the person answered: kept where claims can quote it. Undefined where the step has no such tool. */
  answered(input: unknown, answer: string, signal: AbortSignal): Promise<CallAnswer> | undefined;
}

export interface Seat {
  agent: Agent;
  /** Undefined while the workflow works by itself, or is over. */
  turn(): Turn | undefined;
}

/** `changed` is called whenever a turn opens or ends. */
export async function createSeat(changed: () => void): Promise<Seat> {
  let open: Turn | undefined;
  const answers: string[] = [];
  const set = (turn: Turn | undefined) => {
    open = turn;
    changed();
  };
  // What a conversation costs and how long it takes is the host's affair; the rounds of fixing stay bounded by the spec.
  const budget = createBudget({ usd: Number.MAX_VALUE, minutes: Number.MAX_VALUE, turns: Number.MAX_SAFE_INTEGER });
  const agent: Agent = {
    ...(await loadWords()),
    modelId: HOST,
    budget: () => budget,
    // The server has asked before: where the host can show a form, and nowhere else.
    ask: async () => answers.shift(),
    converse: (task, leading) =>
      new Promise<AgentOutcome>((resolve) => {
        const { signal, redactor } = leading;
        const end = (outcome: AgentOutcome) => {
          signal.removeEventListener("abort", interrupted);
          set(undefined);
          resolve(outcome);
        };
        const interrupted = () => end({ kind: "aborted" });
        if (signal.aborted) return interrupted();
        signal.addEventListener("abort", interrupted);
        const tools = task.tools;
        set({
          step: leading.step,
          round: leading.round,
          system: redactor.redact(task.system),
          opening: redactor.redact(task.opening),
          tools,
          answered: (input, answer, cancelled) => {
            if (!tools.some(({ name }) => name === ASK)) return undefined;
            answers.push(answer);
            return runOne({ name: ASK, input, tools, cancelled }, leading);
          },
          gate: leading.gate,
          call: async (name, input, cancelled) => {
            const answer = await runOne({ name, input, tools, cancelled }, leading);
            if (answer.finished) end({ kind: "done" });
            return answer;
          },
        });
      }),
  };
  return { agent, turn: () => open };
}

interface OneCall {
  name: string;
  input: unknown;
  tools: readonly Tool[];
  cancelled: AbortSignal;
}

let calls = 0;

async function runOne({ name, input, tools, cancelled }: OneCall, leading: Leading): Promise<CallAnswer> {
  const { emit, redactor, signal } = leading;
  calls += 1;
  const { results, finished } = await runCalls([{ id: `host-${calls}`, name, input }], {
    tools,
    emit: (event) => emit(withoutSecrets(event, redactor)),
    redact: redactor.redact,
    signal: AbortSignal.any([signal, cancelled]),
    pause: (work) => work(),
  });
  const [result] = results;
  return { text: String(result?.content ?? ""), ok: result?.is_error !== true, finished };
}
