/**
 * Lines on a stream, and on a terminal one more below them that says what is going on: it is overwritten in place, says how
 * many seconds it has lasted, and is gone before anything else is written.
 */
import { cut, widthOf } from "./text.ts";

export interface Lines {
  /** A whole line, which may hold colours. */
  line(text: string): void;
  /** What is going on now; undefined for nothing. Plain text on one line. */
  live(text: string | undefined): void;
  /** Removes the line that says what is going on, for other text, and stops its clock. */
  clear(): void;
  /** Other text in whole lines on the same terminal, with the line that says what is going on kept below it. */
  around(write: () => void): void;
  /** Columns, or undefined where lines have no end. */
  width(): number | undefined;
}

export interface LinesOptions {
  stream: NodeJS.WritableStream;
  /** Whether what is going on is shown; only ever on a terminal. */
  live: boolean;
  /** Called before anything is written: another stream of the same terminal may be in the middle of a line. */
  before?: () => void;
}

export function createLines({ stream, live, before = () => {} }: LinesOptions): Lines {
  const terminal = stream as NodeJS.WriteStream;
  const shown = live && terminal.isTTY === true;
  const columns = () => Math.max(20, terminal.columns ?? 80);
  /** Columns of the open line; 0 when there is none. */
  let open = 0;
  let current: { text: string; since: number } | undefined;
  let clock: NodeJS.Timeout | undefined;
  const erase = () => {
    // A terminal that has become narrower has broken the line into several.
    const rows = Math.ceil(open / Math.max(1, terminal.columns ?? 80));
    if (open > 0) stream.write(rows > 1 ? `\r\x1b[${rows - 1}A\x1b[J` : "\r\x1b[2K");
    open = 0;
  };
  const draw = () => {
    if (current === undefined) return;
    const seconds = Math.floor((performance.now() - current.since) / 1000);
    const elapsed = seconds < 1 ? "" : ` (${seconds} s)`;
    before();
    erase();
    // One column stays free: a full line would wrap on some terminals.
    const text = cut(`… ${current.text}`, columns() - 1 - elapsed.length) + elapsed;
    stream.write(text);
    open = widthOf(text);
  };
  const stop = () => {
    if (clock) clearInterval(clock);
    clock = undefined;
    current = undefined;
    erase();
  };
  return {
    line: (text) => {
      before();
      erase();
      stream.write(`${text}\n`);
      draw();
    },
    live: (text) => {
      if (!shown) return;
      if (text === undefined) {
        stop();
        return;
      }
      if (current?.text !== text) current = { text, since: performance.now() };
      draw();
      clock ??= setInterval(draw, 1000).unref();
    },
    clear: stop,
    around: (write) => {
      erase();
      write();
      draw();
    },
    width: () => (terminal.isTTY ? columns() : undefined),
  };
}
