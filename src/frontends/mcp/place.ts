/** Where a connector's run stands, for the host: whose turn it is, what the step asks for, what its gate still misses. */
import { z } from "zod";
import { inputSchemaOf } from "../../agent/tool.ts";
import { reportLines } from "../../tools/connector-status.ts";
import { isLong } from "./catalogue.ts";
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

/** `whole`: with the standing text, for a model that begins here or has forgotten. */
export async function placeOf(run: ConnectorRun, { whole }: { whole: boolean }): Promise<Said & { structured: Place }> {
  const { connector } = run;
  const turn = run.turn();
  const ended = run.ended();
  if (turn !== undefined) {
    const missing = await turn.gate();
    const tools = toolsIn(turn);
    const text = turnText(connector, { turn, missing, whole });
    const { step, round } = turn;
    return said({ connector, state: "your turn", step, round, missing, tools, instructions: text });
  }
  if (ended === undefined) {
    const text = `${connector} is at work (${run.doing()}). Call build_connector again to wait on; nothing else is needed.`;
    return said({ connector, state: "working", missing: [], tools: ["build_connector"], instructions: text });
  }
  const { outcome, summary, report, page } = ended;
  const next = {
    green: `Tell the person what rests on what (the trust labels) and what nothing proves. DEPLOYMENT.md tells how it is deployed.`,
    "not-green": "Say what blocks. Change the spec (propose_spec) and call build_connector again, or ask the person.",
    interrupted: "The steps that were done are kept: build_connector goes on from there.",
    error: "The message says who must act; then call build_connector again: the steps that were done are kept.",
  }[outcome];
  const judged = report === undefined ? [] : [...reportLines(report), `The report: ${page}`];
  const text = [`${connector}: ${outcome}: ${summary}`, ...judged, next].join("\n");
  return said({ connector, state: outcome, missing: [], tools: ["build_connector", "report"], instructions: text });
}

function said(structured: Place): Said & { structured: Place } {
  return { text: structured.instructions, structured };
}

/** `ask_user` is the server's own, whatever the step. */
export function toolsIn({ tools }: Turn): string[] {
  return tools.map(({ name }) => name);
}

function turnText(
  connector: string,
  { turn, missing, whole }: { turn: Turn; missing: readonly string[]; whole: boolean },
): string {
  const { step, round, system, opening, tools } = turn;
  const long = tools.filter(isLong);
  const gate =
    missing.length === 0
      ? "The step's gate would pass now: call finish_step when you are done."
      : `The step's gate still misses:\n${missing.map((line) => `- ${line}`).join("\n")}`;
  return [
    `${connector}: your turn, step ${step}${round > 1 ? `, round ${round}` : ""}. Every call below takes connector ${JSON.stringify(connector)}.`,
    ...(whole ? [system] : []),
    opening,
    `Tools of this step: ${toolsIn(turn).join(", ")}. It ends with finish_step.`,
    ...long.map((tool) => `Input of ${tool.name}, as JSON Schema: ${JSON.stringify(inputSchemaOf(tool))}`),
    gate,
  ].join("\n\n");
}
