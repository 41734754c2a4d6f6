/** Where a connector's run stands, for the host: whose turn it is, what the step asks for, what its gate still misses. */
import { z } from "zod";
import { inputSchemaOf } from "../../agent/tool.ts";
import { reportLines } from "../../tools/connector-status.ts";
import { isLong } from "./catalogue.ts";
import { notationOf } from "./notation.ts";
import type { ConnectorRun } from "./runs.ts";
import type { Said } from "./said.ts";
import type { Turn } from "./seat.ts";

export const placeSchema = z.strictObject({
  connector: z.string(),
  state: z.enum(["working", "your turn", "green", "not-green", "interrupted", "error"]),
  step: z.string().optional(),
  round: z.int().optional(),
  /** What the step's gate still misses. */
  missing: z.array(z.string()),
  /** Tools that can be called now. */
  tools: z.array(z.string()),
  /** The same as the text: what happened, what the step asks for, what to call next. */
  instructions: z.string(),
});
export type Place = z.infer<typeof placeSchema>;

/** What a model of a host is told: each turn once whole, after that what its gate still misses. */
export async function placeOf(run: ConnectorRun, { again = false }: { again?: boolean } = {}): Promise<Placed> {
  const { connector } = run;
  const turn = run.turn();
  const ended = run.ended();
  if (turn !== undefined) {
    const missing = await turn.gate();
    const isNew = run.told?.step !== turn.step || run.told.round !== turn.round;
    const text =
      isNew || again
        ? turnText(run, { turn, missing, begins: run.told === undefined || again })
        : still(run, { turn, missing });
    run.told = turn;
    const { step, round } = turn;
    return said({ connector, state: "your turn", step, round, missing, tools: toolsIn(turn), instructions: text });
  }
  if (ended === undefined) {
    const text = `${connector} is at work (${run.doing()}). Call build_connector again to wait on; nothing else is needed.`;
    return said({ connector, state: "working", missing: [], tools: ["build_connector"], instructions: text });
  }
  const { outcome, summary, report, page } = ended;
  const next = {
    green: "Tell the person what rests on what (the trust labels) and what nothing proves.",
    "not-green": "Say what blocks. Change the spec (propose_spec) and call build_connector again, or ask the person.",
    interrupted: "The steps that were done are kept: the same call goes on from there.",
    error: "The message says who must act; then make the same call again: the steps that were done are kept.",
  }[outcome];
  const judged = report === undefined ? [] : [...reportLines(report), `The report: ${page}`];
  const head = summary.startsWith(outcome) ? summary : `${outcome}: ${summary}`;
  const text = [`${connector}: ${head}`, ...judged, next].join("\n");
  return said({ connector, state: outcome, missing: [], tools: ["build_connector", "report"], instructions: text });
}

type Placed = Said & { structured: Place };

function said(structured: Place): Placed {
  return { text: structured.instructions, structured };
}

/** `ask_user` is the server's own, whatever the step. */
export function toolsIn({ tools }: Turn): string[] {
  return tools.map(({ name }) => name);
}

interface Telling {
  turn: Turn;
  missing: readonly string[];
}

function whoseTurn({ connector, about }: ConnectorRun, { step, round }: Turn): string {
  const what = about === BUILD ? "" : ` (${about})`;
  return `${connector}${what}: your turn, step ${step}${round > 1 ? `, round ${round}` : ""}.`;
}

/** What a run is about that takes a connector through its steps. */
export const BUILD = "build";

function still(run: ConnectorRun, { turn, missing }: Telling): string {
  return [
    `Still ${whoseTurn(run, turn)}`,
    gateText(missing),
    `Tools of this step: ${toolsIn(turn).join(", ")}. With \`again\` build_connector gives the step's text once more.`,
  ].join("\n\n");
}

function gateText(missing: readonly string[]): string {
  if (missing.length === 0) return "The step's gate would pass now: call finish_step when you are done.";
  return `The step's gate still misses:\n${missing.map((line) => `- ${line}`).join("\n")}`;
}

function turnText(run: ConnectorRun, { turn, missing, begins }: Telling & { begins: boolean }): string {
  const { system, opening, tools } = turn;
  const long = tools.filter(isLong);
  return [
    `${whoseTurn(run, turn)} Every call below takes connector ${JSON.stringify(run.connector)}.`,
    gateText(missing),
    `Tools of this step: ${toolsIn(turn).join(", ")}. It ends with finish_step.`,
    ...(begins ? [system] : []),
    opening,
    ...long.map((tool) => `Input of ${tool.name}, as a type:\n${notationOf(inputSchemaOf(tool))}`),
  ].join("\n\n");
}
