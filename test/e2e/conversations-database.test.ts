/**
 * A conversation about a database, recorded when somebody sat in the model's chair: what only a person knows is asked once,
 * kept, and cited. Nothing is documented but by the catalogue.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { blueprintSchema } from "../../src/artifacts/blueprint.ts";
import { evidenceSchema } from "../../src/artifacts/evidence.ts";
import { reportSchema } from "../../src/artifacts/report.ts";
import { LIBRARY_ROWS, makeLibraryDatabase } from "../support/library-database.ts";
import { readRecording, startMessagesEndpoint } from "../support/messages-endpoint.ts";
import { startOnTerminal } from "../support/pseudo-terminal.ts";
import { runHere, temporaryDirectory } from "../support/run-cli.ts";
import { verifies } from "../support/verifies.ts";

const PATIENCE_MS = 60_000;
const ANSWER = "Deleted members only get deleted_at, no row of theirs is ever removed.";
const PROGRAM = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
/** What the screen shows, and what is typed then: a question in words is put to a terminal only. */
const TYPED: readonly (readonly [string, string])[] = [
  ["Say what you want", "Our library keeps its members and loans in library.db, an SQLite file with the specs."],
  ["build exactly this?", "Yes, build exactly this, for Databricks."],
  ["[y/N]", "yes"],
  ["answer:", ANSWER],
  ["only the two tables", "\u0004"],
];

async function stage(script: Parameters<typeof startMessagesEndpoint>[0]) {
  const endpoint = await startMessagesEndpoint(script);
  onTestFinished(endpoint.close);
  const environment = { ANTHROPIC_BASE_URL: endpoint.address, ANTHROPIC_API_KEY: "key-of-nobody-0123" };
  return { workspace: await temporaryDirectory(), endpoint, environment };
}

it(verifies(
  "chat.conversation",
  "a database: its catalogue is shown, the person's answer is cited, the rest of the draft passes the gate as it is",
), async () => {
  const recording = await readFile(new URL("../recordings/library-chat.jsonl", import.meta.url), "utf8");
  const { workspace, endpoint, environment } = await stage(readRecording(recording));
  await makeLibraryDatabase(join(workspace, "specs", "library.db"));
  const chat = ["--workspace", workspace, "chat", "--quick", "--model", "claude-opus-5-5"];
  const terminal = startOnTerminal([process.execPath, PROGRAM, ...chat], { environment, columns: 120 });
  for (const [shown, typed] of TYPED) {
    await terminal.shows(shown, 1, PATIENCE_MS);
    terminal.type(typed === "\u0004" ? typed : `${typed}\r`);
  }
  const code = await terminal.ended();
  expect(endpoint.failures, terminal.screen().join("\n")).toEqual([]);
  expect({ code, left: endpoint.left() }).toEqual({ code: 0, left: 0 });

  const place = join(workspace, "library", ".syncsmith");
  const read = (path: string) => readFile(join(place, path), "utf8");
  const report = reportSchema.parse(JSON.parse(await read("reports/1.json")));
  expect(report).toMatchObject({ green: true, basis: "live" });
  // Members whose deletion is marked are deleted at the destination.
  const members = (LIBRARY_ROWS.members ?? 0) - 4;
  expect(report.tables).toMatchObject([
    { name: "members", rows: members, trust: "live" },
    { name: "loans", rows: LIBRARY_ROWS.loans, trust: "live" },
  ]);
  const { claims, tables } = blueprintSchema.parse(JSON.parse(await read("blueprint.json")));
  expect(tables.map(({ advance }) => advance.kind)).toEqual(["column", "full"]);
  expect(Object.entries(claims).filter(([, { status }]) => status === "unproven")).toEqual([]);
  const lines = (await read("evidence.jsonl")).trim().split("\n");
  const evidence = lines.map((line) => evidenceSchema.parse(JSON.parse(line)));
  const cited = evidence.filter(({ id }) => claims["tables.members.deletes"]?.evidence.includes(id));
  expect(cited).toMatchObject([{ kind: "user", quotation: expect.stringContaining(ANSWER) }]);
}, 120_000);

it("a database that is not there costs no request to a model: a person has to act", async () => {
  const { workspace, endpoint, environment } = await stage([]);
  const spec = join(workspace, "spec.yaml");
  await writeFile(spec, "name: Library\nsource: { kind: database, engine: sqlite, path: library.db }\n");
  const build = ["build", spec, "--model", "claude-opus-5-5"];
  const { code, stderr } = await runHere(build, { workspace, environment });
  expect({ code, requests: endpoint.requests.length }).toEqual({ code: 2, requests: 0 });
  expect(stderr).toContain(`There is no database file at ${join(workspace, "library.db")}`);
});
