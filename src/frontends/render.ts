/** Events as text: the one place where a run becomes lines for people. */
import type { AgentEvent } from "../agent/events.ts";
import { counted, duration } from "../wording/numbers.ts";
import type { StoredEvent, Work } from "../workflow/events.ts";
import { createAgentView } from "./chat/agent-view.ts";
import { addCost, type CostBook, costInWords, costOf, createCostBook, NO_COST } from "./chat/cost.ts";
import { createLines, type Lines } from "./chat/lines.ts";
import { createPaint, type Paint } from "./chat/paint.ts";
import { oneLine, plain, wrap } from "./chat/text.ts";

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
  /** Where somebody else writes to the same terminal too: the lines both share. Default: lines of its own on `stream`. */
  lines?: Lines;
  /** Whether a terminal is shown what goes on in a line that overwrites itself. Default: yes. */
  live?: boolean;
  /** Before each line. */
  indent?: string;
}

/**
 * On a terminal what goes on is a line that overwrites itself; elsewhere each step's start and end is a line and progress is
 * left out. What a model says is shown whole when it is said.
 */
export function createRenderer({
  stream,
  color,
  prefixed,
  live = true,
  lines: shared,
  indent = "",
}: RenderOptions): Renderer {
  const lines = shared ?? createLines({ stream, live: live && !prefixed });
  const paint = createPaint(color);
  const costs = createCostBook();
  let whole = NO_COST;
  const views = new Map<string, (event: AgentEvent) => void>();
  const write = (connector: string, text: string, hang = 4) => {
    const width = lines.width();
    for (const line of text.split("\n")) {
      const whole = `${indent}${prefixed ? `${connector}: ` : ""}${line}`;
      lines.line(width === undefined ? whole : wrap(whole, width - 1, indent.length + hang));
    }
  };
  const viewOf = (connector: string, step: string) => {
    const options = {
      paint,
      indent: "  ",
      label: step,
      lines: { ...lines, line: (text: string) => write(connector, text) },
    };
    const view = views.get(step) ?? createAgentView(options);
    views.set(step, view);
    return view;
  };
  const showAgent = ({ connector }: StoredEvent, step: Work | "chat", event: AgentEvent) => {
    if (event.type === "text" && event.text.trim() !== "") write(connector, indented(event.text, lines.width()));
    costs.add(step, event);
    whole = addCost(whole, costOf(event));
    viewOf(connector, step)(event);
  };
  const show = (event: StoredEvent) => {
    if (event.type === "agent") {
      showAgent(event, event.step, event.event);
      return;
    }
    if (event.type === "run-ended" && whole.requests > 0) {
      const total = `${counted(whole.requests, "request")} to the model, ${costInWords(whole)}`;
      write(event.connector, paint("dim", `  in all ${total}`));
    }
    const text = toLine(event, paint);
    if (text !== undefined) write(event.connector, text, "step" in event ? SUMMARY_AT : 4);
    if (event.type === "step-ended") showCost(event.step, (line) => write(event.connector, paint("dim", line)), costs);
    const progress = toProgress(event);
    if (progress !== undefined) lines.live(progress);
    if (event.type === "step-ended" || event.type === "run-ended") lines.live(undefined);
  };
  return { show, clear: lines.clear };
}

/** A model's words among a run's lines. */
function indented(text: string, width: number | undefined): string {
  const clean = plain(text).trim();
  const lines = (width === undefined ? clean : wrap(clean, width - 4)).split("\n");
  return lines.map((line) => `    ${line}`.trimEnd()).join("\n");
}

/** Test and fix turn in rounds: each says what it cost since the last time. */
function showCost(step: string, line: (text: string) => void, costs: CostBook): void {
  const cost = costs.of(step);
  if (cost.requests === 0) return;
  line(`  ${costInWords(cost)}`);
  costs.forget(step);
}

type PlainEvent = Exclude<StoredEvent, { type: "agent" }>;

function toLine(event: PlainEvent, paint: Paint): string | undefined {
  switch (event.type) {
    case "run-started":
      return paint("bold", event.connector) + paint("dim", ` from ${oneLine(event.spec)}, model ${event.model}`);
    case "step-fresh":
      return `${paint("dim", "=")} ${label(event.step, event.round)} ${oneLine(event.summary)} ${paint("dim", "(unchanged)")}`;
    case "step-ended": {
      const mark = { done: paint("green", "✓"), failed: paint("red", "✗"), skipped: paint("yellow", "-") }[
        event.outcome
      ];
      const time = paint("dim", `(${duration(event.milliseconds)})`);
      return `${mark} ${label(event.step, event.round)} ${oneLine(event.summary)} ${time}`;
    }
    case "connector-log":
    case "note":
      return paint("dim", `  ${plain(event.text).trimEnd()}`);
    case "run-ended":
      // An error is said once, by the edge of the process.
      return event.outcome === "error"
        ? undefined
        : paint(event.outcome === "green" ? "green" : "red", oneLine(event.summary));
    case "step-started":
    case "progress":
      return undefined;
    default:
      return event satisfies never;
  }
}

function toProgress(event: PlainEvent): string | undefined {
  if (event.type === "step-started") return label(event.step, event.round).trimEnd();
  if (event.type === "progress") return `${label(event.step, 1)} ${oneLine(event.text)}`;
  return undefined;
}

const LABEL = 12;
/** Column at which a step's summary begins: after its mark and its name. */
const SUMMARY_AT = LABEL + 3;

function label(step: string, round: number): string {
  return (round > 1 ? `${step} ${round}` : step).padEnd(LABEL);
}
