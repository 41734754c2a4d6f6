/** Turns the citations of a draft into evidence, each place once, and the draft's claims into claims with ids. */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { ASTNode } from "graphql";
import type { Claim } from "../../../artifacts/blueprint.ts";
import type { Evidence } from "../../../artifacts/evidence.ts";
import type { Requirements } from "../../../artifacts/requirements.ts";
import { isObject, type JsonObject, valueAt } from "../../http/describe/pointer.ts";
import { MAX_QUOTATION, quote } from "../../http/describe/quotation.ts";
import type { Citation, DraftClaim, Place } from "./draft.ts";
import type { Documents, Page, SchemaDocument } from "./schema-document.ts";

export interface EvidenceBook {
  /** Ids are given in the order of the calls, so evidence reads in the order of the blueprint. */
  settle(claim: DraftClaim): Claim;
  evidence: Evidence[];
  pages: Map<string, string>;
}

export function createEvidenceBook(requirements: Requirements, { schema, prose }: Documents, time: Date): EvidenceBook {
  const evidence: Evidence[] = [];
  const pages = new Map<string, string>([schema, ...prose].map(({ hash, text }) => [hash, text]));
  const known = new Map<string, string>();
  const spec = specPage(requirements);
  const enter = (entry: Omit<Evidence, "id" | "time">): string => {
    const key = `${entry.hash}#${entry.pointer ?? ""}#${entry.quotation}`;
    const existing = known.get(key);
    if (existing !== undefined) return existing;
    const id = `E${evidence.length + 1}`;
    evidence.push({ id, ...entry, time: time.toISOString() });
    known.set(key, id);
    return id;
  };
  for (const { address, hash, text } of prose) {
    enter({ kind: "official-docs", address, quotation: quote(text.trimStart().slice(0, MAX_QUOTATION)), hash });
  }
  const cite = (citation: Citation): string => {
    if ("spec" in citation) {
      pages.set(spec.hash, spec.text);
      const quotation = quote(valueAt(requirements.spec, citation.spec));
      return enter({ kind: "user", address: spec.address, quotation, pointer: citation.spec, hash: spec.hash });
    }
    return enter(quoted(schema, citation.place));
  };
  return {
    evidence,
    pages,
    settle(claim) {
      const ids = [...new Set(claim.cite.map(cite))];
      if (claim.status === "unproven") return { status: "unproven", reason: claim.reason, evidence: ids };
      if (ids.length === 0) throw new Error(`a documented claim without a citation: ${JSON.stringify(claim)}`);
      return { status: "documented", evidence: ids, ...(claim.note === undefined ? {} : { note: claim.note }) };
    },
  };
}

/** The SDL's own words, or the value in the introspection answer. */
function quoted(document: SchemaDocument, place: Place): Omit<Evidence, "id" | "time"> {
  const { address, hash, text } = document;
  if (document.root !== undefined) {
    const pointer = pointerTo(document.root, place);
    const kind = "introspection" as const;
    return { kind, address, quotation: quote(valueAt(document.root, pointer)), pointer, hash };
  }
  const loc = nodeAt(document, place)?.loc;
  const words = loc === undefined ? text.trimStart() : text.slice(loc.start, loc.end);
  return { kind: "api-description", address, quotation: quote(words), hash };
}

function nodeAt({ schema }: SchemaDocument, { type, member, argument }: Place): ASTNode | undefined {
  const named = schema.getType(type);
  if (named === undefined) return undefined;
  if (member === undefined) return named.astNode ?? undefined;
  if ("getValues" in named) return named.getValues().find(({ name }) => name === member)?.astNode ?? undefined;
  if (!("getFields" in named)) return named.astNode ?? undefined;
  const field = named.getFields()[member];
  if (argument === undefined || field === undefined || !("args" in field)) return field?.astNode ?? undefined;
  return field.args.find(({ name }) => name === argument)?.astNode ?? undefined;
}

/** JSON pointer of a place in an introspection answer; of the nearest place around it that there is. */
function pointerTo(root: JsonObject, { type, member, argument }: Place): string {
  const base = isObject(root.data) ? "/data/__schema" : "/__schema";
  const step = (pointer: string, lists: readonly string[], name: string | undefined): string => {
    if (name === undefined) return pointer;
    for (const list of lists) {
      const items = valueAt(root, `${pointer}/${list}`);
      const index = Array.isArray(items) ? items.findIndex((item) => isObject(item) && item.name === name) : -1;
      if (index >= 0) return `${pointer}/${list}/${index}`;
    }
    return pointer;
  };
  const owner = step(base, ["types"], type);
  return step(step(owner, ["fields", "inputFields", "enumValues"], member), ["args"], argument);
}

/** The spec as it was understood: what a `user` pointer points into. */
function specPage(requirements: Requirements): Page {
  const text = JSON.stringify(requirements.spec, null, 2);
  // Its name alone: documents for others have no use for a path of this machine.
  return { address: basename(requirements.spec_address), text, hash: createHash("sha256").update(text).digest("hex") };
}
