/** Faults of web sources: a careful connector gets through all of them, and each carelessness is found out by its fault. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Blueprint } from "../../src/artifacts/blueprint.ts";
import type { CheckResult } from "../../src/artifacts/report.ts";
import { sourceOfKind, targetOfName } from "../../src/frontends/session.ts";
import { type Bench, nextSync, type ObservedSync } from "../../src/proof/bench.ts";
import { isUnderstandable, tryFault } from "../../src/proof/checks/faults.ts";
import { readRecording } from "../../src/proof/gateway/recording.ts";
import { startReplay } from "../../src/proof/gateway.ts";
import { compareTable, isEqual } from "../../src/proof/rows.ts";
import { type OpenedSource, openSimulated } from "../../src/proof/sources.ts";
import { again, type Stage } from "../../src/proof/stage.ts";
import type { Simulator } from "../../src/sources/simulator.ts";
import { ensurePythonEnv, pythonParts } from "../../src/system/python-env.ts";
import type { Target } from "../../src/targets/target.ts";
import { describeSchema } from "../sources/graphql/fixture.ts";
import { makeBlueprint } from "../support/rest-blueprint.ts";
import { temporaryDirectory } from "../support/run-cli.ts";
import { verifies } from "../support/verifies.ts";

const CAREFUL = join(import.meta.dirname, "../fixtures/connectors/careful/connector.py");

const blueprint = makeBlueprint(
  [{ read: { pagination: { style: "page", page_param: "page", size_param: "size", size: 40 } } }],
  {
    auth: { kind: "oauth2_client_credentials", token_url: "/token", client_id: "client_id", client_secret: "secret" },
    configuration: ["client_id", "secret", "base_url"].map((key) => ({
      key,
      description: key,
      secret: key === "secret",
      required: key !== "base_url",
    })),
  },
);

const signal = new AbortController().signal;
let target: Target;
let source: OpenedSource;
let simulator: Simulator;
/** The careful connector's sync with nothing in its way. */
let clean: ObservedSync;
let recording: string;

beforeAll(async () => {
  target = await targetOfName("fivetran", await ensurePythonEnv({ parts: pythonParts("rest") }));
  const kind = await sourceOfKind("rest");
  source = await openSimulated({ blueprint, kind, signal }, { seed: 1 });
  if (source.simulator === undefined) throw new Error("A stand-in was wanted.");
  simulator = source.simulator;
  clean = await again(await stageOf(), "clean", async (bench) => {
    const sync = await nextSync(bench, "sync");
    await source.beforeSync?.();
    expect(isEqual(await compareTable(bench, only(), await source.truth(only())))).toBe(true);
    return sync;
  });
  const path = join(await temporaryDirectory(), "1-simulated.jsonl");
  await source.record(path);
  recording = await readFile(path.replace(".jsonl", ".recording.jsonl"), "utf8");
}, 60_000);
afterAll(() => source.close());

function only() {
  const [table] = blueprint.tables;
  if (table === undefined) throw new Error("A table was wanted.");
  return table;
}

/** With one place in the careful connector changed. */
async function stageOf(from = "", to = ""): Promise<Stage> {
  const code = await readFile(CAREFUL, "utf8");
  if (from !== "" && code.split(from).length !== 2) throw new Error(`The connector does not hold ${from} once.`);
  const directory = join(await temporaryDirectory(), "careful");
  await mkdir(directory, { recursive: true });
  await writeFile(
    join(directory, "connector.py"),
    code.replace(from, () => to),
  );
  // Each play brings a warehouse of its own.
  const bench = { blueprint, directory, target, source, syncs: [], label: "", onProgress() {}, onLog() {}, signal };
  return { simulator, bench: bench as unknown as Bench };
}

async function tried(id: string, stage: Stage): Promise<CheckResult> {
  const fault = source.faults.find((one) => one.id === id);
  if (fault === undefined) throw new Error(`There is no fault ${id}.`);
  return tryFault(stage, fault, clean);
}

const EMPTY_INSTEAD = `if what == "/items":
                return {"data": []}
            `;

const DEFECTS: [name: string, fault: string, from: string, to: string, says: string | RegExp][] = [
  ["gives up at 429", "429", "(429, 500, 502, 503)", "(500, 502, 503)", "the sync fails, and would not have to"],
  ["ignores Retry-After", "429-seconds", "if asked is None:", "if True:", "it does not wait as long as it is asked to"],
  [
    "reads Retry-After as a number only",
    "429-date",
    "return max(0.0, (parsedate_to_datetime(asked) - datetime.now(timezone.utc)).total_seconds())",
    "return 1.0",
    "it does not wait as long as it is asked to",
  ],
  ["asks again for ever", "html-lasting", "range(ATTEMPTS)", "iter(int, 1)", "the sync asks without end"],
  [
    "takes an error of the source for an empty page",
    "5xx",
    'problem = f"status {response.status_code}"',
    `${EMPTY_INSTEAD}problem = f"status {response.status_code}"`,
    /the sync succeeds, and of items \d+ rows at the source, \d+ in the warehouse: \d+ missing/,
  ],
  ["has no timeout", "silence", "timeout=60, ", "", "the sync does not end: the connector was silent for 10 seconds"],
  [
    "takes what is no JSON for an empty page",
    "html",
    'problem = "the answer is not JSON"',
    `${EMPTY_INSTEAD}problem = "the answer is not JSON"`,
    "missing",
  ],
  [
    "takes an error with the status 200 for an empty page",
    "error-200",
    'return part("/items", answer, "data")',
    'return answer.get("data", [])',
    /the sync succeeds, and of items .* missing/,
  ],
  [
    "takes a short page for the last one",
    "short-page",
    "        number, before = number + 1, rows",
    "        if len(rows) < 40:\n            break\n        number, before = number + 1, rows",
    /the sync succeeds, and of items .* missing/,
  ],
  [
    "says nothing but what the library says",
    "truncated-json",
    'problem = "the answer is not JSON"',
    "raise",
    "the sync fails without saying where and why: ",
  ],
  [
    "does not see that a page came again",
    "repeated-page",
    "if rows and rows == before:",
    "if False:",
    /the sync succeeds, and of items .* missing/,
  ],
  [
    "goes on with the same page for ever",
    "stuck-page",
    "if rows and rows == before:",
    "if False:",
    /the sync asks without end, and was stopped after \d+ requests, where \d+ are enough/,
  ],
  [
    "never fetches another token",
    "token-expired",
    "if response.status_code == 401 and not renewed:",
    "if False:",
    "the sync fails, and would not have to: update() raised SourceError: /items: status 401",
  ],
];

describe("a connector that", () => {
  it.each(DEFECTS)(
    `${verifies("proof.checks", "%s is found out")} (%s)`,
    async (_name, id, from, to, says) => {
      const result = await tried(id, await stageOf(from, to));
      expect(result).toMatchObject({ check: "faults", case: id, verdict: "fail", severity: "blocker" });
      expect(result.summary).toMatch(says);
    },
    60_000,
  );
});

describe("a careful connector", () => {
  it(verifies("proof.checks", "gets through every fault, or says what happened and makes good for it"), async () => {
    const stage = await stageOf();
    const ids = new Set(DEFECTS.map(([, id]) => id));
    for (const id of ids) expect(await tried(id, stage)).toMatchObject({ case: id, verdict: "pass" });
    expect(source.faults.map((fault) => fault.id)).toEqual(expect.arrayContaining([...ids]));
  }, 120_000);

  it("is not blamed for what cannot happen in its sync", async () => {
    const [fault] = source.faults;
    if (fault === undefined) throw new Error("A fault was wanted.");
    const never = { ...fault, arm: () => ({ struck: () => 0, disarm() {} }) };
    const result = await tryFault(await stageOf(), never, clean);
    expect([result.verdict, result.summary]).toEqual([
      "not-applicable",
      `${fault.says}: no request of this sync could be struck by it`,
    ]);
  });
});

describe("the message of a sync that fails", () => {
  it.each([
    ["update() raised SourceError: /items: status 502, also after 5 attempts", true],
    ["update() raised ValueError: items: the answer is no JSON: Expecting value: line 1 column 1 (char 0)", true],
    ["update() raised RuntimeError: login failed with status 503", true],
    ["update() raised JSONDecodeError: Expecting value: line 1 column 1 (char 0)", false],
    ["update() raised RuntimeError: Expecting value: line 1 column 1 (char 0)", false],
    ["update() raised KeyError: 'items'", false],
    ["update() raised TypeError: list indices must be integers or slices, not str", false],
    ["update() raised RuntimeError: something went wrong", false],
    ["update() ended with AttributeError: 'NoneType' object has no attribute 'get'", false],
  ])("%s: understandable is %s", (message, wanted) => {
    expect(isUnderstandable(message, ["items", "/items"])).toBe(wanted);
  });
});

describe("the recording of the first sync", () => {
  /** The source is not asked: there is only the recording. */
  async function syncFrom(text: string): Promise<{ sync: ObservedSync; equal: boolean }> {
    const replay = await startReplay(readRecording(text, "1.jsonl"), { secrets: [] });
    onTestFinished(() => replay.close());
    const stage = await stageOf();
    const configuration = { ...source.configuration, base_url: replay.baseUrl };
    return again(stage, "replayed", async (bench) => {
      const sync = await nextSync({ ...bench, source: { ...bench.source, configuration } }, "sync");
      return { sync, equal: isEqual(await compareTable(bench, only(), await source.truth(only()))) };
    });
  }

  it("brings every row again without the source, and no secret with it", async () => {
    const { sync, equal } = await syncFrom(recording);
    expect(sync.result.reason).toBeUndefined();
    expect(equal).toBe(true);
    expect(readRecording(recording, "1.jsonl").exchanges.map(({ table }) => table)).toEqual(
      clean.requests.map(({ table }) => table),
    );
    for (const secret of [source.configuration.secret ?? "", "tok."]) expect(recording).not.toContain(secret);
  });

  it("fails a sync that asks for what is not in it, with the nearest that is", async () => {
    const { sync } = await syncFrom(recording.replaceAll('["page","2"]', '["page","77"]'));
    expect(sync.result).toMatchObject({ status: "failed" });
    expect(sync.result.reason).toContain(
      "GET /v2/items?page=2&size=40 is not in the recording; the nearest is GET /v2/items?page=1",
    );
  });
});

interface Generated {
  stage: Stage;
  clean: ObservedSync;
}

/** A generated connector at a stand-in of its own, with one place changed where that is wanted. */
async function generated(of: Blueprint, defect?: { file: string; from: string; to: string }): Promise<Generated> {
  const kind = await sourceOfKind(of.source.kind);
  const directory = join(await temporaryDirectory(), of.name);
  const client = (from: Blueprint) => kind.client(from, { single: false });
  for (const { path, content } of await target.generate(of, { layout: "modular", client })) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    const changed = path === defect?.file ? content.replace(defect.from, () => defect.to) : content;
    if (path === defect?.file && changed === content) throw new Error(`${path} does not hold ${defect.from}`);
    await writeFile(join(directory, path), changed);
  }
  const opened = await openSimulated({ blueprint: of, kind, signal }, { seed: 1 });
  onTestFinished(() => opened.close());
  const bench = { blueprint: of, directory, target, source: opened, syncs: [], label: "", onProgress() {}, onLog() {} };
  const stage = { simulator: opened.simulator, bench: { ...bench, signal } } as unknown as Stage;
  return { stage, clean: await again(stage, "clean", (one) => nextSync(one, "sync")) };
}

async function triedOn({ stage, clean }: Generated, id: string): Promise<CheckResult> {
  const fault = stage.bench.source.faults.find((one) => one.id === id);
  if (fault === undefined) throw new Error(`There is no fault ${id}.`);
  return tryFault(stage, fault, clean);
}

describe("a generated connector", () => {
  const paged = (pagination: object) => ({ read: { pagination: { size_param: "size", size: 10, ...pagination } } });
  const base_url = { key: "base_url", description: "Base address", secret: false, required: false };
  const pages = { style: "page", page_param: "page" };

  it(verifies(
    "rest.no-quiet-loss",
    "reads on after an empty page, where the source says that more follow",
  ), async () => {
    const tables = [paged({ ...pages, has_more: "more" })];
    const result = await triedOn(await generated(makeBlueprint(tables, { configuration: [base_url] })), "empty-page");
    expect(result).toMatchObject({ verdict: "pass", figures: { struck: 1 } });
    expect(result.summary).toContain("every row arrives");
  }, 60_000);

  it.each([
    ["pages", paged({ ...pages, total_pages: "of" }), "is empty, where the API speaks of"],
    [
      "records",
      { read: { pagination: { style: "offset", offset_param: "skip", limit_param: "n", limit: 10, total: "of" } } },
      "nothing comes after 10 records, where the API speaks of",
    ],
  ])(
    verifies("rest.no-quiet-loss", "does not take an empty page for the end, where the number of %s says otherwise"),
    async (_, table, says) => {
      const result = await triedOn(
        await generated(makeBlueprint([table], { configuration: [base_url] })),
        "empty-page",
      );
      expect(result.verdict).toBe("pass");
      expect(result.summary).toContain(says);
    },
    60_000,
  );

  it(verifies(
    "proof.checks",
    "may ask for the children of a page again, where the page it looks at again is empty",
  ), async () => {
    const advance = { kind: "cursor", column: "updated_at", param: "since", format: "iso8601", order: "unknown" };
    const orders = { name: "orders", ...paged({ ...pages, total_pages: "of", size: 5 }), advance };
    const columns = { order_id: "integer", id: "integer" } as const;
    const bind = [{ placeholder: "order_id", parent_column: "id", column: "order_id" }];
    const read = { path: "/orders/{order_id}/items", parent: { table: "orders", bind } };
    const items = { name: "items", primary_key: ["order_id", "id"], columns, read };
    const { stage, clean } = await generated(makeBlueprint([orders, items], { configuration: [base_url] }));
    const fault = stage.bench.source.faults.find(({ id }) => id === "empty-page");
    if (fault === undefined) throw new Error("There is no empty page.");
    const listings = clean.requests.flatMap(({ table }, index) => (table === "orders" ? [index] : []));
    // The second page, looked at again behind the third where the children are asked for.
    const again = clean.requests.findIndex(({ table }) => table === "items");
    const nth = listings.filter((index) => index > again)[3];
    const arm = () => fault.arm([nth ?? 0]);
    const result = await tryFault(stage, { ...fault, arm }, clean);
    expect([result.verdict, result.summary]).toEqual(["pass", expect.stringContaining("every row arrives")]);
    expect(Number(result.figures?.requests)).toBeGreaterThan(clean.requests.length + fault.extra);
  }, 60_000);

  it(verifies(
    "proof.checks",
    "of a GraphQL source waits, reads on, and takes no part of the data for the whole",
  ), async () => {
    const { blueprint: of } = await describeSchema({ docs: ["tracker.graphql"], tables: ["users"] });
    const careful = await generated(of);
    for (const id of ["graphql-throttled", "graphql-partial", "empty-page", "repeated-page"]) {
      expect(await triedOn(careful, id)).toMatchObject({ case: id, verdict: "pass" });
    }
    const from = 'if body.get("errors"):';
    const to = 'if body.get("errors") and not body.get("data"):';
    const careless = await triedOn(await generated(of, { file: "api.py", from, to }), "graphql-partial");
    expect([careless.verdict, careless.summary]).toEqual(["fail", expect.stringMatching(/of users .* missing/)]);
  }, 60_000);

  it(verifies("proof.checks", "of a GraphQL source sees that a page by offset came again"), async () => {
    const { blueprint: of } = await describeSchema({ docs: ["depot.graphql"], tables: ["depots"] });
    const careful = await generated(of);
    for (const id of ["repeated-page", "stuck-page"]) {
      const result = await triedOn(careful, id);
      expect([result.verdict, result.summary]).toEqual([
        "pass",
        expect.stringMatching(/depots: the page at \d+ repeats the one before/),
      ]);
    }
  }, 60_000);

  it(verifies(
    "rest.no-quiet-loss",
    "looks at earlier pages again, and still sees that a page came again",
  ), async () => {
    const advance = { kind: "cursor", column: "updated_at", param: "since", order: "ascending" };
    const of = makeBlueprint([{ ...paged(pages), advance }] as never, { configuration: [base_url] });
    const result = await triedOn(await generated(of), "repeated-page");
    expect([result.verdict, result.summary]).toEqual([
      "pass",
      expect.stringMatching(/items: page \d+ repeats the one before/),
    ]);
  }, 60_000);
});
