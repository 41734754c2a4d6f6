/** A red report and a model: it states the cause, changes what its class opens, and nothing else; or the run ends honestly. */
import { readFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import {
  lastMessageText,
  type MessagesEndpoint,
  type ScriptEntry,
  type SentRequest,
  startMessagesEndpoint,
} from "../support/messages-endpoint.ts";
import { says, use } from "../support/script.ts";
import { type Answer, buildThings, isConnector, serveThings, thingsPage } from "../support/things.ts";
import { verifies } from "../support/verifies.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const finish = use("finish_step", { summary: "Done as far as the evidence goes." });

type Serve = (query: URLSearchParams, request: IncomingMessage) => Answer;

async function build(answer: Serve, script: ScriptEntry[], extra = "") {
  const source = await serveThings(answer);
  const endpoint = await startMessagesEndpoint(script);
  closing.push(source.close, endpoint.close);
  const environment = { ANTHROPIC_BASE_URL: endpoint.address, ANTHROPIC_API_KEY: "key-for-nobody" };
  const built = await buildThings(source.baseUrl, { extra, environment, arguments: ["--model", "claude-opus-5-5"] });
  return { ...built, endpoint };
}

/** From its first answer to the connector on, the source wraps its list, for everybody. */
function wrapsLater(): Serve {
  let wraps = false;
  return (query, request) => {
    wraps ||= isConnector(request);
    const { status, body } = thingsPage(query);
    return { status, body: wraps ? { things: body } : body };
  };
}

const results = (endpoint: MessagesEndpoint, index: number) => lastMessageText(endpoint.requests[index] as SentRequest);
const cause = (kind: string) =>
  use("state_cause", {
    class: kind,
    cause: "The answer of /things holds its list under `things`, and the connector looks at the top.",
    expected: "initial-sync finds the records and passes.",
  });

describe("a red report, and a model", () => {
  it(verifies("fix.model", "mends the blueprint after stating the cause; nothing is open before"), async () => {
    const { code, stderr, reports, place, report, endpoint, workspace } = await build(wrapsLater(), [
      says(finish),
      says(
        use("propose_blueprint", { set: { "tables.things.read.records": "things" } }),
        use("edit_file", { path: "api.py", old: "import random", new: "import secrets" }),
      ),
      says(cause("code"), use("edit_file", { path: "api.py", old: "import random", new: "import random  # kept?" })),
      says(cause("blueprint"), use("edit_file", { path: "api.py", old: "import random", new: "import secrets" })),
      says(use("propose_blueprint", { set: { "tables.things.read": wrapped() } })),
      says(finish),
      says(finish),
    ]);
    expect(endpoint.failures).toEqual([]);
    expect(code, stderr).toBe(0);
    expect(reports).toEqual(["1.json", "2.json"]);
    expect((await report()).tables).toMatchObject([{ name: "things", trust: "live", rows: 45 }]);
    const opening = results(endpoint, 1);
    expect(opening).toContain("no list of records");
    expect(opening).toContain("GET /things");
    expect(results(endpoint, 2).match(/First state_cause/g)).toHaveLength(2);
    expect(results(endpoint, 3)).toContain("api.py is changed");
    expect(results(endpoint, 4)).toContain("does not change the code");
    expect(await readFile(join(workspace, "things/api.py"), "utf8")).not.toContain("kept?");
    const fix = JSON.parse(await readFile(join(place, "fixes/1.json"), "utf8"));
    expect(fix).toMatchObject({ class: "blueprint", changes: [{ field: "tables.things.read" }] });
    expect(fix.cause).toContain("under `things`");
    expect(fix.blueprint.claims["tables.things.read.records"].status).toMatch(/probed|contradicted/);
  });

  it(verifies("fix.model", "mends the code, and generating again keeps the change"), async () => {
    const picky: Serve = (query, request) =>
      isConnector(request) && request.headers["x-client"] !== "syncsmith"
        ? { status: 406, body: { error: "say who you are in X-Client" } }
        : thingsPage(query);
    const line = "import random\n";
    const { code, stderr, reports, place, report, workspace } = await build(picky, [
      says(finish),
      says(use("read_file", { path: "api.py" })),
      says(
        cause("code"),
        use("edit_file", {
          path: "api.py",
          old: "        self._session = requests.Session()\n",
          new: '        self._session = requests.Session()\n        self._session.headers["X-Client"] = "syncsmith"\n',
        }),
        use("lint_connector", {}),
      ),
      says(finish),
      says(finish),
    ]);
    expect(code, stderr).toBe(0);
    expect(reports).toEqual(["1.json", "2.json"]);
    expect((await report()).tables).toMatchObject([{ trust: "live", rows: 45 }]);
    const fix = JSON.parse(await readFile(join(place, "fixes/1.json"), "utf8"));
    expect(fix).toMatchObject({ class: "code", patches: [{ path: "api.py" }] });
    const written = await readFile(join(workspace, "things/api.py"), "utf8");
    expect(written).toContain('headers["X-Client"] = "syncsmith"');
    expect(written).toContain(line);
  });

  it(verifies("fix.model", "changes nothing for credentials: a person must act, and is told"), async () => {
    const locked: Serve = (query, request) =>
      isConnector(request) ? { status: 409, body: { error: "account locked" } } : thingsPage(query);
    const { code, stderr, reports, place } = await build(locked, [says(finish), says(cause("credentials"), finish)]);
    expect(code).toBe(1);
    expect(reports).toEqual(["1.json"]);
    expect(stderr).toContain("credentials:");
    expect(JSON.parse(await readFile(join(place, "fixes/1.json"), "utf8"))).toMatchObject({
      class: "credentials",
      patches: [],
    });
  });

  it(verifies("fix.model", "is not believed: what claims to be mended and is not changes nothing"), async () => {
    const { code, reports, endpoint, stderr } = await build(wrapsLater(), [
      says(finish),
      says(cause("blueprint"), finish),
      ...Array.from({ length: 4 }, () => ({ reply: ["It is fixed and everything is green."] })),
    ]);
    expect(code).toBe(1);
    expect(reports).toEqual(["1.json"]);
    expect(results(endpoint, 2)).toContain("The blueprint is what it was");
    expect(stderr).toContain("no fix was found");
  });

  it(
    verifies("agent.limits", "ends with exit code 3 where a limit cut the work short, with what is left"),
    async () => {
      const { code, stderr, endpoint } = await build(
        wrapsLater(),
        [says(finish), says(use("read_file", { path: "api.py" }))],
        "limits: { turns: 2 }\n",
      );
      expect(endpoint.requests).toHaveLength(2);
      expect(code).toBe(3);
      expect(stderr).toContain("limits.turns");
      expect(stderr).toContain("no list of records");
    },
  );
});

function wrapped(): unknown {
  return {
    kind: "rest",
    path: "/things",
    records: "things",
    pagination: { style: "page", page_param: "page", size_param: "per_page", size: 20 },
  };
}
