/**
 * A connector that is there is changed, by a spec or by a model: taken over whole when green, and otherwise as if nobody had
 * asked. The tests follow each other on one connector.
 */
import { createHash } from "node:crypto";
import { cp, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { enhancementSchema } from "../../src/artifacts/enhancement.ts";
import {
  lastMessageText,
  type ScriptEntry,
  type SentRequest,
  startMessagesEndpoint,
} from "../support/messages-endpoint.ts";
import { type CliOptions, runHere, temporaryDirectory } from "../support/run-cli.ts";
import { edit, says, use } from "../support/script.ts";
import { SHOP_SECRET, writeShop } from "../support/shop.ts";
import { verifies } from "../support/verifies.ts";

const finish = use("finish_step", { summary: "Done as it was asked for." });

/** A model that says this, and hears about every request before it is answered. */
async function scripted(script: ScriptEntry[], onRequest: (at: number) => void = () => {}) {
  let count = 0;
  const endpoint = await startMessagesEndpoint(script, { onRequest: () => onRequest(count++) });
  onTestFinished(endpoint.close);
  const environment = { ANTHROPIC_BASE_URL: endpoint.address, ANTHROPIC_API_KEY: "key-for-nobody" };
  const shown = (at: number) => lastMessageText(endpoint.requests[at] as SentRequest);
  return { endpoint, environment, shown };
}

const environment = { SHOP_TOKEN: SHOP_SECRET };
let workspace: string;
let connector: string;
let spec: string;

beforeAll(async () => {
  workspace = await temporaryDirectory();
  spec = await writeShop(workspace, "test: { mode: simulated }\ntables: [orders]\nlimits: { fixes: 1 }\n");
  const built = await runHere(["build", spec, "--model", "none"], { workspace, environment });
  expect(built.code, built.stderr).toBe(0);
  connector = join(workspace, "shop");
});

/** Another spec beside the first. */
async function changed(name: string, change: (text: string) => string): Promise<string> {
  const path = join(workspace, name);
  await writeFile(path, change(await readFile(spec, "utf8")));
  return path;
}

/** Path -> hash of everything in the connector's folder but the log of what was run, and what enhancements keep. */
async function everything(): Promise<Record<string, string>> {
  const paths = await readdir(connector, { recursive: true });
  const found: Record<string, string> = {};
  for (const path of paths.sort()) {
    if (/^\.syncsmith\/(run\.jsonl|enhancements|enhancing|history)/.test(path) || path.includes("__pycache__"))
      continue;
    const full = join(connector, path);
    if ((await stat(full)).isFile())
      found[path] = createHash("sha256")
        .update(await readFile(full))
        .digest("hex");
  }
  return found;
}

async function enhancement(number: number, directory = connector) {
  const text = await readFile(join(directory, `.syncsmith/enhancements/${number}.json`), "utf8");
  return enhancementSchema.parse(JSON.parse(text));
}

/** Where there is a model, it is named; else there is none. */
async function enhance(given: { connector?: string; what?: string; spec?: string }, options: CliOptions) {
  const { connector: name = "shop", what, spec: path } = given;
  const model = options.environment?.ANTHROPIC_API_KEY ? "claude-opus-5-5" : "none";
  const args = [...(what === undefined ? [] : [what]), ...(path === undefined ? [] : ["--spec", path])];
  return runHere(["enhance", name, ...args, "--model", model], options);
}

const here = (more: Record<string, string> = {}) => ({ workspace, environment: { ...environment, ...more } });

describe("a connector that is there, and a changed spec", () => {
  it(verifies("enhance.whole", "that loses rows leaves every file as it was, and says what is lost"), async () => {
    const before = await everything();
    const wrong = await changed("wrong.yaml", (text) =>
      text.replace("tables: [orders]", "tables: [{ name: orders, primary_key: [status] }]"),
    );
    const result = await enhance({ spec: wrong }, here());
    expect(result.code, result.stderr).toBe(1);
    expect(result.stderr).toContain("the connector is as it was");
    expect(await everything()).toEqual(before);
    const kept = await enhancement(1);
    expect(kept).toMatchObject({ outcome: "red", wanted: { spec: wrong, text: "" }, model: "none" });
    // Green by its own description, whose stand-in has one order for each status; not by the source as it was.
    expect(kept.summary).toMatch(
      /not by what came before: orders: \d+ of \d+ rows that came before do not come any more/,
    );
    expect(kept.changes[0]).toMatchObject({ field: "tables.orders.primary_key", from: '["id"]', to: '["status"]' });
    expect(result.stdout).toContain("Needs a re-sync: orders: its key changes from (id) to (status)");
  });

  it("that is wrong, or of another connector, or has words beside it that nobody reads, is refused", async () => {
    const before = await everything();
    const refused = async (change: (text: string) => string, what?: string) => {
      const path = await changed("refused.yaml", change);
      const result = await enhance({ spec: path, ...(what ? { what } : {}) }, here());
      expect(result.code, result.stderr).toBe(2);
      return result.stderr;
    };
    expect(await refused((text) => text.replace("name: Shop", "name: Store"))).toContain("it is called Store");
    expect(await refused((text) => `${text}target: lakeflow\n`)).toContain(
      "is for lakeflow, where it was for fivetran",
    );
    expect(await refused((text) => `${text}incrementel: none\n`)).toContain("incremental");
    expect(await refused((text) => text, "and also invoices")).toContain("needs a model");
    expect((await enhance({}, here())).stderr).toContain("Nothing is asked for");
    expect(await everything()).toEqual(before);
    expect(await readdir(join(connector, ".syncsmith/enhancements"))).toEqual(["1.json", "1.md"]);
  });
});

describe("a connector of ours, and a model", () => {
  it(verifies("enhance.model", "is as it was where the proof is red, and where the model declines"), async () => {
    const before = await everything();
    const broken = await scripted([
      says(finish),
      says(edit("sync.py", "enumerate(page, start=1)", "enumerate(page[:-1], start=1)"), finish),
      says(
        use("state_cause", {
          class: "harness",
          cause: "The last row of each page is not wanted any more.",
          expected: "Nothing passes by it.",
        }),
        finish,
      ),
    ]);
    const what = "leave out the last row of each page";
    const red = await enhance({ what }, here(broken.environment));
    expect(broken.endpoint.failures).toEqual([]);
    expect(red.code, red.stderr).toBe(1);
    expect(broken.shown(0)).toContain(what);
    expect(broken.shown(1)).toContain("Nothing has changed");
    const tried = await enhancement(2);
    expect(tried).toMatchObject({ outcome: "red", patches: [{ path: "sync.py" }], wanted: { title: what } });
    expect(tried.blockers.join("\n")).toContain("missing");
    expect(tried.behaviour[0]?.notices.map(({ kind }) => kind)).toContain("loss");

    const reason = "The source has no invoices: its description names none.";
    const unwilling = await scripted([says(use("decline_change", { reason }))]);
    const declined = await enhance({ what: "also read invoices" }, here(unwilling.environment));
    expect(declined.code).toBe(1);
    expect(declined.stderr).toContain(`the model declined: ${reason}`);
    expect(await enhancement(3)).toMatchObject({ outcome: "refused", patches: [], behaviour: [] });
    expect(await everything()).toEqual(before);
  });

  it(
    verifies(
      "enhance.model",
      "is changed by its blueprint and its code; interrupted, it is as it was, and the work goes on",
    ),
    async () => {
      const before = await everything();
      const what = "look back two days for late orders";
      const stop = new AbortController();
      const cut = await scripted(
        [
          says(
            use("propose_blueprint", { set: { "tables.orders.advance.lookback": 172_800 } }),
            use("record_claim", {
              claims: [
                {
                  field: "tables.orders.advance",
                  status: "unproven",
                  reason: "The person says that orders come up to two days late.",
                },
              ],
            }),
            edit("sync.py", '"""Writes the tables', '"""Writes the two days and the tables'),
          ),
          { ...says(finish), delayMs: 1000 },
        ],
        (at) => {
          if (at === 1) stop.abort();
        },
      );
      const stopped = await enhance({ what }, { ...here(cut.environment), signal: stop.signal });
      expect(stopped.code).toBe(130);
      expect(await everything()).toEqual(before);

      const willing = await scripted([says(finish), says(finish)]);
      const done = await enhance({ what }, here(willing.environment));
      expect(willing.endpoint.failures).toEqual([]);
      expect(done.code, done.stderr).toBe(0);
      expect(willing.endpoint.requests[0]?.raw).toContain("Writes the two days and the tables");
      const kept = await enhancement(4);
      expect(kept).toMatchObject({ outcome: "kept", changes: [{ field: "tables.orders.advance" }] });
      expect(kept.behaviour[0]).toMatchObject({ notices: [], goes_on: { outcome: "same" }, state: { same: true } });
      expect(await readFile(join(connector, "sync.py"), "utf8")).toContain("the two days and");
      expect(await readFile(join(connector, "reading.py"), "utf8")).toContain("overlap=timedelta(days=2)");
      const again = await runHere(["build", spec, "--model", "none"], here());
      expect(again.stderr).toMatch(/= research .*\n= generate .*\n= test /);
    },
  );

  it(verifies("enhance.ask", "is asked about, and nothing is changed"), async () => {
    const before = await everything();
    const asked = await scripted([
      says(
        use("query_warehouse", { sql: "select count(*) from orders" }),
        use("read_file", { path: "sync.py", to: 3 }),
      ),
      says(use("give_answer", { answer: "Two days back, see reading.py." })),
    ]);
    const answer = await runHere(["ask", "shop", "How far does it look back?"], here(asked.environment));
    expect(asked.endpoint.failures).toEqual([]);
    expect(answer).toMatchObject({ code: 0, stdout: "Two days back, see reading.py.\n" });
    expect(asked.shown(0)).toContain("How far does it look back?");
    expect(asked.shown(1)).toContain("the two days and");
    const offered = asked.endpoint.requests[0]?.body.tools?.map(({ name }) => name);
    expect(offered).toEqual([
      "list_files",
      "read_file",
      "query_warehouse",
      "search_pages",
      "read_page",
      "read_skill",
      "give_answer",
    ]);
    const { ".syncsmith/conversations/ask-1.jsonl": _, ...rest } = await everything();
    expect(rest).toEqual(before);
    expect((await runHere(["ask", "shop", "Why?", "--model", "none"], here())).stderr).toContain(
      "answered by a model, and there is none",
    );
  });
});

describe("a connector that a model has changed, and a changed spec", () => {
  it(
    verifies("enhance.whole", "is taken over with what it does otherwise since; earlier work is kept, or named"),
    async () => {
      const old = await readFile(join(connector, "reading.py"), "utf8");
      const values = join(connector, "configuration.json");
      const filled = { ...JSON.parse(await readFile(values, "utf8")), api_token: "somebody's own" };
      await writeFile(values, JSON.stringify(filled));
      // Less than before would be a loss: rows that are two days late would not come any more.
      const days = "incremental: { kind: cursor, column: updated_at, param: updated_since, lookback: 259200 }";
      const more = await changed("more.yaml", (text) =>
        text.replace("tables: [orders]", `tables:\n  - customers\n  - name: orders\n    ${days}`),
      );
      const result = await enhance({ spec: more }, here());
      expect(result.code, result.stderr).toBe(0);
      expect(result.stderr).toContain("research begins anew");
      expect(result.stderr).toContain("4, look back two days for late orders");
      const kept = await enhancement(5);
      expect(kept.outcome).toBe("kept");
      expect(kept.changes.map(({ field }) => field).sort()).toEqual(["tables.customers", "tables.orders.advance"]);
      const [difference] = kept.behaviour;
      expect(difference?.tables.map(({ name, standing }) => [name, standing])).toEqual([
        ["customers", "new"],
        ["orders", "same"],
      ]);
      expect(difference).toMatchObject({ notices: [], goes_on: { outcome: "same" } });
      const asked = difference?.requests.find(({ sync, of }) => sync === "second" && of === "orders");
      expect(asked?.params).toMatchObject([{ name: "updated_since" }]);
      expect(result.stdout).toContain("customers is new");
      expect(await readFile(join(connector, "reading.py"), "utf8")).toContain('path="/customers"');
      expect(await readFile(join(connector, "sync.py"), "utf8")).toContain("the two days and");
      expect(await readFile(join(connector, ".syncsmith/enhancements/5/before/reading.py"), "utf8")).toBe(old);
      expect(JSON.parse(await readFile(values, "utf8"))).toEqual(filled);
      expect(await readdir(join(connector, ".syncsmith/enhancements/5/before"))).not.toContain("configuration.json");
      expect(await readFile(join(connector, "README.md"), "utf8")).toContain("customers");
      expect(await readdir(join(connector, ".syncsmith"))).not.toContain("enhancing");
      const again = await runHere(["build", more, "--model", "none"], here());
      expect(again.stderr).toMatch(/= research .*\n= generate .*\n= test /);
    },
  );
});

const WISH = `Task: Enhance existing Fivetran connector with more patience

Current Implementation:
- connector/connector.py gives up after five attempts

Enhancement Requirements:
1. New Features:
   - Try seven times
   - [FEATURE_2]

Expected Output:
- Updated connector.py with new functionality
`;

describe("a connector that was adopted, and a model", () => {
  it(
    verifies(
      "enhance.model",
      "is fixed and changed as a copy; its author gets a patch, and what that brings back is not brought twice",
    ),
    async () => {
      const workspace = await temporaryDirectory();
      await cp(join(import.meta.dirname, "../fixtures/adopted/offset"), workspace, { recursive: true });
      const original = join(workspace, "connector/connector.py");
      const good = await readFile(original, "utf8");
      const line = '            op.upsert(table="shipment", data=row)\n';
      const bad = '            if count:\n                op.upsert(table="shipment", data=row)\n';
      await writeFile(
        original,
        good.replace(line, () => bad),
      );
      const adopt = () =>
        runHere(["adopt", join(workspace, "connector"), "--spec", join(workspace, "spec.yaml")], { workspace });
      expect((await adopt()).code).toBe(1);
      const copy = join(workspace, "harbour_freight/connector.py");

      const mending = await scripted([
        says(
          use("state_cause", {
            class: "blueprint",
            cause: "The first page is empty, and the description does not say so.",
            expected: "initial-sync passes then.",
          }),
          use("propose_blueprint", { set: { "tables.shipments.read.records": "rows" } }),
        ),
        says(
          use("state_cause", {
            class: "code",
            cause: "Rows of the first page are left out while count is 0.",
            expected: "initial-sync of shipments finds all rows.",
          }),
          edit("connector.py", bad, line),
          finish,
        ),
      ]);
      const fixed = await runHere(["fix", "harbour_freight", "--model", "claude-opus-5-5"], {
        workspace,
        environment: mending.environment,
      });
      expect(mending.endpoint.failures).toEqual([]);
      expect(fixed.code, fixed.stderr).toBe(0);
      expect(mending.shown(1)).toContain("its description is the spec that a person wrote");
      const tested = await runHere(["test", "harbour_freight"], { workspace });
      expect(tested.code, tested.stderr).toBe(0);
      expect(await readFile(original, "utf8")).toContain(bad);

      await writeFile(join(workspace, "wish.md"), WISH);
      const patient = await scripted([says(edit("connector.py", "MAX_ATTEMPTS = 5", "MAX_ATTEMPTS = 7"), finish)]);
      const done = await enhance(
        { connector: "harbour_freight", what: join(workspace, "wish.md") },
        { workspace, environment: patient.environment },
      );
      expect(patient.endpoint.failures).toEqual([]);
      expect(done.code, done.stderr).toBe(0);
      expect(patient.shown(0)).toContain("Try seven times");
      expect(patient.shown(0)).not.toContain("[FEATURE_2]");
      expect(patient.endpoint.requests[0]?.body.tools?.map(({ name }) => name)).not.toContain("propose_blueprint");
      expect(await enhancement(1, join(workspace, "harbour_freight"))).toMatchObject({
        outcome: "kept",
        wanted: { title: "more patience", file: join(workspace, "wish.md") },
        behaviour: [{ equal: true }],
      });
      expect(done.stdout).toContain("Nothing differs: 2 tables");
      const changed = good.replace("MAX_ATTEMPTS = 5", "MAX_ATTEMPTS = 7");
      expect(await readFile(copy, "utf8")).toBe(changed);
      expect(await readFile(original, "utf8")).toContain(bad);

      const patch = join(workspace, "harbour_freight/.syncsmith/changes.patch");
      expect(done.stdout).toContain(patch);
      await execa("git", ["apply", patch], { cwd: join(workspace, "connector") });
      expect(await readFile(original, "utf8")).toBe(changed);
      const applied = await adopt();
      expect(applied.code, applied.stderr).toBe(0);
      expect(applied.stderr).not.toContain("no longer fits");
      expect(await readFile(copy, "utf8")).toBe(changed);
      await expect(readFile(patch)).rejects.toThrow(/ENOENT/);
    },
  );
});
