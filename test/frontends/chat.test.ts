/** The chat as it is wired: prompts, tools, and a model behind a real endpoint. */
import { PassThrough } from "node:stream";
import { describe, expect, it, onTestFinished } from "vitest";
import { createAgent, NOBODY } from "../../src/frontends/agent.ts";
import { chat } from "../../src/frontends/chat/chat.ts";
import type { CommandContext } from "../../src/options.ts";
import { startMessagesEndpoint } from "../support/messages-endpoint.ts";
import { temporaryDirectory } from "../support/run-cli.ts";

const KEY = "key-of-the-model-9x7";

async function contextWith(
  environment: Record<string, string>,
): Promise<CommandContext & { out: PassThrough; err: PassThrough }> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  return {
    workspace: await temporaryDirectory(),
    json: false,
    logLevel: "silent",
    color: false,
    cacheDirectory: undefined,
    python: undefined,
    environment,
    streams: { stdout: out, stderr: err },
    signal: new AbortController().signal,
    out,
    err,
  };
}

function typed(...lines: string[]): PassThrough {
  const stdin = new PassThrough();
  stdin.end(lines.map((line) => `${line}\n`).join(""));
  return stdin;
}

describe("syncsmith chat", () => {
  it("talks to the model with its prompts and tools, and hides the model's own key", async () => {
    const endpoint = await startMessagesEndpoint([
      { reply: ["Let me see.", { type: "tool_use", name: "connector_status", input: {} }] },
      { expect: ["There is no connector yet"], reply: ["What do you want to connect?"] },
      { expect: ["my key is"], reply: ["Noted."] },
    ]);
    onTestFinished(() => endpoint.close());
    // Without an address the SDK would ask the real endpoint.
    expect(new URL(endpoint.address).hostname).toBe("127.0.0.1");
    const context = await contextWith({ ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: endpoint.address });
    const code = await chat({ model: "auto", stdin: typed("hello", `my key is ${KEY}`) }, context);
    expect(String(context.err.read())).toMatch(/connector_status all connectors … none/);
    expect(String(context.out.read())).toBe("Let me see.\nWhat do you want to connect?\nNoted.\n");
    expect(code).toBe(0);
    expect(endpoint.failures).toEqual([]);
    const [first] = endpoint.requests;
    expect(JSON.stringify(first?.body.system)).toContain("Task: a conversation");
    expect(first?.body.tools?.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["propose_spec", "build_connector", "connector_status", "ask_user", "read_skill"]),
    );
    expect(JSON.stringify(endpoint.requests.map(({ body }) => body))).not.toContain(KEY);
  });

  it("gives the model of a question no more than the conversation has left, whatever the spec allows", async () => {
    const asked = { model: "auto", provider: "anthropic", environment: { ANTHROPIC_API_KEY: KEY }, ...NOBODY } as const;
    const limits = { turns: 10, usd: 2, minutes: 5 };
    expect((await createAgent({ ...asked, atMostUsd: 0.25 }))?.budget(limits).left()).toBe(0.25);
    expect((await createAgent({ ...asked, atMostUsd: 3 }))?.budget(limits).left()).toBe(2);
    expect((await createAgent({ ...asked, maxUsd: 4 }))?.budget(limits).left()).toBe(4);
  });

  it("says what is missing when there is no model, or no key", async () => {
    const context = await contextWith({});
    await expect(chat({ model: "none", stdin: typed() }, context)).rejects.toThrow("needs a model");
    await expect(chat({ model: "auto", stdin: typed() }, context)).rejects.toThrow("ANTHROPIC_API_KEY is not set");
  });
});
