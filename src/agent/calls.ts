/**
 * Running the calls of one reply. Calls that only look (`read`, `network`) run side by side when they follow each other,
 * all others one at a time and in order. Each call gets exactly one result, in the model's order, whatever happens.
 */
import type { ToolResultBlockParam } from "@anthropic-ai/sdk/resources/messages";
import pLimit from "p-limit";
import { ToolError, UserError } from "../errors.ts";
import { sha256 } from "../system/files.ts";
import {
  AFTER_THE_END,
  BESIDE_STUCK,
  badInput,
  cutResult,
  INTERRUPTED,
  NOT_STARTED,
  notEnded,
  REPEATED,
  STUCK,
  UNREADABLE,
  unknownTool,
} from "./answers.ts";
import type { Approval, Approve } from "./approval.ts";
import type { AgentEmit } from "./events.ts";
import type { Call } from "./messages.ts";
import type { Effect, Tool } from "./tool.ts";

export interface CallDeps {
  tools: readonly Tool[];
  /** Already redacting. */
  emit: AgentEmit;
  redact: (text: string) => string;
  signal: AbortSignal;
  approve?: Approve | undefined;
  /** Calls besides those of effect `publish` that need a person's yes. */
  askFirst?: ((tool: Tool, input: unknown) => boolean) | undefined;
  /** The clock does not run while a person is asked. */
  pause: <T>(work: () => Promise<T>) => Promise<T>;
}

/** A call with the reason why it is answered without being run, if there is one. */
export interface PlannedCall extends Call {
  answer?: string;
}

export interface CallResults {
  results: ToolResultBlockParam[];
  /** Whether a tool ended the conversation. */
  finished: boolean;
}

/** How many looks run at once. */
const SIDE_BY_SIDE = 4;
/** How long a call may take to end by itself after an interrupt. */
const GRACE_MS = 1_000;
/** The identical call in a row that is not run any more. */
const REPEATS = 3;
const LOOKS: ReadonlySet<Effect> = new Set(["read", "network"]);

/** Effects that may be run again after a kill. */
export function isLook(effect: Effect | undefined): boolean {
  return effect !== undefined && LOOKS.has(effect);
}

/** Throws only what is a bug of ours. */
export async function runCalls(calls: readonly PlannedCall[], deps: CallDeps): Promise<CallResults> {
  const answers: Answer[] = [];
  for (const group of groupsOf(calls, deps.tools)) {
    const limit = pLimit(SIDE_BY_SIDE);
    const failedBefore = answers.filter(({ ok }) => !ok).map(({ call }) => call.name);
    const over = answers.some(({ finished }) => finished);
    answers.push(
      ...(await Promise.all(
        group.map((call) =>
          limit(() => answer(over ? { ...call, answer: AFTER_THE_END } : call, { ...deps, failedBefore })),
        ),
      )),
    );
  }
  return {
    results: answers.map(({ call, text, ok }) => ({
      type: "tool_result",
      tool_use_id: call.id,
      content: cutResult(deps.redact(text)),
      ...(ok ? {} : { is_error: true }),
    })),
    finished: answers.some(({ finished }) => finished),
  };
}

/** Looks that follow each other together, every other call alone. */
function groupsOf(calls: readonly PlannedCall[], tools: readonly Tool[]): PlannedCall[][] {
  const groups: PlannedCall[][] = [];
  let open: PlannedCall[] | undefined;
  for (const call of calls) {
    const looks = isLook(tools.find(({ name }) => name === call.name)?.effect);
    if (looks && open) open.push(call);
    else groups.push([call]);
    open = looks ? groups.at(-1) : undefined;
  }
  return groups;
}

interface Answer {
  call: Call;
  text: string;
  ok: boolean;
  finished: boolean;
}

type OneCall = CallDeps & {
  /** Names of the calls of the same reply that failed. */
  failedBefore: readonly string[];
};

async function answer(call: PlannedCall, deps: OneCall): Promise<Answer> {
  const tool = deps.tools.find(({ name }) => name === call.name);
  const input = tool?.input.safeParse(call.input);
  const { emit } = deps;
  emit({
    type: "tool-called",
    call: call.id,
    tool: call.name,
    text: tool && input?.success ? tool.describe(input.data) : call.name,
  });
  const started = performance.now();
  const result = await outputOf({ call, tool, input }, deps);
  const { text, outcome = firstLine(text), ok, finished } = result;
  const milliseconds = Math.round(performance.now() - started);
  emit({ type: "tool-returned", call: call.id, tool: call.name, ok, text: outcome, milliseconds });
  return { call, text, ok, finished };
}

interface Attempt {
  call: PlannedCall;
  tool: Tool | undefined;
  input: ReturnType<Tool["input"]["safeParse"]> | undefined;
}

type Result = Pick<Answer, "text" | "ok" | "finished"> & { outcome?: string | undefined };

const failed = (text: string): Result => ({ text, ok: false, finished: false });

async function outputOf({ call, tool, input }: Attempt, deps: OneCall): Promise<Result> {
  if (call.answer !== undefined) return failed(call.answer);
  if (tool === undefined || input === undefined) return failed(unknownTool(call.name, deps.tools));
  if (!input.success) return failed(badInput(tool, input.error));
  if (deps.signal.aborted) return failed(NOT_STARTED);
  if (tool.ends && deps.failedBefore.length > 0) return failed(notEnded(deps.failedBefore));
  try {
    const refused = await refusal(tool, input.data, deps);
    if (refused !== undefined) return failed(refused);
    const output = await interruptible(tool.run(input.data, { signal: deps.signal }), deps.signal);
    if (output === undefined) return failed(INTERRUPTED);
    return { text: output.text, outcome: output.outcome, ok: true, finished: output.finished === true };
  } catch (error) {
    if (error instanceof ToolError) return failed(error.message);
    if (error instanceof UserError) return failed(error.hint ? `${error.message} ${error.hint}` : error.message);
    if (deps.signal.aborted) return failed(INTERRUPTED);
    throw error;
  }
}

/** Why the call may not run; undefined when it may. A yes counts for what was shown, and for nothing else. */
async function refusal(tool: Tool, input: unknown, deps: CallDeps): Promise<string | undefined> {
  if (tool.effect !== "publish" && !deps.askFirst?.(tool, input)) return undefined;
  if (deps.approve === undefined) {
    return `${tool.name} needs a person's yes, and nobody can be asked here. Go on without it.`;
  }
  const shown = approvalOf(tool, input);
  const { approve } = deps;
  const yes = await deps.pause(async () => interruptible(approve(shown), deps.signal));
  if (yes === undefined) return NOT_STARTED;
  if (!yes) return `A person was asked and said no to ${tool.name}. Do not ask again; go on without it.`;
  if (hashOf(shown) === hashOf(approvalOf(tool, input))) return undefined;
  return `What ${tool.name} would do has changed since a person said yes to it, so it was not run. Call it again: they will be asked anew.`;
}

function approvalOf(tool: Tool, input: unknown): Approval {
  return { question: `${tool.title}?`, lines: [tool.describe(input)] };
}

function hashOf({ lines }: Approval): string {
  return sha256(JSON.stringify(lines));
}

/** Undefined when an interrupt came and the work did not end within the grace. */
async function interruptible<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  // A work that is left behind must not end the process when it fails.
  work.catch(() => undefined);
  let stop = () => {};
  const given = new Promise<undefined>((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const interrupted = () => {
      timer = setTimeout(() => resolve(undefined), GRACE_MS);
    };
    signal.addEventListener("abort", interrupted, { once: true });
    stop = () => {
      signal.removeEventListener("abort", interrupted);
      clearTimeout(timer);
    };
    if (signal.aborted) interrupted();
  });
  try {
    return await Promise.race([work, given]);
  } finally {
    stop();
  }
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}

export interface Plan {
  calls: PlannedCall[];
  /** Name of the tool that is called over and over; no call of the plan runs then. */
  stuck?: string;
}

/** Which calls run: the third identical call in a row is answered instead, a fourth ends the conversation. */
export function planCalls(calls: readonly Call[], before: readonly Call[], unreadable: readonly string[] = []): Plan {
  const count = repetitions();
  before.forEach(count);
  const times = calls.map(count);
  const stuck = calls.find((_, index) => (times[index] ?? 0) > REPEATS);
  if (stuck) {
    return {
      stuck: stuck.name,
      calls: calls.map((call) => ({ ...call, answer: call === stuck ? STUCK : BESIDE_STUCK })),
    };
  }
  const planned = calls.map((call, index) => {
    if (unreadable.includes(call.id)) return { ...call, answer: UNREADABLE };
    return times[index] === REPEATS ? { ...call, answer: REPEATED } : call;
  });
  return { calls: planned };
}

/** Counts how often a call was made in a row, this time included. */
function repetitions(): (call: Call) => number {
  let last = "";
  let times = 0;
  return ({ name, input }) => {
    const key = JSON.stringify([name, input]);
    times = key === last ? times + 1 : 1;
    last = key;
    return times;
  };
}
