/**
 * Messages from a terminal, over node's readline. While a turn runs nothing is echoed, but what is typed is kept: whole
 * lines are the next messages, the rest stands at the next prompt. A paste of several lines is one message.
 */
import { createInterface, type Interface } from "node:readline";
import { Writable } from "node:stream";
import { HISTORY_LINES, type TypedHistory } from "./history-file.ts";
import type { Answered, Input } from "./input.ts";
import { widthOf } from "./text.ts";

export interface TerminalInputOptions {
  stdin: NodeJS.ReadableStream;
  output: NodeJS.WriteStream;
  history: TypedHistory;
  /** What a line may be completed to. */
  complete: (line: string) => string[];
  redact: (text: string) => string;
  /** Ctrl-C. `cleared`: it took away what was typed, and that is all it did. */
  onInterrupt: (cleared: boolean) => void;
  /** Ctrl-D, or the terminal is gone. */
  onEnd: () => void;
}

export const PROMPT = "> ";
const PASTE = { on: "\x1b[?2004h", off: "\x1b[?2004l" };

interface Wait {
  kind: "message" | "answer";
  resolve: (line: string | undefined) => void;
}

/** The parts of readline that its types hide: they are documented and may be set. */
type Editor = Omit<Interface, "line" | "cursor"> & { line: string; cursor: number };

export function createTerminalInput(options: TerminalInputOptions): Input {
  const { stdin, output, history } = options;
  const veil = createVeil(output);
  // A list of its own: readline puts answers and half pastes into it, too.
  const recalled = [...history.entries];
  const recall = () => {
    recalled.splice(0, recalled.length, ...history.entries);
  };
  const editor = createInterface({
    input: stdin,
    output: veil.stream,
    terminal: true,
    history: recalled,
    historySize: HISTORY_LINES,
    prompt: PROMPT,
    crlfDelay: Number.POSITIVE_INFINITY,
    completer: (line: string) => [options.complete(line), line],
  }) as unknown as Editor;
  const queue: string[] = [];
  let wait: Wait | undefined;
  let ended = false;
  output.write(PASTE.on);

  const set = (line: string, cursor = line.length) => {
    editor.line = line;
    editor.cursor = cursor;
  };
  /** Draws prompt and line where the cursor is: readline must not believe that it drew them before. */
  const unveil = () => {
    const { line, cursor } = editor;
    set("");
    editor.prompt(true);
    veil.lift();
    set(line, cursor);
    editor.prompt(true);
  };
  const settle = (line: string | undefined) => {
    const { resolve } = wait ?? {};
    wait = undefined;
    veil.drop();
    resolve?.(line);
  };
  const waitFor = (kind: Wait["kind"]) =>
    new Promise<string | undefined>((resolve) => {
      wait = { kind, resolve };
      unveil();
    });
  const paste = collectPastes({ stdin, editor, set, veil });
  editor.on("history", recall);
  editor.on("line", (line) => {
    if (paste.takes(line)) return;
    if (wait === undefined) queue.push(line);
    else {
      if (wait.kind === "message") hideSecrets(output, line, options.redact);
      settle(line);
    }
  });
  editor.on("SIGINT", () => {
    const typed = wait?.kind === "message" && editor.line !== "";
    if (wait !== undefined) {
      veil.stream.write("^C\n");
      set("");
    }
    if (typed) unveil();
    else if (wait?.kind === "answer") settle(undefined);
    options.onInterrupt(typed);
    // Whoever was told may have written a line: the prompt is drawn below it.
    if (!typed && wait !== undefined) unveil();
  });
  editor.on("close", () => {
    ended = true;
    output.write(PASTE.off);
    if (wait !== undefined) output.write("\n");
    settle(undefined);
    options.onEnd();
  });
  return {
    interactive: true,
    message: async () => {
      const typed = queue.shift();
      if (typed !== undefined) {
        output.write(`${PROMPT}${options.redact(typed).replaceAll("\n", "\n  ")}\n`);
        return typed;
      }
      if (ended) return undefined;
      recall();
      editor.setPrompt(PROMPT);
      return waitFor("message");
    },
    answer: async ({ prompt }): Promise<Answered> => {
      if (ended) return { kind: "nobody" };
      const ahead = editor.line;
      set("");
      editor.setPrompt(prompt);
      const line = await waitFor("answer");
      if (!ended) set(ahead);
      return line === undefined ? { kind: "nobody" } : { kind: "line", line };
    },
    cancel: () => settle(undefined),
    close: () => {
      if (!ended) editor.close();
    },
  };
}

interface PasteParts {
  stdin: NodeJS.ReadableStream;
  editor: Editor;
  set: (line: string, cursor?: number) => void;
  veil: Veil;
}

/** Between the marks of a paste lines are collected; after it they stand at the prompt as one text that can be edited. */
function collectPastes({ stdin, editor, set, veil }: PasteParts): { takes: (line: string) => boolean } {
  let open: { before: string; after: string; lines: string[]; veiled: boolean } | undefined;
  stdin.on("keypress", (_: string | undefined, key: { name?: string } | undefined) => {
    if (key?.name === "paste-start" && open === undefined) {
      const { line, cursor } = editor;
      open = { before: line.slice(0, cursor), after: line.slice(cursor), lines: [], veiled: veil.down() };
      set("");
      editor.prompt(true);
      veil.drop();
    } else if (key?.name === "paste-end" && open !== undefined) {
      const pasted = [...open.lines, editor.line].join("\n").replace(/\n+$/, "");
      const { before, after, veiled } = open;
      open = undefined;
      set("");
      editor.prompt(true);
      if (!veiled) veil.lift();
      set(before + pasted + after, before.length + pasted.length);
      editor.prompt(true);
    }
  });
  return {
    takes: (line) => {
      open?.lines.push(line);
      return open !== undefined;
    },
  };
}

interface Veil {
  stream: Writable;
  /** From now on nothing is written. */
  drop(): void;
  lift(): void;
  down(): boolean;
}

/** The terminal as readline sees it, with a veil that keeps what readline draws from it. */
function createVeil(output: NodeJS.WriteStream): Veil {
  let down = true;
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk: string, _, done) => {
      if (!down) output.write(chunk);
      done();
    },
  });
  Object.defineProperty(stream, "columns", { get: () => output.columns });
  output.on("resize", () => stream.emit("resize"));
  return {
    stream,
    drop: () => {
      down = true;
    },
    lift: () => {
      down = false;
    },
    down: () => down,
  };
}

/** A secret that was typed is on the screen: it is drawn over with its mask. */
function hideSecrets(output: NodeJS.WriteStream, line: string, redact: (text: string) => string): void {
  const masked = redact(line);
  if (masked === line) return;
  const columns = Math.max(1, output.columns ?? 80);
  const rows = `${PROMPT}${line}`
    .split("\n")
    .reduce((sum, part) => sum + Math.max(1, Math.ceil(widthOf(part) / columns)), 0);
  output.write(`\x1b[${rows}A\r\x1b[J${PROMPT}${masked}\n`);
}
