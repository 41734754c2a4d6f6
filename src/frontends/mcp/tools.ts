/** All tools of the server, in the order in which they are needed, and how they are listed. */
import { loadSkills } from "../../agent/skills.ts";
import type { Tool } from "../../agent/tool.ts";
import { inputSchemaOf } from "../../agent/tool.ts";
import { connectorStatus } from "../../tools/connector-status.ts";
import { proposeSpec } from "../../tools/propose-spec.ts";
import { specDesk, standingDesk } from "../workspace.ts";
import type { Offer } from "./answer.ts";
import { annotationsOf, type Offered, offerStepTool, outputSchemaOf, stepTools } from "./catalogue.ts";
import { MCP_FOLDER } from "./consent.ts";
import { placeSchema } from "./place.ts";
import { defineOwnTool, isSaid, type OwnTool } from "./said.ts";
import type { Server } from "./state.ts";
import { adoptConnector } from "./tools/adopt-connector.ts";
import { askUser } from "./tools/ask-user.ts";
import { buildConnector } from "./tools/build-connector.ts";
import { enhanceConnector } from "./tools/enhance-connector.ts";
import { deployConnector, verifyConnector } from "./tools/hand-over.ts";
import { reportTool } from "./tools/report.ts";

export async function offer(server: Server): Promise<Offer> {
  const toBuild = (name: string) => `build_connector with connector ${JSON.stringify(name)}`;
  const spec = specDesk(server, { approve: async () => false, folder: MCP_FOLDER, toBuild });
  const own = [
    fromAgent(proposeSpec(spec)),
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

/** The standing with what is going on in this server: whose turn it is, and what the gate still misses. */
function withStep({ runs }: Server, status: Tool): OwnTool {
  const tool = fromAgent(status);
  return {
    ...tool,
    run: async (given, call) => {
      const said = await tool.run(given, call);
      const run = runs.of((given as { connector?: string }).connector ?? "");
      const turn = run?.turn();
      if (!isSaid(said) || run === undefined || run.ended() !== undefined) return said;
      if (turn === undefined) return { text: `${said.text}\nAt work: ${run.doing()}` };
      const missing = await turn.gate();
      const gate = missing.length === 0 ? ["nothing: call finish_step"] : missing;
      return {
        text: `${said.text}\nYour turn, step ${turn.step}. Its gate misses:\n${gate.map((line) => `- ${line}`).join("\n")}`,
      };
    },
  };
}
