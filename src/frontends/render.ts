/** Events as text: the one place where a run becomes lines for people. */
import { styleText } from "node:util";
import type { StoredEvent } from "../workflow/events.ts";

export interface Renderer {
  show: (event: StoredEvent) => void;
  /** Removes the progress line, for other text. */
  clear: () => void;
}

export interface RenderOptions {
  stream: NodeJS.WritableStream;
  color: boolean;
  /** Several connectors at once: each line begins with its name. */
  prefixed: boolean;
}

/** On a terminal progress overwrites itself; elsewhere each step's start and end is a line, progress is left out. */
export function createRenderer({ stream, color, prefixed }: RenderOptions): Renderer {
  const live = (stream as NodeJS.WriteStream).isTTY === true && !prefixed;
  let open = false;
  const clear = () => {
    if (open) stream.write("\r\x1b[2K");
    open = false;
  };
  const line = (text: string) => {
    clear();
    stream.write(`${text}\n`);
  };
  const show = (event: StoredEvent) => {
    const name = prefixed ? `${event.connector}: ` : "";
    const text = toLine(event, color);
    if (text !== undefined) line(name + text);
    if (!live) return;
    const progress = toProgress(event);
    if (progress === undefined) return;
    clear();
    const width = (stream as NodeJS.WriteStream).columns ?? 80;
    stream.write(progress.slice(0, width - 1));
    open = true;
  };
  return { show, clear };
}

function toLine(event: StoredEvent, color: boolean): string | undefined {
  const paint = (style: "green" | "red" | "yellow" | "dim" | "bold", text: string) =>
    color ? styleText(style, text) : text;
  switch (event.type) {
    case "run-started":
      return paint("bold", `${event.connector}`) + paint("dim", ` from ${event.spec}, model ${event.model}`);
    case "step-fresh":
      return `${paint("dim", "=")} ${label(event.step, event.round)} ${event.summary} ${paint("dim", "(unchanged)")}`;
    case "step-ended": {
      const mark = { done: paint("green", "✓"), failed: paint("red", "✗"), skipped: paint("yellow", "-") }[
        event.outcome
      ];
      return `${mark} ${label(event.step, event.round)} ${event.summary} ${paint("dim", `(${seconds(event.milliseconds)})`)}`;
    }
    case "connector-log":
    case "note":
      return paint("dim", `  ${event.text}`);
    case "run-ended":
      // An error is said once, by the edge of the process.
      return event.outcome === "error" ? undefined : paint(event.outcome === "green" ? "green" : "red", event.summary);
    case "step-started":
    case "progress":
      return undefined;
    default:
      return event satisfies never;
  }
}

function toProgress(event: StoredEvent): string | undefined {
  if (event.type === "step-started") return `… ${label(event.step, event.round)}`;
  if (event.type === "progress") return `… ${label(event.step, 1)} ${event.text}`;
  return undefined;
}

function label(step: string, round: number): string {
  return (round > 1 ? `${step} ${round}` : step).padEnd(12);
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
