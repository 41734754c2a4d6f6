/** Figures of conversations, from files as the product writes them. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";
import { openConversation } from "../../src/agent/conversation.ts";
import type { MessageParam } from "../../src/agent/model.ts";
import { createRedactor } from "../../src/system/secrets.ts";
import { temporaryDirectory } from "../support/run-cli.ts";

const usage = (input: number, cacheRead = 0, cacheWrite = 0) => ({ input, cacheRead, cacheWrite, output: 10 });
const use = (id: string, name: string): MessageParam => ({
  role: "assistant",
  content: [{ type: "tool_use", id, name, input: {} }],
});
const result = (id: string, content: string): MessageParam => ({
  role: "user",
  content: [{ type: "tool_result", tool_use_id: id, content }],
});
const question: MessageParam = { role: "user", content: [{ type: "text", text: "q".repeat(400) }] };

async function folder(): Promise<string> {
  const directory = await temporaryDirectory();
  let minute = 0;
  const conversation = await openConversation({
    path: join(directory, "conversations", "research.jsonl"),
    key: "k",
    redactor: createRedactor([]),
    now: () => new Date(Date.UTC(2026, 0, 1, 0, minute++)),
  });
  conversation.append(question);
  conversation.append(use("a", "probe_source"), { usage: usage(1000, 0, 50), usd: 0.01 });
  conversation.append(result("a", "r".repeat(4000)));
  conversation.append(use("b", "probe_source"), { usage: usage(20, 1000), usd: 0.02 });
  conversation.append(result("b", "done"));
  conversation.append(use("c", "finish_step"), { usage: usage(5, 1020), usd: null });
  conversation.end("done");
  return directory;
}

async function bench(...args: string[]): Promise<string[]> {
  const program = await execa(process.execPath, ["--import", "tsx", "test/bench/conversations.ts", ...args]);
  return program.stdout.split("\n");
}

it("adds up what each conversation took", async () => {
  const lines = await bench(await folder());
  expect(lines[0]).toBe("research: 3 requests, 7.0 minutes, done");
  expect(lines[1]).toContain("1,025 uncached, 2,020 read from the cache, 50 written to it");
  expect(lines.slice(3)).toEqual([
    "  output   30",
    "  calls    probe_source 2, finish_step 1",
    "  cost     0.0300 USD",
  ]);
});

it("estimates what a cache would leave: the first request whole, of the others what is new", async () => {
  const [, uncached = "", whole = ""] =
    /estimate ([\d,]+) uncached of ([\d,]+)/.exec((await bench(await folder()))[2] ?? "") ?? [];
  const number = (text: string) => Number(text.replaceAll(",", ""));
  // 1,050 tokens as reported for the first; then a call and 4,000 characters; then a call and a word.
  expect(number(uncached)).toBeGreaterThan(1050 + 1000);
  expect(number(uncached)).toBeLessThan(1050 + 1000 + 150);
  expect(number(whole)).toBeGreaterThan(1050 + 2 * (1050 + 1000));
});

it("takes requests as they were sent where it is given them, and passes over marks for the cache", async () => {
  const directory = await folder();
  const system = [{ type: "text", text: "s".repeat(8000), cache_control: { type: "ephemeral" } }];
  const marked = {
    ...question,
    content: [{ type: "text", text: "q".repeat(400), cache_control: { type: "ephemeral" } }],
  };
  const bodies = [
    { system, tools: [], messages: [marked] },
    { system, tools: [], messages: [question, use("a", "x"), result("a", "t".repeat(400))] },
    { system, tools: [], messages: [{ role: "user", content: "another conversation" }] },
  ];
  const requests = await temporaryDirectory();
  for (const [index, body] of bodies.entries()) {
    await writeFile(join(requests, `000${index + 1}.request.json`), JSON.stringify(body, null, 1));
  }
  const file = join(await temporaryDirectory(), "requests.jsonl");
  await writeFile(file, bodies.map((body) => `${JSON.stringify(body)}\n`).join(""));
  for (const path of [requests, file]) {
    const [, uncached = "0"] =
      /estimate ([\d,]+) uncached/.exec((await bench(directory, "--requests", path))[2] ?? "") ?? [];
    const tokens = Number(uncached.replace(",", ""));
    expect(tokens).toBeGreaterThan((8000 + 400 + 400) / 4);
    expect(tokens).toBeLessThan((8000 + 400 + 400) / 4 + 120);
  }
});
