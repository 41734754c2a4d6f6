/** enhance_connector: a connector that is there, changed on a copy and held against what it did before. */
import { resolve } from "node:path";
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
import { waitAndTell } from "./build-connector.ts";

export function enhanceConnector(server: Server): OwnTool {
  return defineOwnTool({
    name: "enhance_connector",
    title: "Enhance connector",
    description:
      "Change a connector that is there, ours or an adopted one: on a copy, proven, and held against what it did before (rows, " +
      "requests, state, keys and types). Only green is taken over. Goes on like build_connector.",
    input: z.strictObject({
      connector: z.string().min(1),
      what: z.string().min(1).optional().describe("what should be different, in words, or the path of a file with it"),
      spec: z.string().min(1).optional().describe("path of a changed spec"),
    }),
    output: placeSchema,
    effect: "execute",
    run: async ({ connector, what, spec }, call) => {
      const running = server.runs.of(connector);
      if (running !== undefined && running.ended() === undefined && !running.stopping())
        return waitAndTell(running, call);
      if (what === undefined && spec === undefined) {
        throw new ToolError("Nothing is asked for: give `what`, in words, or `spec`, a changed spec.");
      }
      const { directory } = await server.storeOf(connector);
      const { spec_address } = await server.requirementsOf(connector);
      const loaded = { ...(await loadForBuild(server.context, spec ?? spec_address)), directory };
      const approval = consentToBuild(loaded);
      if (approval !== undefined) {
        const command = server.command(`consent ${JSON.stringify(spec ?? connector)}`);
        const wanted = await agree(approval, { consents: server.consents, call, command });
        if (wanted !== undefined) return wanted;
      }
      await server.learn(loaded);
      const order = await orderOf({ what, spec });
      const work = (session: RunContext) => enhance(session, order);
      return waitAndTell(await server.runs.begin({ directory, spec: loaded.path, work }), call);
    },
  });
}

async function orderOf({ what, spec }: { what: string | undefined; spec: string | undefined }) {
  const { readWanted } = await import("../../../workflow/enhance/request.ts");
  return {
    ...(what === undefined ? {} : { wanted: await readWanted(what) }),
    ...(spec === undefined ? {} : { spec: resolve(spec) }),
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
