/**
 * The gate of research: code, not the model, says when it is over. Every field of the blueprint has a claim; every claim
 * rests on evidence that is found again in what was stored, or says why there is none; no probe speaks against it.
 */
import { type Blueprint, blueprintSchema, type Claim, requiredClaims } from "../artifacts/blueprint.ts";
import type { Requirements } from "../artifacts/requirements.ts";
import { bearingProblems } from "./bearing.ts";
import { settleClaims, standingRefutations } from "./findings.ts";
import type { Notebook } from "./notebook.ts";
import { proposalProblems } from "./proposal.ts";
import { secondSourceProblems } from "./second-source.ts";

/** What is missing, one sentence each; empty when the blueprint can be written. */
export async function researchProblems(notebook: Notebook, requirements: Requirements): Promise<string[]> {
  const proposal = notebook.proposal();
  if (proposal === undefined || proposal.tables.length === 0) {
    return ["There is no table yet: call propose_blueprint."];
  }
  const wrong = proposalProblems(proposal, requirements);
  if (wrong.length > 0) return wrong;
  const claims = settleClaims(proposal, notebook.claims(), notebook.findings());
  const unclaimed = requiredClaims(proposal).filter((key) => claims[key] === undefined);
  const recorded = Object.fromEntries(Object.entries(claims).filter(([, claim]) => claim.status === "documented"));
  return [
    ...standingRefutations(proposal, notebook.findings()).map(
      ({ key, says, evidence }) => `${key} is refuted by the source (${evidence}): ${says}`,
    ),
    ...(unclaimed.length > 0
      ? [`No claim yet for: ${unclaimed.join(", ")}. Record them (documented, or unproven with the reason).`]
      : []),
    ...(await fallen(notebook, claims)),
    ...bearingProblems(proposal, claims, { evidence: notebook.evidence(), findings: notebook.findings() }),
    ...(await secondSourceProblems(notebook, proposal, recorded)),
  ];
}

/** Evidence is looked up again where it was stored: neither a model nor a bug can make it say something else. */
async function fallen(notebook: Notebook, claims: Readonly<Record<string, Claim>>): Promise<string[]> {
  const known = new Map(notebook.evidence().map((entry) => [entry.id, entry]));
  const problems: string[] = [];
  for (const [key, claim] of Object.entries(claims)) {
    for (const id of claim.evidence) {
      const entry = known.get(id);
      if (entry === undefined) problems.push(`${key} cites ${id}, which does not exist.`);
      else if (!(await notebook.holds(entry)))
        problems.push(`${key} cites ${id}, which is not found in what was stored.`);
    }
  }
  return problems;
}

/** The blueprint, once the gate is passed. Claims that are still missing become unproven, with `why` as the reason. */
export function blueprintOf(notebook: Notebook, why?: string): Blueprint {
  const proposal = notebook.proposal();
  if (proposal === undefined) throw new Error("there is no proposal");
  const claims = settleClaims(proposal, notebook.claims(), notebook.findings());
  if (why !== undefined) {
    for (const key of requiredClaims(proposal)) claims[key] ??= { status: "unproven", reason: why, evidence: [] };
  }
  // Whoever wrote the claim, and whether or not a gate was asked: what the source speaks against is not proven.
  for (const { key, says, evidence } of standingRefutations(proposal, notebook.findings())) {
    claims[key] = { status: "unproven", reason: `the source speaks against it: ${says}`, evidence: [evidence] };
  }
  const order = requiredClaims(proposal);
  return blueprintSchema.parse({
    ...proposal,
    claims: Object.fromEntries(order.flatMap((key) => (claims[key] ? [[key, claims[key]]] : []))),
  });
}
