/** Turns the citations of a draft into evidence, each place once, and the draft's claims into claims with ids. */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { Claim } from "../../../artifacts/blueprint.ts";
import type { Evidence } from "../../../artifacts/evidence.ts";
import type { RequirementsOf } from "../../../artifacts/requirements.ts";
import { valueAt } from "../../http/describe/pointer.ts";
import { MAX_QUOTATION, quote } from "../../http/describe/quotation.ts";
import type { SourceDocument } from "./documents.ts";
import type { Citation, DraftClaim } from "./draft.ts";

export interface EvidenceBook {
  /** Ids are given in the order of the calls, so evidence reads in the order of the blueprint. */
  settle(claim: DraftClaim): Claim;
  /** Keeps a page that nothing cites yet. */
  keep(page: SourceDocument): void;
  evidence: Evidence[];
  pages: Map<string, string>;
}

export function createEvidenceBook(requirements: RequirementsOf<"rest">, time: Date): EvidenceBook {
  const evidence: Evidence[] = [];
  const pages = new Map<string, string>();
  const known = new Map<string, string>();
  const spec = { ...specPage(requirements), root: requirements.spec };

  const enter = (entry: Omit<Evidence, "id" | "time">): string => {
    const key = `${entry.hash}#${entry.pointer ?? ""}#${entry.quotation}`;
    const existing = known.get(key);
    if (existing !== undefined) return existing;
    const id = `E${evidence.length + 1}`;
    evidence.push({ id, ...entry, time: time.toISOString() });
    known.set(key, id);
    return id;
  };

  const cite = (citation: Citation): string => {
    if ("spec" in citation) {
      pages.set(spec.hash, spec.text);
      const quotation = quote(valueAt(spec.root, citation.spec));
      return enter({ kind: "user", address: spec.address, quotation, pointer: citation.spec, hash: spec.hash });
    }
    const { document, pointer, value } = citation.node;
    pages.set(document.hash, document.text);
    const origin = document.conversion?.origin(pointer) ?? { pointer, value };
    const quotation =
      origin.excerpt === undefined ? quote(origin.value, citation.excerpt) : quote(origin.excerpt, citation.excerpt);
    const { address, hash } = document;
    return enter({ kind: "api-description", address, quotation, pointer: origin.pointer, hash });
  };

  return {
    evidence,
    pages,
    settle(claim) {
      const ids = [...new Set((claim.cite ?? []).map(cite))];
      if (claim.status === "unproven") return { status: "unproven", reason: claim.reason, evidence: ids };
      if (ids.length === 0) throw new Error(`a documented claim without a citation: ${JSON.stringify(claim)}`);
      return { status: "documented", evidence: ids, ...(claim.note === undefined ? {} : { note: claim.note }) };
    },
    keep(page) {
      pages.set(page.hash, page.text);
      if (page.format !== "prose") return;
      const quotation = quote(page.text.trimStart().slice(0, MAX_QUOTATION));
      enter({ kind: "official-docs", address: page.address, quotation, hash: page.hash });
    },
  };
}

/** The spec as it was understood: what a `user` pointer points into. */
function specPage(requirements: RequirementsOf<"rest">): { address: string; text: string; hash: string } {
  const text = JSON.stringify(requirements.spec, null, 2);
  // Its name alone: documents for others have no use for a path of this machine.
  return { address: basename(requirements.spec_address), text, hash: createHash("sha256").update(text).digest("hex") };
}
