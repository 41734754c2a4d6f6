/** A described source through all eight steps, by the built program; killed, resumed, edited, asked. */

import { appendFile, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { reportSchema } from "../../src/artifacts/report.ts";
import type { StoredEvent } from "../../src/workflow/events.ts";
import { printed, runCli, runHere, startCli, temporaryDirectory } from "../support/run-cli.ts";
import { SHOP_SECRET, writeShop } from "../support/shop.ts";
import { thorough } from "../support/thorough.ts";
import { verifies } from "../support/verifies.ts";

const environment = { SHOP_TOKEN: SHOP_SECRET };
let workspace: string;
let spec: string;
let connector: string;
let events: StoredEvent[];
let firstRun: { code: number | undefined; stdout: string; stderr: string };

beforeAll(async () => {
  workspace = await temporaryDirectory();
  spec = await writeShop(workspace);
  connector = join(workspace, "shop");
  // As in a CI job, where the report is also the job's summary.
  const job = { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: join(workspace, "summary.md"), FORCE_COLOR: "1" };
  firstRun = await runCli(["--json", "build", spec], { workspace, environment: { ...environment, ...job } });
  events = lines(firstRun.stdout);
});

function lines(text: string): StoredEvent[] {
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as StoredEvent]));
}

const ended = (all: StoredEvent[]) =>
  all.flatMap((event) => (event.type === "step-ended" ? [`${event.step} ${event.outcome}`] : []));
/** Processes below one, as the system lists them. */
async function descendants(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const listed = threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, "utf8").catch(() => ""));
  const own = (await Promise.all(listed)).flatMap((text) => text.split(" ").filter(Boolean).map(Number));
  return [...own, ...(await Promise.all(own.map(descendants))).flat()];
}

/** Those of them that are still there a moment later. */
async function remaining(pids: readonly number[]): Promise<number[]> {
  const alive = async (pid: number) =>
    /^State:\s+[^ZX]/m.test(await readFile(`/proc/${pid}/status`, "utf8").catch(() => ""));
  for (let tries = 0; ; tries++) {
    const standing = await Promise.all(pids.map(alive));
    const left = pids.filter((_, index) => standing[index]);
    if (left.length === 0 || tries === 20) return left;
    await sleep(100);
  }
}

const fresh = (all: StoredEvent[]) => all.flatMap((event) => (event.type === "step-fresh" ? [event.step] : []));

describe("a run", () => {
  it(verifies("run.eight-steps", "goes through all eight steps"), async () => {
    expect(firstRun.code, firstRun.stderr).toBe(0);
    expect(ended(events)).toEqual([
      "requirements done",
      "research done",
      "generate done",
      "test done",
      "document done",
      "deploy skipped",
      "verify skipped",
    ]);
    const report = reportSchema.parse(JSON.parse(await readFile(join(connector, ".syncsmith/reports/1.json"), "utf8")));
    expect(report.tables.map(({ name, trust }) => `${name} ${trust}`).sort()).toEqual([
      "customers simulated",
      "items simulated",
      "orders simulated",
    ]);
    expect(report.checks.filter(({ verdict }) => verdict === "fail")).toEqual([]);
  });

  it(verifies("run.exit-codes", "prints events and nothing else on stdout, the same as are stored"), async () => {
    const stored = lines(await readFile(join(connector, ".syncsmith/run.jsonl"), "utf8"));
    expect(stored.slice(0, events.length)).toEqual(events);
    expect(events.at(0)?.type).toBe("run-started");
    expect(events.at(-1)).toMatchObject({ type: "run-ended", outcome: "green", exitCode: 0 });
  });

  it(verifies("ci.events", "prints events of the published schema"), async () => {
    const published = new URL("../../src/workflow/events.schema.json", import.meta.url);
    const schema = z.fromJSONSchema(JSON.parse(await readFile(published, "utf8")));
    const wrong = events.flatMap((event) => schema.safeParse(event).error?.issues ?? []);
    expect(wrong).toEqual([]);
    expect(events.length).toBeGreaterThan(20);
  });

  it(
    verifies("ci.annotations", "adds its report to a CI job's summary, without colour and with nothing to annotate"),
    async () => {
      const summary = await readFile(join(workspace, "summary.md"), "utf8");
      expect(summary).toBe(`${await readFile(join(connector, ".syncsmith/reports/report.md"), "utf8")}\n`);
      expect(firstRun.stderr).not.toContain("\u001b");
      expect(firstRun.stderr).not.toMatch(/^::(error|warning)/m);
      const [, token] = /^::stop-commands::(.+)$/m.exec(firstRun.stderr) ?? [];
      expect(firstRun.stderr.trimEnd().split("\n")).toContain(`::${token}::`);
    },
  );

  it("leaves the connector's files, documents and SQL", async () => {
    const files = await readdir(connector);
    expect(files).toEqual(
      expect.arrayContaining([
        "connector.py",
        "api.py",
        "cursors.py",
        "models.py",
        "reading.py",
        "sync.py",
        "configuration.json",
        "requirements.txt",
        "README.md",
        "DEPLOYMENT.md",
        "shop_api_doc.md",
        "tests",
      ]),
    );
    expect(await readdir(join(connector, ".syncsmith/sql"))).toContain("snowflake.sql");
  });

  it(verifies("run.no-secret", "keeps the secret's value nowhere"), async () => {
    expect(firstRun.stdout + firstRun.stderr).not.toContain(SHOP_SECRET);
    for (const path of await readdir(connector, { recursive: true })) {
      const full = join(connector, path);
      if (!(await stat(full)).isFile()) continue;
      expect((await readFile(full)).includes(SHOP_SECRET), path).toBe(false);
    }
  });

  it(verifies("run.resume", "does nothing twice"), async () => {
    const again = await runCli(["--json", "build", spec], { workspace, environment });
    expect(again.code).toBe(0);
    expect(fresh(lines(again.stdout))).toEqual([
      "requirements",
      "research",
      "generate",
      "test",
      "document",
      "deploy",
      "verify",
    ]);
    expect(ended(lines(again.stdout))).toEqual([]);
  });

  it("tests no code that was written from another blueprint", async () => {
    const path = join(connector, ".syncsmith", "blueprint.json");
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace('"title": "Shop"', '"title": "Another shop"'));
    const refused = await runHere(["test", "shop"], { workspace, environment });
    await writeFile(path, text);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("written from another blueprint")]);
    expect(refused.stderr).toContain("syncsmith generate shop");
  });

  it("shows where it stands, and its report", async () => {
    const status = await runHere(["status"], { workspace });
    expect(status.stdout).toContain("shop: green");
    expect(status.stdout).toMatch(/test\s+done/);
    const report = await runHere(["report", "shop"], { workspace });
    expect(report.code).toBe(0);
    expect(report.stdout).toContain("report.html");
  });

  it("answers SQL as a table, CSV and JSON", async () => {
    const sql = 'SELECT count(*) AS n, \'a,"b"\' AS t FROM tester."orders"';
    const table = await runHere(["query", "shop", sql], { workspace });
    expect(table.stdout, table.stderr).toMatch(/^n\s+\| t\n-+-\+-+\n\d+/);
    const csv = await runHere(["query", "shop", sql, "--csv"], { workspace });
    expect(csv.stdout).toMatch(/^n,t\r\n\d+,"a,""b"""\r\n$/);
    const json = await runHere(["--json", "query", "shop", sql], { workspace });
    expect(Number(JSON.parse(json.stdout).n)).toBeGreaterThan(10);
    const wrong = await runHere(["query", "shop", "SELECT nothing FROM tester.orders"], { workspace });
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("nothing");
  });

  it(
    verifies("run.config", "gives the configuration to a private file or a pipe, and fails without the secret"),
    async () => {
      const piped = await runHere(["config", "shop"], { workspace, environment });
      expect(JSON.parse(piped.stdout)).toEqual({ base_url: "https://api.shop.example/v1", api_token: SHOP_SECRET });
      const file = join(workspace, "configuration.private.json");
      const written = await runHere(["config", "shop", "--output", file], { workspace, environment });
      expect(written.stdout + written.stderr).not.toContain(SHOP_SECRET);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect((await runHere(["config", "shop", "--output", file], { workspace, environment })).code).toBe(2);
      const without = await runHere(["config", "shop"], { workspace });
      expect(without.code).toBe(2);
      expect(without.stderr).toContain("SHOP_TOKEN");
    },
  );

  it(verifies("run.local-edits", "never overwrites local edits unasked"), async () => {
    const path = join(connector, "sync.py");
    const original = await readFile(path, "utf8");
    await appendFile(path, "\n# a note of mine\n");
    const refused = await runHere(["generate", "shop"], { workspace, environment });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("-# a note of mine");
    expect(refused.stderr).toContain("--force");
    expect(await readFile(path, "utf8")).toContain("# a note of mine");
    const forced = await runHere(["generate", "shop", "--force"], { workspace, environment });
    expect(forced.code, forced.stderr).toBe(0);
    expect(await readFile(path, "utf8")).toBe(original);
  });
});

describe("a run that is killed", () => {
  it.each(thorough ? (["research", "generate", "test", "document"] as const) : (["test"] as const))(
    verifies("run.resume", "after %s began goes on from there"),
    async (step) => {
      const place = await temporaryDirectory();
      const own = await writeShop(place);
      const program = startCli(["--json", "build", own], { workspace: place, environment });
      await printed(program, `"type":"step-started","step":"${step}"`);
      if (step === "test") await sleep(1500);
      program.kill("SIGKILL");
      await program;
      const resumed = await runCli(["--json", "resume", "shop"], { workspace: place, environment });
      if (step === "research") {
        // Killed before anything was settled by research: its own step runs, the one before is kept.
        expect(fresh(lines(resumed.stdout))).toContain("requirements");
      }
      expect(resumed.code, resumed.stderr).toBe(0);
      const names = ended(lines(resumed.stdout)).map((text) => text.split(" ")[0]);
      expect(names[0]).toBe(step);
    },
  );

  it(
    verifies("ci.signals", "ends in order when it is told to, leaves no process behind, and goes on when resumed"),
    async () => {
      const place = await temporaryDirectory();
      const own = await writeShop(place);
      const program = startCli(["--json", "build", own], { workspace: place, environment });
      await printed(program, '"text":"initial: ');
      const children = await vi.waitUntil(
        async () => {
          const found = await descendants(program.pid ?? 0);
          return found.length > 1 && found;
        },
        { timeout: 10_000 },
      );
      program.kill("SIGTERM");
      const result = await program;
      expect(result.exitCode, String(result.stderr)).toBe(130);
      expect(lines(String(result.stdout)).at(-1)).toMatchObject({ type: "run-ended", outcome: "interrupted" });
      const stored = lines(await readFile(join(place, "shop/.syncsmith/run.jsonl"), "utf8"));
      expect(stored.at(-1)).toMatchObject({ type: "run-ended", outcome: "interrupted", exitCode: 130 });
      expect(await remaining(children)).toEqual([]);
      const resumed = await runCli(["--json", "resume", "shop"], { workspace: place, environment });
      expect(resumed.code, resumed.stderr).toBe(0);
      expect(fresh(lines(resumed.stdout))).toEqual(["requirements", "research", "generate"]);
      expect(lines(resumed.stdout).at(-1)).toMatchObject({ type: "run-ended", outcome: "green" });
    },
  );

  it("refuses a second run on the same connector while one is at work", async () => {
    const place = await temporaryDirectory();
    const own = await writeShop(place);
    const program = startCli(["--json", "build", own], { workspace: place, environment });
    await printed(program, '"type":"step-started","step":"test"');
    const second = await runCli(["build", own], { workspace: place, environment });
    expect(second.code).toBe(2);
    expect(second.stderr).toContain("Another process");
    program.kill("SIGINT");
    await program;
  });
});

describe("several specs", () => {
  it("fail apart", async () => {
    const place = await temporaryDirectory();
    const good = await writeShop(place, "test: { mode: simulated }\ntables: [customers]\n");
    const bad = join(place, "bad.yaml");
    await writeFile(bad, "name: Bad\nsource:\n  kind: rest\n  docs: [missing.yaml]\n");
    const both = await runCli(["build", good, bad], { workspace: place, environment });
    expect(both.code).toBe(2);
    expect(both.stderr).toContain("missing.yaml");
    expect((await runHere(["status", "shop"], { workspace: place })).stdout).toContain("shop: green");
  });
});
