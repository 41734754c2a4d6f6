/** A conversation with hand-written replies becomes a recording that an endpoint replays. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";
import { lastMessageText, readRecording, startMessagesEndpoint } from "../support/messages-endpoint.ts";
import { fillRecording, recordingFrom } from "../support/record.ts";
import { temporaryDirectory } from "../support/run-cli.ts";

const BASE = "http://127.0.0.1:4321";
const call = (path: string) => ({ type: "tool_use", name: "probe_source", input: { looks: [{ path }] } });

async function written(replies: Record<number, { reply: object; served?: boolean }>): Promise<string> {
  const directory = await temporaryDirectory();
  for (const [number, { reply, served = true }] of Object.entries(replies)) {
    const file = (kind: string) => join(directory, `${number.padStart(4, "0")}.${kind}.json`);
    await writeFile(file("request"), JSON.stringify({ messages: [] }));
    await writeFile(file("reply"), JSON.stringify(reply));
    if (served) await writeFile(file("served"), JSON.stringify({ id: `msg_${number}` }));
  }
  return directory;
}

it("takes the delivered replies in order, and puts the source's address where a replay can change it", async () => {
  const directory = await written({
    1: { reply: { content: [{ type: "text", text: `I look at ${BASE}/docs/ first.` }, call(`${BASE}/api/x`)] } },
    2: { reply: { error: { status: 529, type: "overloaded_error" } }, served: false },
    3: { reply: { content: [{ ...call("/a"), id: "toolu_7" }], expect: ["E1", `${BASE}/docs`] } },
    10: { reply: { content: [{ type: "text", text: "Done." }] } },
  });
  const text = (await recordingFrom(directory, `${BASE}/api`)).map((entry) => `${JSON.stringify(entry)}\n`).join("");
  expect(text).not.toContain("4321");
  const entries = readRecording(fillRecording(text, "http://127.0.0.1:5555/api"));
  expect(entries).toEqual([
    {
      reply: [
        { type: "text", text: "I look at http://127.0.0.1:5555/docs/ first." },
        call("http://127.0.0.1:5555/api/x"),
      ],
    },
    { expect: ["E1", "http://127.0.0.1:5555/docs"], reply: [call("/a")] },
    { reply: [{ type: "text", text: "Done." }] },
  ]);
  const program = ["--import", "tsx", "test/support/record.ts", directory, "--base", BASE];
  expect((await execa(process.execPath, program, { stripFinalNewline: false })).stdout).toBe(text);
});

it("is replayed by the endpoint", async () => {
  const directory = await written({ 1: { reply: { content: [call(`${BASE}/api/x`)], expect: ["begin"] } } });
  const text = JSON.stringify((await recordingFrom(directory, BASE))[0]);
  const endpoint = await startMessagesEndpoint(readRecording(fillRecording(text, "http://127.0.0.1:9")));
  const messages = [{ role: "user", content: [{ type: "text", text: "begin here" }] }];
  const body = JSON.stringify({ model: "m", max_tokens: 9, messages });
  const answer = await fetch(`${endpoint.address}/v1/messages`, { method: "POST", body });
  const message = (await answer.json()) as { content: unknown[] };
  expect(message.content[0]).toMatchObject(call("http://127.0.0.1:9/api/x"));
  expect(endpoint.failures).toEqual([]);
  expect(endpoint.requests.map(lastMessageText)).toEqual(["begin here"]);
  await endpoint.close();
});

it.each([
  ["another port", "http://127.0.0.1:43210/x"],
  ["a bare host", "see localhost:8080"],
  ["a path of this machine", "it is in /home/somebody/work.yaml"],
])("refuses replies that name %s", async (_, text) => {
  const directory = await written({ 1: { reply: { content: [{ type: "text", text }] } } });
  await expect(recordingFrom(directory, BASE)).rejects.toThrow("which a replay does not have");
});

it("does not take paths of the API for paths of this machine", async () => {
  const directory = await written({ 1: { reply: { content: [call(`${BASE}/home/x`), call("/v2/work/x")] } } });
  expect(await recordingFrom(directory, BASE)).toHaveLength(1);
  await mkdir(join(directory, "unrelated"));
  expect(await recordingFrom(directory, BASE)).toHaveLength(1);
});
