/** Connectors that are there, in a chat over pipes: adopted, mended, changed, asked about, deployed; each after a yes to what was shown. */
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, expect, it, onTestFinished } from "vitest";
import { chat } from "../../src/frontends/chat/chat.ts";
import type { CommandContext } from "../../src/options.ts";
import { openStore } from "../../src/workflow/store.ts";
import { environmentFor, expectNoSecret, makeDeployable, settle } from "../support/deployable.ts";
import { startFivetranApi } from "../support/fivetran-api.ts";
import {
  lastMessageText,
  type ScriptEntry,
  type SentRequest,
  startMessagesEndpoint,
} from "../support/messages-endpoint.ts";
import { temporaryDirectory } from "../support/run-cli.ts";
import { edit, says, use } from "../support/script.ts";
import { verifies } from "../support/verifies.ts";

interface Talk {
  workspace: string;
  environment?: Record<string, string>;
  /** What the model says, in the chat and in steps, in the order in which it is asked. */
  script: readonly ScriptEntry[];
}

/** A whole chat: lines in, and what came of them. */
async function talk({ workspace, environment = {}, script }: Talk, ...lines: string[]) {
  const endpoint = await startMessagesEndpoint(script);
  onTestFinished(endpoint.close);
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end(lines.map((line) => `${line}\n`).join(""));
  const context: CommandContext = {
    ...{ workspace, json: false, logLevel: "silent", color: false, cacheDirectory: undefined, python: undefined },
    environment: { ANTHROPIC_API_KEY: "key-for-nobody", ANTHROPIC_BASE_URL: endpoint.address, ...environment },
    streams: { stdout, stderr },
    signal: new AbortController().signal,
  };
  const code = await chat({ model: "claude-opus-5-5", quick: true, stdin }, context);
  expect(endpoint.failures).toEqual([]);
  const shown = (at: number) => lastMessageText(endpoint.requests[at] as SentRequest);
  const sent = () => JSON.stringify(endpoint.requests.map(({ body }) => body));
  return { code, out: String(stdout.read() ?? ""), err: String(stderr.read() ?? ""), shown, sent };
}

const FIXTURE = join(import.meta.dirname, "../fixtures/adopted/offset");
const KEY = "freight-key-8d1f";
const LINE = '            op.upsert(table="shipment", data=row)\n';
const BROKEN = '            if count:\n                op.upsert(table="shipment", data=row)\n';
const WISH = `Task: Enhance existing Fivetran connector with prices as text

Current Implementation:
- connector/connector.py declares the price a decimal

Enhancement Requirements:
1. New Features:
   - Declare the price of shipments as STRING
   - [FEATURE_2]

Expected Output:
- Updated connector.py with new functionality
`;

/** Somebody's connector, with a mistake in it and their key beside it. */
async function theirs() {
  const workspace = await temporaryDirectory();
  await cp(FIXTURE, workspace, { recursive: true });
  const code = join(workspace, "connector");
  const file = join(code, "connector.py");
  const good = await readFile(file, "utf8");
  const broken = good.replace(LINE, () => BROKEN);
  expect(broken).not.toBe(good);
  await writeFile(file, broken);
  const values = { api_url: "https://api.freight.example/v2", freight_key: KEY, page_size: "50" };
  await writeFile(join(code, "configuration.json"), JSON.stringify(values));
  await mkdir(join(code, "tests"));
  await writeFile(join(code, "tests", "dev_config.json"), JSON.stringify({ token: "another-one" }));
  await writeFile(join(code, "NOTES.md"), `Rotate ${KEY} in May.\n`);
  const spec = (await readFile(join(workspace, "spec.yaml"), "utf8")).replace("code: connector", "code: ../connector");
  await writeFile(join(workspace, "wish.md"), WISH);
  return { workspace, code, file, good, broken, spec };
}

describe("a connector that somebody else wrote, in a chat", () => {
  it(verifies(
    "chat.existing",
    "is read, proven, mended, changed and asked about; the folder it came from stays as it is",
  ), async () => {
    const { workspace, code, file, good, broken, spec } = await theirs();
    const script = [
      says(use("adopt_connector", { directory: code, name: "Harbour freight" })),
      says(
        use("list_files", {}),
        use("read_file", { path: "connector.py" }),
        ...["configuration.json", "tests/dev_config.json", "NOTES.md"].map((path) => use("read_file", { path })),
      ),
      says(use("propose_spec", { spec }), use("build_connector", { spec: "harbour_freight" })),
      says("It is red: shipments lacks rows."),
      // fix, and nothing of the chat in between
      says(
        use("state_cause", {
          class: "code",
          cause: "Rows of the first page are left out while count is 0.",
          expected: "initial-sync of shipments finds all rows.",
        }),
        edit("connector.py", BROKEN, LINE),
        use("finish_step", { summary: "The first page is written." }),
      ),
      says(
        edit("connector.py", '"price": {"type": "DECIMAL", "precision": 38, "scale": 9}', '"price": "STRING"'),
        use("finish_step", { summary: "The price is declared a string. Re-sync shipment." }),
      ),
      says(use("read_file", { path: "NOTES.md" })),
      says(use("give_answer", { answer: "As text, see connector.py." })),
      says("It needs a re-sync."),
    ];
    const {
      out,
      err,
      shown,
      sent,
      code: ended,
    } = await talk(
      { workspace, script },
      `/adopt ${code}`,
      ...["y", "y"],
      ...["/fix", "y"],
      ...[`/enhance ${join(workspace, "wish.md")}`, "y"],
      "/ask harbour_freight how does it send prices?",
      "so what does it mean?",
    );
    expect(ended).toBe(0);

    // Nothing of the code is run, or shown to the model, before the yes.
    expect(shown(0)).toContain(`Adopt the connector in the folder ${code}.`);
    expect(err).toContain(`Ask this connector for its schema?\n  runs here: schema() of the code in ${code}`);
    expect(err).toMatch(/shown to claude-opus-5-5 at 127\.0\.0\.1:\d+: its files, but those that hold values/);
    expect(shown(1)).toContain("tables.shipment.pagination: how its pages follow each other");
    expect(shown(2)).toContain("def sync_shipments");
    expect(shown(2)).toContain("configuration.json is the person's");
    expect(shown(2)).toContain("tests/dev_config.json is the person's");
    expect(shown(2)).toContain("Rotate **** in May.");
    expect(err).toContain(`runs here: the code in ${code}, which somebody else wrote, with your rights`);
    expect(shown(3)).toMatch(/not green: .*shipments/);

    expect(err).toContain("Fix Harbour freight?");
    expect(err).toMatch(/For the original: .*changes\.patch/);
    expect(err).toContain(
      "asked for: prices as text\n  | Task: Enhance existing Fivetran connector with prices as text\n",
    );
    expect(err).toContain("  |    - Declare the price of shipments as STRING\n");
    expect(shown(5)).not.toContain("[FEATURE_2]");
    expect(err).toMatch(/Before and after\n/);
    expect(err).toContain("Needs a re-sync: shipments: price changes from DECIMAL(38,9) to VARCHAR.");
    expect(err).toContain("The new version goes on from the saved state of the old one.");
    expect(out).toContain("As text, see connector.py.\n");
    expect(shown(7)).toContain("Rotate **** in May.");
    expect(shown(8)).toContain("had harbour_freight enhanced (prices as text): taken over");
    // In the program's words alone: what the model stated as the cause is not said by the person.
    expect(shown(8)).toContain("had harbour_freight fixed: green; connector_status says more");
    expect(shown(8)).not.toContain("first page");

    expect(await readFile(file, "utf8")).toBe(broken);
    const changed = await readFile(join(workspace, "harbour_freight/connector.py"), "utf8");
    expect(changed).toContain('"price": "STRING"');
    expect(changed).toContain(good.slice(good.indexOf("def update")));
    expect(sent() + out + err).not.toContain(KEY);
    const asked = await readFile(join(workspace, "harbour_freight/.syncsmith/conversations/ask-1.jsonl"), "utf8");
    expect(asked).toContain("Rotate **** in May.");

    // Another conversation, later, which adopted nothing, hides the key all the same.
    const later = await talk(
      {
        workspace,
        script: [
          says(use("connector_status", { connector: "harbour_freight" })),
          says(use("read_file", { path: "NOTES.md" })),
          says("Soon."),
        ],
      },
      "/new",
      "when is the key changed?",
    );
    expect(later.shown(2)).toContain("Rotate **** in May.");
    expect(later.sent()).not.toContain(KEY);
  }, 60_000);

  it("is not touched without a yes, and what stands against it is said", async () => {
    const { workspace, code } = await theirs();
    await openStore(join(workspace, "ours"));
    const elsewhere = join(await temporaryDirectory(), "another");
    await openStore(elsewhere);
    await writeFile(join(elsewhere, "connector.py"), "OF_ANOTHER_WORKSPACE = 1\n");
    const adopt = (directory: string, name?: string) =>
      use("adopt_connector", { directory, ...(name ? { name } : {}) });
    const script = [
      says(adopt(code)),
      says(adopt(join(workspace, "ours")), adopt(code, "Ours"), adopt(join(workspace, "nowhere"))),
      says(use("read_file", { path: "connector.py" }), use("enhance_connector", { connector: "ours" })),
      says(
        ...["connector_status", "fix_connector"].map((name) => use(name, { connector: elsewhere })),
        use("ask_connector", { connector: elsewhere, question: "What is in it?" }),
      ),
      says(use("read_file", { path: "connector.py" })),
      says("Nothing was done."),
    ];
    const { err, shown, sent } = await talk(
      { workspace, script },
      `/adopt ${code}`,
      "n",
      "/enhance",
      "/ask ours why?",
      "/fix",
      `/files ${elsewhere}`,
    );
    expect(err).toContain("Ask this connector for its schema?");
    expect(shown(1)).toContain("Not adopted: refused.");
    expect(shown(2)).toContain("is a connector of this program's: there is nothing to adopt");
    expect(shown(2)).toContain("There is a connector ours in");
    expect(shown(2)).toContain("nowhere is no folder");
    // A folder that nobody agreed to is not read.
    expect(shown(3)).toContain("No connector is looked at yet");
    expect(shown(3)).toContain("Nothing is asked for");
    // Nor is a connector of another workspace, whose secrets nobody knows here: neither named by the model, nor looked at then.
    expect(shown(4).match(/There is no connector .*another in /g)).toHaveLength(3);
    expect(shown(5)).toContain("No connector is looked at yet");
    expect(sent()).not.toContain("OF_ANOTHER_WORKSPACE");
    expect(err).toContain(`error: There is no connector ${elsewhere} in `);
    expect(err).toContain("error: Nothing is asked for.");
    expect(err).toContain("has not been through the requirements step");
    expect(err).toContain("error: ours has not been tested yet.");
  });
});

describe("deploying, in a chat", () => {
  it(verifies("chat.deploy", "is asked about, and a no, or no answer, is a no: nothing is sent"), async () => {
    await using server = await startFivetranApi();
    const made = await makeDeployable("small");
    await settle(made);
    const { workspace } = made;
    const deploy = (...lines: string[]) =>
      talk({ workspace, script: [says("I see.")], environment: environmentFor(server) }, "/deploy", ...lines);
    const refused = await deploy("n", "did it go through?");
    expect(refused.err).toMatch(
      /^Deploy lantern_desk\?\n {2}a new connection .*\n.*api_token, base_url, start_date\n/m,
    );
    expect(refused.err).toContain("not deployed: nobody agreed to it yet, and nothing was sent");
    expect(refused.shown(0)).toContain("ran the step deploy of lantern_desk)\ndid it go through?");
    const unanswered = await deploy("yes, of course");
    expect(unanswered.err).toContain("refused: the next line of the input is not y, yes, n or no");
    expect(server.changes()).toEqual([]);

    const agreed = await deploy("y");
    expect(agreed.err).toMatch(/connection made: speak_inexpensive1/);
    expect(server.changes()).toContain("POST connectors");
    expectNoSecret(refused.err + unanswered.err + agreed.err + refused.sent());
    await settle(made, { report: { green: false } });
    const red = await deploy("y");
    expect(red.err).toContain("error: Nothing was sent. The report is not green.");
  });
});
