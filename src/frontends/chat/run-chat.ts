/** The conversation in a terminal or over pipes: messages in, turns of the agent and commands out, until somebody leaves. */
import { join, resolve } from "node:path";
import type { Approve, Ask } from "../../agent/approval.ts";
import type { Budget } from "../../agent/budget.ts";
import type { AgentEvent } from "../../agent/events.ts";
import { runAgent } from "../../agent/loop.ts";
import type { MessageParam, Model } from "../../agent/model.ts";
import type { Tool } from "../../agent/tool.ts";
import { EXIT, type ExitCode, UserError } from "../../errors.ts";
import { type CommandContext, VERSION } from "../../options.ts";
import { withLock } from "../../system/lock.ts";
import type { Redactor } from "../../system/secrets.ts";
import type { BuildResult } from "../../tools/build-connector.ts";
import type { BuildHands, BuildRun } from "../building.ts";
import { learnSecrets } from "../secrets.ts";
import { createAgentView } from "./agent-view.ts";
import { COMMAND_NAMES, type CommandDesk, clock, isCommand, runCommand } from "./commands.ts";
import { addCost, type Cost, costInWords, createCostBook, dollars, NO_COST } from "./cost.ts";
import { openTypedHistory } from "./history-file.ts";
import type { Input } from "./input.ts";
import { createInterrupts, type Interrupts } from "./interrupts.ts";
import { endInWords, exitCodeOf } from "./outcome.ts";
import { createPerson, type Person } from "./person.ts";
import { createPipedInput } from "./piped-input.ts";
import { createRuns } from "./runs.ts";
import { createScreen, type Screen } from "./screen.ts";
import { appendMessage, type ChatConversation, openChatConversation } from "./session.ts";
import { createTerminalInput } from "./terminal-input.ts";

/** Folder in the workspace: the conversation, what was typed, which specs were written here. */
export const CHAT_FOLDER = ".syncsmith-chat";

/** What tools of a chat may reach for. */
export interface ChatHands {
  ask: Ask;
  approve: Approve;
  /** Builds, or runs one step, and shows it. */
  run: (run: BuildRun, signal: AbortSignal) => Promise<BuildResult>;
  /** The connector that commands mean where none is named. */
  focus: { connector: string | undefined };
  /** The conversation so far. */
  said: () => readonly MessageParam[];
}

export interface ChatDeps {
  model: Model;
  modelId: string;
  context: CommandContext;
  /** Byte-stable. */
  system: string;
  redactor: Redactor;
  budget: Budget;
  stdin: NodeJS.ReadableStream;
  makeTools: (hands: ChatHands) => Promise<readonly Tool[]> | readonly Tool[];
  runBuild: (run: BuildRun, hands: BuildHands) => Promise<BuildResult & { secrets: string[] }>;
}

/** Throws `UserError` when another chat is at work in the workspace. */
export async function runChat(deps: ChatDeps): Promise<ExitCode> {
  const directory = join(resolve(deps.context.workspace), CHAT_FOLDER);
  return withLock({ path: join(directory, "lock"), waitSeconds: 0 }, async () => {
    await learnSecrets(deps.redactor, deps.context);
    const chat = await openChat(deps, directory);
    try {
      return await converse(chat);
    } finally {
      chat.interrupts.close();
      chat.input.close();
      chat.screen.close();
    }
  });
}

interface Chat {
  deps: ChatDeps;
  directory: string;
  input: Input;
  screen: Screen;
  person: Person;
  interrupts: Interrupts;
  session: ChatConversation;
  tools: readonly Tool[];
  desk: CommandDesk;
  /** Shows an event of the agent and counts what it cost. */
  show: (event: AgentEvent) => void;
  /** Adds a message to what was typed. */
  typed: (message: string) => Promise<void>;
}

async function openChat(deps: ChatDeps, directory: string): Promise<Chat> {
  const { context, redactor, budget, modelId, stdin } = deps;
  const { stdout, stderr } = context.streams;
  const output = terminalOf(deps);
  const live = context.environment.TERM !== "dumb";
  const screen = createScreen({ stdout: context.json ? stderr : stdout, stderr, color: context.color, live, redactor });
  const history = await openTypedHistory(join(directory, "history"), redactor.redact);
  const complete = (line: string) =>
    line.startsWith("/") ? COMMAND_NAMES.filter((name) => name.startsWith(line)) : [];
  const session = await openChatConversation({ directory, modelId, redactor });
  const interrupts = createInterrupts({
    signal: context.signal,
    say: (text) => screen.note(text),
    cancel: () => input.cancel(),
  });
  const input: Input =
    output === undefined
      ? createPipedInput(stdin)
      : createTerminalInput({
          stdin,
          output,
          history,
          complete,
          redact: redactor.redact,
          onInterrupt: interrupts.interrupt,
          onEnd: interrupts.ended,
        });
  const person = createPerson({ input, screen, budget, redact: redactor.redact });
  const costs = createCostBook();
  const focus: ChatHands["focus"] = { connector: undefined };
  const runs = createRuns({ runBuild: deps.runBuild, context, person, screen, costs, redactor, budget });
  const view = createAgentView({ lines: screen.lines, paint: screen.paint, indent: "  " });
  const show = (event: AgentEvent) => {
    costs.add("chat", event);
    if (context.json && event.type !== "text-delta") {
      const stored = {
        time: new Date().toISOString(),
        connector: focus.connector ?? "",
        type: "agent",
        step: "chat",
        event,
      };
      stdout.write(`${JSON.stringify(stored)}\n`);
    }
    if (event.type === "text-delta") screen.stream(event.text);
    else if (event.type === "text") screen.endStream(event.text);
    else {
      screen.endStream();
      view(event);
    }
  };
  const chat: Chat = {
    deps,
    directory,
    input,
    screen,
    person,
    interrupts,
    session,
    show,
    typed: history.add,
    tools: await deps.makeTools({ ...person, run: runs.run, focus, said: () => chat.session.conversation.messages }),
    desk: {
      context,
      screen,
      costs,
      focus,
      earlier: () => earlierOf(chat),
      renew: () => renew(chat),
      test: async (connector) => {
        const run = {
          directory: resolve(context.workspace, connector),
          spec: connector,
          model: "none",
          step: "test" as const,
        };
        await interrupts.during((signal) => runs.run(run, signal));
      },
    },
  };
  return chat;
}

/** The stream to draw the prompt on; undefined where nobody sits at a terminal. */
function terminalOf({ stdin, context: { streams } }: ChatDeps): NodeJS.WriteStream | undefined {
  if ((stdin as NodeJS.ReadStream).isTTY !== true) return undefined;
  return [streams.stdout, streams.stderr].find((stream) => (stream as NodeJS.WriteStream).isTTY === true) as
    | NodeJS.WriteStream
    | undefined;
}

async function converse(chat: Chat): Promise<ExitCode> {
  const { deps, input, interrupts, screen } = chat;
  greet(chat);
  let code: ExitCode = EXIT.done;
  while (!interrupts.leaving()) {
    if (input.interactive) screen.lines.line("");
    const raw = await deps.budget.pause(() => input.message());
    if (raw === undefined) break;
    const message = deps.redactor.redact(raw).trim();
    if (message === "") continue;
    if (input.interactive) await chat.typed(message);
    if (message !== raw.trim()) screen.note("  A secret in your message was replaced by ****: nobody was sent it.");
    if (isCommand(message)) {
      const did = await command(chat, message);
      if (did === "quit") break;
      code = did;
    } else code = await turn(chat, message);
  }
  if (interrupts.leaving()) {
    screen.note("The conversation is kept: start `syncsmith` here again to go on with it.");
    return EXIT.interrupted;
  }
  // At a terminal each outcome was seen; what is left is that somebody left.
  return input.interactive ? EXIT.done : code;
}

function greet({ deps, input, session, screen: { lines, paint } }: Chat): void {
  if (input.interactive) {
    lines.line(paint("bold", `Syncsmith ${VERSION}`) + paint("dim", ` with ${deps.modelId}`));
    lines.line(paint("dim", "Say what you want to connect. /help lists commands, Ctrl-D leaves."));
  }
  if (session.began !== undefined) {
    lines.line(paint("dim", `continuing the conversation of ${clock(session.began)}; /new begins another`));
  }
}

async function command({ desk, screen, interrupts }: Chat, line: string): Promise<ExitCode | "quit"> {
  try {
    return (await runCommand(desk, line)) ? "quit" : interrupts.leaving() ? EXIT.interrupted : EXIT.done;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    screen.note(`error: ${error.message}`, "red");
    if (error.hint) screen.note(`hint: ${error.hint}`);
    return error.exitCode;
  }
}

async function renew(chat: Chat): Promise<void> {
  chat.session.conversation.end("new");
  const { redactor, modelId } = chat.deps;
  chat.session = await openChatConversation({ directory: chat.directory, redactor, modelId });
  chat.desk.costs.clear();
  chat.screen.lines.line(chat.screen.paint("dim", "a new conversation"));
}

async function turn(chat: Chat, message: string): Promise<ExitCode> {
  const { deps, screen, desk, interrupts } = chat;
  const { conversation } = chat.session;
  const before = desk.costs.total();
  if (conversation.messages.length > 0) appendMessage(conversation, message);
  const outcome = await interrupts.during((signal) =>
    runAgent(
      { system: deps.system, opening: message, tools: chat.tools, keepOpen: true },
      {
        model: deps.model,
        modelId: deps.modelId,
        budget: deps.budget,
        conversation,
        redactor: deps.redactor,
        emit: chat.show,
        approve: chat.person.approve,
        signal,
      },
    ),
  );
  screen.endStream();
  screen.lines.clear();
  const ended = endInWords(outcome);
  if (ended !== undefined) screen.note(ended, "yellow");
  showCost(chat, before);
  return exitCodeOf(outcome);
}

function showCost(chat: Chat, before: Cost): void {
  const { screen, desk } = chat;
  const total = desk.costs.total();
  const turnCost: Cost = {
    requests: total.requests - before.requests,
    unpriced: total.unpriced - before.unpriced,
    usd: total.usd - before.usd,
    usage: {
      input: total.usage.input - before.usage.input,
      cacheRead: total.usage.cacheRead - before.usage.cacheRead,
      cacheWrite: total.usage.cacheWrite - before.usage.cacheWrite,
      output: total.usage.output - before.usage.output,
    },
  };
  if (turnCost.requests === 0) return;
  const all = addCost(earlierOf(chat), total);
  const sum = all.unpriced === all.requests ? "" : `; ${dollars(all.usd)} in all`;
  screen.note(`  ${costInWords(turnCost)}${sum}`, "dim");
}

function earlierOf({ session }: Chat): Cost {
  const { turns, usage, usd } = session.conversation.earlier;
  return { ...NO_COST, requests: turns, usage, usd };
}
