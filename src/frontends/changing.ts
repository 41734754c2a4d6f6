/** What front ends do with a connector besides taking it through its steps: each is the work of a run. */
import { EXIT } from "../errors.ts";
import type { EnhanceOrder, EnhanceResult } from "../workflow/enhance/enhance.ts";
import type { RunContext, RunOutcome } from "../workflow/run.ts";

export type Work = (session: RunContext) => Promise<RunOutcome>;

/** Changes it, on a copy; `ended` is told what came of that before the run is over. */
export function enhanceWork(order: EnhanceOrder, ended: (result: EnhanceResult) => void): Work {
  return async (session) => {
    const { enhanceConnector } = await import("../workflow/enhance/enhance.ts");
    const result = await enhanceConnector(session, order);
    ended(result);
    const { enhancement, exitCode } = result;
    return enhancement.outcome === "kept"
      ? { outcome: "green", exitCode, summary: enhancement.summary }
      : { outcome: "not-green", exitCode, summary: `${enhancement.summary}; the connector is as it was` };
  };
}

/** Answers a question about it. */
export function askWork(question: string, answered: (answer: string) => void): Work {
  return async (session) => {
    const { askConnector } = await import("../workflow/ask.ts");
    const result = await askConnector(session, question);
    if ("why" in result) return { outcome: "not-green", exitCode: EXIT.notGreen, summary: `no answer: ${result.why}` };
    answered(result.answer);
    return { outcome: "green", exitCode: EXIT.done, summary: "answered" };
  };
}

/** One round of mending, and the proof again: of code that was generated anew where the blueprint is another one now. */
export const fixWork: Work = async (session) => {
  const { mendOnce } = await import("../workflow/run.ts");
  return mendOnce(session);
};
