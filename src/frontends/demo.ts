/** The demo: a real API's description through all the steps, then what came of it. */
import { fileURLToPath } from "node:url";
import { EXIT, type ExitCode } from "../errors.ts";
import { needReport } from "../workflow/document.ts";
import { openStore } from "../workflow/store.ts";
import { build } from "./build.ts";
import { query } from "./query.ts";
import { type CommandContext, findConnector } from "./session.ts";

const SPEC = fileURLToPath(new URL("./demo/spec.yaml", import.meta.url));
const CONNECTOR = "github_demo";

export async function demo(context: CommandContext): Promise<ExitCode> {
  const { stderr, stdout } = context.streams;
  stderr.write("GitHub's REST API, from an excerpt of its own description, without a model and without a network:\n");
  const code = await build({ specs: [SPEC], model: "none", force: false }, context);
  if (code !== EXIT.done || context.json) return code;
  const store = await openStore(await findConnector(context, CONNECTOR));
  const report = await needReport({ store });
  for (const sync of report.syncs) stdout.write(`\nSync "${sync.name}"\n${operationTable(sync.operations)}`);
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

type Operations = Awaited<ReturnType<typeof needReport>>["syncs"][number]["operations"];

function operationTable(operations: Operations): string {
  const rows = Object.entries(operations).map(([name, count]) => {
    const label = name === "schemaChanges" ? "SchemaChanges" : name.charAt(0).toUpperCase() + name.slice(1);
    return `${label.padEnd(13)} | ${count}\n`;
  });
  return `${"Operation".padEnd(13)} | Calls\n------------- + ------------\n${rows.join("")}`;
}
