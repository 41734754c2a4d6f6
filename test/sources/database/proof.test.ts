/** The whole judgement on connectors for databases, against embedded engines. */
import { describe, expect, it } from "vitest";
import { proveGenerated } from "../../support/prove-generated.ts";
import { describeDdl, POSTGRESQL_DDL, SQLITE_DDL } from "./fixtures.ts";

const failures = (report: Awaited<ReturnType<typeof proveGenerated>>) =>
  report.checks
    .filter(({ verdict, severity }) => verdict === "fail" && severity !== "warning")
    .map(({ check, table, summary, details }) => `${check} ${table ?? ""}: ${summary} ${JSON.stringify(details)}`);

describe("SQLite, a file", () => {
  it("is read without loss, and its connector goes on from where it was", async () => {
    const { blueprint } = await describeDdl("sqlite", SQLITE_DDL);
    const report = await proveGenerated({ blueprint });
    expect(failures(report)).toEqual([]);
    expect(report.findings.filter(({ severity }) => severity === "blocker")).toEqual([]);
  }, 120_000);
});

describe("PostgreSQL, embedded", () => {
  it("is read without loss, every type and awkward name included", async () => {
    const { blueprint } = await describeDdl("postgresql", POSTGRESQL_DDL);
    const report = await proveGenerated({ blueprint });
    expect(failures(report)).toEqual([]);
    expect(report.findings.filter(({ severity }) => severity === "blocker")).toEqual([]);
  }, 240_000);
});
