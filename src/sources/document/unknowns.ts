/** What is not known of the source, and what its documentation has wrong. */
import { requiredClaims } from "../../artifacts/blueprint.ts";
import type { Evidence } from "../../artifacts/evidence.ts";
import { claimInWords } from "../../wording/blueprint.ts";
import { isOverruled, sidesOf } from "../../wording/contradictions.ts";
import { address, bullets, code, prose } from "../../wording/markdown.ts";
import type { Known } from "./known.ts";

export function unknowns({ blueprint, evidence }: Known): string {
  const open = requiredClaims(blueprint).flatMap((key) => {
    const found = blueprint.claims[key];
    const settled = found?.status === "documented" || found?.status === "probed";
    // What a probe overruled is known, and has a section of its own.
    if (settled || isOverruled(found, evidence)) return [];
    const { pages, probes } = sidesOf(found, evidence);
    const sides =
      found?.status === "contradicted" ? [bullets([...pages.map(saidAt), ...probes.map(shownBy)])].filter(Boolean) : [];
    return [[`${code(key)}: ${claimInWords(found, evidence)}`, ...sides].join("\n")];
  });
  const notes = blueprint.custom.map((note) => `Note: ${prose(note)}`);
  if (open.length + notes.length === 0) return "None: every fact that the connector rests on is documented or probed.";
  return bullets([...open, ...notes]);
}

/** Mistakes of the documentation that a probe of the source overruled, with what either side says. */
export function wrongDocumentation({ blueprint, evidence }: Known): string[] {
  const mistakes = requiredClaims(blueprint).flatMap((key) => {
    const found = blueprint.claims[key];
    if (found?.status !== "contradicted" || !isOverruled(found, evidence)) return [];
    const { pages, probes } = sidesOf(found, evidence);
    return [`${code(key)}: ${prose(found.reason)}\n${bullets([...pages.map(saidAt), ...probes.map(shownBy)])}`];
  });
  if (mistakes.length === 0) return [];
  return ["### Where the documentation is wrong", "The source was followed.", bullets(mistakes)];
}

function saidAt({ id, address: place, quotation }: Evidence): string {
  return `${address(place)} says (${id}): “${prose(quotation)}”`;
}

function shownBy({ id, address: request, quotation }: Evidence): string {
  return `the source, asked for ${code(request)} (${id}): “${prose(quotation)}”`;
}
