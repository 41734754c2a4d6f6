/** The tools of a conversation, over desks laid out for this workspace. */
import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Tool } from "../../agent/tool.ts";
import { messageOf, UserError } from "../../errors.ts";
import type { CommandContext } from "../../options.ts";
import { readText, sha256 } from "../../system/files.ts";
import { nearest } from "../../system/nearest.ts";
import type { Redactor } from "../../system/secrets.ts";
import { askUser } from "../../tools/ask-user.ts";
import { type BuildDesk, buildConnector, type LoadedForBuild } from "../../tools/build-connector.ts";
import { connectorStatus, type StandingDesk } from "../../tools/connector-status.ts";
import { proposeSpec, type SpecDesk } from "../../tools/propose-spec.ts";
import { checkSpec, connectorName } from "../../workflow/requirements.ts";
import { parseSpec } from "../../workflow/spec-file.ts";
import { connectorsIn, standingIn } from "../standing.ts";
import { CHAT_FOLDER, type ChatHands } from "./run-chat.ts";
import { learnReferences, SPECS } from "./secrets.ts";

export interface ChatToolsOptions {
  context: CommandContext;
  redactor: Redactor;
  /** Of the steps. */
  model: BuildDesk["model"];
}

export function chatTools(options: ChatToolsOptions, hands: ChatHands): Tool[] {
  return [
    proposeSpec(specDesk(options, hands)),
    buildConnector(buildDesk(options, hands)),
    connectorStatus(standingDesk(options)),
    askUser(hands),
  ];
}

function specDesk({ context, redactor }: ChatToolsOptions, { approve }: ChatHands): SpecDesk {
  const workspace = resolve(context.workspace);
  return {
    directory: join(workspace, SPECS),
    ledger: join(workspace, CHAT_FOLDER, "specs.json"),
    workingDirectory: resolve("."),
    parse: (text, name) => {
      const spec = parseSpec(text, name);
      checkSpec(spec);
      return spec;
    },
    nameOf: (spec) => connectorName(spec.name),
    isSet: (variable) => (context.environment[variable] ?? "") !== "",
    approve,
    redact: redactor.redact,
    hide: (values) => redactor.add(...values),
    wrote: (path, spec) => learn({ context, redactor }, path, JSON.stringify(spec)),
  };
}

function learn(
  { context, redactor }: Pick<ChatToolsOptions, "context" | "redactor">,
  path: string,
  text: string,
): Promise<void> {
  return learnReferences(redactor, { text, baseDirectory: dirname(path), environment: context.environment });
}

function buildDesk(options: ChatToolsOptions, { approve, run, focus }: ChatHands): BuildDesk {
  const { context, redactor, model } = options;
  return {
    approve,
    model,
    redact: redactor.redact,
    load: async (spec) => {
      const loaded = await load(context, spec);
      await learn(options, loaded.path, JSON.stringify(loaded.spec));
      return loaded;
    },
    build: async ({ path, directory, spec }, signal) => {
      const result = await run({ directory, spec: path, model: model?.id ?? "none" }, signal);
      focus.connector = connectorName(spec.name);
      return result;
    },
  };
}

/** Throws `UserError` when there is none, or it is none. */
async function load(context: CommandContext, named: string): Promise<LoadedForBuild> {
  const workspace = resolve(context.workspace);
  const known = join(workspace, SPECS, `${named.replace(/\.ya?ml$/, "")}.yaml`);
  const plainName = /^[_a-z0-9]+(\.ya?ml)?$/.test(named);
  const path = plainName && (await readText(known)) !== undefined ? known : resolve(named);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const meant = nearest(named, await connectorsIn(context.workspace));
    throw new UserError(`There is no spec ${named}: ${messageOf(error)}.`, {
      hint: meant ? `Did you mean ${meant}?` : "propose_spec writes one.",
      cause: error,
    });
  }
  const spec = parseSpec(text, path);
  checkSpec(spec);
  return { path, hash: sha256(text), spec, directory: join(workspace, connectorName(spec.name)) };
}

function standingDesk({ context, redactor }: ChatToolsOptions): StandingDesk {
  return {
    connectors: () => connectorsIn(context.workspace),
    standing: (connector) => standingIn(context, connector),
    redact: redactor.redact,
  };
}
