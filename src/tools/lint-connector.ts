/** lint_connector: the platform's rules on the connector as it is. */
import { z } from "zod";
import { defineTool, type Tool } from "../agent/tool.ts";
import type { ConnectorDesk } from "./desk.ts";

const SHOWN = 30;

export function lintConnector(desk: ConnectorDesk): Tool {
  return defineTool<Record<string, never>>({
    name: "lint_connector",
    title: "Lint connector",
    description: "Check the connector's code against the platform's rules without running it. Blockers must go.",
    input: z.strictObject({}),
    effect: "read",
    describe: () => "the connector's code",
    run: async () => {
      const findings = [...(await desk.lint())].sort((a, b) => (a.severity < b.severity ? -1 : 1));
      const blockers = findings.filter(({ severity }) => severity === "blocker").length;
      const lines = findings
        .slice(0, SHOWN)
        .map(
          ({ severity, file, line, rule, message, mend }) => `${severity} ${file}:${line} ${rule} ${message} ${mend}`,
        );
      if (findings.length > SHOWN) lines.push(`and ${findings.length - SHOWN} more`);
      const outcome = `${blockers} blockers, ${findings.length - blockers} warnings`;
      return { text: desk.redact([outcome, ...lines].join("\n")), outcome };
    },
  });
}
