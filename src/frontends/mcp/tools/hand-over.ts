/** deploy_connector and verify_connector: the last two steps, each by itself, after a person's yes where rows leave the machine. */
import { z } from "zod";
import { verificationSchema } from "../../../artifacts/deployment.ts";
import { ToolError } from "../../../errors.ts";
import { agree } from "../agree.ts";
import { consentToDeploy } from "../consent.ts";
import { placeSchema } from "../place.ts";
import { defineOwnTool, type OwnTool } from "../said.ts";
import type { Server } from "../state.ts";
import { aboutStep, atWork, busy, waitAndTell } from "./build-connector.ts";

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
      const { spec } = await server.requirementsOf(connector);
      if (!spec.deploy.enabled) {
        throw new ToolError(
          "Nothing was asked or sent: the spec does not ask for it. Set deploy.enabled with propose_spec, if the person wants it, and build again.",
        );
      }
      const approval = await consentToDeploy(server, connector);
      const command = server.command(`consent ${connector} --deploy`);
      const wanted = approval && (await agree(approval, { consents: server.consents, call, command }));
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
    run: async ({ connector }, call) => {
      const place = await begin(server, connector, { step: "verify", call });
      const found = await (await server.storeOf(connector)).read("verification.json", verificationSchema);
      const sql = Object.entries(found?.sql ?? {}).map(([type, text]) => `SQL for ${type}:\n${text}`);
      const instructions = [place.text, ...sql].join("\n\n");
      return { text: instructions, structured: { ...place.structured, instructions } };
    },
  });
}

type LastStep = Parameters<OwnTool["run"]>[1];

async function begin(
  server: Server,
  connector: string,
  { step, call }: { step: "deploy" | "verify"; call: LastStep },
): Promise<Awaited<ReturnType<typeof waitAndTell>>> {
  const running = atWork(server, connector);
  if (running !== undefined) throw busy(running);
  const { directory } = await server.storeOf(connector);
  const { spec_address } = await server.requirementsOf(connector);
  return waitAndTell(await server.runs.begin({ directory, spec: spec_address, step, about: aboutStep(step) }), call);
}
