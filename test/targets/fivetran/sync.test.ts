import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { formatOperationTable } from "../../../src/proof/report/operation-table.ts";
import type { ConnectorLog } from "../../../src/targets/target.ts";
import { verifies } from "../../support/verifies.ts";
import { isRunning, rowsOf, runFixture, temporaryWarehouse } from "./run-fixture.ts";

const KEY = "sk-live/öffnen+42";

describe("a sync that ends well", () => {
  it("moves rows, keeps state and counts as the platform's tester does", async () => {
    const warehouse = await temporaryWarehouse();
    const result = await runFixture("trivial", warehouse);
    expect(result).toMatchObject({
      status: "succeeded",
      operations: { upserts: 3, updates: 1, deletes: 1, truncates: 0, schemaChanges: 3, checkpoints: 2 },
      rows: { order: 4 },
      state: { cursor: 3, done: true },
      checkpoints: ['{"cursor": 3}', '{"cursor": 3, "done": true}'],
      warnings: [],
    });
    expect(result.reason).toBeUndefined();
    expect(result.peakMemory).toBeGreaterThan(20e6);
    expect(result.progress.at(-1)).toEqual([result.milliseconds, 4]);
    expect(await rowsOf(warehouse, "order")).toEqual([
      { id: "0", total: "1.5", group: "changed", user_name: "Zoë" },
      { id: "2", total: "1.5", group: "g2", user_name: "Zoë" },
    ]);
    expect(await rowsOf(warehouse, "order", "deletedRows")).toEqual([
      { id: "1", total: "1.5", group: "g1", user_name: "Zoë" },
    ]);
    expect(formatOperationTable(result)).toBe(
      [
        "Operation     | Calls",
        "------------- + ------------",
        "Upserts       | 3",
        "Updates       | 1",
        "Deletes       | 1",
        "Truncates     | 0",
        "SchemaChanges | 3",
        "Checkpoints   | 2",
        "Sync SUCCEEDED",
      ].join("\n"),
    );
  });

  it("hands over the state, and revives what comes again", async () => {
    const warehouse = await temporaryWarehouse();
    const first = await runFixture("trivial", warehouse);
    const lines: ConnectorLog[] = [];
    const second = await runFixture("trivial", warehouse, { state: first.state, onLog: (line) => lines.push(line) });
    expect(second.state).toEqual({ cursor: 6, done: true });
    expect(lines).toContainEqual({ level: "info", origin: "connector", text: "from 3" });
    expect(lines).toContainEqual({ level: "debug", origin: "connector", text: "two" });
    expect(lines).toContainEqual({ level: "debug", origin: "connector", text: "lines" });
    expect(lines).toContainEqual({ level: "info", origin: "sdk", text: "calling update()" });
    expect(await rowsOf(warehouse, "order")).toHaveLength(4);
    const again = await runFixture("trivial", warehouse);
    expect(again.operations.schemaChanges).toBe(0);
    expect((await rowsOf(warehouse, "order")).map((row) => row.id)).toEqual(["0", "2", "3", "5"]);
    expect(await warehouse.state()).toBe('{"cursor": 3, "done": true}');
    expect(JSON.parse(await readFile(join(warehouse.path, "../state.json"), "utf8"))).toEqual({
      cursor: 3,
      done: true,
    });
  });

  it("takes the old style with yield, threads, schemas and uploads", async () => {
    const warehouse = await temporaryWarehouse();
    expect(await runFixture("yields", warehouse)).toMatchObject({ status: "succeeded", state: { cursor: 2 } });
    expect(await rowsOf(warehouse, "orders")).toEqual([{ id: "1" }, { id: "2" }]);

    const threads = await temporaryWarehouse();
    expect(await runFixture("threads", threads)).toMatchObject({ status: "succeeded", operations: { upserts: 2000 } });
    expect(new Set((await rowsOf(threads, "orders")).map((row) => row.id)).size).toBe(2000);

    const schemas = await temporaryWarehouse();
    expect(await runFixture("uses_schemas", schemas)).toMatchObject({
      status: "succeeded",
      rows: { orders: 1, eu_orders: 2 },
    });
    expect(
      (await schemas.tables()).map(({ name, primaryKey, rows, deleted }) => ({ name, primaryKey, rows, deleted })),
    ).toEqual([
      { name: "eu_orders", primaryKey: ["id", "shop"], rows: 1, deleted: 1 },
      { name: "orders", primaryKey: ["id"], rows: 0, deleted: 1 },
    ]);

    const uploads = await temporaryWarehouse();
    const uploaded = await runFixture("uploads", uploads);
    expect(uploaded.warnings).toEqual(["files that the connector uploads are not kept here; their rows are"]);
    expect(await rowsOf(uploads, "files")).toEqual([{ _fivetran_file_path: "a/b.txt", id: "1" }]);
  });

  it("warns when update() never checkpoints, and keeps its rows", async () => {
    const warehouse = await temporaryWarehouse();
    const result = await runFixture("no_checkpoint", warehouse, {
      configuration: { rows: "10" },
      state: { from: "before" },
    });
    expect(result).toMatchObject({ status: "succeeded", state: { from: "before" }, checkpoints: [] });
    expect(result.warnings).toEqual([
      "update() ended without a checkpoint: the next sync starts from the same state again",
    ]);
    expect(await rowsOf(warehouse, "orders")).toHaveLength(10);
  });

  it("warns of a thread that died", async () => {
    const result = await runFixture("thread_dies", await temporaryWarehouse());
    expect(result.status).toBe("succeeded");
    expect(result.warnings).toEqual(["a thread of the connector ended with KeyError: 'page'"]);
  });

  it("carries a value of 5 MB and a state beyond 2^53", async () => {
    const warehouse = await temporaryWarehouse();
    const first = await runFixture("big_value", warehouse);
    expect(first.checkpoints).toEqual(['{"cursor": 9007199254740993}']);
    expect((await rowsOf(warehouse, "orders"))[0]?.text).toBe("é".repeat(2_500_000));
    await runFixture("big_value", warehouse, { stateJson: first.checkpoints[0] as string });
    const after = await rowsOf(warehouse, "orders");
    expect(after.map((row) => row.before).sort()).toEqual(["9007199254740993", "None"]);
  });

  it("shortens waits and reports them", async () => {
    const started = Date.now();
    const result = await runFixture("sleeps", await temporaryWarehouse(), {
      environment: { SYNCSMITH_TIME_SCALE: "0.001" },
      idleSeconds: 20,
    });
    expect(result).toMatchObject({ status: "succeeded", sleeps: [60, 2.5] });
    expect(Date.now() - started).toBeLessThan(20_000);
  });
});

describe(verifies("debugger.verdicts", "a sync that fails"), () => {
  const fails = async (fixture: string, request: Parameters<typeof runFixture>[2] = {}) => {
    const warehouse = await temporaryWarehouse();
    const result = await runFixture(fixture, warehouse, request);
    expect(result.status).toBe("failed");
    return { result, warehouse };
  };

  it.each([
    [
      "import_error",
      "connector.py could not be loaded: ModuleNotFoundError: No module named 'no_such_module_anywhere'",
    ],
    ["no_connector", "connector.py could not be loaded: TypeError: connector.py has no `connector = Connector(...)`"],
    ["import_exit", "connector.py could not be loaded: SystemExit: 3"],
    ["schema_wrong", "schema() raised ValueError: ('Unrecognized column type encountered:: ', 'MONEY')"],
    ["bad_state", "the state of a checkpoint is not JSON: NaN and Infinity have no place in it"],
  ])("%s says what is wrong", async (fixture, reason) => {
    const { result } = await fails(fixture);
    expect(result.reason).toBe(reason);
    expect(result.state).toEqual({});
  });

  it("tells of an exception, with its traceback and without the secret", async () => {
    const { result, warehouse } = await fails("raises", { configuration: { api_key: KEY } });
    expect(result.reason).toBe("update() raised ValueError: no page 4 for key ****");
    expect(result.state).toEqual({ cursor: 3 });
    const errors = result.logs.filter((line) => line.level === "error").map((line) => line.text);
    expect(errors.some((text) => /connector\.py", line \d+, in update/.test(text))).toBe(true);
    expect(await rowsOf(warehouse, "orders")).toEqual([{ id: "0" }, { id: "1" }, { id: "2" }]);
    expect(await warehouse.state()).toBe('{"cursor": 3}');
  });

  it.each([
    ["kill", "SIGKILL"],
    ["segfault", "SIGSEGV"],
    ["exit", "exit code 7"],
  ])("tells how the process ended: %s", async (how, words) => {
    const { result, warehouse } = await fails("crashes", { configuration: { how }, secretKeys: [] });
    expect(result.reason).toBe(`the connector's process ended before the sync did: ${words}`);
    expect(result.state).toEqual({ cursor: 1 });
    expect(await rowsOf(warehouse, "orders")).toEqual([{ id: "1" }]);
  });

  it("does not take exit() for success", async () => {
    const { result } = await fails("exits");
    expect(result.reason).toBe("update() called exit(): it must return or raise instead");
  });

  it("stops a connector that is silent, and one that never ends", async () => {
    const hung = await fails("hangs", { idleSeconds: 2 });
    expect(hung.result.reason).toBe("the connector was silent for 2 seconds and was stopped");
    expect((await hung.warehouse.tables()).map((table) => table.name)).toEqual([]);
    const endless = await fails("never_ends", { totalSeconds: 4 });
    expect(endless.result.reason).toBe("the sync took more than 4 seconds and was stopped");
    const kept = await rowsOf(endless.warehouse, "orders");
    expect(kept).toHaveLength(endless.result.state.cursor as number);
  });

  it("ends at the error that the connector reports", async () => {
    const { result, warehouse } = await fails("reports_error");
    expect(result.reason).toBe("the connector reported an error: the key was revoked");
    expect(result.warnings).toEqual(["page 2 is slow"]);
    expect(result.state).toEqual({ cursor: 1 });
    expect(await rowsOf(warehouse, "orders")).toEqual([{ id: "1" }]);
  });

  it("refuses a row without its key, naming table and column", async () => {
    const { result, warehouse } = await fails("wrong_value");
    expect(result.reason).toBe("a row of table orders has no value for id, a column of its key");
    expect(result.state).toEqual({ cursor: 1 });
    expect((await rowsOf(warehouse, "orders")).map((row) => row.id)).toEqual(["1"]);
  });

  it("drops many rows without a checkpoint", async () => {
    const warehouse = await temporaryWarehouse({ limits: { rows: 500, bytes: 1e9 } });
    const result = await runFixture("no_checkpoint", warehouse, { configuration: { rows: "5000", fail: "yes" } });
    expect(result).toMatchObject({ status: "failed", reason: "update() raised RuntimeError: late", state: {} });
    expect(await warehouse.tables()).toEqual([]);
    expect(await warehouse.state()).toBeUndefined();
  });
});

describe("what surrounds the connector", () => {
  it("is killed at a checkpoint when asked", async () => {
    const warehouse = await temporaryWarehouse();
    const result = await runFixture("never_ends", warehouse, { killAfterCheckpoint: 3 });
    expect(result).toMatchObject({
      status: "failed",
      reason: "killed after checkpoint 3, as asked",
      state: { cursor: 300 },
      operations: { checkpoints: 3 },
    });
    expect(await rowsOf(warehouse, "orders")).toHaveLength(300);
  });

  it("keeps a flood of output within bounds, its start and its end", async () => {
    const seen: ConnectorLog[] = [];
    const result = await runFixture("floods", await temporaryWarehouse(), { onLog: (line) => seen.push(line) });
    expect(result.status).toBe("succeeded");
    const texts = result.logs.map((line) => line.text);
    expect(texts.length).toBeLessThanOrEqual(5001);
    expect(texts).toContain("first line");
    expect(texts).toContain("line 199999");
    expect(texts).toContain("last line");
    expect(texts.some((text) => /^… \d+ lines left out …$/.test(text))).toBe(true);
    expect(Math.max(...texts.map((text) => text.length))).toBe(4096);
    expect(seen).toHaveLength(5001);
  });

  it("shows no secret, neither in logs nor in arguments nor in the environment", async () => {
    const warehouse = await temporaryWarehouse();
    const result = await runFixture("secrets", warehouse, { configuration: { api_key: KEY, page_size: "100" } });
    expect(result.reason).toBe("update() raised ValueError: failed with ****");
    expect(result.warnings).toEqual(["warned ****"]);
    const shown = JSON.stringify({ ...result, checkpoints: [] });
    for (const form of [KEY, encodeURIComponent(KEY), Buffer.from(KEY).toString("base64").slice(0, -4)]) {
      expect(shown).not.toContain(form);
    }
    expect(shown).not.toContain(Buffer.from(`someone:${KEY}`).toString("base64").slice(12, -4));
    const [row] = await rowsOf(warehouse, "seen");
    expect(row?.arguments).not.toContain(KEY);
    const environment = JSON.parse(row?.environment ?? "{}") as Record<string, string>;
    expect(JSON.stringify(environment)).not.toContain(KEY);
    expect(
      Object.keys(environment)
        .filter((name) => !/^(FIVETRAN_|PYTHON|GRPC_|LC_)/.test(name))
        .sort(),
    ).toEqual(["HOME", "LANG", "PATH", "TMPDIR", "TZ"]);
    expect(environment.HOME).not.toBe(process.env.HOME);
    await expect(readFile(environment.HOME ?? "")).rejects.toThrow("ENOENT");
  });

  it("leaves nothing running, at its end or when aborted", async () => {
    const warehouse = await temporaryWarehouse();
    const file = join(warehouse.path, "../child");
    await runFixture("leaves_children", warehouse, { configuration: { file } });
    expect(await isRunning(Number(await readFile(file, "utf8")))).toBe(false);

    const aborter = new AbortController();
    const other = join(warehouse.path, "../other");
    const running = runFixture("leaves_children", warehouse, {
      configuration: { file: other, hang: "yes" },
      signal: aborter.signal,
    });
    const child = async () => Number(await readFile(other, "utf8").catch(() => "0"));
    while ((await child()) === 0) await sleep(50);
    expect(await isRunning(await child())).toBe(true);
    aborter.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
    expect(await isRunning(await child())).toBe(false);
    await expect(runFixture("trivial", warehouse, { signal: aborter.signal })).rejects.toThrow("enough");
  });
});
