/**
 * What probes of the real source found, held against the blueprint as it is now. A finding is about the value a field had
 * when the source was asked: a field with another value is neither confirmed nor refuted by it.
 */
import {
  type Claim,
  claimKey,
  fieldOf,
  parentOf,
  placeOfSource,
  type SourceField,
  sourceFieldOf,
  sourceFields,
  TABLE_FIELDS,
  type TableField,
  tableFields,
} from "../artifacts/blueprint.ts";
import { sha256 } from "../system/files.ts";
import type { Finding, Proposal } from "./notebook.ts";

/** The value that a claim key names; undefined where there is none. */
export function fieldAt(proposal: Proposal, key: string): unknown {
  for (const table of proposal.tables) {
    const prefix = `tables.${table.name}.`;
    if (key.startsWith(prefix)) return fieldOf(table, key.slice(prefix.length) as TableField);
  }
  const field = key.replace(/^source\./, "") as SourceField;
  return key.startsWith("source.") ? sourceFieldOf(proposal.source, field) : undefined;
}

/**
 * Hash of a field's value, after a hash of where it was asked (base address, path, parent): a finding about another endpoint
 * is about another thing. The same however keys are ordered.
 */
export function fingerprint(proposal: Proposal, key: string): string {
  const hash = (value: unknown) => sha256(JSON.stringify(sorted(value)) ?? "");
  return `${hash(placeOf(proposal, key)).slice(0, 16)}.${hash(fieldAt(proposal, key))}`;
}

/** Where a field's value was looked at: the source, and below it the listing, unless the field is the listing itself. */
function placeOf({ source, tables }: Proposal, key: string): unknown {
  if (["base_url", "connection", "location"].some((field) => key === `source.${field}`)) return [];
  const table = tables.find(({ name }) => key.startsWith(`tables.${name}.`));
  const own = table && tableFields(table)[0];
  if (table === undefined || own === undefined || key === claimKey(table.name, own)) return [placeOfSource(source)];
  return [placeOfSource(source), fieldOf(table, own), parentOf(table)];
}

function samePlace(a: string, b: string): boolean {
  return a.split(".")[0] === b.split(".")[0];
}

/** Tables that the source was not asked about as they are now. */
export function unaskedTables(proposal: Proposal, findings: readonly Finding[]): string[] {
  return proposal.tables
    .filter((table) => {
      const keys = TABLE_FIELDS.map((field) => claimKey(table.name, field));
      const about = (key: string) => findings.filter((finding) => finding.key === key);
      const current = (key: string) => about(key).some(({ value }) => value === fingerprint(proposal, key));
      return !keys.some(current) || keys.some((key) => about(key).length > 0 && !current(key));
    })
    .map(({ name }) => name);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]));
}

/** Refutations of values that the proposal still has. */
export function standingRefutations(proposal: Proposal, findings: readonly Finding[]): Finding[] {
  return findings.filter(({ verdict, key, value }) => verdict === "refutes" && value === fingerprint(proposal, key));
}

/**
 * The claims with what the probes say. A field that the source confirmed as it is now is `probed`. Where the field once had
 * a value that the source refuted, a claim that rests on pages alone becomes `contradicted`, with both sides: the pages were
 * quoted for what the source does not do, unless that value was but a guess. A claim that cites the probe itself is spared that.
 */
export function settleClaims(
  proposal: Proposal,
  claims: Readonly<Record<string, Claim>>,
  findings: readonly Finding[],
): Record<string, Claim> {
  const settled: Record<string, Claim> = {};
  for (const key of keysOf(proposal)) {
    const value = fingerprint(proposal, key);
    const about = findings.filter((finding) => finding.key === key);
    const refuting = about.filter(
      (finding) => finding.verdict === "refutes" && finding.value !== value && samePlace(finding.value, value),
    );
    const claim = overruled(
      claims[key],
      refuting.filter((refutation) => !isGuess(refutation, { about, value, claim: claims[key] })),
    );
    const confirming = about.filter((finding) => finding.verdict === "confirms" && finding.value === value);
    const refuted = about.some((finding) => finding.verdict === "refutes" && finding.value === value);
    const next = refuted || confirming.length === 0 ? claim : confirmed(claim, confirming);
    if (next !== undefined) settled[key] = next;
  }
  return settled;
}

/**
 * Whether the refuted value was tried although the source had confirmed the one that stands: then it was no page's, unless a
 * page was cited since.
 */
function isGuess(
  refutation: Finding,
  { about, value, claim }: { about: readonly Finding[]; value: string; claim: Claim | undefined },
): boolean {
  const before = about.slice(0, about.indexOf(refutation));
  const confirmation = before.find((finding) => finding.verdict === "confirms" && finding.value === value);
  if (confirmation === undefined || claim === undefined) return false;
  return claim.evidence.every((id) => numberOf(id) < numberOf(confirmation.evidence));
}

function numberOf(id: string): number {
  return Number(id.slice(1));
}

function overruled(claim: Claim | undefined, refutations: readonly Finding[]): Claim | undefined {
  const last = refutations.at(-1);
  if (claim?.status !== "documented" || last === undefined || claim.evidence.includes(last.evidence)) return claim;
  return {
    status: "contradicted",
    reason: `The documentation (${claim.evidence.join(", ")}) is not what the source does (${last.evidence}): ${last.says} The source was followed.`,
    evidence: [...claim.evidence, last.evidence],
  };
}

function confirmed(claim: Claim | undefined, findings: readonly Finding[]): Claim {
  const evidence = [...new Set([...(claim?.evidence ?? []), ...findings.map((finding) => finding.evidence)])];
  if (claim?.status === "contradicted") return { ...claim, evidence };
  return { status: "probed", evidence, note: noteOf(claim) ?? findings.map(({ says }) => says).join(" ") };
}

function noteOf(claim: Claim | undefined): string | undefined {
  return claim?.status === "documented" || claim?.status === "probed" ? claim.note : undefined;
}

/** Claim keys that the proposal has a value for. */
export function keysOf({ source, tables }: Proposal): string[] {
  return [
    ...sourceFields(source).map((field) => claimKey(field)),
    ...tables.flatMap((table) => tableFields(table).map((field) => claimKey(table.name, field))),
  ];
}
