/** The conversation itself: messages in, turns of the agent and commands out, until somebody leaves. */
import type { AgentEvent } from "../../agent/events.ts";
import { runAgent } from "../../agent/loop.ts";
import type { Tool } from "../../agent/tool.ts";
import { EXIT, type ExitCode, ToolError, UserError } from "../../errors.ts";
import { VERSION } from "../../options.ts";
import type { Bugs } from "./bugs.ts";
import type { CommandDesk, CommandEnd } from "./command.ts";
import { clock, isCommand, runCommand } from "./commands.ts";
import { addCost, type Cost, costInWords, dollars, NO_COST } from "./cost.ts";
import type { Input } from "./input.ts";
import type { Interrupts } from "./interrupts.ts";
import { endInWords, exitCodeOf } from "./outcome.ts";
import type { Person } from "./person.ts";
import type { ChatDeps } from "./run-chat.ts";
import type { Screen } from "./screen.ts";
import { appendMessage, type ChatConversation, openChatConversation } from "./session.ts";
import { withTold } from "./told.ts";

export interface Chat {
  deps: ChatDeps;
  directory: string;
  input: Input;
  screen: Screen;
  person: Person;
  interrupts: Interrupts;
  session: ChatConversation;
  tools: readonly Tool[];
  desk: CommandDesk;
  bugs: Bugs;
  /** What commands did since the model was last spoken to. */
  meanwhile: string[];
  /** Shows an event of the agent and counts what it cost. */
  show: (event: AgentEvent) => void;
  /** Adds a message to what was typed. */
  typed: (message: string) => Promise<void>;
}

export async function converse(chat: Chat): Promise<ExitCode> {
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

async function command(chat: Chat, line: string): Promise<ExitCode | "quit"> {
  const end = await endOf(chat, line);
  if (typeof end === "number") return end;
  if (end !== undefined && "leave" in end) return "quit";
  if (end !== undefined && "message" in end) return turn(chat, end.message);
  if (end !== undefined) chat.meanwhile.push(end.told);
  return chat.interrupts.leaving() ? EXIT.interrupted : EXIT.done;
}

/** What the command comes to, or the exit code of an error that was said. */
async function endOf({ desk, screen, bugs }: Chat, line: string): Promise<CommandEnd | ExitCode> {
  try {
    return await runCommand(desk, line);
  } catch (error) {
    if (error instanceof ToolError) {
      // What follows the first line is for a model.
      screen.note(error.message.split("\n")[0] ?? "", "yellow");
      return EXIT.notGreen;
    }
    if (!(error instanceof UserError)) {
      await bugs.say(error, line.split(/\s/)[0] ?? line);
      return EXIT.bug;
    }
    screen.note(`error: ${error.message}`, "red");
    if (error.hint) screen.note(`hint: ${error.hint}`);
    return error.exitCode;
  }
}

export async function renew(chat: Chat): Promise<void> {
  chat.session.conversation.end("new");
  const { redactor, modelId } = chat.deps;
  chat.session = await openChatConversation({ directory: chat.directory, redactor, modelId });
  chat.desk.costs.clear();
  chat.meanwhile.length = 0;
  // What was to be adopted was agreed to in the conversation that is over.
  chat.desk.focus.folder = undefined;
  chat.screen.lines.line(chat.screen.paint("dim", "a new conversation"));
}

async function turn(chat: Chat, message: string): Promise<ExitCode> {
  const { desk } = chat;
  const before = desk.costs.total();
  const code = await replies(chat, withTold(chat.meanwhile.splice(0), message));
  showCost(chat, before);
  return code;
}

/** What the model does about a message, to whatever end. */
async function replies(chat: Chat, message: string): Promise<ExitCode> {
  const { deps, screen, interrupts, bugs } = chat;
  const { conversation } = chat.session;
  if (conversation.messages.length > 0) appendMessage(conversation, message);
  const answered = interrupts.during((signal) =>
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
  const outcome = await answered.catch((error: unknown) => ({ bug: error }));
  screen.endStream();
  screen.lines.clear();
  if ("bug" in outcome) {
    await bugs.say(outcome.bug, "the turn");
    return EXIT.bug;
  }
  const ended = endInWords(outcome);
  if (ended !== undefined) screen.note(ended, "yellow");
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

export function earlierOf({ session }: Chat): Cost {
  const { turns, usage, usd } = session.conversation.earlier;
  return { ...NO_COST, requests: turns, usage, usd };
}
