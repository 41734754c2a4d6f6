/**
 * Makes a recording of a conversation whose replies were written by hand:
 * `npx tsx test/support/record.ts DIR --base http://127.0.0.1:4321 [--out test/recordings/NAME.jsonl]`
 *
 * DIR holds, per request, `NNNN.request.json` and `NNNN.reply.json`, and `NNNN.served.json` if the reply was delivered.
 * Only delivered replies are taken, in order: what a client asked in vain it has asked again. The source's address becomes
 * `{{base}}`, as a replay has another port; `fillRecording` puts it back. A reply may carry `expect` beside its `content`:
 * regular expressions for the request's last message.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type { ScriptBlock, ScriptEntry } from "./messages-endpoint.ts";

const BASE = "{{base}}";
/** Addresses on loopback that are not the source's, and places on the recorder's own disk: neither is there in a replay. */
const FOREIGN = /\b(?:127\.0\.0\.1|localhost):\d+|(?<![\w}.])\/(?:tmp|root|home|work|Users)\/[\w.-]+/;

interface WrittenReply {
  content?: ({ id?: string } & ScriptBlock)[];
  expect?: string[];
}

/** One entry per delivered reply. Throws where a reply names what a replay cannot have. */
export async function recordingFrom(directory: string, base: string): Promise<ScriptEntry[]> {
  const names = (await readdir(directory)).filter((name) => /^\d+\.served\.json$/.test(name));
  const entries: ScriptEntry[] = [];
  // 4321 must not be found in 43210.
  const address = new RegExp(`${new URL(base).origin.replaceAll(".", "\\.")}(?!\\d)`, "g");
  for (const name of names.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))) {
    const path = join(directory, name.replace(".served.", ".reply."));
    const text = (await readFile(path, "utf8")).replace(address, BASE);
    const foreign = FOREIGN.exec(text)?.[0];
    if (foreign !== undefined) throw new Error(`${path} names ${foreign}, which a replay does not have`);
    const { content, expect } = JSON.parse(text) as WrittenReply;
    if (content === undefined) throw new Error(`${path} has no content, and yet was delivered`);
    // Calls are numbered anew by whoever replays them.
    const reply = content.map(({ id: _, ...block }) => block as ScriptBlock);
    entries.push({ ...(expect === undefined ? {} : { expect }), reply });
  }
  return entries;
}

/** The text of a recording with the source's origin in its place: `readRecording(fillRecording(text, baseUrl))`. */
export function fillRecording(text: string, base: string): string {
  return text.replaceAll(BASE, new URL(base).origin);
}

const [, script = ""] = process.argv;
if (import.meta.url === pathToFileURL(script).href) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { base: { type: "string" }, out: { type: "string" } },
  });
  const [directory] = positionals;
  if (directory === undefined || values.base === undefined)
    throw new Error("usage: record.ts DIR --base ADDRESS [--out FILE]");
  const entries = await recordingFrom(directory, values.base);
  const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");
  if (values.out === undefined) process.stdout.write(text);
  else await writeFile(values.out, text);
}
