/** enhance_connector: a connector that is there, changed on a copy and held against what it did before. */
import { ToolError } from "../../../errors.ts";
import { ENHANCE_CONNECTOR, NOTHING_ASKED } from "../../../tools/enhance-connector.ts";
import { enhancementLines } from "../../../wording/enhancement.ts";
import type { RunContext, RunOutcome } from "../../../workflow/run.ts";
import { enhanceWork } from "../../changing.ts";
import { loadForBuild } from "../../workspace.ts";
import { agree } from "../agree.ts";
import { consentToBuild } from "../consent.ts";
import { placeSchema } from "../place.ts";
import { defineOwnTool, type OwnTool } from "../said.ts";
import type { Server } from "../state.ts";
import { atWork, busy, inReach, waitAndTell } from "./build-connector.ts";

export function enhanceConnector(server: Server): OwnTool {
  return defineOwnTool({
    ...ENHANCE_CONNECTOR,
    description: `${ENHANCE_CONNECTOR.description} Goes on like build_connector.`,
    output: placeSchema,
    run: async ({ connector, what, spec }, call) => {
      const about = `enhance: ${what ?? spec}`;
      const running = atWork(server, connector);
      if (running !== undefined) {
        if (running.about !== about) throw busy(running);
        return waitAndTell(running, call);
      }
      if (what === undefined && spec === undefined) {
        throw new ToolError(NOTHING_ASKED);
      }
      const { directory } = await server.storeOf(connector);
      const changed = spec === undefined ? undefined : await inReach(server.context, spec);
      const address = changed ?? (await server.requirementsOf(connector)).spec_address;
      const loaded = { ...(await loadForBuild(server.context, address)), directory };
      const command = server.command(`consent ${JSON.stringify(address)}`);
      const wanted = await agree(consentToBuild(loaded), { consents: server.consents, call, command });
      if (wanted !== undefined) return wanted;
      await server.learn(loaded);
      const order = await orderOf({ what, spec: changed });
      const work = (session: RunContext) => enhance(session, order);
      return waitAndTell(await server.runs.begin({ directory, spec: address, work, about }), call);
    },
  });
}

async function orderOf({ what, spec }: { what: string | undefined; spec: string | undefined }) {
  // Words and nothing else: a path in them would have us read whatever file a model names.
  const { wantedOf } = await import("../../../workflow/enhance/request.ts");
  return {
    ...(what === undefined ? {} : { wanted: wantedOf(what) }),
    ...(spec === undefined ? {} : { spec }),
    // What loses rows is for a person to take over: `syncsmith enhance --accept-loss`.
    acceptLoss: false,
  };
}

/** Where it ends is all that the host's model is told: the difference goes with it. */
async function enhance(session: RunContext, order: Awaited<ReturnType<typeof orderOf>>): Promise<RunOutcome> {
  const told: string[] = [];
  const ended = await enhanceWork(order, (result) => void told.push(...enhancementLines(result)))(session);
  return { ...ended, summary: [ended.summary, ...told].join("\n") };
}
