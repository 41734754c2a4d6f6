/** The hand-made report fixtures, parsed by their schemas: a help desk with one green and one red round. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { type Blueprint, blueprintSchema } from "../../src/artifacts/blueprint.ts";
import { type Evidence, evidenceSchema } from "../../src/artifacts/evidence.ts";
import { type Report, reportSchema } from "../../src/artifacts/report.ts";

export function blueprintFixture(): Blueprint {
  return blueprintSchema.parse(load("blueprint"));
}

export function evidenceFixture(): Evidence[] {
  return z.array(evidenceSchema).parse(load("evidence"));
}

export function reportFixture(name: "green" | "red"): Report {
  return reportSchema.parse(load(name));
}

/** The green round as a live proof is: rows judged on the source itself, the rest on a stand-in, pages found wrong. */
export function liveReportFixture(): Report {
  const report = reportFixture("green");
  const onStandIn = ["changes", "deletes", "refusal", "configuration"];
  return {
    ...report,
    basis: "live",
    basis_reason: "The source answers.",
    tables: report.tables.map((table) => ({ ...table, trust: "live" })),
    checks: report.checks.map((result) => ({
      ...result,
      ...(result.basis === "static" ? {} : { basis: onStandIn.includes(result.check) ? "simulated" : "live" }),
    })),
    overruled: [
      "tables.tickets.advance: https://docs.lanterndesk.example/guides/paging says that the filter includes equal values; GET /tickets leaves them out.",
      "tables.agents.read.pagination: The documentation names 100 rows per page, the source sends 50.",
    ],
  };
}

function load(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/reports/${name}.json`, import.meta.url), "utf8"));
}
