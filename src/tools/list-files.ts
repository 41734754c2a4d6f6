/** list_files: the connector's own files. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { defineTool, type Tool } from "../agent/tool.ts";
import { CONTRACT } from "../artifacts/contract.ts";
import { listFiles } from "../system/files.ts";
import { bytes, counted } from "../wording/numbers.ts";
import type { ConnectorDesk } from "./desk.ts";

/** What a sync leaves behind is no part of the connector, and an environment is none. */
export const NOT_FILES = ["files", "__pycache__", "crash-reports", "venv", "env", "node_modules", CONTRACT];

export function listFilesTool(desk: ConnectorDesk): Tool {
  return defineTool<Record<string, never>>({
    name: "list_files",
    title: "List files",
    description: "The connector's files with their sizes, and which of them may be written in this step.",
    input: z.strictObject({}),
    effect: "read",
    describe: () => "the connector's files",
    run: async () => {
      const paths = await listFiles(desk.directory, NOT_FILES);
      const lines = await Promise.all(
        paths.map(async (path) => {
          const size = (await stat(join(desk.directory, path))).size;
          return `${path} (${bytes(size)})${desk.locked(path) === undefined ? "" : " read only"}`;
        }),
      );
      return { text: lines.join("\n") || "There is no file yet.", outcome: counted(paths.length, "file") };
    },
  });
}
