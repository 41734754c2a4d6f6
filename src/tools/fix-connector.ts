/** fix_connector: one round of mending a red connector, and the proof again, after a person's yes. */
import { z } from "zod";
import { defineTool, type Tool } from "../agent/tool.ts";
import { ToolError } from "../errors.ts";
import { type BuildDesk, type BuildResult, type LoadedForBuild, resultForModel, stakes } from "./build-connector.ts";

/** For fix_connector. */
export interface FixDesk extends Pick<BuildDesk, "approve" | "model" | "redact"> {
  /** Throws `UserError` where there is no such connector, or nothing to mend. */
  load(connector: string): Promise<LoadedForBuild>;
  /** Events are shown by whoever lays out the desk. */
  fix(loaded: LoadedForBuild, signal: AbortSignal): Promise<BuildResult>;
}

export function fixConnector(desk: FixDesk): Tool {
  return defineTool<{ connector: string }>({
    name: "fix_connector",
    title: "Fix connector",
    description:
      "One round of mending a connector whose report is red: its cause is stated, the least is changed, and it is proven again. " +
      "build_connector does this by itself for what it generated; what somebody else wrote is mended only so.",
    input: z.strictObject({ connector: z.string().min(1) }),
    effect: "execute",
    describe: ({ connector }) => desk.redact(connector),
    run: async ({ connector }, { signal }) => {
      const loaded = await desk.load(connector);
      const lines = [
        "the cause of what its report shows is stated, the least is changed, and it is proven again",
        ...stakes(desk, loaded),
      ];
      if (!(await desk.approve({ question: `Fix ${loaded.spec.name}?`, lines: lines.map(desk.redact) }))) {
        throw new ToolError("Not fixed: refused.\nThe person did not say yes. Ask what should be different.");
      }
      return resultForModel(desk, await desk.fix(loaded, signal));
    },
  });
}
