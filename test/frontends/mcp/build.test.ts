/** A connector built by a host's model through the protocol alone: a recorded conversation, played by real clients. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as OlderClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { execa } from "execa";
import { afterEach, expect, it } from "vitest";
import { stringify } from "yaml";
import { reportSchema } from "../../../src/artifacts/report.ts";
import type { Fictional } from "../../support/fictional/server.ts";
import { FICTIONAL } from "../../support/fictional/sources.ts";
import { type CallTool, goOn, PROGRAM, plainEnvironment, playRecording, resultOf } from "../../support/mcp-host.ts";
import { runHere, temporaryDirectory } from "../../support/run-cli.ts";
import { thorough } from "../../support/thorough.ts";
import { verifies } from "../../support/verifies.ts";

const CONNECTOR = "orchard_ledger";
/** Milliseconds; the default of clients is 60 seconds. */
const CLIENT_WAITS = { timeout: 60_000 };

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Stage {
  source: Fictional;
  workspace: string;
  /** Path of the spec. */
  spec: string;
  environment: Record<string, string>;
  args: string[];
}

async function stage(): Promise<Stage> {
  const source = await FICTIONAL.orchard();
  closing.push(source.close);
  const workspace = await temporaryDirectory();
  const spec = join(workspace, "spec.yaml");
  await writeFile(spec, stringify({ ...source.spec(), test: { depth: "quick" } }));
  const args = [PROGRAM, "--workspace", workspace, "mcp"];
  return { source, workspace, spec, environment: plainEnvironment(source.environment), args };
}

/** The older line, on stdio; `answers` says what the person does with a form. Undefined: the host shows none. */
async function overStdio(
  { environment, args }: Stage,
  answers?: () => { action: "accept" | "decline"; content?: { agree: boolean } },
) {
  const client = new OlderClient({ name: "host", version: "1" }, { capabilities: answers ? { elicitation: {} } : {} });
  const shown: string[] = [];
  if (answers) {
    client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
      shown.push(params.message);
      return answers();
    });
  }
  const transport = new StdioClientTransport({ command: process.execPath, args, env: environment, stderr: "ignore" });
  await client.connect(transport);
  closing.push(() => client.close());
  const progress: string[] = [];
  const call: CallTool = async (name, input) =>
    resultOf(
      await client.callTool({ name, arguments: input }, undefined, {
        ...CLIENT_WAITS,
        onprogress: ({ message = "" }) => progress.push(message),
      }),
    );
  return { client, transport, call, shown, progress };
}

async function reportIn(workspace: string) {
  return reportSchema.parse(
    JSON.parse(await readFile(join(workspace, CONNECTOR, ".syncsmith/reports/1.json"), "utf8")),
  );
}

const agrees = () => ({ action: "accept" as const, content: { agree: true } });

it(verifies("mcp.build", "on stdio: every gate is passed, and the report is green on the live source"), async () => {
  const staged = await stage();
  const { source, workspace, spec } = staged;
  const { call, client, shown, progress } = await overStdio(staged, agrees);
  const played = { recording: "orchard", baseUrl: source.baseUrl, spec, connector: CONNECTOR };

  // Out of its turn a step's tool has nothing to work on, and says what to call.
  const { answers, end } = await playRecording(call, played);
  expect(answers.filter(({ isError }) => isError)).toEqual([]);
  expect(end.structured).toMatchObject({ connector: CONNECTOR, state: "green", missing: [] });
  const report = await reportIn(workspace);
  expect(report).toMatchObject({ green: true, basis: "live", blockers: [] });
  expect(Object.fromEntries(report.tables.map(({ name, rows }) => [name, rows]))).toEqual(
    Object.fromEntries(report.tables.map(({ name }) => [name, source.truth(name).length])),
  );
  expect(shown).toHaveLength(1);
  expect(shown[0]).toContain("sent to the source: the values of ORCHARD_TOKEN");
  expect(progress.some((text) => text.includes("test"))).toBe(true);

  const late = await call("record_claim", { connector: CONNECTOR, claims: [] });
  expect(late).toMatchObject({ isError: true, text: expect.stringContaining("Call build_connector") });
  const rows = await call("query_warehouse", { connector: CONNECTOR, sql: "select count(*) from tester.trees" });
  expect(rows.text).toContain(String(report.tables.find(({ name }) => name === "trees")?.rows));
  const told = await call("report", { connector: CONNECTOR });
  expect(told.structured).toMatchObject({ green: true, basis: "live" });
  const log = await client.readResource({ uri: `syncsmith://connectors/${CONNECTOR}/research-log` });
  expect(JSON.stringify(log)).toContain("quotation");

  const said = JSON.stringify([answers, end, shown, progress, log, told]);
  for (const secret of Object.values(source.environment)) expect(said).not.toContain(secret);
});

it(verifies("mcp.consent", "without forms the person says yes in a terminal, and nothing is sent before"), async () => {
  const staged = await stage();
  const { call } = await overStdio(staged);
  const refused = await call("build_connector", { connector: staged.spec });
  expect(refused.isError).toBe(true);
  expect(refused.text).toContain("the values of ORCHARD_TOKEN");
  expect(refused.text).toMatch(/syncsmith --workspace \S+ consent "\S+spec.yaml"/);
  expect(staged.source.requests).toEqual([]);
  const outside = await call("build_connector", { connector: "../../../../etc/passwd" });
  expect(outside).toMatchObject({ isError: true, text: expect.stringContaining("neither in the project") });
  // A pipe is no person.
  const piped = await execa(process.execPath, [PROGRAM, "--workspace", staged.workspace, "consent", staged.spec], {
    extendEnv: false,
    env: staged.environment,
    input: "yes\n",
    reject: false,
  });
  expect(piped.exitCode).toBe(4);
  expect((await call("build_connector", { connector: staged.spec })).isError).toBe(true);
});

it(verifies("mcp.consent", "a no is a no"), async () => {
  const staged = await stage();
  const { call } = await overStdio(staged, () => ({ action: "decline" }));
  const refused = await call("build_connector", { connector: staged.spec });
  expect(refused).toMatchObject({ isError: true, text: expect.stringContaining("Nothing was done") });
  expect(staged.source.requests).toEqual([]);
});

it(
  verifies("mcp.build", "a host that disappears leaves nothing running, and the next goes on where it was"),
  async () => {
    const staged = await stage();
    const first = await overStdio(staged, agrees);
    const turn = await goOn(first.call, staged.spec);
    expect(turn.structured).toMatchObject({ state: "your turn", step: "research" });
    // Somebody else's process: locked, and says by whom.
    const pid = first.transport.pid;
    const other = await runHere(["resume", CONNECTOR, "--model", "none"], {
      workspace: staged.workspace,
      environment: staged.source.environment,
    });
    expect(other.code).not.toBe(0);
    expect(other.stderr).toContain(`Another process (${pid})`);
    const wrong = await first.call("edit_file", { connector: CONNECTOR, path: "connector.py", old: "a", new: "b" });
    expect(wrong).toMatchObject({ isError: true, text: expect.stringContaining("is in research") });
    for (const [name, input] of [
      ["build_connector", { connector: CONNECTOR, step: "test" }],
      ["enhance_connector", { connector: CONNECTOR, what: "leave sales out" }],
    ] as const) {
      const busy = await first.call(name, input);
      expect(busy, name).toMatchObject({ isError: true, text: expect.stringContaining("still about something else") });
    }
    const still = await first.call("build_connector", { connector: CONNECTOR });
    expect(still.text).toMatch(/^Still orchard_ledger: your turn/);
    expect(still.text.length).toBeLessThan(turn.text.length / 3);
    const early = await first.call("finish_step", { connector: CONNECTOR, summary: "done" });
    expect(early).toMatchObject({ isError: true, text: expect.stringContaining("not finished") });

    if (pid !== null) process.kill(pid, "SIGKILL");
    const second = await overStdio(staged, agrees);
    const again = await goOn(second.call, CONNECTOR);
    expect(again.structured).toMatchObject({ state: "your turn", step: "research" });
    expect(second.shown, "what was agreed to is not asked again").toEqual([]);
  },
);

it(verifies("mcp.build", "a cancelled call ends what is at work, and what is done is kept"), async () => {
  const staged = await stage();
  const { call, client } = await overStdio(staged, agrees);
  await mkdir(join(staged.workspace, "specs"), { recursive: true });
  const cancel = new AbortController();
  const going = client.callTool({ name: "build_connector", arguments: { connector: staged.spec } }, undefined, {
    signal: cancel.signal,
    onprogress: ({ message = "" }) => {
      if (message.startsWith("research")) cancel.abort();
    },
  });
  await expect(going).rejects.toThrow();
  const status = await call("connector_status", { connector: CONNECTOR });
  expect(status.text).toContain("requirements");
  const again = await goOn(call, CONNECTOR);
  expect(again.structured).toMatchObject({ state: "your turn", step: "research" });
});

it.runIf(thorough)(verifies("mcp.build", "over HTTP, with a client of today's line: the same"), async () => {
  const staged = await stage();
  const server = execa(process.execPath, [...staged.args, "--http", "0"], {
    extendEnv: false,
    env: staged.environment,
    reject: false,
    stdin: "ignore",
  });
  closing.push(async () => {
    server.kill("SIGTERM");
    await server;
  });
  const address = await new Promise<string>((resolve) => {
    server.stderr?.on("data", (chunk) => {
      const found = /http:\S+/.exec(String(chunk))?.[0];
      if (found) resolve(found);
    });
  });
  // Without the older line's handshake each request says what the client can.
  const client = new Client(
    { name: "host", version: "1" },
    { capabilities: { elicitation: {} }, versionNegotiation: { mode: "auto" } },
  );
  client.setRequestHandler("elicitation/create", async () => agrees());
  await client.connect(new StreamableHTTPClientTransport(new URL(address)));
  closing.push(() => client.close());
  const call: CallTool = async (name, input) =>
    resultOf(await client.callTool({ name, arguments: input }, CLIENT_WAITS));
  const played = { recording: "orchard", baseUrl: staged.source.baseUrl, spec: staged.spec, connector: CONNECTOR };
  const { answers, end } = await playRecording(call, played);
  expect(answers.filter(({ isError }) => isError)).toEqual([]);
  expect(end.structured).toMatchObject({ state: "green" });
});
