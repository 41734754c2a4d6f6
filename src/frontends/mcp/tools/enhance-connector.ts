/** enhance_connector: a connector that is there, changed on a copy and held against what it did before. */
import { z } from "zod";
import { ToolError } from "../../../errors.ts";
import { behaviourLines } from "../../../wording/behaviour.ts";
import type { RunContext, RunOutcome } from "../../../workflow/run.ts";
import { loadForBuild } from "../../workspace.ts";
import { agree } from "../agree.ts";
import { consentToBuild } from "../consent.ts";
import { placeSchema } from "../place.ts";
import { defineOwnTool, type OwnTool } from "../said.ts";
import type { Server } from "../state.ts";
import { atWork, busy, inReach, waitAndTell } from "./build-connector.ts";

export function enhanceConnector(server: Server): OwnTool {
  return defineOwnTool({
    name: "enhance_connector",
    title: "Enhance connector",
    description:
      "Change a connector that is there, ours or an adopted one: on a copy, proven, and held against what it did before (rows, " +
      "requests, state, keys and types). Only green is taken over. Goes on like build_connector.",
    input: z.strictObject({
      connector: z.string().min(1),
      what: z.string().min(1).optional().describe("what should be different, in words; a filled-in template whole"),
      spec: z.string().min(1).optional().describe("path of a changed spec in the project"),
    }),
    output: placeSchema,
    effect: "execute",
    run: async ({ connector, what, spec }, call) => {
      const about = `enhance: ${what ?? spec}`;
      const running = atWork(server, connector);
      if (running !== undefined) {
        if (running.about !== about) throw busy(running);
        return waitAndTell(running, call);
      }
      if (what === undefined && spec === undefined) {
        throw new ToolError("Nothing is asked for: give `what`, in words, or `spec`, a changed spec.");
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

async function enhance(session: RunContext, order: Awaited<ReturnType<typeof orderOf>>): Promise<RunOutcome> {
  const { enhanceConnector: change } = await import("../../../workflow/enhance/enhance.ts");
  const { enhancement, page, patch, exitCode } = await change(session, order);
  const kept = enhancement.outcome === "kept";
  const lines = enhancement.behaviour.flatMap((one) => [`Before and after, ${one.target}:`, ...behaviourLines(one)]);
  const summary = [
    kept ? enhancement.summary : `${enhancement.summary}; the connector is as it was`,
    ...lines,
    `The record: ${page}`,
    ...(patch === undefined ? [] : [`For the original: ${patch} (patch -p1)`]),
  ].join("\n");
  return { outcome: kept ? "green" : "not-green", exitCode, summary };
}
