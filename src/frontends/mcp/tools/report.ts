/** report: the verdict of the last test, or one check of it in full. */
import { z } from "zod";
import { ToolError } from "../../../errors.ts";
import { reportLines } from "../../../tools/connector-status.ts";
import { reportForModel } from "../../../wording/report.ts";
import { standingOf } from "../../../wording/standing.ts";
import { defineOwnTool, type OwnTool } from "../said.ts";
import type { Server } from "../state.ts";

const outputSchema = z.strictObject({
  connector: z.string(),
  green: z.boolean(),
  basis: z.string(),
  depth: z.string(),
  tables: z.array(z.strictObject({ name: z.string(), rows: z.int(), trust: z.string(), standing: z.string() })),
  blockers: z.array(z.string()),
  unproven: z.array(z.string()),
  /** The whole in words, or the check that was asked for. */
  text: z.string(),
  page: z.string(),
});

export function reportTool(server: Server): OwnTool {
  return defineOwnTool({
    name: "report",
    title: "Report",
    description:
      "The report of the last proof: verdict, what each table rests on, failed checks with their evidence. With `check`, that check's " +
      "results in full.",
    input: z.strictObject({ connector: z.string().min(1), check: z.string().optional().describe("such as `living`") }),
    output: outputSchema,
    effect: "read",
    run: async ({ connector, check }) => {
      const store = await server.storeOf(connector);
      const report = await store.readReport();
      if (report === undefined) throw new ToolError(`${connector} has no report yet. Call build_connector.`);
      const { green, basis, depth, blockers, unproven } = report;
      const results = report.checks.filter((result) => check === undefined || result.check === check);
      if (results.length === 0) {
        const known = [...new Set(report.checks.map((result) => result.check))];
        throw new ToolError(`The report has no check ${check}. It has: ${known.join(", ")}.`);
      }
      const text =
        check === undefined
          ? [`A ${depth} proof.`, ...reportLines(report), reportForModel(report)].join("\n")
          : results.map((result) => JSON.stringify(result, null, 1)).join("\n");
      const tables = report.tables.map(({ name, rows, trust }) => ({
        name,
        rows,
        trust,
        standing: standingOf(report, name).words,
      }));
      const page = store.path("reports", "report.html");
      return { text, structured: { connector, green, basis, depth, tables, blockers, unproven, text, page } };
    },
  });
}
