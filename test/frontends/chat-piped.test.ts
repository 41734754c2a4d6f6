/** A chat over pipes: messages in line by line, the model's words out, nothing else on stdout. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Approve, Ask } from "../../src/agent/approval.ts";
import { type Budget, createBudget, type Limits } from "../../src/agent/budget.ts";
import type { AgentEvent } from "../../src/agent/events.ts";
import type { ModelRequest } from "../../src/agent/model.ts";
import { defineTool } from "../../src/agent/tool.ts";
import type { ExitCode } from "../../src/errors.ts";
import type { BuildRun } from "../../src/frontends/building.ts";
import type { ChatHands, Focus } from "../../src/frontends/chat/hands.ts";
import { type ChatDeps, runChat } from "../../src/frontends/chat/run-chat.ts";
import { chatTools } from "../../src/frontends/chat/tools.ts";
import type { CommandContext } from "../../src/options.ts";
import { createRedactor } from "../../src/system/secrets.ts";
import type { StoredEvent } from "../../src/workflow/events.ts";
import { remember } from "../../src/workflow/history.ts";
import { parseSpec } from "../../src/workflow/spec-file.ts";
import { openStore } from "../../src/workflow/store.ts";
import { temporaryDirectory } from "../support/run-cli.ts";
import { commandsIn } from "../support/screen.ts";
import { SCRIPTED_MODEL, scriptedModel } from "../support/scripted-chat.ts";
import { verifies } from "../support/verifies.ts";

const SECRET = "shop-token-4f9a7c/+=";
let workspace: string;
beforeEach(async () => {
  workspace = await temporaryDirectory();
});

interface Options {
  limits?: Partial<Limits>;
  budget?: Budget;
  json?: boolean;
  deps?: Partial<ChatDeps>;
  signal?: AbortSignal;
}

interface Result {
  code: ExitCode;
  out: string;
  err: string;
  /** What the model was sent. */
  seen: ModelRequest[];
}

async function chat(lines: string[], options: Options = {}): Promise<Result> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end(lines.map((line) => `${line}\n`).join(""));
  const context: CommandContext = {
    workspace,
    json: options.json ?? false,
    logLevel: "silent",
    color: false,
    cacheDirectory: undefined,
    python: undefined,
    environment: { SHOP_TOKEN: SECRET },
    streams: { stdout, stderr },
    signal: options.signal ?? new AbortController().signal,
  };
  const redactor = createRedactor();
  const seen: ModelRequest[] = [];
  const code = await runChat({
    model: scriptedModel(seen),
    modelId: SCRIPTED_MODEL,
    context,
    system: "You are scripted.",
    redactor,
    budget: createBudget({ turns: 50, usd: 5, minutes: 5, ...options.limits }),
    stdin,
    makeTools: (hands) => [...chatTools({ context, redactor, model: undefined }, hands), asking(hands)],
    runBuild: async () => {
      throw new Error("nothing is built in this test");
    },
    ...options.deps,
  });
  return { code, out: String(stdout.read() ?? ""), err: String(stderr.read() ?? ""), seen };
}

/** A tool that wants a yes. */
function asking({ approve }: { approve: Approve; ask: Ask }) {
  return defineTool<{ what: string }>({
    name: "try_it",
    title: "Try it",
    description: "asks",
    input: z.strictObject({ what: z.string() }),
    effect: "execute",
    describe: ({ what }) => what,
    run: async ({ what }) => ({
      text: (await approve({ question: `${what}?`, lines: ["a line"] })) ? "done" : "not done",
    }),
  });
}

const SPEC = 'name: Shop\nsource: { kind: rest, docs: [a.yaml], auth: { kind: bearer, token: "${env:SHOP_TOKEN}" } }\n';
async function writeSpec() {
  await mkdir(join(workspace, "specs"), { recursive: true });
  await writeFile(join(workspace, "specs", "shop.yaml"), SPEC);
}

async function writeConnector(name: string, files: Record<string, string>) {
  const store = await openStore(join(workspace, name));
  for (const [path, text] of Object.entries(files)) await writeFile(join(store.directory, path), text);
  store.append("run.jsonl", { type: "note" });
  return store;
}

const kept = () => readFile(join(workspace, ".syncsmith-chat", "conversation.jsonl"), "utf8");

describe(verifies("chat.conversation", "a chat over pipes"), () => {
  it("answers each line and ends with the input; stdout has the model's words and nothing else", async () => {
    const { code, out, err } = await chat([
      "say First words.",
      "",
      "say Second, rather long words that no terminal wraps, so that a program that reads them finds them as they were said.",
    ]);
    expect(code).toBe(0);
    expect(out).toBe(
      "First words.\nSecond, rather long words that no terminal wraps, so that a program that reads them finds them as they were said.\n",
    );
    expect(commandsIn(out + err)).toEqual([]);
    expect(err.trimEnd().split("\n")).toEqual([
      "  10.0k in (80% cached), 0.3k out, $0.008; $0.008 in all",
      "  10.0k in (80% cached), 0.3k out, $0.008; $0.016 in all",
    ]);
  });

  it("shows each call as a line with its outcome on stderr", async () => {
    const { err } = await chat(["call connector_status {}", 'call no_such_tool {"a":1}']);
    expect(err).toMatch(/^ {2}connector_status all connectors … none \(\d+ ms\)$/m);
    expect(err).toMatch(/^ {2}no_such_tool … failed: There is no tool no_such_tool\./m);
  });

  it("says a text once that broke off and was asked for again", async () => {
    const { out, err } = await chat(["again The whole sentence."]);
    expect(out).toBe("The whole sentence.\n");
    expect(err).toContain("asked again: the connection broke");
  });

  it("prints events as JSON lines on stdout when asked, and the words on stderr", async () => {
    const { out, err } = await chat(["say Words."], { json: true });
    const events = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events.map(({ step, event }) => [step, event.type])).toEqual([
      ["chat", "turn-started"],
      ["chat", "text"],
      ["chat", "turn-ended"],
    ]);
    expect(err).toContain("Words.");
  });

  it.each([
    ["a limit", { limits: { usd: 0.01 } }, ["say a", "say b", "say c"], 3, /limit of \$0\.01 is reached.*--max-usd/],
    ["an endpoint that is down", {}, ["down"], 1, /the endpoint is down/],
    ["a wrong command", {}, ["/statsu"], 2, /Did you mean \/status/],
  ] as const)("ends with its own exit code after %s, and says why", async (_, options, lines, code, why) => {
    const result = await chat([...lines], options);
    expect(result.err).toMatch(why);
    expect(result.code).toBe(code);
  });

  it("ends as interrupted when the process is, and goes on with the same conversation", async () => {
    const interrupt = new AbortController();
    setTimeout(() => interrupt.abort(), 200);
    const { code, err } = await chat(["say one", "hang"], { signal: interrupt.signal });
    expect(code).toBe(130);
    expect(err).toContain("to go on with it");
    const { err: later, seen } = await chat(["say two"]);
    expect(later).toMatch(/continuing the conversation of \d\d:\d\d; \/new begins another/);
    expect(JSON.stringify(seen[0]?.messages)).toMatch(/say one.*hang.*say two/);
  });
});

describe("an approval over pipes", () => {
  it.each([
    ["y", "done"],
    ["YES", "done"],
    ["n", "not done"],
    ["no", "not done"],
  ])("takes the next line when it is %s", async (answer, result) => {
    const { out, err } = await chat(['call try_it {"what":"Really"}', answer, "say next"]);
    expect(out).toBe(`One call.\nResults: ${result}\nnext\n`);
    expect(err).toContain("Really?\n  a line\n");
  });

  it.each(["yes please", "y y", "say next"])(
    "is refused, and said so, when the next line is %s, which stays a message",
    async (line) => {
      const { out, err, seen } = await chat(['call try_it {"what":"Really"}', line]);
      expect(out).toContain("Results: not done");
      expect(err).toContain("refused: the next line of the input is not y, yes, n or no");
      expect(JSON.stringify(seen.at(-1)?.messages)).toContain(line);
    },
  );

  it("is refused when the input has ended", async () => {
    const { out, err } = await chat(['call try_it {"what":"Really"}']);
    expect(out).toContain("Results: not done");
    expect(err).toContain("refused: nobody answered");
  });

  it("nobody can be asked a question in words", async () => {
    const { out } = await chat(['call ask_user {"question":"Which?","choices":["a"]}', "a"]);
    expect(out).toContain("Results: Nobody can be asked in this run");
    expect(out).toContain("You said: a");
  });
});

describe("a bug of ours", () => {
  beforeEach(writeSpec);
  const log = () => readFile(join(workspace, ".syncsmith-chat", "bugs.log"), "utf8");

  it(verifies("chat.bugs", "in a tool is told to the model and the person, and the conversation goes on"), async () => {
    const { out, err, seen, code } = await chat(['call build_connector {"spec":"shop"}', "y", "say next"]);
    expect(out).toMatch(
      /^One call\.\nResults: This is a bug of Syncsmith's: nothing is built in this test\nThe call was not carried out.*\nnext\n$/,
    );
    expect(err).toMatch(
      /^This is a bug of Syncsmith's: nothing is built in this test\. It ended build_connector, and/m,
    );
    expect(err).toMatch(/^ {2}build_connector shop … failed: This is a bug/m);
    expect(out + err + JSON.stringify(seen)).not.toMatch(/\n\s+at /);
    expect(await log()).toMatch(/build_connector\nError: nothing is built in this test\n\s+at /);
    expect(code).toBe(0);
  });

  it("in a command, or beside the tools, ends that and nothing else", async () => {
    await writeConnector("shop", {});
    const command = await chat(["/test", "say next"]);
    expect(command.err).toMatch(/^This is a bug of Syncsmith's: nothing is built in this test\. It ended \/test, and/m);
    expect(command.out).toBe("next\n");
    expect((await chat(["/test"])).code).toBe(70);

    const model = scriptedModel();
    const broken: ChatDeps["model"] = async (request, options) => {
      if (JSON.stringify(request.messages.at(-1)).includes("break")) throw new TypeError(`no ${SECRET} here`);
      return model(request, options);
    };
    const { out, err } = await chat(["break", "say next"], { deps: { model: broken } });
    expect(err).toMatch(/^This is a bug of Syncsmith's: no \*\*\*\* here\. It ended the turn, and/m);
    expect(out).toContain("next\n");
    expect(await log()).not.toContain(SECRET);
  });
});

describe("a conversation that is kept", () => {
  it("lets a question spend what the conversation has left, and nothing where that is nothing", async () => {
    const store = await writeConnector("shop", {});
    await writeSpec();
    const spec = parseSpec(SPEC, "spec");
    const requirements = { version: 1, name: "shop", spec, spec_address: join(workspace, "specs", "shop.yaml") };
    await store.write("requirements.json", requirements);
    const asked: BuildRun[] = [];
    const runBuild: ChatDeps["runBuild"] = async (run, { show }) => {
      asked.push(run);
      const usage = { input: 1, cacheRead: 0, cacheWrite: 0, output: 1 };
      const event = { type: "turn-ended", usage, usd: 0.3, stopReason: "end_turn" } as unknown as AgentEvent;
      show({ time: new Date().toISOString(), connector: "shop", type: "agent", step: "ask", event } as StoredEvent);
      return { outcome: "not-green", summary: "no answer", report: undefined, page: "", secrets: [] };
    };
    const question = 'call ask_connector {"connector":"shop","question":"why?"}';
    const { err } = await chat([question, "/ask shop why?", "/ask shop why?"], {
      deps: { runBuild },
      limits: { usd: 0.5 },
    });
    expect(asked).toHaveLength(2);
    expect(asked[0]?.atMostUsd).toBeLessThan(0.5);
    expect(asked[0]?.atMostUsd).toBeGreaterThan(0.4);
    expect(asked[1]?.atMostUsd).toBeLessThan(0.2);
    expect(err).toContain("error: The limit of this conversation is reached");
  });

  it("begins anew with /new, keeping the old one aside", async () => {
    await chat(["say one"]);
    const { seen, err } = await chat(["/new", "say two"]);
    expect(err).toContain("a new conversation");
    expect(JSON.stringify(seen[0]?.messages)).not.toContain("say one");
    expect(await readFile(join(workspace, ".syncsmith-chat", "conversation.1.jsonl"), "utf8")).toContain("say one");
  });

  it("does not look at a folder any more that was agreed to in the one before", async () => {
    let focus: Focus | undefined;
    const makeTools = (hands: ChatHands) => {
      focus = hands.focus;
      focus.folder = "/home/me/theirs";
      return [asking(hands)];
    };
    await chat(["say one"], { deps: { makeTools } });
    expect(focus).toMatchObject({ folder: "/home/me/theirs" });
    await chat(["/new", "say two"], { deps: { makeTools } });
    expect(focus).toMatchObject({ folder: undefined });
  });

  it("counts what earlier processes spent", async () => {
    await chat(["say one"]);
    const { out, err } = await chat(["say two", "/cost"]);
    expect(err).toContain("$0.008; $0.016 in all");
    expect(out).toMatch(/earlier +1 request .*\n +chat +1 request .*\n +in all +2 requests/);
  });

  it("goes on after a kill in the middle of a call, which is answered as interrupted", async () => {
    await chat(['call connector_status {"connector":"x"}']);
    // As a kill leaves it: the call is there, its result is not, and the last line is half written.
    const lines = (await kept()).split("\n");
    const call = lines.findIndex((line) => line.includes('"tool_use"'));
    const half = (lines[call + 1] ?? "").slice(0, 30);
    await writeFile(
      join(workspace, ".syncsmith-chat", "conversation.jsonl"),
      `${lines.slice(0, call + 1).join("\n")}\n${half}`,
    );
    const { seen, out } = await chat(["say go on"]);
    expect(out).toBe("go on\n");
    const last = seen[0]?.messages.at(-1);
    expect(last?.content).toMatchObject([
      { type: "tool_result", is_error: true, content: expect.stringContaining("Interrupted") },
      { type: "text", text: "say go on" },
    ]);
  });

  it("is had by one process at a time", async () => {
    await mkdir(join(workspace, ".syncsmith-chat"), { recursive: true });
    await writeFile(join(workspace, ".syncsmith-chat", "lock"), String(process.ppid));
    await expect(chat(["say one"])).rejects.toThrow("at work here");
  });
});

describe("a secret", () => {
  beforeEach(writeSpec);

  it("that a person types goes neither to the model, nor to the log, nor to a screen", async () => {
    const { out, err, seen } = await chat([`say my token is ${SECRET}, and as base64 ${btoa(`u:${SECRET}`)}`]);
    const everything = out + err + JSON.stringify(seen) + (await kept());
    expect(everything).not.toContain(SECRET);
    expect(everything).not.toContain(btoa(SECRET).slice(0, 12));
    expect(out).toContain("my token is ****,");
    expect(err).toContain("replaced by ****");
  });

  it("that a tool's error or a file holds is masked in what a command shows", async () => {
    const store = await writeConnector("shop", { "api.py": "old\n" });
    await remember(store, "build");
    await writeFile(join(store.directory, "api.py"), `token = "${SECRET}"\n`);
    const { out } = await chat(["/diff shop"]);
    expect(out).toContain('+token = "****"');
  });
});

describe("commands", () => {
  it("need a connector, and say so", async () => {
    for (const command of ["/status", "/files", "/diff", "/undo", "/query SELECT 1", "/test"]) {
      const { err, code } = await chat([command]);
      expect(err, command).toMatch(/^error: There is no connector in .* yet\.$/m);
      expect(code).toBe(2);
    }
  });

  it("list themselves", async () => {
    const { out } = await chat(["/help"]);
    for (const name of [
      ...["/help", "/status", "/files", "/test", "/query", "/diff", "/cost", "/undo", "/new", "/quit"],
      ...["/adopt", "/enhance", "/fix", "/ask", "/deploy"],
    ]) {
      expect(out).toMatch(new RegExp(`^  ${name} `, "m"));
    }
  });

  it("/quit leaves at once", async () => {
    const { code, seen } = await chat(["/quit", "say never"]);
    expect(code).toBe(0);
    expect(seen).toEqual([]);
  });

  it("take nothing for a command that is a path", async () => {
    expect((await chat(["/home/me/spec.yaml is mine"])).out).toBe("You said: /home/me/spec.yaml is mine\n");
  });

  it("/files lists the connector's files with their sizes, without what syncs leave behind", async () => {
    const store = await writeConnector("shop", { "connector.py": "x".repeat(2100), "api.py": "y" });
    await mkdir(join(store.directory, "files"));
    await writeFile(join(store.directory, "files", "state.json"), "{}");
    const { out } = await chat(["/files"]);
    expect(out.trim().split("\n")).toEqual([store.directory, "  api.py        1 byte", "  connector.py  2.1 kB"]);
  });

  it("/diff shows the last change and /undo takes it back", async () => {
    const store = await writeConnector("shop", { "api.py": "one\ntwo\n" });
    await remember(store, "fix 1");
    await writeFile(join(store.directory, "api.py"), "one\nthree\n");
    await writeFile(join(store.directory, "new.py"), "a\nb\n");
    const { out } = await chat(["/diff", "/undo", "/diff", "/undo"]);
    expect(out).toMatch(/shop: since fix 1 \(\d\d:\d\d\)\nchanged: api\.py\n/);
    expect(out).toContain("\n-two\n+three\n");
    expect(out).toContain("new: new.py (2 lines)");
    expect(out).toContain("  api.py put back\n  new.py removed\n");
    expect(out).toContain("Nothing in shop is different");
    expect(out).toContain("no change of shop to undo");
    expect(await readFile(join(store.directory, "api.py"), "utf8")).toBe("one\ntwo\n");
  });

  it("mean the connector that was worked on last, until another is named", async () => {
    await writeConnector("older", { "old.py": "" });
    await new Promise((resolve) => setTimeout(resolve, 20));
    await writeConnector("newer", { "new.py": "" });
    const { out } = await chat(["/files", "/files older", "/files"]);
    expect(out.match(/\w+\.py/g)).toEqual(["new.py", "old.py", "old.py"]);
    expect((await chat(["/files nothing"])).err).toContain("There is no connector nothing");
  });
});
