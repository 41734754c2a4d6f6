/**
 * What the conversations of a finished run took: `npx tsx test/bench/conversations.ts CONNECTOR/.syncsmith [--requests PATH]`.
 *
 * Per conversation: requests, tokens of input (read from the cache, written to it, neither) and of output, calls per tool,
 * minutes. An endpoint of a test's own making has no cache; so what a cache would have left to pay is estimated beside
 * it: of each request the characters beyond what it has in common with the one before, divided by four. `--requests` names
 * the requests as they were sent (a folder of `*.request.json`, or a file of JSON lines); without it they are put
 * together from the messages, and system and tools are taken to be what the first request's reported input has beyond them.
 */
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { clearResults } from "../../src/agent/context.ts";
import type { MessageParam, Usage } from "../../src/agent/model.ts";

interface Spent {
  usage: Usage;
  usd: number | null;
}
type Line = { time: string } & (
  | { type: "started" }
  | { type: "message"; message: MessageParam; spent?: Spent }
  | { type: "spent"; spent: Spent }
  | { type: "cleared"; calls: string[] }
  | { type: "ended"; outcome: string }
);

interface Body {
  system?: unknown;
  tools?: unknown;
  messages: unknown[];
}

interface Figures {
  name: string;
  outcome: string;
  requests: number;
  usage: Usage;
  usd: number;
  /** Tokens of input that a cache would not have held, and of all input. */
  estimate: { uncached: number; whole: number };
  calls: Map<string, number>;
  minutes: number;
}

const CHARACTERS_PER_TOKEN = 4;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { requests: { type: "string" } } });
const [directory] = positionals;
if (directory === undefined) throw new Error("usage: conversations.ts CONNECTOR/.syncsmith [--requests PATH]");
const sent = values.requests === undefined ? [] : await readBodies(values.requests);
const folder = join(directory, "conversations");
const names = (await readdir(folder)).filter((name) => name.endsWith(".jsonl")).sort();
const all: Figures[] = [];
for (const name of names) {
  const lines = parseLines(await readFile(join(folder, name), "utf8"));
  all.push(figuresOf(basename(name, ".jsonl"), lines));
}
for (const figures of all) console.log(format(figures));
if (all.length > 1) console.log(format(all.reduce(sum)));
if (all.length === 0) console.log("no conversations");

function parseLines(text: string): Line[] {
  // Half a last line is what a kill leaves.
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  return whole.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Line]));
}

async function readBodies(path: string): Promise<Body[]> {
  if (!(await stat(path)).isDirectory()) {
    const text = await readFile(path, "utf8");
    return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Body]));
  }
  const files = (await readdir(path)).filter((name) => /^\d+\.request\.json$/.test(name));
  files.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  return await Promise.all(files.map(async (name) => JSON.parse(await readFile(join(path, name), "utf8")) as Body));
}

function figuresOf(name: string, lines: readonly Line[]): Figures {
  const spent = lines.flatMap((line) => ("spent" in line && line.spent !== undefined ? [line.spent] : []));
  const calls = new Map<string, number>();
  for (const line of lines) {
    if (line.type !== "message" || typeof line.message.content === "string") continue;
    for (const block of line.message.content) {
      if (block.type === "tool_use") calls.set(block.name, (calls.get(block.name) ?? 0) + 1);
    }
  }
  const ended = lines.find((line) => line.type === "ended");
  const times = lines.map(({ time }) => Date.parse(time));
  return {
    name,
    outcome: ended?.type === "ended" ? ended.outcome : "not ended",
    requests: spent.length,
    usage: spent.map(({ usage }) => usage).reduce(addUsage, { input: 0, cacheRead: 0, cacheWrite: 0, output: 0 }),
    usd: spent.reduce((total, { usd }) => total + (usd ?? 0), 0),
    estimate: estimate(promptsOf(lines, spent[0])),
    calls,
    minutes: times.length === 0 ? 0 : (Math.max(...times) - Math.min(...times)) / 60_000,
  };
}

/** What went out with each request of a conversation, as text. */
function promptsOf(lines: readonly Line[], first: Spent | undefined): string[] {
  const rebuilt = rebuild(lines);
  const opening = rebuilt[0]?.[0];
  const own = sent.filter(({ messages }) => opening !== undefined && plain(messages[0]) === plain(opening));
  if (own.length > 0) return own.map(({ system, tools, messages }) => plain([system, tools, ...messages]));
  const input = first === undefined ? 0 : first.usage.input + first.usage.cacheRead + first.usage.cacheWrite;
  const beyond = Math.max(0, input * CHARACTERS_PER_TOKEN - plain(rebuilt[0] ?? []).length);
  return rebuilt.map((messages) => " ".repeat(beyond) + plain(messages));
}

/** The messages of each request: those before each reply, as they were then. */
function rebuild(lines: readonly Line[]): MessageParam[][] {
  const requests: MessageParam[][] = [];
  let messages: MessageParam[] = [];
  for (const line of lines) {
    if ("spent" in line && line.spent !== undefined) requests.push(messages);
    if (line.type === "message") messages = [...messages, line.message];
    if (line.type === "cleared") messages = clearResults(messages, new Set(line.calls));
  }
  return requests;
}

/** Without marks for the cache, which move from request to request and are no part of the prompt. */
function plain(value: unknown): string {
  return JSON.stringify(value, (key, part) => (key === "cache_control" ? undefined : part));
}

function estimate(prompts: readonly string[]): Figures["estimate"] {
  const beyond = prompts.map((prompt, index) => prompt.length - inCommon(prompts[index - 1] ?? "", prompt));
  const total = (lengths: number[]) => Math.ceil(lengths.reduce((a, b) => a + b, 0) / CHARACTERS_PER_TOKEN);
  return { uncached: total(beyond), whole: total(prompts.map(({ length }) => length)) };
}

function inCommon(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

function addUsage(a: Usage, b: Usage): Usage {
  return {
    input: a.input + b.input,
    cacheRead: a.cacheRead + b.cacheRead,
    cacheWrite: a.cacheWrite + b.cacheWrite,
    output: a.output + b.output,
  };
}

function sum(a: Figures, b: Figures): Figures {
  const calls = new Map(a.calls);
  for (const [tool, count] of b.calls) calls.set(tool, (calls.get(tool) ?? 0) + count);
  return {
    name: "in all",
    outcome: "",
    requests: a.requests + b.requests,
    usage: addUsage(a.usage, b.usage),
    usd: a.usd + b.usd,
    estimate: { uncached: a.estimate.uncached + b.estimate.uncached, whole: a.estimate.whole + b.estimate.whole },
    calls,
    minutes: a.minutes + b.minutes,
  };
}

function format({ name, outcome, requests, usage, usd, estimate, calls, minutes }: Figures): string {
  const n = (tokens: number) => tokens.toLocaleString("en");
  const tools = [...calls].sort(([, a], [, b]) => b - a).map(([tool, count]) => `${tool} ${count}`);
  return [
    `${name}: ${requests} requests, ${minutes.toFixed(1)} minutes${outcome === "" ? "" : `, ${outcome}`}`,
    `  input    ${n(usage.input)} uncached, ${n(usage.cacheRead)} read from the cache, ${n(usage.cacheWrite)} written to it`,
    `  estimate ${n(estimate.uncached)} uncached of ${n(estimate.whole)}, if each request's beginning were cached`,
    `  output   ${n(usage.output)}`,
    `  calls    ${tools.join(", ") || "none"}`,
    `  cost     ${usd === 0 ? "not known" : `${usd.toFixed(4)} USD`}`,
  ].join("\n");
}
