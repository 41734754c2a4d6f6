/** The tools of a conversation, over desks laid out for this workspace. */
import type { Tool } from "../../agent/tool.ts";
import type { CommandContext } from "../../options.ts";
import type { Redactor } from "../../system/secrets.ts";
import { askUser } from "../../tools/ask-user.ts";
import { type BuildDesk, buildConnector, modelFor } from "../../tools/build-connector.ts";
import { connectorStatus } from "../../tools/connector-status.ts";
import { proposeSpec } from "../../tools/propose-spec.ts";
import { connectorName } from "../../workflow/requirements.ts";
import { connectorNamed } from "../standing.ts";
import { learn, loadForBuild, specDesk, standingDesk } from "../workspace.ts";
import { changingTools } from "./changing-tools.ts";
import { CHAT_FOLDER, type ChatHands } from "./hands.ts";

export interface ChatToolsOptions {
  context: CommandContext;
  redactor: Redactor;
  /** Of the steps. */
  model: BuildDesk["model"];
}

export function chatTools(options: ChatToolsOptions, hands: ChatHands): Tool[] {
  return [
    proposeSpec(
      specDesk(options, {
        approve: hands.approve,
        folder: CHAT_FOLDER,
        toBuild: (name) => `build_connector with spec ${JSON.stringify(name)}`,
      }),
    ),
    buildConnector(buildDesk(options, hands)),
    focusing(connectorStatus(standingDesk(options)), options, hands),
    ...changingTools(options, hands),
    askUser(hands),
  ];
}

/** Whose standing was asked for, that connector is looked at from then on. */
function focusing(status: Tool, { context }: ChatToolsOptions, { focus }: ChatHands): Tool {
  return {
    ...status,
    run: async (input, call) => {
      const output = await status.run(input, call);
      const { connector } = input as { connector?: string | undefined };
      if (connector !== undefined) {
        Object.assign(focus, { connector: await connectorNamed(context, connector), folder: undefined });
      }
      return output;
    },
  };
}

function buildDesk(options: ChatToolsOptions, { approve, run, focus }: ChatHands): BuildDesk {
  const { context, redactor, model } = options;
  return {
    approve,
    model,
    redact: redactor.redact,
    load: async (spec) => {
      const loaded = await loadForBuild(context, spec);
      await learn(options, loaded.path, JSON.stringify(loaded.spec));
      return loaded;
    },
    build: async ({ path, directory, spec }, signal) => {
      const result = await run({ directory, spec: path, model: modelFor({ model }, spec)?.id ?? "none" }, signal);
      Object.assign(focus, { connector: connectorName(spec.name), folder: undefined });
      return result;
    },
  };
}
