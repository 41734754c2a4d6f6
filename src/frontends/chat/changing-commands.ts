/** Commands for connectors that are there: they call the tools that the model has, with the person's own words. */
import { UserError } from "../../errors.ts";
import { readWanted } from "../../workflow/enhance/request.ts";
import { type Command, type CommandDesk, type CommandEnd, connectorAndWords, meant } from "./command.ts";

export const CHANGING_COMMANDS: Readonly<Record<string, Command>> = {
  "/adopt": { usage: "FOLDER", about: "take over a connector that was written elsewhere", run: adopt },
  "/enhance": { usage: "[connector] WHAT", about: "change one: in words, or by a file that holds them", run: enhance },
  "/fix": { usage: "[connector]", about: "one round of mending what the report shows", run: fix },
  "/ask": { usage: "[connector] WHAT", about: "a question about one, answered from all that is kept", run: ask },
  "/deploy": { usage: "[connector]", about: "to its platform; you are shown what would happen", run: deploy },
};

/** What its code does not tell is found out in the conversation. */
async function adopt(_: CommandDesk, folder: string): Promise<CommandEnd> {
  if (folder === "") {
    throw new UserError("No folder is named.", { hint: "/adopt ./their_connector, where connector.py is in." });
  }
  return { message: `Adopt the connector in the folder ${folder}.` };
}

async function enhance(desk: CommandDesk, rest: string): Promise<CommandEnd> {
  const { named, words } = await connectorAndWords(desk, rest);
  if (words === "") {
    throw new UserError("Nothing is asked for.", {
      hint: "/enhance also bring refunds, or the path of a file: the guide's template, filled in.",
    });
  }
  const connector = await meant(desk, named);
  const { text: what, title } = await readWanted(words);
  const { outcome = "", data } = await desk.call("enhance_connector", { connector, what });
  sayError(desk, outcome, data);
  return { told: `had ${connector} enhanced (${title}): ${outcome}` };
}

async function fix(desk: CommandDesk, named: string): Promise<CommandEnd> {
  const connector = await meant(desk, named);
  const { outcome = "", data } = await desk.call("fix_connector", { connector });
  sayError(desk, outcome, data);
  return { told: `had ${connector} fixed: ${outcome}` };
}

/** How a run ended it says itself, but for errors. */
function sayError({ screen }: CommandDesk, outcome: string, data: unknown): void {
  if ((data as { outcome?: string }).outcome === "error") screen.note(outcome, "red");
}

async function ask(desk: CommandDesk, rest: string): Promise<CommandEnd> {
  const { named, words: question } = await connectorAndWords(desk, rest);
  if (question === "")
    throw new UserError("The question is empty.", { hint: "/ask why is the table items read in full?" });
  const connector = await meant(desk, named);
  desk.screen.say((await desk.call("ask_connector", { connector, question })).text);
  return { told: `asked about ${connector}: ${question}` };
}

async function deploy(desk: CommandDesk, named: string): Promise<CommandEnd> {
  const connector = await meant(desk, named);
  await desk.step(connector, "deploy");
  return { told: `ran the step deploy of ${connector}` };
}
