/**
 * A model that does what the person says: `say TEXT`, `slow TEXT` (word by word), `hang`, `again TEXT` (after a retry), `down`,
 * `call TOOL JSON` (then it says what came back); else it repeats what was said.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { blocksOf, resultText } from "../../src/agent/messages.ts";
import { type ContentBlock, type Model, ModelError, type ModelRequest } from "../../src/agent/model.ts";

/** One with a price. */
export const SCRIPTED_MODEL = "claude-sonnet-5-5";

const usage = { input: 2000, cacheRead: 8000, cacheWrite: 0, output: 300 };
const said = (text: string) => ({ type: "text", text, citations: null }) as ContentBlock;

/** `seen`: what was sent to it. */
export function scriptedModel(seen: ModelRequest[] = []): Model {
  return async (request, options) => {
    seen.push(structuredClone(request));
    return reply(request, options);
  };
}

const reply: Model = async ({ messages }, { signal, onText, onRetry }) => {
  const blocks = blocksOf(messages.at(-1) ?? { role: "user", content: "" });
  const results = blocks.filter((block) => block.type === "tool_result");
  const words = blocks.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("\n");
  const whole = (content: ContentBlock[], stopReason: string) => ({ content, stopReason, usage });
  const speak = async (text: string, pause: number) => {
    for (const piece of text.match(/\S+\s*|\s+/g) ?? []) {
      if (pause > 0) await sleep(pause, undefined, { signal });
      onText(piece);
    }
    return whole([said(text)], "end_turn");
  };
  if (words === "" && results.length > 0) return speak(`Results: ${results.map(resultText).join(" | ")}`, 0);
  const [verb, ...rest] = words.split(" ");
  const text = rest.join(" ");
  if (verb === "hang") {
    onText("Thinking about ");
    await sleep(60_000, undefined, { signal });
  }
  if (verb === "again") {
    onText("Half a sen");
    onRetry("the connection broke");
    return speak(text, 0);
  }
  if (verb === "down") throw new ModelError("the endpoint is down", "unavailable");
  if (verb === "slow") return speak(text, 60);
  if (verb === "call") {
    const [name = "", ...json] = rest;
    onText("One call.");
    const input = JSON.parse(json.join(" ") || "{}") as unknown;
    return whole(
      [said("One call."), { type: "tool_use", id: `call-${messages.length}`, name, input } as ContentBlock],
      "tool_use",
    );
  }
  return speak(verb === "say" ? text : `You said: ${words}`, 0);
};
