/** Messages from a pipe: each line is one. No prompt, no echo. */
import { createInterface } from "node:readline";
import type { Answered, Input } from "./input.ts";

export function createPipedInput(stdin: NodeJS.ReadableStream): Input {
  const reader = createInterface({ input: stdin, terminal: false, crlfDelay: Number.POSITIVE_INFINITY });
  const queue: string[] = [];
  let ended = false;
  let wake: (() => void) | undefined;
  const changed = () => {
    wake?.();
    wake = undefined;
  };
  reader.on("line", (line) => {
    queue.push(line);
    changed();
  });
  reader.on("close", () => {
    ended = true;
    changed();
  });
  /** Whether a line is there; false at the end or when cancelled. */
  const arrived = async () => {
    if (queue.length > 0 || ended) return queue.length > 0;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
    return queue.length > 0;
  };
  return {
    interactive: false,
    message: async () => ((await arrived()) ? queue.shift() : undefined),
    answer: async ({ accepts }): Promise<Answered> => {
      if (!(await arrived())) return { kind: "nobody" };
      const [next = ""] = queue;
      if (!accepts(next)) return { kind: "other" };
      queue.shift();
      return { kind: "line", line: next };
    },
    cancel: changed,
    close: () => {
      ended = true;
      reader.close();
      changed();
    },
  };
}
