/** write_file: a whole file of the connector. */
import { z } from "zod";
import { defineTool, type Tool } from "../agent/tool.ts";
import { counted } from "../wording/numbers.ts";
import { writeConnectorFile } from "./connector-file.ts";
import type { ConnectorDesk } from "./desk.ts";

export function writeFileTool(desk: ConnectorDesk): Tool {
  return defineTool<{ path: string; content: string }>({
    name: "write_file",
    title: "Write file",
    description: "Write a file of the connector whole. For a change of a few lines use edit_file.",
    input: z.strictObject({ path: z.string().min(1), content: z.string() }),
    effect: "write",
    describe: ({ path, content }) => `${path} (${counted(content.split("\n").length, "line")})`,
    run: async ({ path, content }) => {
      await writeConnectorFile(desk, path, content.endsWith("\n") ? content : `${content}\n`);
      return { text: `${path} is written.`, outcome: "written" };
    },
  });
}
