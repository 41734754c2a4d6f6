/** What is kept of a conversation, and how it goes on after its process was killed. */
import { once } from "node:events";
import { appendFile, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { conversationKey, openConversation } from "../../src/agent/conversation.ts";
import { createRedactor } from "../../src/system/secrets.ts";
import { printed } from "../support/run-cli.ts";
import { verifies } from "../support/verifies.ts";
import { endpointFor, logOf, play, temporaryDirectory } from "./setup.ts";
import { call, finish, tool } from "./tools.ts";

const KILLED = fileURLToPath(new URL("killed-run.ts", import.meta.url));

function start(address: string, path: string) {
  return execa(process.execPath, ["--import", "tsx", KILLED, address, path], { reject: false });
}

async function kill(child: ReturnType<typeof start>): Promise<void> {
  const died = once(child, "exit");
  child.kill("SIGKILL");
  await died;
}

async function open(path: string, key = "k") {
  return openConversation({ path, key, redactor: createRedactor() });
}

const hello = { role: "user" as const, content: [{ type: "text" as const, text: "Hello" }] };

describe(verifies("agent.resume", "a loop whose process is killed"), () => {
  it("goes on from its file: looks run again, what may have done something does not", async () => {
    const path = join(await temporaryDirectory(), "conversations", "research-1.jsonl");
    const thinking = { type: "thinking" as const, thinking: "I will look.", signature: "c2ln" };
    const first = await endpointFor([
      { reply: [thinking, call("look", 1)], usage: { input_tokens: 50, output_tokens: 10 } },
      { reply: [call("look", 2), call("edit", 3), call("look", 4)] },
    ]);
    const child = start(first.address, path);
    await printed({ stdout: child.stdout }, "edit 3 begins");
    await kill(child);
    expect((await logOf(path)).at(-1)).toMatchObject({ type: "message", message: { role: "assistant" } });

    const begun: string[] = [];
    const traced = (name: string, effect: "read" | "write") =>
      tool(
        name,
        ({ n }) => {
          begun.push(`${name} ${n}`);
          return { text: `seen ${n}` };
        },
        effect,
      );
    const { outcome, endpoint, budget } = await play({
      path,
      script: [{ reply: [call("finish")] }],
      tools: [traced("look", "read"), traced("edit", "write"), finish],
    });
    expect(outcome).toEqual({ kind: "done" });
    expect(begun.sort()).toEqual(["look 2", "look 4"]);
    const sent = endpoint.requests[0]?.body.messages.map(({ role, content }) => ({
      role,
      content: content.map(({ cache_control: _, ...block }) => block),
    }));
    expect(sent).toEqual([
      { role: "user", content: [{ type: "text", text: "Begin." }] },
      { role: "assistant", content: [thinking, { type: "tool_use", id: "toolu_0001", name: "look", input: { n: 1 } }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_0001", content: "seen 1" }] },
      {
        role: "assistant",
        content: [
          { type: "tool_use", id: "toolu_0002", name: "look", input: { n: 2 } },
          { type: "tool_use", id: "toolu_0003", name: "edit", input: { n: 3 } },
          { type: "tool_use", id: "toolu_0004", name: "look", input: { n: 4 } },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "toolu_0002", content: "seen 2" },
          {
            type: "tool_result",
            tool_use_id: "toolu_0003",
            content: expect.stringMatching(/^Interrupted: .*Look at how things stand before you repeat it/),
            is_error: true,
          },
          { type: "tool_result", tool_use_id: "toolu_0004", content: "seen 4" },
        ],
      },
    ]);
    // What the killed process spent counts.
    expect(budget.spent).toMatchObject({ turns: 3, usage: { input: 50 + 100 + 100, output: 10 + 20 + 20 } });
  });

  it("sends what it was about to send, when it was killed before a reply", async () => {
    const path = join(await temporaryDirectory(), "c.jsonl");
    const waiting = await endpointFor([{ reply: ["late"], delayMs: 60_000 }]);
    const child = start(waiting.address, path);
    await expect.poll(() => waiting.requests.length, { timeout: 20_000 }).toBe(1);
    await kill(child);
    const { outcome, endpoint } = await play({ path, script: [{ reply: [call("finish")] }], tools: [finish] });
    expect(outcome).toEqual({ kind: "done" });
    expect(endpoint.requests[0]?.body.messages).toEqual(waiting.requests[0]?.body.messages);
  });
});

describe(verifies("agent.resume", "a conversation's file"), () => {
  it("is written before anything else happens, line by line", async () => {
    const path = join(await temporaryDirectory(), "deep", "c.jsonl");
    const conversation = await open(path);
    conversation.append(hello);
    expect(await logOf(path)).toEqual([
      { type: "started", key: "k", time: expect.stringMatching(/^\d{4}-.*Z$/) },
      { type: "message", message: hello, time: expect.anything() },
    ]);
    expect(conversation.resumed).toBe(false);
  });

  it("with half a last line loses that line and nothing else", async () => {
    const path = join(await temporaryDirectory(), "c.jsonl");
    (await open(path)).append({ role: "user", content: [{ type: "text", text: "Grüße" }] });
    const whole = await readFile(path, "utf8");
    await appendFile(path, '{"type":"message","message":{"role":"assistant","content":[{"type":"text","text":"hä');
    const again = await open(path);
    expect(again.resumed).toBe(true);
    expect(again.messages).toHaveLength(1);
    expect(await readFile(path, "utf8")).toBe(whole);
    again.append(hello);
    expect((await open(path)).messages).toHaveLength(2);
  });

  it.each([
    ["of another key", async (path: string) => void (await open(path, "other")).append(hello)],
    [
      "that has ended",
      async (path: string) => {
        const conversation = await open(path);
        conversation.append(hello);
        conversation.end("done");
      },
    ],
    ["that is damaged", (path: string) => writeFile(path, '{"type":"started","key":"k"}\n{"type":"message"}\n')],
    ["that is no conversation", (path: string) => writeFile(path, "hello\nworld\n")],
  ])("%s is set aside, never lost, and a new one begun", async (_, make) => {
    const directory = await temporaryDirectory();
    const path = join(directory, "research-1.jsonl");
    await writeFile(join(directory, "research-1.1.jsonl"), "an older one\n");
    await make(path);
    const before = await readFile(path, "utf8");
    const conversation = await open(path);
    expect(conversation.messages).toEqual([]);
    expect(conversation.takeEarlier()).toBeUndefined();
    expect((await readdir(directory)).sort()).toEqual(["research-1.1.jsonl", "research-1.2.jsonl", "research-1.jsonl"]);
    expect(await readFile(join(directory, "research-1.2.jsonl"), "utf8")).toBe(before);
  });

  it("counts what earlier processes spent, once", async () => {
    const path = join(await temporaryDirectory(), "c.jsonl");
    const conversation = await open(path);
    const usage = { input: 1, cacheRead: 2, cacheWrite: 3, output: 4 };
    conversation.append(hello);
    conversation.append({ role: "assistant", content: [{ type: "text", text: "Hi" }] }, { usage, usd: 0.5 });
    conversation.charge({ usage, usd: null });
    const again = await open(path);
    const spent = { turns: 2, usage: { input: 2, cacheRead: 4, cacheWrite: 6, output: 8 }, usd: 0.5 };
    expect(again.earlier).toEqual(spent);
    expect(again.takeEarlier()).toEqual(spent);
    expect(again.takeEarlier()).toBeUndefined();
  });

  it("knows how much the next request weighs", async () => {
    const conversation = await open(join(await temporaryDirectory(), "c.jsonl"));
    conversation.append({ role: "user", content: [{ type: "text", text: "x".repeat(400) }] });
    expect(conversation.size).toBe(100);
    const usage = { input: 1, cacheRead: 2000, cacheWrite: 30, output: 4 };
    conversation.append({ role: "assistant", content: [{ type: "text", text: "Hi" }] }, { usage, usd: 0 });
    expect(conversation.size).toBe(2035);
    conversation.append({ role: "user", content: [{ type: "text", text: "x".repeat(40) }] });
    expect(conversation.size).toBe(2045);
  });

  it("has a key that changes with everything it is about", () => {
    expect(conversationKey({ a: 1, b: ["x"] })).toBe(conversationKey({ a: 1, b: ["x"] }));
    expect(conversationKey({ a: 1, b: ["x"] })).not.toBe(conversationKey({ a: 1, b: ["y"] }));
  });
});
