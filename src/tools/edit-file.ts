/** edit_file: one passage of a file replaced by another. */
import { z } from "zod";
import { defineTool, type Tool } from "../agent/tool.ts";
import { ToolError } from "../errors.ts";
import { readConnectorFile, writeConnectorFile } from "./connector-file.ts";
import type { ConnectorDesk } from "./desk.ts";

interface Edit {
  path: string;
  old: string;
  new: string;
}

export function editFile(desk: ConnectorDesk): Tool {
  return defineTool<Edit>({
    name: "edit_file",
    title: "Edit file",
    description: "Replace one passage of a connector's file. `old` must occur exactly once, with its white space.",
    input: z.strictObject({ path: z.string().min(1), old: z.string().min(1), new: z.string() }),
    effect: "write",
    describe: ({ path, old }) => `${path}: ${(old.trim().split("\n")[0] ?? "").slice(0, 50)}`,
    run: async ({ path, old, new: replacement }) => {
      const { text } = await readConnectorFile(desk, path);
      const at = text.indexOf(old);
      if (at < 0)
        throw new ToolError(`${path} does not hold that passage. Read it again: read_file {"path": "${path}"}.`);
      const again = text.indexOf(old, at + 1);
      if (again >= 0) throw new ToolError(`${path} holds that passage more than once: give more of what is around it.`);
      await writeConnectorFile(desk, path, text.slice(0, at) + replacement + text.slice(at + old.length));
      const line = text.slice(0, at).split("\n").length;
      return { text: `${path} is changed at line ${line}.`, outcome: `line ${line}` };
    },
  });
}
