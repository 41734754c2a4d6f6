/** A question about a connector: a model reads what is there, answers, and changes nothing. */
import { ToolError, UserError } from "../errors.ts";
import { listFiles } from "../system/files.ts";
import type { ConnectorDesk } from "../tools/desk.ts";
import { NOT_FILES } from "../tools/list-files.ts";
import { toolsets } from "../tools/toolsets.ts";
import { blueprintForModel } from "../wording/blueprint.ts";
import { reportForModel } from "../wording/report.ts";
import { researchDesk } from "./desks.ts";
import { queryConnector } from "./query.ts";
import { refine, whyUnfinished } from "./refine.ts";
import type { RunContext } from "./run.ts";
import { needBlueprint, type StepContext } from "./step.ts";

/** Throws `UserError` without a model, or for a connector that nothing is known of yet. */
export async function askConnector(
  context: RunContext,
  question: string,
): Promise<{ answer: string } | { why: string }> {
  const { store, services, redactor } = context;
  const agent = services.agent;
  if (agent === undefined) {
    throw new UserError("A question is answered by a model, and there is none.", {
      hint: "Set ANTHROPIC_API_KEY. Without one: `syncsmith status`, `report` and `query` say what is known.",
    });
  }
  if (question.trim() === "") throw new UserError("The question is empty.");
  const step: StepContext = { ...context, round: 1 };
  const blueprint = await needBlueprint(step);
  const report = await store.readReport();
  let answer: string | undefined;
  const outcome = await refine(step, {
    agent,
    step: "ask",
    inputs: { question, blueprint, report: report?.time },
    variables: {
      question,
      files: (await listFiles(store.directory, NOT_FILES)).join("\n"),
      blueprint: blueprintForModel(blueprint),
      report: report === undefined ? "There is none yet." : reportForModel(report),
    },
    tools: toolsets.ask({
      research: await researchDesk(step),
      connector: lookingDesk(step),
      skills: agent,
      answer: {
        answer: async (text) => {
          answer = text;
        },
        redact: redactor.redact,
      },
    }),
    gate: async () => (answer === undefined ? ["The question has no answer yet: call give_answer."] : []),
  });
  return answer === undefined ? { why: whyUnfinished(outcome) ?? "it gave no answer" } : { answer };
}

/** Files and rows, to look at. */
function lookingDesk({ store: { directory }, redactor }: StepContext): ConnectorDesk {
  const unchanged = "A question changes nothing.";
  return {
    directory,
    locked: () => unchanged,
    wrote: async () => {},
    lint: async () => [],
    test: async () => {
      throw new ToolError(unchanged);
    },
    query: (sql, maxRows) => queryConnector(directory, sql, maxRows),
    redact: redactor.redact,
  };
}
