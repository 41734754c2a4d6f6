/** The scripted endpoint itself: what other tests rest on. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { createAnthropicModel } from "../../src/agent/anthropic.ts";
import { endpointFor, listening, temporaryDirectory } from "./setup.ts";
import { call, MODEL } from "./tools.ts";

const ENDPOINT = fileURLToPath(new URL("../support/messages-endpoint.ts", import.meta.url));

async function ask(address: string, text: string) {
  const environment = { ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: address };
  const model = await createAnthropicModel({ modelId: MODEL, environment });
  const messages = [{ role: "user" as const, content: text }];
  return model({ system: "", tools: [], messages, maxTokens: 10 }, listening().options);
}

describe("the scripted endpoint", () => {
  it("refuses a request that is not what the script expects, and says how it differs", async () => {
    const { address, failures } = await endpointFor([{ expect: ["^Hello", "world"], reply: ["Hi"] }]);
    await expect(ask(address, "Hello there")).rejects.toThrow(/no \/world\/; it is:\s+Hello there/);
    expect(failures).toEqual([expect.stringContaining("request 1: the last message has no /world/")]);
  });

  it("refuses what comes after the script's end, and knows what was not asked for", async () => {
    const { address, failures, left } = await endpointFor([{ expect: ["Hello"], reply: ["Hi"] }, { reply: ["Bye"] }]);
    await ask(address, "Hello");
    expect(left()).toBe(1);
    await ask(address, "again");
    expect(left()).toBe(0);
    await expect(ask(address, "again")).rejects.toThrow("the script has no more answers");
    expect(failures).toHaveLength(1);
  });

  it("answers whole when no stream is asked for", async () => {
    const { address } = await endpointFor([{ reply: ["Hi", call("look", 3)] }]);
    const body = JSON.stringify({ model: MODEL, max_tokens: 5, messages: [] });
    const response = await fetch(`${address}/v1/messages`, { method: "POST", body });
    expect(await response.json()).toMatchObject({
      role: "assistant",
      content: [{ text: "Hi" }, { type: "tool_use", id: "toolu_0001", name: "look", input: { n: 3 } }],
      stop_reason: "tool_use",
    });
  });

  it("plays a recording in a process of its own", async () => {
    const directory = await temporaryDirectory();
    const [recording, requests] = [join(directory, "recording.jsonl"), join(directory, "requests.jsonl")];
    await writeFile(recording, `${JSON.stringify({ expect: ["Hello"], reply: ["Hi"] })}\n\n`);
    const child = execa(process.execPath, ["--import", "tsx", ENDPOINT, recording, requests], { reject: false });
    const address = await new Promise<string>((resolve) =>
      child.stdout.on("data", (chunk: Buffer) => resolve(chunk.toString().trim())),
    );
    try {
      const reply = await ask(address, "Hello");
      expect(reply.content).toEqual([{ type: "text", text: "Hi" }]);
      await expect(ask(address, "more")).rejects.toThrow("no more answers");
    } finally {
      child.kill();
    }
    expect((await child).stderr).toContain("request 2: the script has no more answers");
    expect((await readFile(requests, "utf8")).trim().split("\n")).toHaveLength(2);
  });
});
