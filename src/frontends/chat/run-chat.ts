/** A chat in a terminal or over pipes, put together: streams, person, tools, commands. */
import { join, resolve } from "node:path";
import type { Budget } from "../../agent/budget.ts";
import type { Model } from "../../agent/model.ts";
import type { Tool } from "../../agent/tool.ts";
import { type ExitCode, UserError } from "../../errors.ts";
import type { CommandContext } from "../../options.ts";
import { withLock } from "../../system/lock.ts";
import type { Redactor } from "../../system/secrets.ts";
import type { BuildResult } from "../../tools/build-connector.ts";
import type { BuildHands, BuildRun } from "../building.ts";
import { learnSecrets } from "../secrets.ts";
import { createAgentView } from "./agent-view.ts";
import { createBugs } from "./bugs.ts";
import type { CommandDesk } from "./command.ts";
import { COMMAND_NAMES } from "./commands.ts";
import { type Chat, converse, earlierOf, renew } from "./converse.ts";
import { type CostBook, createCostBook } from "./cost.ts";
import { CHAT_FOLDER, type ChatHands, type Focus } from "./hands.ts";
import { openTypedHistory } from "./history-file.ts";
import type { Input } from "./input.ts";
import { createInterrupts } from "./interrupts.ts";
import { createPerson } from "./person.ts";
import { createPipedInput } from "./piped-input.ts";
import { createRuns } from "./runs.ts";
import { createScreen, type Screen } from "./screen.ts";
import { openChatConversation } from "./session.ts";
import { createTerminalInput } from "./terminal-input.ts";

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
  const focus: Focus = { connector: undefined, folder: undefined };
  const runs = createRuns({ runBuild: deps.runBuild, context, person, screen, costs, redactor, budget });
  const hands = { ...person, run: runs.run, focus, note: screen.note, said: () => chat.session.conversation.messages };
  const tools = await deps.makeTools(hands);
  const bugs = createBugs({ path: join(directory, "bugs.log"), screen, redactor });
  const step: CommandDesk["step"] = async (connector, name) => {
    const run = { directory: resolve(context.workspace, connector), spec: connector, model: "none", step: name };
    const { outcome, summary } = await interrupts.during((signal) => runs.run(run, signal));
    if (outcome === "error") throw new UserError(summary);
  };
  const call: CommandDesk["call"] = async (name, input) => {
    const tool = tools.find((one) => one.name === name);
    if (tool === undefined) throw new Error(`There is no tool ${name}.`);
    return interrupts.during((signal) => tool.run(input, { signal }));
  };
  const chat: Chat = {
    deps,
    directory,
    input,
    screen,
    person,
    interrupts,
    session,
    show: createShow({ deps, screen, costs, focus }),
    typed: history.add,
    tools: bugs.guard(tools),
    bugs,
    meanwhile: [],
    desk: { context, screen, costs, focus, step, call, earlier: () => earlierOf(chat), renew: () => renew(chat) },
  };
  return chat;
}

interface Showing {
  deps: ChatDeps;
  screen: Screen;
  costs: CostBook;
  focus: Focus;
}

/** What the model says is streamed; with `--json` each event is a line on stdout besides. */
function createShow({ deps: { context }, screen, costs, focus }: Showing): Chat["show"] {
  const view = createAgentView({ lines: screen.lines, paint: screen.paint, indent: "  " });
  return (event) => {
    costs.add("chat", event);
    if (context.json && event.type !== "text-delta") {
      const of = { time: new Date().toISOString(), connector: focus.connector ?? "", type: "agent", step: "chat" };
      context.streams.stdout.write(`${JSON.stringify({ ...of, event })}\n`);
    }
    if (event.type === "text-delta") screen.stream(event.text);
    else if (event.type === "text") screen.endStream(event.text);
    else {
      screen.endStream();
      view(event);
    }
  };
}

/** The stream to draw the prompt on; undefined where nobody sits at a terminal. */
function terminalOf({ stdin, context: { streams } }: ChatDeps): NodeJS.WriteStream | undefined {
  if ((stdin as NodeJS.ReadStream).isTTY !== true) return undefined;
  return [streams.stdout, streams.stderr].find((stream) => (stream as NodeJS.WriteStream).isTTY === true) as
    | NodeJS.WriteStream
    | undefined;
}
