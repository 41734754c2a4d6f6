import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import type { AgentEvent } from "../../src/agent/events.ts";
import { createRenderer } from "../../src/frontends/render.ts";
import type { RunEvent, StepName, StoredEvent } from "../../src/workflow/events.ts";
import { commandsIn, screenOf } from "../support/screen.ts";

const stored = (event: RunEvent) => ({ time: "2026-11-21T10:00:00.000Z", connector: "shop", ...event }) as StoredEvent;
const agent = (event: AgentEvent, step: StepName = "research") => stored({ type: "agent", step, event });
const usage = { input: 1300, cacheRead: 11_000, cacheWrite: 0, output: 900 };

const EVENTS: StoredEvent[] = [
  stored({ type: "run-started", run: "r", connector: "shop", spec: "spec.yaml", model: "some-model", version: "1" }),
  stored({ type: "step-started", step: "research", round: 1 }),
  agent({ type: "turn-started", turn: 1 }),
  agent({ type: "text-delta", text: "I look at" }),
  agent({ type: "text-delta", text: " the docs." }),
  agent({ type: "text", text: "I look at the docs.\nThen I probe." }),
  agent({ type: "turn-ended", turn: 1, usage, usd: 0.0312 }),
  agent({ type: "tool-called", call: "a", tool: "fetch_page", text: "fetch https://docs.example/api" }),
  agent({ type: "tool-called", call: "b", tool: "probe_source", text: "GET /orders" }),
  agent({ type: "tool-returned", call: "b", tool: "probe_source", ok: false, text: "no such path", milliseconds: 30 }),
  agent({
    type: "tool-returned",
    call: "a",
    tool: "fetch_page",
    ok: true,
    text: "14 headings, 31 kB",
    milliseconds: 400,
  }),
  agent({ type: "retry", why: "the endpoint is busy" }),
  stored({ type: "progress", step: "research", text: "held against the source" }),
  stored({ type: "step-ended", step: "research", round: 1, outcome: "done", summary: "3 tables", milliseconds: 4200 }),
  stored({ type: "run-ended", outcome: "green", exitCode: 0, summary: "all well" }),
];

interface Options {
  terminal?: boolean;
  columns?: number;
  color?: boolean;
  prefixed?: boolean;
}

function rendered(
  events: StoredEvent[],
  { terminal = false, columns = 80, color = false, prefixed = false }: Options = {},
) {
  const stream = Object.assign(new PassThrough(), terminal ? { isTTY: true, columns } : {});
  const renderer = createRenderer({ stream, color, prefixed });
  for (const event of events) renderer.show(event);
  renderer.clear();
  return String(stream.read() ?? "");
}

/** A terminal makes a carriage return of its own at each line break. */
const asSent = (bytes: string) => bytes.replaceAll("\n", "\r\n");

const EXPECTED = [
  "shop from spec.yaml, model some-model",
  "    I look at the docs.",
  "    Then I probe.",
  "  probe_source GET /orders … failed: no such path (30 ms)",
  "  fetch_page https://docs.example/api … 14 headings, 31 kB (400 ms)",
  "  asked again: the endpoint is busy",
  "✓ research     3 tables (4.2 s)",
  "  12.3k in (89% cached), 0.9k out, $0.031",
  "  in all 1 request to the model, 12.3k in (89% cached), 0.9k out, $0.031",
  "all well",
];

describe("events of an agent in a run", () => {
  it("are lines in a log: calls with their outcomes, text whole, the cost at the step's end, no escape codes", () => {
    expect(rendered(EVENTS).trimEnd().split("\n")).toEqual(EXPECTED);
  });

  it("leave the same lines on a terminal, with nothing of the line that was overwritten", () => {
    const bytes = rendered(EVENTS, { terminal: true });
    expect(bytes).toContain("… research     fetch_page https://docs.example/api");
    expect(screenOf(asSent(bytes)).filter((line) => line !== "")).toEqual(EXPECTED);
  });

  it("keep calls and progress on one line of a narrow terminal", () => {
    const long = "x".repeat(200);
    const events = [
      agent({ type: "tool-called", call: "a", tool: "fetch_page", text: `fetch https://docs.example/${long}` }),
      agent({
        type: "tool-returned",
        call: "a",
        tool: "fetch_page",
        ok: true,
        text: `14 headings ${long}`,
        milliseconds: 1,
      }),
      stored({ type: "progress", step: "test", text: long }),
    ];
    const bytes = rendered(events, { terminal: true, columns: 60 });
    const lines = screenOf(asSent(bytes), 60).filter((line) => line !== "");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/fetch_page https.*… … 14 headings .*… \(1 ms\)$/);
    // The line that is overwritten, too: the screen would show what did not fit on lines of its own.
  });

  it("carry the connector's name where several run side by side", () => {
    for (const line of rendered(EVENTS, { prefixed: true }).trimEnd().split("\n")) expect(line).toMatch(/^shop: /);
  });

  it("give the terminal no command, whatever a page or a model says", () => {
    const evil = "\x1b[2J\x1b]0;title\x07clear\x9b31m \u202egnp.exe\r\nsecond";
    const events = [
      agent({ type: "text", text: evil }),
      agent({ type: "tool-called", call: "a", tool: "fetch_page", text: evil }),
      agent({ type: "tool-returned", call: "a", tool: "fetch_page", ok: true, text: evil, milliseconds: 1 }),
      stored({ type: "note", text: evil }),
      stored({ type: "run-ended", outcome: "not-green", exitCode: 1, summary: evil }),
    ];
    const text = rendered(events);
    expect(commandsIn(text)).toEqual([]);
    expect(text).toContain("clear");
  });

  it("say that a price is not known, instead of a sum", () => {
    const events = [
      agent({ type: "turn-ended", turn: 1, usage, usd: null }),
      stored({ type: "step-ended", step: "research", round: 1, outcome: "done", summary: "x", milliseconds: 1 }),
    ];
    expect(rendered(events)).toContain("0.9k out, price not known");
  });

  it("count each round's cost for itself", () => {
    const round = (number: number, usd: number) => [
      agent({ type: "turn-ended", turn: number, usage, usd }, "fix"),
      stored({ type: "step-ended", step: "fix", round: number, outcome: "done", summary: "x", milliseconds: 1 }),
    ];
    const text = rendered([...round(1, 0.5), ...round(2, 0.25)]);
    expect(text).toMatch(/\$0\.50\n[\s\S]*\$0\.25\n/);
  });

  it("are coloured only when asked", () => {
    expect(rendered(EVENTS, { color: true })).toContain("\x1b[32m");
  });
});
