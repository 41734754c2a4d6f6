/** How much of what a connector rests on is known, and how: counted over the claims that a blueprint must have. */
import { type Blueprint, requiredClaims } from "../artifacts/blueprint.ts";
import type { Evidence } from "../artifacts/evidence.ts";
import { isOverruled } from "./contradictions.ts";
import { count, counted } from "./numbers.ts";

export interface Coverage {
  total: number;
  probed: number;
  documented: number;
  /** Pages say one thing, a probe of the source showed another: known as well as what is probed. */
  overruled: number;
  /** Sources disagree, and no probe settled it. */
  contradicted: number;
  /** Claims that are missing count here. */
  unproven: number;
}

/** Without `evidence` no contradiction counts as settled. */
export function coverage(
  blueprint: Pick<Blueprint, "source" | "tables" | "claims">,
  evidence: readonly Pick<Evidence, "id" | "kind" | "address">[] = [],
): Coverage {
  const keys = requiredClaims(blueprint);
  const found: Coverage = {
    total: keys.length,
    probed: 0,
    documented: 0,
    overruled: 0,
    contradicted: 0,
    unproven: 0,
  };
  for (const key of keys) {
    const claim = blueprint.claims[key];
    found[isOverruled(claim, evidence) ? "overruled" : (claim?.status ?? "unproven")] += 1;
  }
  return found;
}

/** `23 facts that the connector rests on: 13 probed, 3 documented, 7 probed against the documentation, 0 unproven (100% …)`. */
export function coverageInWords({ total, probed, documented, overruled, contradicted, unproven }: Coverage): string {
  const parts = [
    `${count(probed)} probed`,
    `${count(documented)} documented`,
    ...(overruled > 0 ? [`${count(overruled)} probed against the documentation`] : []),
    ...(contradicted > 0 ? [`${count(contradicted)} contradicted`] : []),
    `${count(unproven)} unproven`,
  ];
  const share = total === 0 ? 0 : Math.floor((100 * (probed + documented + overruled)) / total);
  return `${counted(total, "fact")} that the connector rests on: ${parts.join(", ")} (${share}% probed or documented)`;
}
