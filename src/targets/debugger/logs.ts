/** What a connector prints, line by line, bounded: neither a flood nor an endless line takes memory. */
import { StringDecoder } from "node:string_decoder";
import type { ConnectorLog, LogLevel } from "../target.ts";

export interface LogKeeper {
  /** Takes a piece of what the process wrote. */
  write(stream: "stdout" | "stderr", chunk: Buffer): void;
  add(line: ConnectorLog): void;
  /** Ends lines that have no end. */
  end(): void;
  /** The first and the last lines, and between them how many were left out. */
  lines(): ConnectorLog[];
}

const MAX_LINE = 4096;
const HEAD_LINES = 1000;
const TAIL_LINES = 4000;

/**
 * `onLine` gets each line until as many were passed on as are kept. `onSign` is called for lines that the connector
 * itself logged: it is alive.
 */
export function createLogKeeper(options: {
  redact: (text: string) => string;
  onLine?: ((line: ConnectorLog) => void) | undefined;
  onSign: () => void;
}): LogKeeper {
  const head: ConnectorLog[] = [];
  const tail: ConnectorLog[] = [];
  let count = 0;
  const streams = { stdout: createLineSplitter(), stderr: createLineSplitter() };
  let last: ConnectorLog | undefined;

  const add = (line: ConnectorLog): void => {
    const kept = { ...line, text: options.redact(line.text).slice(0, MAX_LINE) };
    if (head.length < HEAD_LINES) head.push(kept);
    else tail[(count - HEAD_LINES) % TAIL_LINES] = kept;
    count++;
    if (count <= HEAD_LINES + TAIL_LINES) options.onLine?.(kept);
    else if (count === HEAD_LINES + TAIL_LINES + 1) {
      options.onLine?.({
        level: "warning",
        origin: "sdk",
        text: "too much output: from here on only the last lines are kept",
      });
    }
  };
  const take = (stream: "stdout" | "stderr", text: string): void => {
    if (text.trim() === "") return;
    last = parseLine(stream, text, last);
    if (last.origin === "connector") options.onSign();
    add(last);
  };
  return {
    write: (stream, chunk) => {
      for (const line of streams[stream].push(chunk)) take(stream, line);
    },
    add,
    end: () => {
      for (const stream of ["stdout", "stderr"] as const) {
        for (const line of streams[stream].end()) take(stream, line);
      }
    },
    lines: () => {
      const dropped = count - head.length - tail.length;
      if (count <= HEAD_LINES + TAIL_LINES) return [...head, ...tail];
      const oldest = (count - HEAD_LINES) % TAIL_LINES;
      const notice: ConnectorLog = { level: "warning", origin: "sdk", text: `… ${dropped} lines left out …` };
      return [...head, notice, ...tail.slice(oldest), ...tail.slice(0, oldest)];
    },
  };
}

/** `12:30:00.123 WARNING  ⚡ connector text`: how the SDK prints in debug mode. */
const SDK_LINE = /^\d\d:\d\d:\d\d\.\d{3} ([A-Z]+) +⚡ (sdk|connector|debugger) +(.*)$/s;
/** Further lines of a message are indented to where its text begins. */
const CONTINUATION = /^ {20,}(.*)$/s;

const LEVELS: { readonly [name: string]: LogLevel } = {
  DEBUG: "debug",
  FINE: "debug",
  INFO: "info",
  WARNING: "warning",
  ERROR: "error",
  SEVERE: "error",
  CRITICAL: "error",
};

function parseLine(stream: "stdout" | "stderr", text: string, before: ConnectorLog | undefined): ConnectorLog {
  const match = SDK_LINE.exec(text);
  if (match !== null) {
    const origin = match[2] === "connector" ? "connector" : "sdk";
    return { level: LEVELS[match[1] ?? ""] ?? "info", origin, text: match[3] ?? "" };
  }
  const further = CONTINUATION.exec(text);
  if (further !== null && before !== undefined && (before.origin === "connector" || before.origin === "sdk")) {
    return { ...before, text: further[1] ?? "" };
  }
  return { level: stream === "stderr" ? "warning" : "info", origin: stream, text };
}

/** Cuts a stream of bytes into lines; of a longer line only the start is kept. */
function createLineSplitter(): { push(chunk: Buffer): string[]; end(): string[] } {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  return {
    push: (chunk) => {
      const parts = decoder.write(chunk).split("\n");
      parts[0] = rest + parts[0];
      rest = (parts.pop() ?? "").slice(0, MAX_LINE);
      // The two characters of a line's end may come in two pieces.
      return parts.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
    },
    end: () => {
      const line = rest;
      rest = "";
      return line === "" ? [] : [line];
    },
  };
}
