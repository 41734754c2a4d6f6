import { describe, expect, it } from "vitest";
import type { Claim } from "../../src/artifacts/blueprint.ts";
import { fingerprint, settleClaims, standingRefutations, unaskedTables } from "../../src/research/findings.ts";
import type { Finding, Proposal } from "../../src/research/notebook.ts";
import { makeBlueprint } from "../support/rest-blueprint.ts";
import { verifies } from "../support/verifies.ts";

const key = "tables.items.advance";
const cursor = (inclusive: boolean) => ({ kind: "cursor", column: "updated_at", param: "since", inclusive });

function proposal(advance: Record<string, unknown>): Proposal {
  const { claims: _, ...rest } = makeBlueprint([{ advance }]);
  return rest;
}

function finding(about: Proposal, verdict: Finding["verdict"], evidence: string): Finding {
  return {
    key,
    question: "Is the filter inclusive?",
    verdict,
    says: "The row on the edge is left out.",
    evidence,
    value: fingerprint(about, key),
  };
}

const documented: Claim = { status: "documented", evidence: ["E1"] };

describe(verifies("research.probes", "claims and what probes found"), () => {
  it("lets a confirmation of the value as it is overrule what pages say", () => {
    const now = proposal(cursor(true));
    const settled = settleClaims(now, { [key]: documented }, [finding(now, "confirms", "E2")]);
    expect(settled[key]).toMatchObject({ status: "probed", evidence: ["E1", "E2"] });
  });

  it("takes no confirmation of another value", () => {
    const settled = settleClaims(proposal(cursor(false)), { [key]: documented }, [
      finding(proposal(cursor(true)), "confirms", "E2"),
    ]);
    expect(settled[key]).toEqual(documented);
  });

  it("lets a refutation stand until the value changes", () => {
    const wrong = proposal(cursor(true));
    const refuted = finding(wrong, "refutes", "E2");
    expect(standingRefutations(wrong, [refuted])).toEqual([refuted]);
    expect(standingRefutations(proposal(cursor(false)), [refuted])).toEqual([]);
    expect(settleClaims(wrong, { [key]: documented }, [refuted, finding(wrong, "confirms", "E3")])[key]).toEqual(
      documented,
    );
  });

  it("takes a guess that the source refused for no mistake of the documentation, a page that was cited since for one", () => {
    const guess = proposal(cursor(true));
    const right = proposal(cursor(false));
    const findings = [finding(right, "confirms", "E2"), finding(guess, "refutes", "E5")];
    expect(settleClaims(right, { [key]: documented }, findings)[key]).toMatchObject({
      status: "probed",
      evidence: ["E1", "E2"],
    });
    const since: Claim = { status: "documented", evidence: ["E1", "E4"] };
    expect(settleClaims(right, { [key]: since }, findings)[key]).toMatchObject({ status: "contradicted" });
  });

  it("reports the documentation's mistake with both sides once the value follows the source", () => {
    const wrong = proposal(cursor(true));
    const right = proposal(cursor(false));
    const settled = settleClaims(right, { [key]: documented }, [
      finding(wrong, "refutes", "E2"),
      finding(right, "confirms", "E3"),
    ]);
    expect(settled[key]).toMatchObject({ status: "contradicted", evidence: ["E1", "E2", "E3"] });
    expect(settled[key]).toHaveProperty("reason", expect.stringContaining("The row on the edge is left out."));
  });

  it("accuses no page when the claim cites the probe itself", () => {
    const right = proposal(cursor(false));
    const claim: Claim = { status: "probed", evidence: ["E1", "E2"] };
    const settled = settleClaims(right, { [key]: claim }, [finding(proposal(cursor(true)), "refutes", "E2")]);
    expect(settled[key]).toEqual(claim);
  });

  it("forgets claims on tables that are gone", () => {
    const now = proposal(cursor(true));
    expect(settleClaims(now, { "tables.gone.advance": documented }, [])).toEqual({});
  });

  it("hashes a value the same however its keys are ordered", () => {
    const one = proposal({ kind: "cursor", column: "updated_at", param: "since" });
    const other = proposal({ param: "since", column: "updated_at", kind: "cursor" });
    expect(fingerprint(one, key)).toBe(fingerprint(other, key));
    expect(fingerprint(one, key)).not.toBe(fingerprint(proposal({ kind: "full" }), key));
  });
});

describe("what was asked, and where", () => {
  const at = (path: string): Proposal => {
    const { claims: _, ...rest } = makeBlueprint([{ read: { path } }]);
    return rest;
  };
  const records = "tables.items.read.records";
  const confirmed = (about: Proposal): Finding => ({
    key: records,
    question: "Is there a list?",
    verdict: "confirms",
    says: "There is.",
    evidence: "E4",
    value: fingerprint(about, records),
  });

  it("takes no finding of one path for another", () => {
    const settled = settleClaims(at("/v2/items"), { [records]: documented }, [confirmed(at("/items"))]);
    expect(settled[records]).toEqual(documented);
  });

  it("accuses no page because another path was refuted", () => {
    const refuted: Finding = { ...confirmed(at("/itms")), verdict: "refutes" };
    expect(settleClaims(at("/items"), { [records]: documented }, [refuted])[records]).toEqual(documented);
  });

  it("knows the tables that were never asked about as they are", () => {
    const now = at("/items");
    expect(unaskedTables(now, [])).toEqual(["items"]);
    expect(unaskedTables(now, [confirmed(now)])).toEqual([]);
    expect(unaskedTables(now, [confirmed(at("/old"))])).toEqual(["items"]);
  });
});
