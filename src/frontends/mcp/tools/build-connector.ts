/** build_connector, as a host has it: begins or goes on, and comes back when it is the host's turn. */
import { basename } from "node:path";
import { z } from "zod";
import { UserError } from "../../../errors.ts";
import { STEP_NAMES } from "../../../workflow/events.ts";
import type { BuildRun } from "../../building.ts";
import { loadForBuild } from "../../workspace.ts";
import { agree } from "../agree.ts";
import { consentToBuild } from "../consent.ts";
import { placeOf, placeSchema } from "../place.ts";
import type { ConnectorRun } from "../runs.ts";
import { defineOwnTool, type OwnTool, type ToolCall } from "../said.ts";
import type { Server } from "../state.ts";

const STEPS = STEP_NAMES.filter((name) => name !== "requirements");

export function buildConnector(server: Server): OwnTool {
  return defineOwnTool({
    name: "build_connector",
    title: "Build connector",
    description:
      "Begin a connector, or go on with it: research, generate, test, fix (twice at most), document. Code does what needs no model; " +
      "comes back when it is your turn (with what the step asks for and its tools), when it is over, or after 45 seconds (call it " +
      "again to wait on). Steps that are done are kept. Nothing is deployed.",
    input: z.strictObject({
      connector: z.string().min(1).describe("its name, as propose_spec gave it, or the path of a spec"),
      step: z.enum(STEPS).optional().describe("only this step, anew: `test` proves it again"),
    }),
    output: placeSchema,
    effect: "execute",
    run: async ({ connector, step }, call) => {
      const running = server.runs.of(connector);
      if (running !== undefined && running.ended() === undefined && !running.stopping())
        return waitAndTell(running, call);
      const loaded = await loadForBuild(server.context, await specOf(server, connector));
      const approval = consentToBuild(loaded);
      if (approval !== undefined) {
        const command = server.command(`consent ${basename(loaded.directory)}`);
        const wanted = await agree(approval, { consents: server.consents, call, command });
        if (wanted !== undefined) return wanted;
      }
      await server.learn(loaded);
      const run: Omit<BuildRun, "model"> = {
        directory: loaded.directory,
        spec: loaded.path,
        ...(step ? { step } : {}),
      };
      return waitAndTell(await server.runs.begin(run), call);
    },
  });
}

/** A spec in the workspace or by its path; else the one that the connector was built from. */
async function specOf({ context, requirementsOf }: Server, connector: string): Promise<string> {
  try {
    return (await loadForBuild(context, connector)).path;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const built = await requirementsOf(connector).catch(() => undefined);
    if (built === undefined) throw error;
    return built.spec_address;
  }
}

export async function waitAndTell(run: ConnectorRun, call: ToolCall) {
  run.touch();
  await run.settled(call.signal, call.progress);
  // A client that cancels wants the work ended; where it is the host's turn there is no work to end.
  if (call.signal.aborted && run.turn() === undefined) await run.stop();
  return placeOf(run, { whole: true });
}
