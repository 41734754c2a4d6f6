/** How a conversation ends: every stop reason, every limit, an interrupt. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { ScriptEntry } from "../support/messages-endpoint.ts";
import { verifies } from "../support/verifies.ts";
import { logOf, play, temporaryDirectory } from "./setup.ts";
import { call, finish, tool, WIDE } from "./tools.ts";

const read = tool("read", ({ n }) => ({ text: `result ${n}` }));

describe(verifies("agent.loop", "a stop reason"), () => {
  it.each([
    ["max_tokens", "truncated", "cut at 32000 tokens"],
    ["model_context_window_exceeded", "truncated", "no longer fits"],
    ["refusal", "refused", "It could do harm."],
    ["brand_new_reason", "stopped", "not known here: brand_new_reason"],
    [null, "stopped", "not known here: null"],
  ])("of %s runs no call, however whole it looks", async (stopReason, kind, words) => {
    const ran: unknown[] = [];
    const write = tool(
      "write",
      (input) => {
        ran.push(input);
        return { text: "written" };
      },
      "write",
    );
    const { outcome, endpoint, path, events } = await play({
      script: [
        {
          reply: ["So far.", call("write", 12), call("write", 34)],
          stopReason,
          stopDetails:
            stopReason === "refusal" ? { type: "refusal", category: null, explanation: "It could do harm." } : null,
        },
      ],
      tools: [write],
    });
    expect(outcome).toEqual({ kind, text: expect.stringContaining(words) });
    expect(ran).toEqual([]);
    expect(endpoint.requests).toHaveLength(1);
    expect(events.filter(({ type }) => type === "tool-called")).toEqual([]);
    const log = await logOf(path);
    expect(JSON.stringify(log)).not.toContain("tool_use");
    expect(log.at(-1)).toMatchObject({ type: "ended", outcome: kind });
  });

  it("of max_tokens in the middle of a call's input does not run what was made of it", async () => {
    const ran: unknown[] = [];
    const write = tool(
      "write",
      (input) => {
        ran.push(input);
        return { text: "written" };
      },
      "write",
    );
    const { outcome } = await play({
      script: [{ reply: [call("write", 12)], cutInput: 6, stopReason: "max_tokens" }],
      tools: [write],
    });
    expect(outcome.kind).toBe("truncated");
    expect(ran).toEqual([]);
  });

  it("of pause_turn sends it again", async () => {
    const { outcome, endpoint } = await play({
      script: [{ reply: ["Wait."], stopReason: "pause_turn" }, { reply: [call("finish")] }],
      tools: [finish],
    });
    expect(outcome).toEqual({ kind: "done" });
    expect(endpoint.requests[1]?.body.messages.map(({ role }) => role)).toEqual(["user", "assistant"]);
  });

  it.each(["end_turn", "stop_sequence"])("of %s ends the turn, even with a call", async (stopReason) => {
    const { outcome, path } = await play({
      script: [{ reply: ["Done so far.", call("read")], stopReason }],
      tools: [read],
    });
    expect(outcome).toEqual({ kind: "stopped", text: "Done so far." });
    expect(JSON.stringify(await logOf(path))).not.toContain("tool_use");
  });
});

describe("a model that ends its turn", () => {
  it("is told what is missing, at most three times", async () => {
    let asked = 0;
    const nudge = async () => `Missing: ${++asked}.`;
    const words = { reply: ["I think I am done."] };
    const { outcome, endpoint } = await play({ script: [words, words, words, words], task: { nudge } });
    expect(outcome).toEqual({ kind: "stopped", text: "I think I am done." });
    expect(endpoint.requests).toHaveLength(4);
    expect(
      endpoint.requests[3]?.body.messages.flatMap(({ role, content }) => (role === "user" ? [content[0]?.text] : [])),
    ).toEqual(["Begin.", "Missing: 1.", "Missing: 2.", "Missing: 3."]);
  });

  it("ends where there is nothing to tell it", async () => {
    const { outcome, endpoint } = await play({ script: [{ reply: ["Bye."] }], task: { nudge: async () => undefined } });
    expect(outcome).toEqual({ kind: "stopped", text: "Bye." });
    expect(endpoint.requests).toHaveLength(1);
  });

  it("with an empty reply, or thoughts alone, leaves no message that the endpoint would refuse", async () => {
    const thought = { type: "thinking" as const, thinking: "Hm.", signature: "s" };
    const { endpoint, budget } = await play({
      script: [{ reply: [] }, { reply: [thought] }, { reply: ["  "] }, { reply: [call("finish")] }],
      tools: [finish],
      task: { nudge: async () => "Go on." },
    });
    expect(endpoint.requests[3]?.body.messages.map(({ role }) => role)).toEqual(["user", "user", "user", "user"]);
    expect(budget.spent.turns).toBe(4);
  });

  it("goes on in a chat with the next message, in the same conversation", async () => {
    const first = await play({ script: [{ reply: ["Hello!"] }], task: { keepOpen: true } });
    expect(first.outcome).toEqual({ kind: "stopped", text: "Hello!" });
    expect((await logOf(first.path)).at(-1)).toMatchObject({ type: "message" });
  });
});

describe(verifies("agent.limits", "a limit"), () => {
  const looks = (): ScriptEntry => ({
    reply: [call("read", Math.round(Math.random() * 1e9))],
    usage: { input_tokens: 1000, output_tokens: 100 },
  });
  const turns = Array.from({ length: 20 }, looks);

  it.each([
    ["turns", { ...WIDE, turns: 3 }, 3, "3 requests"],
    // 1000 in at 4 and 100 out at 20 USD per million: 0.006 a turn.
    ["usd", { ...WIDE, usd: 0.02 }, 4, "$0.02"],
    ["tokens", { ...WIDE, tokens: 2500 }, 3, "2500 tokens"],
  ] as const)("of %s is checked before each request", async (limit, limits, requests, amount) => {
    const { outcome, endpoint, path } = await play({ script: turns, tools: [read], limits });
    expect(outcome).toEqual({ kind: "limit", limit, text: expect.stringContaining(amount) });
    expect(endpoint.requests).toHaveLength(requests);
    // Resumed with more room, it goes on where it was.
    const more = await play({ script: [{ reply: [call("finish")] }], tools: [read, finish], path });
    expect(more.outcome).toEqual({ kind: "done" });
    expect(more.endpoint.requests[0]?.body.messages).toHaveLength(1 + 2 * requests);
    expect(more.budget.spent.turns).toBe(requests + 1);
  });

  it("of minutes does not count the time a person is asked", async () => {
    const slow = tool(
      "slow",
      async () => {
        await sleep(150);
        return { text: "ok" };
      },
      "write",
    );
    const approve = () => sleep(2000, true);
    const script = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => ({ reply: [call("slow", n)] }));
    const limits = { ...WIDE, minutes: 1 / 60 };
    const deps = { approve, askFirst: (_: unknown, input: unknown) => (input as { n: number }).n === 1 };
    const { outcome, endpoint } = await play({ script, tools: [slow], limits, deps });
    expect(outcome).toEqual({ kind: "limit", limit: "minutes", text: expect.stringContaining("minutes") });
    expect(endpoint.requests.length).toBeGreaterThan(1);
  });
});

describe("an endpoint that gives no reply", () => {
  it.each([
    [401, true],
    [404, false],
  ])("ends it after %i, and it can be resumed", async (status, credentials) => {
    const error = { type: "some_error", message: "no" };
    const { outcome, path } = await play({ script: [{ status, error }] });
    expect(outcome).toEqual({ kind: "unavailable", text: expect.stringContaining(String(status)), credentials });
    const again = await play({ script: [{ reply: [call("finish")] }], tools: [finish], path });
    expect(again.outcome).toEqual({ kind: "done" });
  });
});

describe(verifies("agent.resume", "an interrupt"), () => {
  it("in the middle of a reply ends it, and the reply is asked for again later", async () => {
    const interrupt = new AbortController();
    const { outcome, path } = await play({
      script: [{ reply: ["One two three", call("read")], chunk: 4, breakAfter: { events: 5, how: "stall" } }],
      tools: [read],
      deps: { signal: interrupt.signal },
      onEvent: ({ type }) => type === "text-delta" && interrupt.abort(),
    });
    expect(outcome).toEqual({ kind: "aborted" });
    const again = await play({ script: [{ reply: [call("finish")] }], tools: [finish], path });
    expect(again.endpoint.requests[0]?.body.messages).toHaveLength(1);
  });

  it("while tools run keeps the results that came, and answers the others", async () => {
    const interrupt = new AbortController();
    const began: number[] = [];
    const slow = tool(
      "slow",
      async ({ n }, signal) => {
        began.push(n);
        if (n === 2) return { text: "quick enough" };
        interrupt.abort();
        await sleep(60_000, undefined, { signal });
        return { text: "never" };
      },
      "execute",
    );
    const { outcome, path } = await play({
      script: [{ reply: [call("read", 1), call("slow", 2), call("slow", 3), call("slow", 4)] }],
      tools: [read, slow],
      deps: { signal: interrupt.signal },
    });
    expect(outcome).toEqual({ kind: "aborted" });
    expect(began).toEqual([2, 3]);
    const again = await play({ script: [{ reply: [call("finish")] }], tools: [read, slow, finish], path });
    const sent = again.endpoint.requests[0]?.body.messages.at(-1)?.content;
    expect(sent?.map(({ content, is_error }) => [content, is_error])).toEqual([
      ["result 1", undefined],
      ["quick enough", undefined],
      [expect.stringContaining("what it did is unknown"), true],
      [expect.stringContaining("nothing was done"), true],
    ]);
    expect(again.outcome).toEqual({ kind: "done" });
  });

  it("does not wait for a tool that does not listen", async () => {
    const interrupt = new AbortController();
    const deaf = tool("deaf", async () => {
      interrupt.abort();
      await sleep(5000);
      throw new Error("long after the end");
    });
    const started = performance.now();
    const { outcome } = await play({
      script: [{ reply: [call("deaf")] }],
      tools: [deaf],
      deps: { signal: interrupt.signal },
    });
    expect(outcome).toEqual({ kind: "aborted" });
    expect(performance.now() - started).toBeLessThan(4500);
  });

  it("before the first request sends nothing", async () => {
    const path = `${await temporaryDirectory()}/c.jsonl`;
    const { outcome, endpoint } = await play({ script: [], path, deps: { signal: AbortSignal.abort() } });
    expect(outcome).toEqual({ kind: "aborted" });
    expect(endpoint.requests).toEqual([]);
  });
});
