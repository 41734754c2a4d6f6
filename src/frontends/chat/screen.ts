/**
 * The two streams of a chat: what is said to a person on stdout, what goes on on stderr. Often both are one terminal, so
 * whoever writes first ends the other's line. Text is redacted here (streamed text was before it came), and no text that is
 * shown gives the terminal a command.
 */
import type { Redactor } from "../../system/secrets.ts";
import { createLines, type Lines } from "./lines.ts";
import { createPaint, type Paint, type Style } from "./paint.ts";
import { createWrapper, plain, widthOf, wrap } from "./text.ts";

export interface Screen {
  /** Progress, on stderr. */
  lines: Lines;
  /** Colours for stderr. */
  paint: Paint;
  /** A sentence of the program's own, on stderr, wrapped to a terminal. */
  note(text: string, style?: Style): void;
  /** Words for a person, on stdout, wrapped to a terminal. */
  say(text: string): void;
  /** Lines that must not be wrapped: tables, differences. */
  print(text: string): void;
  /** Part of a text that is still arriving. Shown on a terminal only: elsewhere the whole text is said at its end. */
  stream(delta: string): void;
  /** The text is whole (`text`), or void: it is said if it was not streamed. */
  endStream(text?: string): void;
  close(): void;
}

export interface ScreenOptions {
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
  color: boolean;
  /** Whether what goes on is shown in a line that is overwritten. */
  live: boolean;
  redactor: Redactor;
}

/** A pause in a text that is longer than this is shown. */
const STALL_MS = 1000;

export function createScreen({ stdout, stderr, color, live, redactor }: ScreenOptions): Screen {
  const terminal = stdout as NodeJS.WriteStream;
  const streams = terminal.isTTY === true;
  const width = () => Math.max(20, terminal.columns ?? 80);
  const paint = createPaint(color);
  let streamed = false;
  let arrived = 0;
  let stalled = false;
  let clock: NodeJS.Timeout | undefined;
  const unstall = () => {
    if (stalled) stdout.write("\x1b[K");
    stalled = false;
  };
  // One column stays free for terminals that wrap a full line by themselves.
  const wrapper = createWrapper(
    (text) => {
      unstall();
      stdout.write(text);
    },
    () => width() - 1,
  );
  const breakLine = () => {
    if (clock) clearInterval(clock);
    clock = undefined;
    wrapper.flush();
    unstall();
    if (wrapper.column() > 0) wrapper.push("\n");
  };
  const stall = () => {
    const waited = performance.now() - arrived;
    if (waited < STALL_MS) return;
    wrapper.flush();
    const text = ` … ${Math.floor(waited / 1000)} s`;
    if (!live || wrapper.column() + widthOf(text) >= width()) return;
    unstall();
    // Beside the text, with the cursor left where the text goes on.
    stdout.write(`\x1b7${text}\x1b8`);
    stalled = true;
  };
  const lines = createLines({ stream: stderr, live, before: breakLine });
  const print = (text: string) => {
    breakLine();
    lines.around(() => stdout.write(`${plain(redactor.redact(text)).replace(/\n+$/, "")}\n`));
  };
  const say = (text: string) => {
    const trimmed = text.replace(/^\n+|\s+$/g, "");
    if (trimmed !== "") print(streams ? wrap(plain(trimmed), width() - 1) : trimmed);
  };
  return {
    lines,
    paint,
    note: (text, style) => {
      const room = lines.width();
      const shown = plain(redactor.redact(text));
      for (const line of (room === undefined ? shown : wrap(shown, room - 1)).split("\n")) {
        lines.line(style === undefined ? line : paint(style, line));
      }
    },
    print,
    say,
    stream: (delta) => {
      if (!streams) return;
      // Blank lines before a text are the model's, not the person's.
      const text = streamed ? delta : delta.replace(/^\s+/, "");
      if (text === "") return;
      lines.live(undefined);
      streamed = true;
      arrived = performance.now();
      clock ??= setInterval(stall, 1000).unref();
      wrapper.push(plain(text));
    },
    endStream: (text) => {
      if (streamed) breakLine();
      else if (text !== undefined) say(text);
      streamed = false;
    },
    close: () => {
      breakLine();
      lines.clear();
    },
  };
}
