/** Claims and what they cite: lines of the catalogue, as a page of its own, and the spec. */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { Claim } from "../../../artifacts/blueprint.ts";
import type { Evidence } from "../../../artifacts/evidence.ts";
import type { Requirements } from "../../../artifacts/requirements.ts";

const MAX_QUOTATION = 300;

export interface EvidenceBook {
  evidence: Evidence[];
  pages: Map<string, string>;
  /** Lines of the catalogue's page; returns the id. */
  catalogue(lines: readonly string[]): string;
  /** A place in the spec. */
  spec(pointer: string, value: unknown): string;
}

export interface CataloguePage {
  /** `postgresql://host:5432/shop`; no user, no password. */
  address: string;
  text: string;
}

export function createEvidenceBook(
  requirements: Requirements,
  page: CataloguePage | undefined,
  time: Date,
): EvidenceBook {
  const evidence: Evidence[] = [];
  const pages = new Map<string, string>();
  const known = new Map<string, string>();
  const hash = (text: string) => createHash("sha256").update(text).digest("hex");
  const specText = JSON.stringify(requirements.spec, null, 2);
  const enter = (entry: Omit<Evidence, "id" | "time">, text: string): string => {
    const key = JSON.stringify(entry);
    const existing = known.get(key);
    if (existing !== undefined) return existing;
    const id = `E${evidence.length + 1}`;
    pages.set(entry.hash, text);
    evidence.push({ id, ...entry, time: time.toISOString() });
    known.set(key, id);
    return id;
  };
  return {
    evidence,
    pages,
    catalogue: (lines) => {
      if (page === undefined) throw new Error("there is no catalogue to cite");
      const quotation = lines.join("\n").slice(0, MAX_QUOTATION);
      return enter({ kind: "introspection", address: page.address, quotation, hash: hash(page.text) }, page.text);
    },
    spec: (pointer, value) => {
      const quotation = (JSON.stringify(value) ?? "").slice(0, MAX_QUOTATION);
      const address = basename(requirements.spec_address);
      return enter({ kind: "user", address, quotation, pointer, hash: hash(specText) }, specText);
    },
  };
}

export function documented(evidence: string[], note?: string): Claim {
  return { status: "documented", evidence, ...(note === undefined || note === "" ? {} : { note }) };
}

export function unproven(reason: string, evidence: string[] = []): Claim {
  return { status: "unproven", reason, evidence };
}
