/** A bug of ours must not end a conversation: it is said in a line, to the person and to the model, and its stack is kept. */
import { appendFile, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Tool } from "../../agent/tool.ts";
import { messageOf, ToolError, UserError } from "../../errors.ts";
import type { Redactor } from "../../system/secrets.ts";
import type { Screen } from "./screen.ts";

export interface Bugs {
  /** Keeps its stack and says it to the person; comes back with the same in words. `what`: what it ended. */
  say(error: unknown, what: string): Promise<string>;
  /** The tools, each of which answers a bug instead of throwing it. */
  guard(tools: readonly Tool[]): Tool[];
}

export interface BugsOptions {
  /** File that stacks are appended to. */
  path: string;
  screen: Pick<Screen, "note">;
  redactor: Redactor;
}

export function createBugs({ path, screen, redactor }: BugsOptions): Bugs {
  const keep = async (text: string) => {
    await mkdir(dirname(path), { recursive: true });
    await appendFile(path, text, { mode: 0o600 });
  };
  const say: Bugs["say"] = async (error, what) => {
    const words = redactor.redact(`This is a bug of Syncsmith's: ${messageOf(error).split("\n")[0]}`);
    const stack = error instanceof Error ? error.stack : undefined;
    const kept = await keep(redactor.redact(`${new Date().toISOString()} ${what}\n${stack ?? words}\n\n`)).then(
      () => ` Where it happened is kept in ${path}.`,
      () => "",
    );
    screen.note(`${words}. It ended ${what}, and the conversation goes on.${kept}`, "red");
    return words;
  };
  const guarded = (tool: Tool): Tool => ({
    ...tool,
    run: async (input, context) => {
      try {
        return await tool.run(input, context);
      } catch (error) {
        if (error instanceof ToolError || error instanceof UserError || context.signal.aborted) throw error;
        const words = await say(error, tool.name);
        throw new ToolError(
          `${words}\nThe call was not carried out, or only in part. Say so to the person; look at how things stand before you go on.`,
          { cause: error },
        );
      }
    },
  });
  return { say, guard: (tools) => tools.map(guarded) };
}
