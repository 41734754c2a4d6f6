/** state_cause: before anything is changed after a red report, the model says why it was red and what a change will do. */
import { z } from "zod";
import { defineTool, type Tool } from "../agent/tool.ts";
import { fixSchema } from "../artifacts/fix.ts";

export const causeSchema = z.strictObject({
  class: fixSchema.shape.class.describe(
    "credentials: a person must change them; infrastructure: source, network or machine; blueprint: what we believe of the source is wrong; code: the connector's code is wrong though the blueprint is right; harness: connector and blueprint are right and the check is wrong",
  ),
  cause: z.string().min(20).describe("what made the checks fail, with the evidence: check, table, request, line"),
  expected: z.string().min(10).describe("which checks will pass after the change, and why"),
});
export type Cause = z.infer<typeof causeSchema>;

/** For state_cause. */
export interface CauseDesk {
  state(cause: Cause): Promise<void>;
}

export function stateCause(desk: CauseDesk): Tool {
  return defineTool<Cause>({
    name: "state_cause",
    title: "State cause",
    description:
      "Say what made the report red before changing anything. It opens what its class may change: blueprint opens " +
      "propose_blueprint, code opens write_file and edit_file; credentials, infrastructure and harness open nothing, a person must act: " +
      "call finish_step then.",
    input: causeSchema,
    effect: "write",
    describe: ({ class: kind, cause }) => `${kind}: ${cause.split("\n")[0]}`,
    run: async (cause) => {
      await desk.state(cause);
      const next = {
        blueprint: "Change the blueprint with propose_blueprint, then finish_step.",
        code: "Change the code with edit_file, look at lint_connector and run_tests, then finish_step.",
        credentials: "Nothing may be changed for this: call finish_step.",
        infrastructure: "Nothing may be changed for this: call finish_step.",
        harness: "Nothing may be changed for this: call finish_step. The run ends red, with your reason for a person.",
      }[cause.class];
      return { text: next, outcome: cause.class };
    },
  });
}
