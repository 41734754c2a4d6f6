/** Room in a growing context. */
import { describe, expect, it } from "vitest";
import { chooseCleared, clearResults } from "../../src/agent/context.ts";
import type { MessageParam } from "../../src/agent/model.ts";
import { logOf, play } from "./setup.ts";
import { call, finish, tool } from "./tools.ts";

/** Eight thousand characters: two thousand tokens. */
const page = (n: number) => `page ${n}: ${"words ".repeat(1332)}`;
const big = tool("big", ({ n }) => ({ text: page(n) }));
const LIMITS = { threshold: 20_000, keepTurns: 2 };

/** An endpoint counts what it is sent: here four characters are a token, as the estimate has it. */
function growing(turns: number) {
  return (request: { raw: string }, index: number) => ({
    reply: [index < turns ? call("big", index) : call("finish")],
    usage: { input_tokens: Math.ceil(request.raw.length / 4), output_tokens: 10 },
  });
}

describe("old results", () => {
  it("are cleared in big strides, the last turns' kept, and calls stay paired with results", async () => {
    const { outcome, endpoint, events, path } = await play({
      script: growing(30),
      tools: [big, finish],
      deps: { context: LIMITS },
    });
    expect(outcome).toEqual({ kind: "done" });
    const sent = endpoint.requests.map(({ body }) => body.messages);
    for (const messages of sent) {
      const calls = messages.flatMap(({ content }) => content.flatMap(({ id }) => (id ? [id] : [])));
      const results = messages.flatMap(({ content }) => content.flatMap((block) => block.tool_use_id ?? []));
      expect(results).toEqual(calls);
      const texts = messages.flatMap(({ content }) => content.flatMap((block) => block.content ?? []));
      for (const text of texts.slice(-2)) expect(text).toMatch(/^page \d+: words/);
      for (const text of texts) expect(text).toMatch(/^page|^\[cleared: \d+ characters of big, to make room; call/);
    }
    for (const { raw } of endpoint.requests) expect(raw.length / 4).toBeLessThan(LIMITS.threshold * 1.2);
    const cleared = events.flatMap((event) => (event.type === "cleared" ? [event] : []));
    expect(cleared.length).toBeGreaterThanOrEqual(3);
    // Thirty turns, and the prefix broke at only a few of them.
    expect(cleared.length).toBeLessThan(6);
    for (const { results, tokens } of cleared) {
      expect(results).toBeGreaterThan(4);
      expect(tokens).toBeGreaterThan(LIMITS.threshold * 0.2);
    }
    const breaks = sent.slice(1).filter((messages, at) => !begins(messages, sent[at] ?? []));
    expect(breaks).toHaveLength(cleared.length);
    expect((await logOf(path)).filter(({ type }) => type === "cleared")).toHaveLength(cleared.length);
  });

  it("are cleared for a resumed conversation as they were before", async () => {
    const first = await play({
      script: growing(30),
      tools: [big, finish],
      deps: { context: LIMITS },
      limits: { turns: 14, usd: 100, minutes: 5 },
    });
    expect(first.outcome).toMatchObject({ kind: "limit" });
    expect(first.events.some(({ type }) => type === "cleared")).toBe(true);
    const second = await play({ path: first.path, script: [{ reply: [call("finish")] }], tools: [big, finish] });
    const before = first.endpoint.requests.at(-1)?.body.messages ?? [];
    expect(begins(second.endpoint.requests[0]?.body.messages ?? [], before)).toBe(true);
  });

  it("stay when there is room, and when clearing them would free little", () => {
    const messages = conversation([7000, 7000, 300, 500, 9000]);
    expect(chooseCleared(messages, 19_000, LIMITS)).toEqual([]);
    expect(chooseCleared(messages, 30_000, LIMITS)).toEqual([]);
    expect(chooseCleared(conversation([300, 300, 300, 300, 300, 300]), 30_000, LIMITS)).toEqual([]);
  });

  it("of the last turns but one go too, when that is the only way", () => {
    const messages = conversation([100, 20_000, 20_000]);
    expect(chooseCleared(messages, 30_000, LIMITS)).toEqual(["c1"]);
  });

  it("are cleared once: what is cleared is not cleared again", () => {
    const messages = conversation([20_000, 20_000, 20_000, 20_000]);
    const calls = chooseCleared(messages, 30_000, LIMITS);
    expect(calls).toEqual(["c0", "c1"]);
    const cleared = clearResults(messages, new Set(calls));
    expect(clearResults(cleared, new Set(calls))).toEqual(cleared);
    expect(chooseCleared(cleared, 30_000, { ...LIMITS, keepTurns: 2 })).toEqual(["c2"]);
  });
});

function begins(messages: unknown[], earlier: unknown[]): boolean {
  const bare = (list: unknown[]) =>
    list.map((item) => JSON.stringify(item, (key, value) => (key === "cache_control" ? undefined : value)));
  const [long, short] = [bare(messages), bare(earlier)];
  return short.every((item, index) => item === long[index]);
}

function conversation(lengths: number[]): MessageParam[] {
  return lengths.flatMap((length, index): MessageParam[] => [
    { role: "assistant", content: [{ type: "tool_use", id: `c${index}`, name: "big", input: {} }] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: `c${index}`, content: "x".repeat(length) }] },
  ]);
}
