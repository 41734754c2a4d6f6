/** read_file: one of the connector's files, with line numbers. */
import { z } from "zod";
import { defineTool, type Tool } from "../agent/tool.ts";
import { counted } from "../wording/numbers.ts";
import { readConnectorFile } from "./connector-file.ts";
import type { ConnectorDesk } from "./desk.ts";

interface Input {
  path: string;
  from?: number | undefined;
  to?: number | undefined;
}

export function readFileTool(desk: ConnectorDesk): Tool {
  return defineTool<Input>({
    name: "read_file",
    title: "Read file",
    description: "A file of the connector with line numbers. `from` and `to` take a part of it.",
    input: z.strictObject({
      path: z.string().min(1),
      from: z.int().positive().optional(),
      to: z.int().positive().optional(),
    }),
    effect: "read",
    describe: ({ path, from, to }) => `${path}${from || to ? ` ${from ?? 1}-${to ?? ""}` : ""}`,
    run: async ({ path, from = 1, to }) => {
      const { text } = await readConnectorFile(desk, path);
      const lines = text.split("\n");
      if (lines.at(-1) === "") lines.pop();
      const part = lines.slice(from - 1, to);
      const numbered = part.map((line, index) => `${String(from + index).padStart(4)} ${line}`);
      return { text: desk.redact(numbered.join("\n")) || "(empty)", outcome: counted(part.length, "line") };
    },
  });
}
