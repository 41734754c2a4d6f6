/** The demo: a real API's description through all the steps, then what came of it. */

import { fileURLToPath } from "node:url";
import { EXIT, type ExitCode } from "../errors.ts";
import type { CommandContext } from "../options.ts";
import { formatOperationTable } from "../proof/report/operation-table.ts";
import { needReport } from "../workflow/document.ts";
import { openStore } from "../workflow/store.ts";
import { build } from "./build.ts";
import { query } from "./query.ts";
import { findConnector } from "./session.ts";

const SPEC = fileURLToPath(new URL("./demo/spec.yaml", import.meta.url));
const CONNECTOR = "github_demo";

export async function demo({ full }: { full: boolean }, context: CommandContext): Promise<ExitCode> {
  const { stderr, stdout } = context.streams;
  stderr.write("GitHub's REST API, from an excerpt of its own description, without a model and without a network:\n");
  const request = { model: "none", provider: "anthropic", force: false, logs: false } as const;
  const code = await build({ ...request, quick: !full, specs: [SPEC] }, context);
  if (code !== EXIT.done || context.json) return code;
  const store = await openStore(await findConnector(context, CONNECTOR));
  const report = await needReport({ store });
  for (const sync of report.syncs) stdout.write(`\n${sync.name}\n${formatOperationTable(sync)}\n`);
  const table = report.tables.find(({ name }) => name === "issues") ?? report.tables[0];
  if (table) {
    stdout.write(`\nSample rows of ${table.name} (simulated source):\n`);
    const columns = "id, number, title, state, comments, updated_at";
    const sql = `SELECT ${columns} FROM tester."${table.name}" ORDER BY id LIMIT 5`;
    await query({ connector: CONNECTOR, sql, csv: false, rows: "5" }, context);
  }
  stdout.write(`\nThe proof report: ${store.path("reports", "report.html")}\nThe connector:    ${store.directory}\n`);
  return code;
}
