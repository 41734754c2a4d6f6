/** All tools of the server, in the order in which they are needed, and how they are listed. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { loadSkills } from "../../agent/skills.ts";
import type { Tool } from "../../agent/tool.ts";
import { inputSchemaOf } from "../../agent/tool.ts";
import { isDirectory } from "../../system/files.ts";
import { connectorStatus } from "../../tools/connector-status.ts";
import { proposeSpec } from "../../tools/propose-spec.ts";
import { SPECS } from "../secrets.ts";
import { connectorsIn } from "../standing.ts";
import { specDesk, standingDesk } from "../workspace.ts";
import type { Offer } from "./answer.ts";
import { annotationsOf, type Offered, offerStepTool, outputSchemaOf, stepTools } from "./catalogue.ts";
import { MCP_FOLDER } from "./consent.ts";
import { placeSchema } from "./place.ts";
import { defineOwnTool, isSaid, type OwnTool } from "./said.ts";
import type { Server } from "./state.ts";
import { adoptConnector } from "./tools/adopt-connector.ts";
import { askUser } from "./tools/ask-user.ts";
import { atWork, buildConnector } from "./tools/build-connector.ts";
import { enhanceConnector } from "./tools/enhance-connector.ts";
import { deployConnector, verifyConnector } from "./tools/hand-over.ts";
import { reportTool } from "./tools/report.ts";

export async function offer(server: Server): Promise<Offer> {
  const toBuild = (name: string) => `build_connector with connector ${JSON.stringify(name)}`;
  const spec = specDesk(server, { approve: async () => false, folder: MCP_FOLDER, toBuild });
  const own = [
    withSchema(fromAgent(proposeSpec(spec))),
    buildConnector(server),
    withStep(server, connectorStatus(standingDesk(server))),
    reportTool(server),
    askUser(server),
    adoptConnector(server),
    enhanceConnector(server),
    deployConnector(server),
    verifyConnector(server),
  ];
  return { own, steps: stepTools(), skills: [...(await loadSkills()).keys()] };
}

export function listed({ own, steps, skills }: Offer): Offered[] {
  return [...own.map(offerOwn), ...steps.map((tool) => withPlace(offerStepTool(tool, skills)))];
}

function offerOwn(tool: OwnTool): Offered {
  const { name, title, description, input, output } = tool;
  return {
    name,
    title,
    description,
    inputSchema: inputSchemaOf({ input } as Tool),
    ...(output ? { outputSchema: outputSchemaOf(output) } : {}),
    annotations: annotationsOf(tool),
  };
}

/** finish_step answers with where the connector is then. */
function withPlace(tool: Offered): Offered {
  return tool.name === "finish_step" ? { ...tool, outputSchema: outputSchemaOf(placeSchema) } : tool;
}

/** What a spec holds is told where it is written. */
function withSchema(tool: OwnTool): OwnTool {
  const where = "What a spec may hold: read_skill of the kind of source, or the resource syncsmith://spec-schema.";
  return { ...tool, description: `${tool.description} ${where}` };
}

function fromAgent(tool: Tool): OwnTool {
  const { name, title, description, input, effect } = tool;
  return defineOwnTool({
    name,
    title,
    description,
    input,
    effect,
    run: async (given, { signal }) => ({ text: (await tool.run(given, { signal })).text }),
  });
}

/** The standing with what is going on in this server, and what was begun and is not over. */
function withStep(server: Server, status: Tool): OwnTool {
  const tool = fromAgent(status);
  return {
    ...tool,
    run: async (given, call) => {
      const said = await tool.run(given, call);
      const { connector } = given as { connector?: string | undefined };
      if (!isSaid(said)) return said;
      const more = connector === undefined ? await unbuilt(server) : await goingOn(server, connector);
      return { text: [said.text, ...more].join("\n") };
    },
  };
}

async function goingOn(server: Server, connector: string): Promise<string[]> {
  const run = atWork(server, connector);
  const turn = run?.turn();
  if (run === undefined) {
    const store = await server.storeOf(connector);
    if (await isDirectory(store.path("enhancing"))) {
      return ["An enhancement was begun and is not over: the same call of enhance_connector goes on with it."];
    }
    const report = await store.readReport();
    return report === undefined ? ["It is not over: build_connector goes on."] : [];
  }
  if (turn === undefined) return [`At work (${run.about}): ${run.doing()}`];
  const missing = await turn.gate();
  const gate = missing.length === 0 ? ["nothing: call finish_step"] : missing;
  return [`Your turn (${run.about}), step ${turn.step}. Its gate misses:`, ...gate.map((line) => `- ${line}`)];
}

/** Specs that were written and never built. */
async function unbuilt({ context }: Server): Promise<string[]> {
  const known = new Set(await connectorsIn(context.workspace));
  const specs = await readdir(join(context.workspace, SPECS)).catch(() => []);
  const names = specs.map((file) => file.replace(/\.ya?ml$/, "")).filter((name) => !known.has(name));
  return names.map((name) => `${name}: a spec, not built yet (build_connector)`);
}
