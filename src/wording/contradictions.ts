/**
 * What nothing proves, and what a probe settled against the documentation. They are opposites: of the one nobody knows
 * whether it is so, of the other the source itself showed that a page is wrong.
 */
import type { Blueprint, Claim } from "../artifacts/blueprint.ts";
import type { Evidence } from "../artifacts/evidence.ts";
import { counted } from "./numbers.ts";
import { type References, withoutIds } from "./references.ts";

type Cited = Pick<Evidence, "id" | "kind" | "address">;

/** What a claim cites, in the order of the evidence: what was read, and what the source was seen to do. */
export function sidesOf<E extends Cited>(
  claim: Claim | undefined,
  evidence: readonly E[],
): { pages: E[]; probes: E[] } {
  const cited = evidence.filter(({ id }) => claim?.evidence.includes(id));
  return { pages: cited.filter(({ kind }) => kind !== "probe"), probes: cited.filter(({ kind }) => kind === "probe") };
}

/** Whether pages say one thing and a probe of the source showed another: the source was followed. */
export function isOverruled(claim: Claim | undefined, evidence: readonly Cited[]): boolean {
  const { pages, probes } = sidesOf(claim, evidence);
  return claim?.status === "contradicted" && pages.length > 0 && probes.length > 0;
}

/** `two sources disagree; taken: …`: a contradiction that no probe settled, with its reason. */
export function disagreementInWords(
  claim: Claim,
  { reason, evidence }: { reason: string; evidence: readonly Cited[] },
): string {
  const { pages, probes } = sidesOf(claim, evidence);
  return `${whoDisagrees(pages, probes)}${/^taken\b/i.test(reason) ? ";" : ":"} ${reason}`;
}

function whoDisagrees(pages: readonly Cited[], probes: readonly Cited[]): string {
  const places = new Set(pages.map(({ address }) => address)).size;
  if (places === 0) return probes.length > 0 ? "answers of the source disagree" : "sources disagree";
  if (places === 1) return "a source contradicts itself";
  return places === 2 ? "two sources disagree" : `${counted(places, "source")} disagree`;
}

/** The claims that are neither documented nor probed, each `tables.orders.advance: …`, without ids of pages and evidence. */
export function openClaims(
  { claims }: Pick<Blueprint, "claims">,
  references: References,
): { unproven: string[]; overruled: string[] } {
  const evidence = references.evidence ?? [];
  const found: { unproven: string[]; overruled: string[] } = { unproven: [], overruled: [] };
  for (const [key, claim] of Object.entries(claims)) {
    if (claim.status !== "unproven" && claim.status !== "contradicted") continue;
    const reason = withoutIds(claim.reason, references);
    if (claim.status === "unproven") found.unproven.push(`${key}: ${reason}`);
    else if (isOverruled(claim, evidence)) found.overruled.push(`${key}: ${reason}`);
    else found.unproven.push(`${key}: ${disagreementInWords(claim, { reason, evidence })}`);
  }
  return found;
}
