/** A live source that is not what its description says: probes and rules mend what they know, the rest ends honestly. */
import { readFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type Answer, buildThings, isConnector, serveThings, THINGS, thingsPage } from "../support/things.ts";
import { verifies } from "../support/verifies.ts";

let close: () => void = () => {};
afterEach(() => close());

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

  it("is not mended when the spec allows no fix", async () => {
    const answer = (query: URLSearchParams, request: IncomingMessage) =>
      thingsPage(query, isConnector(request) ? ["per_page"] : []);
    const { code, reports } = await build(answer, "limits: { fixes: 0 }\n");
    expect(code).toBe(1);
    expect(reports).toEqual(["1.json"]);
  });

  it("never loses rows quietly: a server that ignores the page number is found out", async () => {
    const { code, report } = await build((query) => thingsPage(new URLSearchParams({ since: query.get("x") ?? "" })));
    expect(code).toBe(1);
    expect(report.blockers.join("\n")).toContain("repeats");
  });
});
