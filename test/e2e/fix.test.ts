/** A live source that is not what its description says: probes and rules mend what they know, the rest ends honestly. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { reportSchema } from "../../src/artifacts/report.ts";
import { fixWork } from "../../src/frontends/changing.ts";
import { openSession } from "../../src/frontends/session.ts";
import type { CommandContext } from "../../src/options.ts";
import { hashCode } from "../../src/proof/prove.ts";
import { listFiles } from "../../src/system/files.ts";
import { NOT_FILES } from "../../src/tools/list-files.ts";
import { runOne } from "../../src/workflow/run.ts";
import { type Answer, buildThings, isConnector, serveThings, THINGS, thingsPage } from "../support/things.ts";
import { verifies } from "../support/verifies.ts";

let close: () => void = () => {};
afterEach(() => close());

/** `/fix`, or the step by itself, without a model. */
async function mend(directory: string, work = fixWork) {
  const context: CommandContext = {
    ...{ workspace: join(directory, ".."), json: false, logLevel: "silent", color: false },
    ...{ cacheDirectory: undefined, python: undefined, environment: {} },
    streams: { stdout: new PassThrough(), stderr: new PassThrough() },
    signal: new AbortController().signal,
  };
  const options = { model: "none", force: false, showLogs: false, depth: "quick" } as const;
  return work(await openSession(context, { directory, options, show: () => {} }));
}

async function codeOf(directory: string): Promise<string> {
  const paths = (await listFiles(directory, NOT_FILES)).filter((path) => path.endsWith(".py"));
  return (await Promise.all(paths.map((path) => readFile(join(directory, path), "utf8")))).join("\n");
}

async function build(answer: (query: URLSearchParams, request: IncomingMessage) => Answer, extra = "") {
  const served = await serveThings(answer);
  close = served.close;
  const built = await buildThings(served.baseUrl, { extra });
  return { ...built, report: await built.report() };
}

describe("a source that is not what its description says", () => {
  it(
    verifies("research.probes", "refuses the page size: the probes find it, and the first report is green"),
    async () => {
      const { code, stderr, report, reports, place } = await build((query) => thingsPage(query, ["per_page"]));
      expect(code, stderr).toBe(0);
      expect(reports).toEqual(["1.json"]);
      expect(report.tables).toMatchObject([{ name: "things", trust: "live", rows: 45 }]);
      const { tables, claims } = JSON.parse(await readFile(join(place, "blueprint.json"), "utf8"));
      expect(tables[0].read.pagination).not.toHaveProperty("size_param");
      expect(claims["tables.things.read.pagination"]).toMatchObject({ status: "contradicted" });
      expect(report.overruled.join("\n")).toContain("per_page");
      expect(report.unproven.join("\n")).not.toContain("per_page");
    },
  );

  it(
    verifies("run.fix", "refuses the connector the page size: it is left away, and the next report is green"),
    async () => {
      const answer = (query: URLSearchParams, request: IncomingMessage) =>
        thingsPage(query, isConnector(request) ? ["per_page"] : []);
      const { code, stderr, report, reports, place } = await build(answer);
      expect(code, stderr).toBe(0);
      expect(reports).toEqual(["1.json", "2.json"]);
      expect(report.tables).toMatchObject([{ name: "things", trust: "live", rows: 45 }]);
      const fix = JSON.parse(await readFile(join(place, "fixes/1.json"), "utf8"));
      expect(fix).toMatchObject({ class: "blueprint", changes: [{ field: "tables.things.read.pagination" }] });
      expect(report.unproven.join("\n")).toContain("per_page");
    },
  );

  it(
    verifies("run.fix", "refuses it two parameters: both rounds are used, and the table is read in full"),
    async () => {
      const answer = (query: URLSearchParams, request: IncomingMessage) =>
        thingsPage(query, isConnector(request) ? ["per_page", "updated_since"] : []);
      const { code, stderr, report, reports } = await build(answer);
      expect(code, stderr).toBe(0);
      expect(reports).toEqual(["1.json", "2.json", "3.json"]);
      expect(report.tables).toMatchObject([{ name: "things", trust: "live", rows: 45 }]);
    },
  );

  it(verifies("run.fix", "fails in a way no rule knows: the run ends as failed, with what is left"), async () => {
    const answer = (query: URLSearchParams, request: IncomingMessage) =>
      isConnector(request) ? { status: 200, body: { things: THINGS } } : thingsPage(query);
    const { code, stderr, reports, report } = await build(answer);
    expect(code).toBe(1);
    expect(stderr).toContain("a person should look");
    expect(reports).toEqual(["1.json"]);
    expect(report.green).toBe(false);
    expect(report.blockers.join("\n")).toContain("no list of records");
  });

  it(
    verifies("run.fix", "is not mended when the spec allows no fix; one asked for later is proven on code made anew"),
    async () => {
      const answer = (query: URLSearchParams, request: IncomingMessage) =>
        thingsPage(query, isConnector(request) ? ["per_page"] : []);
      const { code, reports, place } = await build(answer, "limits: { fixes: 0 }\n");
      expect(code).toBe(1);
      expect(reports).toEqual(["1.json"]);

      // Asked for one fix, later: the code is generated of the blueprint that the fix changed, and that code is proven.
      const settled = join(place, "requirements.json");
      const requirements = JSON.parse(await readFile(settled, "utf8"));
      requirements.spec.limits.fixes = 2;
      await writeFile(settled, JSON.stringify(requirements));
      const connector = join(place, "..");
      const source = await codeOf(connector);
      expect(source).toContain("per_page");
      await writeFile(
        join(connector, "connector.py"),
        `${await readFile(join(connector, "connector.py"), "utf8")}# mine\n`,
      );
      await expect(mend(connector, (session) => runOne(session, "fix"))).rejects.toThrow("connector.py");
      expect(await readdir(join(place, "fixes"))).toEqual([]);
      await writeFile(
        join(connector, "connector.py"),
        (await readFile(join(connector, "connector.py"), "utf8")).replace("# mine\n", ""),
      );
      expect(await mend(connector)).toMatchObject({ outcome: "green" });
      expect(await codeOf(connector)).not.toContain("per_page");
      const proven = reportSchema.parse(JSON.parse(await readFile(join(place, "reports/2.json"), "utf8")));
      expect(proven).toMatchObject({ green: true, code_hash: await hashCode(connector) });
    },
  );

  it("never loses rows quietly: a server that ignores the page number is found out", async () => {
    const { code, report } = await build((query) => thingsPage(new URLSearchParams({ since: query.get("x") ?? "" })));
    expect(code).toBe(1);
    expect(report.blockers.join("\n")).toContain("repeats");
  });
});
