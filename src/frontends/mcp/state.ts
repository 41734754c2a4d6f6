/** What one server process knows: shared by all clients that it serves. */
import { resolve } from "node:path";
import { modelSecrets } from "../../agent/credentials.ts";
import { ToolError, UserError } from "../../errors.ts";
import type { CommandContext } from "../../options.ts";
import { createRedactor } from "../../system/secrets.ts";
import type { LoadedForBuild } from "../../tools/build-connector.ts";
import { needRequirements } from "../../workflow/step.ts";
import { learnSecrets } from "../secrets.ts";
import { ownStoreOf } from "../standing.ts";
import { learn, type Workspace } from "../workspace.ts";
import { type Consents, type Known, openConsents } from "./consent.ts";
import { createRuns, type Runs } from "./runs.ts";

export interface Server extends Workspace, Known {
  runs: Runs;
  consents: Consents;
  /** A command line of this program on this workspace, for a person to run. */
  command(words: string): string;
  /** From now on the values behind a spec's references are shown to nobody. */
  learn(loaded: LoadedForBuild): Promise<void>;
}

export async function createServer(context: CommandContext): Promise<Server> {
  const redactor = createRedactor(modelSecrets(context.environment));
  await learnSecrets(redactor, context);
  const stores = (connector: string) =>
    ownStoreOf(context, connector).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      throw new ToolError(
        `There is no connector ${connector} here. connector_status names those there are; propose_spec and build_connector make one.`,
      );
    });
  return {
    context,
    redactor,
    runs: createRuns(context, redactor),
    consents: openConsents(context.workspace),
    command: (words) => `syncsmith --workspace ${JSON.stringify(resolve(context.workspace))} ${words}`,
    learn: ({ path, spec }) => learn({ context, redactor }, path, JSON.stringify(spec)),
    storeOf: stores,
    requirementsOf: async (connector) => needRequirements({ store: await stores(connector) }),
  };
}
