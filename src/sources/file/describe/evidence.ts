/** Evidence of a place of files: its listing, the beginnings of files, and what the spec states. */
import { basename } from "node:path";
import type { Evidence } from "../../../artifacts/evidence.ts";
import type { Requirements } from "../../../artifacts/requirements.ts";
import { sha256 } from "../../../system/files.ts";
import { quote } from "../../http/describe/quotation.ts";

export interface EvidenceBook {
  /** A page about the place: its id as evidence of this quotation, which the text has to hold. */
  page(address: string, text: string, quotation: string): string;
  /** A value of the spec, at a JSON pointer. */
  stated(pointer: string, value: unknown): string;
  evidence: Evidence[];
  pages: Map<string, string>;
}

export function createEvidence(
  requirements: Requirements,
  options: { now: Date; redact: (text: string) => string },
): EvidenceBook {
  const evidence: Evidence[] = [];
  const pages = new Map<string, string>();
  const enter = (entry: Omit<Evidence, "id" | "time" | "hash">, text: string): string => {
    const hash = sha256(text);
    const same = evidence.find(
      (one) => one.hash === hash && one.pointer === entry.pointer && one.quotation === entry.quotation,
    );
    if (same !== undefined) return same.id;
    pages.set(hash, text);
    const id = `E${evidence.length + 1}`;
    evidence.push({ id, ...entry, time: options.now.toISOString(), hash });
    return id;
  };
  const spec = JSON.stringify(requirements.spec, null, 2);
  return {
    evidence,
    pages,
    page: (address, text, quotation) => {
      const kept = options.redact(text);
      return enter({ kind: "introspection", address, quotation: quote(options.redact(quotation)) }, kept);
    },
    stated: (pointer, value) =>
      enter({ kind: "user", address: basename(requirements.spec_address), quotation: quote(value), pointer }, spec),
  };
}
