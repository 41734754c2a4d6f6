import { describe, expect, it } from "vitest";
import type { Report } from "../../src/artifacts/report.ts";
import { UserError } from "../../src/errors.ts";
import { connectorStatus, type StandingDesk } from "../../src/tools/connector-status.ts";
import { reportFixture } from "../support/reports.ts";

const signal = new AbortController().signal;
const step = (name: string, round: number, outcome: string) => ({
  step: name,
  round,
  outcome,
  summary: "hidden words",
});

function desk(reports: Record<string, Report | undefined>): StandingDesk {
  return {
    connectors: async () => Object.keys(reports),
    standing: async (connector) => {
      if (!(connector in reports)) throw new UserError(`There is no connector ${connector}.`);
      const steps = [step("generate", 1, "done"), step("test", 2, "failed")];
      return { connector, steps, report: reports[connector], page: "/ws/report.html" };
    },
    redact: (text) => text.replaceAll("hidden", "****"),
  };
}

const ask = (reports: Record<string, Report | undefined>, input: object) =>
  connectorStatus(desk(reports)).run(input, { signal });

describe("connector_status", () => {
  it("names steps, tables with what they rest on, every blocker and what nothing proves", async () => {
    const report = reportFixture("red");
    const { text, outcome } = await ask({ desk: report }, { connector: "desk" });
    expect(outcome).toBe("not green");
    expect(text).toMatch(/test 2 +failed +\*\*\*\* words/);
    for (const { name, rows } of report.tables) expect(text).toContain(`${name}: ${rows} rows, `);
    for (const blocker of report.blockers) expect(text).toContain(blocker);
    for (const unproven of report.unproven) expect(text).toContain(unproven);
    expect(text).toContain("/ws/report.html");
  });

  it("does not call a table proven beyond its label", async () => {
    const report = reportFixture("green");
    const { text, outcome } = await ask({ desk: report }, { connector: "desk" });
    expect(outcome).toBe("green");
    const simulated = report.tables.filter(({ trust }) => trust === "simulated");
    expect(text.split("proven on a simulated source").length - 1).toBe(simulated.length);
  });

  it("says of a connector without a report that it was not tested", async () => {
    expect((await ask({ a: undefined }, { connector: "a" })).outcome).toBe("not tested");
  });

  it("lists all connectors, or says how one comes about", async () => {
    expect((await ask({ a: reportFixture("green"), b: undefined }, {})).text).toBe("a: green\nb: not tested");
    expect((await ask({}, {})).text).toContain("propose_spec");
  });

  it("refuses a name that is not there", async () => {
    await expect(ask({}, { connector: "x" })).rejects.toThrow("no connector x");
  });
});
