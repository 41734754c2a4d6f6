/** What an agent does, as lines: one for each tool call with its outcome, one for each retry, and what it is at now. */
import type { AgentEvent } from "../../agent/events.ts";
import { duration } from "../../wording/numbers.ts";
import type { Lines } from "./lines.ts";
import type { Paint } from "./paint.ts";
import { cut, oneLine, widthOf } from "./text.ts";

export interface AgentViewOptions {
  lines: Lines;
  paint: Paint;
  /** Before each line. */
  indent: string;
  /** Before what is going on: `research`. */
  label?: string;
}

/** Everything but the model's text, which the caller shows in its own way. */
export function createAgentView({ lines, paint, indent, label }: AgentViewOptions): (event: AgentEvent) => void {
  const open = new Map<string, string>();
  const live = (text: string) => lines.live(label === undefined ? text : `${label.padEnd(12)} ${text}`);
  const running = () => {
    const [first, ...others] = open.values();
    if (first === undefined) live("thinking");
    else live(others.length === 0 ? first : `${first} and ${others.length} more`);
  };
  return (event) => {
    switch (event.type) {
      case "turn-started":
        running();
        return;
      case "tool-called":
        open.set(event.call, callInWords(event.tool, event.text));
        running();
        return;
      case "tool-returned": {
        const call = open.get(event.call) ?? event.tool;
        open.delete(event.call);
        lines.line(toolLine({ ...event, call, indent, width: lines.width() }, paint));
        running();
        return;
      }
      case "retry":
        lines.line(paint("yellow", `${indent}asked again: ${oneLine(event.why)}`));
        running();
        return;
      case "cleared":
        lines.line(
          paint("dim", `${indent}${event.results} old results taken out of the context (${event.tokens} tokens)`),
        );
        return;
      case "text-delta":
      case "text":
      case "turn-ended":
        return;
      default:
        event satisfies never;
    }
  };
}

/** `fetch_page https://…`: the tool's name and what it is given, without saying its verb twice. */
export function callInWords(tool: string, text: string): string {
  const words = oneLine(text);
  const [first = "", ...rest] = words.split(" ");
  const said = first.toLowerCase() === tool.split("_")[0] || first.toLowerCase() === tool;
  return [tool, said ? rest.join(" ") : words].filter((part) => part !== "").join(" ");
}

interface Returned {
  call: string;
  ok: boolean;
  text: string;
  milliseconds: number;
  indent: string;
  width: number | undefined;
}

/** A line nobody reads to its end helps nobody: a log has this much of it. */
const LONGEST = 240;

function toolLine({ call, ok, text, milliseconds, indent, width }: Returned, paint: Paint): string {
  const time = ` (${duration(milliseconds)})`;
  const room = (width === undefined ? LONGEST : width - 1) - indent.length - time.length;
  const said = oneLine(text);
  const outcome = cut(ok ? said : `failed: ${said}`, Math.max(12, Math.floor(room / 2), room - widthOf(call) - 3));
  const shown = cut(call, Math.max(12, room - widthOf(outcome) - 3));
  const end = outcome === "" ? "" : ` … ${outcome}`;
  return `${indent}${shown}${ok ? paint("dim", end + time) : paint("yellow", end) + paint("dim", time)}`;
}
