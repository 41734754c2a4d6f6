/** What commands of a chat work on, and which connector they mean. */
import type { ToolOutput } from "../../agent/tool.ts";
import { UserError } from "../../errors.ts";
import type { CommandContext } from "../../options.ts";
import { connectorNamed, connectorsIn, latestConnector } from "../standing.ts";
import type { Cost, CostBook } from "./cost.ts";
import type { Focus } from "./hands.ts";
import type { Screen } from "./screen.ts";

export interface CommandDesk {
  context: CommandContext;
  screen: Screen;
  costs: CostBook;
  /** What earlier processes spent on the conversation. */
  earlier(): Cost;
  focus: Focus;
  /** Ends the conversation; the next message begins another. */
  renew(): Promise<void>;
  /** Runs one step of a connector, showing its events. Throws `UserError` where it did not come to an end. */
  step(connector: string, step: "test" | "deploy"): Promise<void>;
  /** Calls a tool as the model would. Throws what the tool throws. */
  call(tool: string, input: Readonly<Record<string, unknown>>): Promise<ToolOutput>;
}

/** What a command comes to; nothing, where all was said. */
export type CommandEnd =
  | { leave: true }
  /** To the model, in the person's place. */
  | { message: string }
  /** What the model should know of it when the person speaks to it again: in the program's words alone. */
  | { told: string }
  | undefined;

export interface Command {
  /** What follows it. */
  usage: string;
  about: string;
  run: (desk: CommandDesk, rest: string) => Promise<CommandEnd>;
}

/** The one that is named, the one that was last spoken of, or the one that was worked on last. */
export async function meant({ context, focus }: CommandDesk, named: string): Promise<string> {
  const wanted = named === "" ? (focus.connector ?? (await latestConnector(context.workspace))) : named;
  if (wanted === undefined) {
    throw new UserError(`There is no connector in ${context.workspace} yet.`, {
      hint: "Say what you want to connect: the first build makes one.",
    });
  }
  const connector = await connectorNamed(context, wanted);
  focus.connector = connector;
  focus.folder = undefined;
  return connector;
}

/** `[connector] words`: the first word is a connector's name where there is one of that name, and more words follow. */
export async function connectorAndWords(desk: CommandDesk, rest: string): Promise<{ named: string; words: string }> {
  const [first = ""] = rest.split(/\s+/, 1);
  const words = rest.slice(first.length).trim();
  const isNamed = words !== "" && (await connectorsIn(desk.context.workspace)).includes(first);
  return isNamed ? { named: first, words } : { named: "", words: rest };
}
