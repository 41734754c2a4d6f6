/** Commands for connectors that are there: they call the tools that the model has, with the person's own words. */
import { resolve } from "node:path";
import { UserError } from "../../errors.ts";
import { readText } from "../../system/files.ts";
import type { BuildResult } from "../../tools/build-connector.ts";
import { enhancedWord } from "../../tools/enhance-connector.ts";
import { readWanted } from "../../workflow/enhance/request.ts";
import { type Command, type CommandDesk, type CommandEnd, connectorAndWords, meant } from "./command.ts";

export const CHANGING_COMMANDS: Readonly<Record<string, Command>> = {
  "/adopt": { usage: "FOLDER", about: "take over a connector that was written elsewhere", run: adopt },
  "/enhance": {
    usage: "[connector] WHAT",
    about: "change one: in words, or by a file (also a changed spec)",
    run: enhance,
  },
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
      hint: "/enhance also bring refunds, or the path of a file: the guide's template, filled in, or a changed spec.",
    });
  }
  const connector = await meant(desk, named);
  const { title, ...asked } = await askedFor(words);
  const { outcome = "", data } = await desk.call("enhance_connector", { connector, ...asked });
  sayError(desk, outcome, data);
  return { told: `had ${connector} enhanced (${title}): ${ended(data, enhancedWord)}` };
}

/** Words, a file that holds them, or a changed spec. */
async function askedFor(words: string): Promise<{ title: string; what?: string; spec?: string }> {
  if (/^\S+\.ya?ml$/i.test(words)) {
    const spec = resolve(words);
    if ((await readText(spec)) === undefined) throw new UserError(`There is no file ${spec}.`);
    return { title: words, spec };
  }
  const { text, title } = await readWanted(words);
  return { title, what: text };
}

async function fix(desk: CommandDesk, named: string): Promise<CommandEnd> {
  const connector = await meant(desk, named);
  const { outcome = "", data } = await desk.call("fix_connector", { connector });
  sayError(desk, outcome, data);
  return { told: `had ${connector} fixed: ${ended(data, (outcome) => outcome.replace("-", " "))}` };
}

/** In the program's words alone: a summary has the model's and the source's in it, and connector_status shows it as what it is. */
function ended(data: unknown, wordOf: (outcome: BuildResult["outcome"]) => string): string {
  return `${wordOf((data as { outcome: BuildResult["outcome"] }).outcome)}; connector_status says more`;
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
