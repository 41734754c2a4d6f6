/** deploy_connector and verify_connector: the last two steps, each by itself, after a person's yes where rows leave the machine. */
import { z } from "zod";
import { ToolError } from "../../../errors.ts";
import { agree } from "../agree.ts";
import { consentToDeploy } from "../consent.ts";
import { placeSchema } from "../place.ts";
import { defineOwnTool, type OwnTool } from "../said.ts";
import type { Server } from "../state.ts";
import { waitAndTell } from "./build-connector.ts";

const input = z.strictObject({ connector: z.string().min(1) });

export function deployConnector(server: Server): OwnTool {
  return defineOwnTool({
    name: "deploy_connector",
    title: "Deploy connector",
    description:
      "Hand a green connector to its platform, as its spec's `deploy` and `destination` say. A person must agree first: in a form, or " +
      "by a command in their own terminal. Refused while the report is red or of other code.",
    input,
    output: placeSchema,
    effect: "publish",
    run: async ({ connector }, call) => {
      const approval = await consentToDeploy(server, connector);
      const command = server.command(`consent ${connector} --deploy`);
      const wanted = await agree(approval, { consents: server.consents, call, command });
      return wanted ?? begin(server, connector, { step: "deploy", call });
    },
  });
}

export function verifyConnector(server: Server): OwnTool {
  return defineOwnTool({
    name: "verify_connector",
    title: "Verify connector",
    description: "What to expect in the destination: rows per table, and the SQL to see it with.",
    input,
    output: placeSchema,
    effect: "execute",
    run: ({ connector }, call) => begin(server, connector, { step: "verify", call }),
  });
}

type LastStep = Parameters<OwnTool["run"]>[1];

async function begin(
  server: Server,
  connector: string,
  { step, call }: { step: "deploy" | "verify"; call: LastStep },
): Promise<Awaited<ReturnType<typeof waitAndTell>>> {
  const running = server.runs.of(connector);
  if (running !== undefined && running.ended() === undefined) {
    throw new ToolError(`${connector} is at work (${running.doing()}). Call build_connector until it is over.`);
  }
  const { directory } = await server.storeOf(connector);
  const { spec_address } = await server.requirementsOf(connector);
  return waitAndTell(await server.runs.begin({ directory, spec: spec_address, step }), call);
}
