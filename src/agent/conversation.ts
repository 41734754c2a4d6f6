/**
 * A conversation as it is kept: one JSON line per message in an append-only file, forced to the disk before the next
 * request goes out. What is resumed, shown and audited are these lines; they are redacted when they are written.
 */
import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, truncateSync } from "node:fs";
import { mkdir, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { sha256 } from "../system/files.ts";
import type { Redactor } from "../system/secrets.ts";
import { addUsage, NO_USAGE, type Spent } from "./budget.ts";
import { clearResults } from "./context.ts";
import { redactMessage, weightOf } from "./messages.ts";
import type { MessageParam, Usage } from "./model.ts";

/** What a reply took. `usd` is null when the model has no known price. */
export interface Charge {
  usage: Usage;
  usd: number | null;
}

export interface Conversation {
  /** As they go to the model, redacted. */
  readonly messages: readonly MessageParam[];
  /** Turns and usage that earlier processes spent on it. */
  readonly earlier: Readonly<Spent>;
  /** Whether it was taken up again from an earlier process. */
  readonly resumed: boolean;
  /** Tokens of the next request's input: the last reply's real figures, and a rough one for what was added since. */
  readonly size: number;
  append(message: MessageParam, spent?: Charge): void;
  /** A reply that leaves no message: declined, or empty. */
  charge(spent: Charge): void;
  /** Clears the results of these calls, here and whenever it is resumed. Returns the tokens it frees, roughly. */
  clear(calls: readonly string[]): number;
  /** What earlier processes spent, the first time it is asked for; then undefined. */
  takeEarlier(): Readonly<Spent> | undefined;
  /** Marks it as ended: it is not resumed again. */
  end(outcome: string): void;
}

export interface ConversationOptions {
  /** Its `.jsonl` file. */
  path: string;
  /** Of everything that makes it this conversation, see `conversationKey`. */
  key: string;
  redactor: Redactor;
  now?: () => Date;
}

/** Hash of what a conversation is about (system, tools, inputs, model): with another one it is begun anew. */
export function conversationKey(about: unknown): string {
  return sha256(JSON.stringify(about));
}

/**
 * Takes up the unfinished conversation in the file if it has this key; half a last line is dropped. Any other file is set
 * aside under a number, and a new conversation is begun.
 */
export async function openConversation(options: ConversationOptions): Promise<Conversation> {
  await mkdir(dirname(options.path), { recursive: true });
  const text = await readFile(options.path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return begin(options);
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const lines = parseLines(whole);
  if (lines === undefined || !goesOn(lines, options.key)) {
    await rename(options.path, freeName(options.path));
    return begin(options);
  }
  if (whole.length < text.length) truncateSync(options.path, Buffer.byteLength(whole));
  return hold(options, lines);
}

const usageSchema = z.object({
  input: z.number(),
  cacheRead: z.number(),
  cacheWrite: z.number(),
  output: z.number(),
});
const spentSchema = z.object({ usage: usageSchema, usd: z.number().nullable() });
const messageSchema = z.object({
  role: z.enum(["user", "assistant"]),
  content: z.array(z.looseObject({ type: z.string() })),
});
/** The lines of the file. Each has its time besides. */
const lineSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("started"), key: z.string() }),
  z.object({ type: z.literal("message"), message: messageSchema, spent: spentSchema.optional() }),
  z.object({ type: z.literal("spent"), spent: spentSchema }),
  z.object({ type: z.literal("cleared"), calls: z.array(z.string()) }),
  z.object({ type: z.literal("ended"), outcome: z.string() }),
]);
type Line =
  | Exclude<z.infer<typeof lineSchema>, { type: "message" }>
  | { type: "message"; message: MessageParam; spent?: Charge };

/** Undefined when a line is damaged or was written by another version. */
function parseLines(text: string): Line[] | undefined {
  try {
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const content: unknown = JSON.parse(line);
        lineSchema.parse(content);
        // As it was written, not as the schema gives it back: replies go to the endpoint unchanged.
        return content as Line;
      });
  } catch {
    return undefined;
  }
}

function goesOn(lines: readonly Line[], key: string): boolean {
  const [first] = lines;
  return first?.type === "started" && first.key === key && !lines.some(({ type }) => type === "ended");
}

function freeName(path: string): string {
  for (let number = 1; ; number++) {
    const name = path.replace(/(\.[^./]*)?$/, `.${number}$1`);
    if (!existsSync(name)) return name;
  }
}

function begin(options: ConversationOptions): Conversation {
  write(options, { type: "started", key: options.key });
  return hold(options, []);
}

function write({ path, now = () => new Date() }: ConversationOptions, line: Line): void {
  const file = openSync(path, "a", 0o644);
  try {
    appendFileSync(file, `${JSON.stringify({ ...line, time: now().toISOString() })}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

interface State {
  messages: MessageParam[];
  spent: Spent;
  size: number;
}

/** The state after one more line: the same for a line just written as for one read back. */
function after(state: State, line: Line): State {
  switch (line.type) {
    case "message": {
      const messages = [...state.messages, line.message];
      if (line.spent === undefined) return { ...state, messages, size: state.size + weightOf(line.message) };
      return { messages, spent: addSpent(state.spent, line.spent), size: total(line.spent.usage) };
    }
    case "spent":
      return { ...state, spent: addSpent(state.spent, line.spent) };
    case "cleared": {
      const messages = clearResults(state.messages, new Set(line.calls));
      return { ...state, messages, size: state.size + weigh(messages) - weigh(state.messages) };
    }
    default:
      return state;
  }
}

function addSpent(spent: Spent, { usage, usd }: Charge): Spent {
  return { turns: spent.turns + 1, usage: addUsage(spent.usage, usage), usd: spent.usd + (usd ?? 0) };
}

function total({ input, cacheRead, cacheWrite, output }: Usage): number {
  return input + cacheRead + cacheWrite + output;
}

function weigh(messages: readonly MessageParam[]): number {
  return messages.reduce((sum, message) => sum + weightOf(message), 0);
}

function hold(options: ConversationOptions, lines: readonly Line[]): Conversation {
  let state = lines.reduce(after, { messages: [], spent: { turns: 0, usage: NO_USAGE, usd: 0 }, size: 0 });
  const earlier = state.spent;
  const resumed = state.messages.length > 0;
  let taken = !resumed;
  const log = (line: Line) => {
    write(options, line);
    state = after(state, line);
  };
  return {
    get messages() {
      return state.messages;
    },
    get size() {
      return state.size;
    },
    earlier,
    resumed,
    append: (message, spent) => {
      const redacted = redactMessage(message, options.redactor.redact);
      log({ type: "message", message: redacted, ...(spent ? { spent } : {}) });
    },
    charge: (spent) => log({ type: "spent", spent }),
    clear: (calls) => {
      const before = state.size;
      log({ type: "cleared", calls: [...calls] });
      return before - state.size;
    },
    takeEarlier: () => {
      if (taken) return undefined;
      taken = true;
      return earlier;
    },
    end: (outcome) => log({ type: "ended", outcome }),
  };
}
