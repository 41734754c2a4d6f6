/** Rules that mend a blueprint by what a red report shows. */
import { describe, expect, it } from "vitest";
import { type Blueprint, claimKey } from "../../src/artifacts/blueprint.ts";
import { type CheckResult, checkResultSchema, type Report, reportSchema } from "../../src/artifacts/report.ts";
import { findRemedy, fixStep } from "../../src/workflow/fix.ts";
import type { StepContext } from "../../src/workflow/step.ts";
import { openStore } from "../../src/workflow/store.ts";
import { makeBlueprint, type TableInput } from "../support/rest-blueprint.ts";
import { temporaryDirectory } from "../support/run-cli.ts";

const NAMES = ["apples", "pears", "plums"];
const paged: TableInput[] = NAMES.map((name) => ({
  name,
  read: { pagination: { style: "page", page_param: "page", size_param: "per_page", size: 50 } },
  advance: { kind: "cursor", column: "updated_at", param: "since", order: "ascending" },
}));
const blueprint = makeBlueprint(paged);

function red(checks: readonly Partial<CheckResult>[]): Report {
  return reportSchema.parse({
    version: 1,
    connector: "example",
    target: "fivetran",
    round: 1,
    time: "2025-01-01T00:00:00Z",
    basis: "live",
    basis_reason: "",
    code_hash: "",
    green: false,
    blockers: [],
    tables: [],
    checks: checks.map((check) =>
      checkResultSchema.parse({
        check: "initial-sync",
        severity: "blocker",
        verdict: "fail",
        basis: "live",
        summary: "",
        ...check,
      }),
    ),
    findings: [],
    syncs: [],
    unproven: [],
    milliseconds: 1,
  });
}

const advances = (mended: Blueprint | undefined) => mended?.tables.map(({ advance }) => advance);

describe("a rule", () => {
  it("mends all tables with the same failure in one round", () => {
    const summary = "no row came again, so since leaves out rows that equal the cursor, and they would be lost";
    const remedy = findRemedy(red(NAMES.map((table) => ({ check: "second-sync", table, summary }))), blueprint);
    expect(remedy?.cause).toBe("since leaves out rows that equal its value");
    expect(remedy?.changes.map(({ field }) => field)).toEqual(NAMES.map((table) => claimKey(table, "advance")));
    expect(remedy?.expected).toBe("the apples table syncs; the pears table syncs; the plums table syncs");
    expect(advances(remedy?.blueprint)).toEqual(NAMES.map(() => expect.objectContaining({ inclusive: false })));
  });

  it("leaves alone the tables that did not fail", () => {
    const summary = "/pears does not come in ascending order of updated_at: 1 (page 1, record 2) comes after 2";
    const remedy = findRemedy(red([{ table: "pears", summary }]), blueprint);
    expect(advances(remedy?.blueprint)).toMatchObject([
      { order: "ascending" },
      { order: "unknown" },
      { order: "ascending" },
    ]);
  });

  it("gives up a filter only where the source has refused it, though all tables fail with the sync", () => {
    const details = ["error /v2/pears: the API answered with status 400; it says: unknown parameter since"];
    const remedy = findRemedy(red(NAMES.map((table) => ({ table, summary: "the sync failed", details }))), blueprint);
    expect(advances(remedy?.blueprint)?.map(({ kind }) => kind)).toEqual(["cursor", "full", "cursor"]);
  });

  it("gives up a page size wherever it is used, as it costs nothing", () => {
    const details = ["error /v2/pears: the API answered with status 400; it says: unknown parameter per_page"];
    const remedy = findRemedy(red(NAMES.map((table) => ({ table, summary: "the sync failed", details }))), blueprint);
    expect(remedy?.changes).toHaveLength(3);
    expect(remedy?.cause).toBe("the source refuses the parameter per_page");
  });

  it.each([
    "401 rows at the source, 400 in the warehouse: 1 missing",
    "400 rows were sent again where at most 3 lie on the cursor's edge; a listing was asked for without since",
  ])("takes no count of rows for an answer's status: %s", (summary) => {
    expect(findRemedy(red([{ check: "second-sync", table: "pears", summary }]), blueprint)).toBeUndefined();
  });

  it.each([
    "The source answers /pears with status 401 and no records.",
    "error HTTPError: 403 Client Error: Forbidden for url: /pears",
    'error {"status": 401}',
  ])("leaves refused credentials to a person: %s", (text) => {
    const remedy = findRemedy(red(NAMES.map((table) => ({ table, summary: "failed", details: [text] }))), blueprint);
    expect(remedy).toEqual({
      class: "credentials",
      cause: "the source refuses the credentials",
      expected: "nothing until the credentials are right",
      changes: [],
    });
  });
});

describe("the fix step", () => {
  it("makes two rounds and no third, also where it is called by itself", async () => {
    const store = await openStore(await temporaryDirectory());
    const spec = { name: "Example", source: { kind: "rest", base_url: "https://api.example.com/v2" } };
    await store.write("requirements.json", { version: 1, name: "example", spec, spec_address: "/spec.yaml" });
    await store.write("blueprint.json", blueprint);
    const summary = "error /v2/pears: the API answered with status 400; it says: unknown parameter per_page";
    await store.write("reports/1.json", red([{ table: "pears", summary }]));
    const round = (number: number) =>
      fixStep.run({ store, round: number, services: { now: () => new Date() } } as unknown as StepContext);
    expect(await round(2)).toMatchObject({ outcome: "done" });
    expect(await round(3)).toMatchObject({ outcome: "failed", summary: expect.stringContaining("2 rounds of fixing") });
  });
});
