/** query_warehouse: SQL on what the last test loaded. */
import { z } from "zod";
import { defineTool, type Tool } from "../agent/tool.ts";
import type { ConnectorDesk } from "./desk.ts";

const MAX_ROWS = 50;
const MAX_CELL = 200;

export function queryWarehouse(desk: ConnectorDesk): Tool {
  return defineTool<{ sql: string }>({
    name: "query_warehouse",
    title: "Query warehouse",
    description: `One read-only DuckDB statement on the rows that the last test loaded (schema tester). At most ${MAX_ROWS} rows come back.`,
    input: z.strictObject({ sql: z.string().min(1) }),
    effect: "read",
    describe: ({ sql }) => sql.replace(/\s+/g, " ").slice(0, 70),
    run: async ({ sql }) => {
      const { columns, rows, truncated } = await desk.query(sql, MAX_ROWS);
      const cell = (value: string | null) =>
        value === null ? "NULL" : value.replace(/[\r\n\t|]+/g, " ").slice(0, MAX_CELL);
      const lines = [columns, ...rows].map((row) => row.map(cell).join(" | "));
      return {
        text: desk.redact([...lines, ...(truncated ? [`More than ${MAX_ROWS} rows: narrow it.`] : [])].join("\n")),
        outcome: `${rows.length}${truncated ? "+" : ""} rows`,
      };
    },
  });
}
