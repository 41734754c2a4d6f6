/**
 * Whole conversations with a model, recorded when somebody sat in its chair, replayed against sources that exist nowhere:
 * prose documentation only, and a truth to compare with. Through the headless build and through the chat.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import type { RestBlueprint as Blueprint } from "../../src/artifacts/blueprint.ts";
import { type Report, reportSchema } from "../../src/artifacts/report.ts";
import type { Fictional } from "../support/fictional/server.ts";
import { FICTIONAL, type FictionalName } from "../support/fictional/sources.ts";
import { startTide } from "../support/fictional/tide.ts";
import {
  type MessagesEndpoint,
  readRecording,
  type ScriptEntry,
  type SentRequest,
  startMessagesEndpoint,
} from "../support/messages-endpoint.ts";
import { fillRecording } from "../support/record.ts";
import { parseRest } from "../support/rest-blueprint.ts";
import { runCli, runHere, startCli, temporaryDirectory } from "../support/run-cli.ts";
import { thorough } from "../support/thorough.ts";
import { verifies } from "../support/verifies.ts";

const PROGRAM = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
/** Requests for a source of three tables, and tokens that the cache does not spare. */
const FEW_REQUESTS = 15;
const FEW_TOKENS = 150_000;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Stage {
  source: Fictional;
  endpoint: MessagesEndpoint;
  workspace: string;
  environment: Record<string, string>;
}

/** Tide's twenty requests per second are half a minute of waiting, which is for the thorough run. */
const started = (name: FictionalName) =>
  name === "tide" && !thorough ? startTide({ requestsPerSecond: 100 }) : FICTIONAL[name]();

async function stage(name: FictionalName, recording: string): Promise<Stage> {
  const source = await started(name);
  const text = await readFile(new URL(`../recordings/${recording}.jsonl`, import.meta.url), "utf8");
  const endpoint = await startMessagesEndpoint(readRecording(fillRecording(text, source.baseUrl)));
  closing.push(source.close, endpoint.close);
  const model = { ANTHROPIC_BASE_URL: endpoint.address, ANTHROPIC_API_KEY: "key-of-nobody-0123" };
  return { source, endpoint, workspace: await temporaryDirectory(), environment: { ...source.environment, ...model } };
}

async function build(name: FictionalName, recording: string = name) {
  const staged = await stage(name, recording);
  const { source, workspace, environment } = staged;
  const spec = join(workspace, "spec.yaml");
  await writeFile(spec, stringify(source.spec()));
  const result = await runHere(["build", spec, "--model", "claude-opus-5-5"], { workspace, environment });
  return { ...staged, ...result, ...(await outcomeIn(workspace)) };
}

async function outcomeIn(workspace: string): Promise<{ directory: string; report: Report; blueprint: Blueprint }> {
  const connectors = await readdir(workspace, { withFileTypes: true });
  const folder = connectors.find((entry) => entry.isDirectory() && !["specs", ".syncsmith-chat"].includes(entry.name));
  const directory = join(workspace, folder?.name ?? "");
  const place = join(directory, ".syncsmith");
  const rounds = (await readdir(join(place, "reports"))).filter((name) => /^\d+\.json$/.test(name)).sort();
  const read = async (path: string) => JSON.parse(await readFile(join(place, path), "utf8"));
  return {
    directory,
    report: reportSchema.parse(await read(`reports/${rounds.at(-1)}`)),
    blueprint: parseRest(await read("blueprint.json")),
  };
}

/** Characters of a request's body that the one before did not begin with, a quarter of which are tokens. */
function uncachedTokens({ requests }: MessagesEndpoint): number {
  const texts = requests.map(({ body }) =>
    JSON.stringify([body.system, body.tools, body.messages], (key, value) =>
      key === "cache_control" ? undefined : value,
    ),
  );
  return texts.reduce((sum, text, index) => {
    const before = texts[index - 1] ?? "";
    let same = 0;
    while (same < before.length && before[same] === text[same]) same += 1;
    return sum + (text.length - same) / 4;
  }, 0);
}

async function filesIn(directory: string): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.endsWith(".db"));
  const texts = await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), "latin1")));
  return texts.join("\n");
}

function expectAsRecorded({
  endpoint,
  code,
  stderr,
}: {
  endpoint: MessagesEndpoint;
  code: number | undefined;
  stderr: string;
}) {
  expect(endpoint.failures, stderr).toEqual([]);
  expect(code, stderr).toBe(0);
  expect(endpoint.left()).toBe(0);
  expect(endpoint.requests.length).toBeLessThanOrEqual(FEW_REQUESTS);
  expect(uncachedTokens(endpoint)).toBeLessThanOrEqual(FEW_TOKENS);
}

function expectWhole({ report, blueprint, source }: { report: Report; blueprint: Blueprint; source: Fictional }) {
  expect(report).toMatchObject({ green: true, basis: "live" });
  for (const { name, rows, trust } of report.tables) {
    expect({ name, rows, trust }).toEqual({ name, rows: source.truth(name).length, trust: "live" });
  }
  expect(report.tables).toHaveLength(blueprint.tables.length);
  const open = Object.entries(blueprint.claims).filter(([, { status }]) => status === "unproven");
  expect(open.length).toBeLessThanOrEqual(3);
}

/** Nothing that the environment holds is anywhere: artifacts, log, what the model was sent, what was printed. */
async function expectNoSecret({ source, endpoint, workspace, environment }: Stage, printed: string) {
  const everywhere = [printed, await filesIn(workspace), ...endpoint.requests.map(({ raw }) => raw)].join("\n");
  const secrets = [...Object.values(source.environment), environment.ANTHROPIC_API_KEY ?? ""];
  expect(secrets.filter((secret) => secret !== "tide-client-0419" && everywhere.includes(secret))).toEqual([]);
}

/** A run whose process is killed while the model thinks, and which is resumed: the same request, and nothing twice. */
async function killedAndResumed(name: "harbour" | "orchard", at: number, connector: string) {
  const source = await FICTIONAL[name]();
  const text = await readFile(new URL(`../recordings/${name}.jsonl`, import.meta.url), "utf8");
  const entries = readRecording(fillRecording(text, source.baseUrl));
  let running: ReturnType<typeof startCli> | undefined;
  // The reply is not there yet when the process is killed; whoever asks next gets it.
  const script = (_: SentRequest, index: number): ScriptEntry => {
    if (index === at) {
      running?.kill("SIGKILL");
      return { delayMs: 5_000, status: 500 };
    }
    return entries[index < at ? index : index - 1] ?? { status: 400 };
  };
  const endpoint = await startMessagesEndpoint(script);
  closing.push(source.close, endpoint.close);
  const workspace = await temporaryDirectory();
  const model = { ANTHROPIC_BASE_URL: endpoint.address, ANTHROPIC_API_KEY: "key-of-nobody-0123" };
  const environment = { ...source.environment, ...model };
  const spec = join(workspace, "spec.yaml");
  await writeFile(spec, stringify(source.spec()));
  running = startCli(["build", spec, "--model", "claude-opus-5-5"], { workspace, environment });
  expect((await running).signal).toBe("SIGKILL");
  const { code, stdout, stderr } = await runCli(["resume", connector], { workspace, environment });
  expect(code, stderr).toBe(0);
  expect(endpoint.requests).toHaveLength(entries.length + 1);
  expect(entries.length).toBeLessThanOrEqual(FEW_REQUESTS);
  expect(uncachedTokens(endpoint)).toBeLessThanOrEqual(FEW_TOKENS);
  const sent = (index: number) => JSON.stringify(endpoint.requests[index]?.body.messages);
  expect(sent(at + 1)).toBe(sent(at));
  const built = { source, endpoint, workspace, environment, ...(await outcomeIn(workspace)) };
  expectWhole(built);
  await expectNoSecret(built, stdout + stderr);
  return built;
}

describe("prose documentation only, headless", () => {
  it(verifies(
    "agent.resume",
    "pages by number, a truthful documentation: green at the first report, also when killed while files are edited",
  ), async () => {
    const built = await killedAndResumed("harbour", 5, "harbour_berths");
    expect(built.report.round).toBe(1);
  }, 120_000);

  // `frontends/mcp/build.test.ts` plays the same recording.
  it.runIf(thorough)(
    verifies(
      "research.prose",
      "a cursor and a documentation that misleads: the source is followed, the mistakes named",
    ),
    async () => {
      const built = await killedAndResumed("orchard", 2, "orchard_ledger");
      const { claims, tables } = built.blueprint;
      for (const table of tables) {
        expect(table.advance).toMatchObject({ kind: "cursor", inclusive: false });
        expect(table.read.pagination).toMatchObject({ style: "cursor", next: "meta.next" });
        expect(table.read.params).toMatchObject({ include_archived: "true" });
        expect(claims[`tables.${table.name}.read.pagination`]?.status).toBe("contradicted");
        expect(claims[`tables.${table.name}.advance`]?.status).toBe("contradicted");
      }
      const document = await readFile(join(built.directory, "orchard_ledger_api_doc.md"), "utf8");
      expect(document).toMatch(/documentation is wrong/i);
    },
    120_000,
  );

  it(verifies(
    "research.prose",
    "parents and children behind OAuth, and a page that gives orders to its reader",
  ), async () => {
    const built = await build("tide");
    expectAsRecorded(built);
    expectWhole(built);
    expect(built.blueprint.tables.map(({ read }) => read.parent?.table)).toEqual([undefined, "stations", "stations"]);
    expect(built.source.requests.filter(({ path }) => path.includes("collect"))).toEqual([]);
    await expectNoSecret(built, built.stdout + built.stderr);
  }, 180_000);
});

describe("prose documentation only, in a conversation", () => {
  it(verifies(
    "chat.conversation",
    "from the address of a page to a green connector, by what a person says",
  ), async () => {
    const staged = await stage("harbour", "harbour-chat");
    const { source, endpoint, workspace, environment } = staged;
    const docs = source.docs.find((address) => address.endsWith("/docs/"));
    const { PATH = "", HOME = "" } = process.env;
    const { exitCode, stdout, stderr } = await execa(
      process.execPath,
      [PROGRAM, "--workspace", workspace, "chat", "--quick"],
      {
        reject: false,
        extendEnv: false,
        env: { PATH, HOME, ...environment },
        input: `I want the register of Harbour Berths. Its documentation begins at ${docs} and the key is in HARBOUR_KEY.\nYes, build exactly this.\nyes\n`,
      },
    );
    expectAsRecorded({ endpoint, code: exitCode, stderr: stdout + stderr });
    expectWhole({ source, ...(await outcomeIn(workspace)) });
    expect(stdout).toContain("3 tables");
    expect(stdout + stderr).not.toContain("\u001b");
    await expectNoSecret(staged, stdout + stderr);
  }, 120_000);
});
