/** build_connector, as a host has it: begins or goes on, and comes back when it is the host's turn. */
import { resolve } from "node:path";
import { z } from "zod";
import { ToolError, UserError } from "../../../errors.ts";
import { confine } from "../../../system/files.ts";
import { STEP_NAMES } from "../../../workflow/events.ts";
import { loadForBuild } from "../../workspace.ts";
import { agree } from "../agree.ts";
import { consentToBuild } from "../consent.ts";
import { BUILD, placeOf, placeSchema } from "../place.ts";
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
      "comes back when it is your turn (with what the step asks for and its tools), when it is over, or after 40 seconds (call it " +
      "again to wait on). Steps that are done are kept. Nothing is deployed.",
    input: z.strictObject({
      connector: z.string().min(1).describe("its name, as propose_spec gave it, or the path of a spec"),
      step: z.enum(STEPS).optional().describe("only this step, anew: `test` proves it again"),
      again: z.boolean().optional().describe("the text of the step that is on once more, whole"),
    }),
    output: placeSchema,
    effect: "execute",
    run: async ({ connector, step, again }, call) => {
      const running = atWork(server, connector);
      if (running !== undefined) {
        if (step !== undefined && running.about !== aboutStep(step)) throw busy(running);
        return waitAndTell(running, call, { again });
      }
      const loaded = await loadForBuild(server.context, await specOf(server, connector));
      const command = server.command(`consent ${JSON.stringify(loaded.path)}`);
      const wanted = await agree(consentToBuild(loaded), { consents: server.consents, call, command });
      if (wanted !== undefined) return wanted;
      await server.learn(loaded);
      const { directory, path: spec } = loaded;
      const run = step ? { directory, spec, step, about: aboutStep(step) } : { directory, spec, about: BUILD };
      return waitAndTell(await server.runs.begin(run), call, { again });
    },
  });
}

export function aboutStep(step: string): string {
  return `the step ${step} alone`;
}

/** The run of a connector, unless it is over or ending. */
export function atWork({ runs }: Server, connector: string): ConnectorRun | undefined {
  const run = runs.of(connector);
  return run === undefined || run.ended() !== undefined || run.stopping() ? undefined : run;
}

export function busy(run: ConnectorRun): ToolError {
  const turn = run.turn();
  const how =
    turn === undefined
      ? `at work (${run.doing()}): call build_connector to wait`
      : `in ${turn.step}, which is your turn: end it with finish_step`;
  return new ToolError(`Not begun: ${run.connector} is still about something else (${run.about}). It is ${how}.`);
}

/** A spec in the workspace, or by a path in it or in the project; else the one that the connector was built from. */
async function specOf({ context, requirementsOf }: Server, connector: string): Promise<string> {
  if (/[\\/]/.test(connector)) return inReach(context, connector);
  try {
    return (await loadForBuild(context, connector)).path;
  } catch (error) {
    const built = await requirementsOf(connector).catch(() => undefined);
    if (built !== undefined) return built.spec_address;
    const why = error instanceof UserError && !/ENOENT/.test(error.message) ? `${error.message} ` : "";
    throw new ToolError(`${why}There is no spec ${connector} here. propose_spec writes one.`);
  }
}

/** Other files of the machine are nobody's specs: what is wrong with them would say what is in them. */
export async function inReach({ workspace }: Pick<Server["context"], "workspace">, path: string): Promise<string> {
  for (const root of [resolve("."), resolve(workspace)]) {
    const inside = await confine(root, path).catch(() => undefined);
    if (inside !== undefined) return inside;
  }
  throw new ToolError(
    `${path} is neither in the project (${resolve(".")}) nor in the workspace (${resolve(workspace)}).`,
  );
}

export async function waitAndTell(run: ConnectorRun, call: ToolCall, { again }: { again?: boolean | undefined } = {}) {
  run.touch();
  await run.settled(call);
  // A client that cancels wants the work ended; where it is the host's turn there is no work to end.
  if (call.signal.aborted && run.turn() === undefined) await run.stop();
  return placeOf(run, { again: again === true });
}
