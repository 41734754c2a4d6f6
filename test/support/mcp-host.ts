/** A host of the MCP server, with a model's part played from a recording: each of its calls is made as a call of the protocol. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { readRecording } from "./messages-endpoint.ts";
import { fillRecording } from "./record.ts";

export const PROGRAM = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

export interface ToolResult {
  text: string;
  structured: Record<string, unknown> | undefined;
  isError: boolean;
}

/** A call as whatever client makes it. */
export type CallTool = (name: string, input: Record<string, unknown>) => Promise<ToolResult>;

/** What every line of clients gives back for a call. */
export function resultOf(answer: unknown): ToolResult {
  const { content, structuredContent, isError } = answer as {
    content: { type: string; text?: string }[];
    structuredContent?: Record<string, unknown>;
    isError?: boolean;
  };
  return {
    text: content.map(({ text = "" }) => text).join("\n"),
    structured: structuredContent,
    isError: isError === true,
  };
}

/** The environment that a started program needs to find programs, and nothing of the test's own. */
export function plainEnvironment(own: Record<string, string> = {}): Record<string, string> {
  const { PATH = "", HOME = "" } = process.env;
  return { PATH, HOME, ...own };
}

/** Calls build_connector until it is the host's turn, or over. */
export async function goOn(call: CallTool, connector: string): Promise<ToolResult> {
  for (;;) {
    const place = await call("build_connector", { connector });
    if (place.isError || place.structured?.state !== "working") return place;
  }
}

/**
 * Plays a recorded conversation: the calls of all its replies, in their order, each for this connector. Returns the answers
 * and where the connector is at the end.
 */
export async function playRecording(
  call: CallTool,
  { recording, baseUrl, spec, connector }: { recording: string; baseUrl: string; spec: string; connector: string },
): Promise<{ answers: (ToolResult & { name: string })[]; end: ToolResult }> {
  const text = await readFile(new URL(`../recordings/${recording}.jsonl`, import.meta.url), "utf8");
  const answers: (ToolResult & { name: string })[] = [];
  let end = await goOn(call, spec);
  if (end.isError) throw new Error(end.text);
  for (const { reply = [] } of readRecording(fillRecording(text, baseUrl))) {
    for (const block of reply) {
      if (typeof block === "string" || block.type !== "tool_use") continue;
      const { name, input } = block as { name: string; input: Record<string, unknown> };
      const answer = await call(name, name === "ask_user" ? input : { connector, ...input });
      answers.push({ name, ...answer });
      if (name === "finish_step" && !answer.isError)
        end = answer.structured?.state === "working" ? await goOn(call, connector) : answer;
    }
  }
  return { answers, end };
}
