/** run_tests: the harness on the connector as it is now. It writes no report: only the test step does. */
import { z } from "zod";
import { defineTool, type Tool } from "../agent/tool.ts";
import { reportForModel } from "../wording/report.ts";
import type { ConnectorDesk } from "./desk.ts";

export function runTests(desk: ConnectorDesk): Tool {
  return defineTool<Record<string, never>>({
    name: "run_tests",
    title: "Run tests",
    description:
      "Run the connector under the debugger and the whole harness (several syncs, row by row), as the test step will. Takes 10 to 60 " +
      "seconds; twice at most in a step. Its warehouse can be looked at with query_warehouse.",
    input: z.strictObject({}),
    effect: "execute",
    describe: () => "the harness on the connector as it is",
    run: async (_, { signal }) => {
      const report = await desk.test(signal);
      return {
        text: desk.redact(reportForModel(report)),
        outcome: report.green ? "green" : `${report.blockers.length} blockers`,
        data: report,
      };
    },
  });
}
