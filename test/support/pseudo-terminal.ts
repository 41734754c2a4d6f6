/** A program on a terminal, as a person has it: keys in, a screen out. */
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { onTestFinished } from "vitest";
import { screenOf } from "./screen.ts";

const DRIVER = fileURLToPath(new URL("./pseudo-terminal.py", import.meta.url));

export interface Terminal {
  /** Keys as the terminal sends them: `\r` is Enter, `\x03` Ctrl-C. */
  type(keys: string): void;
  resize(columns: number, rows: number): void;
  kill(signal: number): void;
  /** All bytes so far. */
  bytes(): string;
  /** What is on the screen and above it, line by line. */
  screen(): string[];
  /** Resolves once the screen shows it; `times` or more of it. */
  shows(text: string | RegExp, times?: number, patienceMs?: number): Promise<void>;
  /** Exit code, once it has ended. */
  ended(): Promise<number | undefined>;
}

export interface TerminalOptions {
  columns?: number;
  rows?: number;
  environment?: Record<string, string>;
  cwd?: string;
}

const PATIENCE_MS = 10_000;

export function startOnTerminal(program: readonly string[], options: TerminalOptions = {}): Terminal {
  let { columns = 80 } = options;
  const { rows = 30, environment = {}, cwd } = options;
  const { PATH = "", HOME = "" } = process.env;
  const child = execa("python3", [DRIVER, String(columns), String(rows), ...program], {
    reject: false,
    extendEnv: false,
    env: { PATH, HOME, TERM: "xterm-256color", LANG: "C.UTF-8", ...environment },
    buffer: false,
    stdin: "pipe",
    ...(cwd ? { cwd } : {}),
  });
  let bytes = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    bytes += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    bytes += chunk;
  });
  onTestFinished(() => {
    child.kill("SIGTERM");
  });
  const send = (command: object) => child.stdin.write(`${JSON.stringify(command)}\n`);
  const screen = () => screenOf(bytes, columns);
  return {
    type: (keys) => send({ type: keys }),
    resize: (width, height) => {
      columns = width;
      send({ size: [width, height] });
    },
    kill: (signal) => send({ kill: signal }),
    bytes: () => bytes,
    screen,
    shows: async (text, times = 1, patienceMs = PATIENCE_MS) => {
      const pattern = typeof text === "string" ? text : new RegExp(text, `${text.flags}g`);
      const until = Date.now() + patienceMs;
      for (;;) {
        const all = screen().join("\n");
        const found = typeof pattern === "string" ? all.split(pattern).length - 1 : [...all.matchAll(pattern)].length;
        if (found >= times) return;
        if (Date.now() > until) throw new Error(`The screen never showed ${text} ${times} times:\n${all}`);
        await sleep(25);
      }
    },
    ended: async () => (await child).exitCode,
  };
}
