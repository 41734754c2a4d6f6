/** Prompts that a host offers to the person, as commands: what to do with a connector, in Syncsmith's own words. */
import { completable, type McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { loadPrompt, renderPrompt } from "../../agent/prompt.ts";
import type { Server } from "./state.ts";

export function registerPrompts(mcp: McpServer, state: () => Promise<Server>): void {
  const connector = completable(z.string().describe("the connector's name"), async (typed) => {
    const { openShelf } = await import("./shelf.ts");
    return openShelf(await state()).connectors(typed ?? "");
  });
  const said = async (name: string, variables: Record<string, string>) => ({
    messages: [
      {
        role: "user" as const,
        content: { type: "text" as const, text: renderPrompt(await loadPrompt(`mcp/${name}`), variables) },
      },
    ],
  });
  mcp.registerPrompt(
    "build-connector",
    {
      title: "Build a connector",
      description: "From a source to a proven connector",
      argsSchema: z.object({ wish: z.string().describe("the source, the target, whatever is known") }),
    },
    ({ wish }) => said("build-connector", { wish }),
  );
  mcp.registerPrompt(
    "enhance-connector",
    {
      title: "Enhance a connector",
      description: "Change one that is there, and show what it does otherwise than before",
      argsSchema: z.object({ connector, request: z.string().describe("what should be different") }),
    },
    ({ connector: name, request }) => said("enhance-connector", { connector: name, request }),
  );
  mcp.registerPrompt(
    "fix-connector",
    {
      title: "Fix a connector",
      description: "Find and mend what a report or a person says is wrong",
      argsSchema: z.object({ connector, problem: z.string().optional().describe("what was noticed") }),
    },
    ({ connector: name, problem }) =>
      said("fix-connector", { connector: name, problem: problem || "see its last report" }),
  );
  mcp.registerPrompt(
    "explain-report",
    {
      title: "Explain a report",
      description: "What is proven, on what basis, and what is not",
      argsSchema: z.object({ connector }),
    },
    ({ connector: name }) => said("explain-report", { connector: name }),
  );
}
