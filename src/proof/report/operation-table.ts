/** The closing table of a sync, as the platform's own tester prints it. */
import type { SyncSummary } from "../../artifacts/report.ts";

const LABELS = [
  ["Upserts", "upserts"],
  ["Updates", "updates"],
  ["Deletes", "deletes"],
  ["Truncates", "truncates"],
  ["SchemaChanges", "schemaChanges"],
  ["Checkpoints", "checkpoints"],
] as const;
const LABEL_WIDTH = 13;
const COUNT_WIDTH = 12;

export function formatOperationTable({ operations, status }: Pick<SyncSummary, "operations" | "status">): string {
  return [
    `${"Operation".padEnd(LABEL_WIDTH)} | Calls`,
    `${"-".repeat(LABEL_WIDTH)} + ${"-".repeat(COUNT_WIDTH)}`,
    ...LABELS.map(([label, key]) => `${label.padEnd(LABEL_WIDTH)} | ${operations[key]}`),
    `Sync ${status === "succeeded" ? "SUCCEEDED" : "FAILED"}`,
  ].join("\n");
}
