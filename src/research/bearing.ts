/**
 * Whether evidence bears on what it is cited for. A quotation that is found proves that a page says it, not that it is about
 * the field: one of the words that the field's value consists of must be in it.
 */
import { type Claim, parentOf, type Table } from "../artifacts/blueprint.ts";
import type { Evidence } from "../artifacts/evidence.ts";
import { literally } from "../system/pattern.ts";
import { type Bearing, bearingOf } from "./bearing-words.ts";
import type { Finding, Proposal } from "./notebook.ts";

/** Whether a name stands by itself in the text, or a word begins there. Case does not count. */
export function bears(text: string, { names, words }: Bearing): boolean {
  const plain = unescaped(text);
  return [...names.map(nameIn), ...words.map(wordIn)].some((pattern) => pattern.test(plain));
}

/** Markdown writes `order\_id` for a name with an underscore. */
export function unescaped(text: string): string {
  return text.replaceAll("\\", "");
}

export function nameIn(name: string): RegExp {
  const before = /^[\p{L}\p{N}_]/u.test(name) ? "(?<![\\p{L}\\p{N}_])" : "";
  const after = /[\p{L}\p{N}_]$/u.test(name) ? "(?![\\p{L}\\p{N}_])" : "";
  return new RegExp(`${before}${literally(name)}${after}`, "iu");
}

function wordIn(word: string): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}])${literally(word)}`, "iu");
}

/** What there is to judge evidence by, beside the proposal. */
export interface Known {
  evidence: readonly Evidence[];
  /** What programs asked themselves: their evidence is about the table of the finding, whatever address answered. */
  findings: readonly Finding[];
}

/**
 * Why the evidence does not bear on the claim, one sentence; undefined when it does, or when the proposal has no such field
 * yet. Every probe must be about the field's table; without a probe, one quotation of several is enough. What a program cited
 * out of a description, by a pointer, is its own judgement.
 */
export function bearingProblem(
  proposal: Proposal,
  key: string,
  { evidence: cited, findings }: Known,
): string | undefined {
  const bearing = bearingOf(proposal, key);
  if (bearing === undefined || cited.some(({ pointer }) => pointer !== undefined)) return undefined;
  const probes = cited.filter(({ kind }) => kind === "probe");
  const pages = cited.filter(({ kind }) => kind !== "probe");
  const table = proposal.tables.find(({ name }) => key.startsWith(`tables.${name}.`));
  const stray = table === undefined ? [] : probes.filter((probe) => !probeBears({ proposal, table, findings }, probe));
  if (table !== undefined && stray.length > 0) {
    const about = stray.map((probe) => `${probe.id} is about ${pathOf(probe) ?? "no listing"}`).join(" and ");
    return `${key}: ${about}, not about ${placesOf(proposal, table).join(" or ")}. Cite probes of this table.`;
  }
  if (probes.length > 0 || pages.some(({ quotation }) => bears(quotation, bearing))) return undefined;
  const wanted = [...bearing.names, ...bearing.words]
    .slice(0, 8)
    .map((word) => word.trim())
    .join(", ");
  return `${key}: what ${ids(pages)} quotes is not about it. Quote a passage with one of: ${wanted}.`;
}

/** Where a table is read: its own path, its parent's, that of its feed of deleted rows. */
function placesOf(proposal: Proposal, table: Table): string[] {
  const { deletes } = table;
  const parent = proposal.tables.find(({ name }) => name === parentOf(table)?.table);
  return [
    ...listingOf(table),
    ...(parent ? listingOf(parent) : []),
    ...(deletes.kind === "feed" ? [deletes.path] : []),
  ];
}

function listingOf({ read }: Table): string[] {
  return read.kind === "rest" ? [read.path] : [];
}

interface Asked {
  proposal: Proposal;
  table: Table;
  findings: readonly Finding[];
}

function probeBears({ proposal, table, findings }: Asked, probe: Evidence): boolean {
  const parent = parentOf(table);
  const own = [table.name, ...(parent ? [parent.table] : [])];
  const found = findings.filter(({ evidence }) => evidence === probe.id);
  if (found.some(({ key }) => own.some((name) => key.startsWith(`tables.${name}.`)))) return true;
  const path = pathOf(probe);
  return path !== undefined && placesOf(proposal, table).some((place) => isPlace(place, path));
}

/** Path of the request, without its query. */
function pathOf({ address }: Evidence): string | undefined {
  const url = address.replace(/^[A-Z]+ /, "");
  return URL.canParse(url) ? new URL(url).pathname : undefined;
}

/** Whether a path below some base is the place itself, or one row of it. */
function isPlace(place: string, path: string): boolean {
  const wanted = segmentsOf(place);
  const asked = segmentsOf(path);
  return [0, 1].some((beyond) => {
    const from = asked.length - wanted.length - beyond;
    return from >= 0 && wanted.every((segment, index) => segment.includes("{") || segment === asked[from + index]);
  });
}

function segmentsOf(path: string): string[] {
  return path
    .replace(/[?#].*$/, "")
    .split("/")
    .filter((segment) => segment !== "")
    .map((segment) => (segment.includes("{") ? segment : plainly(segment)));
}

function plainly(segment: string): string {
  try {
    return decodeURIComponent(segment).toLowerCase();
  } catch {
    return segment.toLowerCase();
  }
}

/** Of claims that rest on evidence: those whose quotations or probes are about something else. One sentence each. */
export function bearingProblems(
  proposal: Proposal,
  claims: Readonly<Record<string, Claim>>,
  { evidence, findings }: Known,
): string[] {
  const known = new Map(evidence.map((entry) => [entry.id, entry]));
  return Object.entries(claims).flatMap(([key, claim]) => {
    if (claim.status === "unproven") return [];
    const cited = claim.evidence.flatMap((id) => known.get(id) ?? []);
    return bearingProblem(proposal, key, { evidence: cited, findings }) ?? [];
  });
}

/** Which of a table's columns a text names at all. */
export function columnsNamed(table: Table, text: string): { named: string[]; missing: string[] } {
  const plain = unescaped(text);
  const named = table.columns.filter(({ name }) => nameIn(name).test(plain)).map(({ name }) => name);
  return { named, missing: table.columns.map(({ name }) => name).filter((name) => !named.includes(name)) };
}

function ids(evidence: readonly Evidence[]): string {
  return evidence.map(({ id }) => id).join(" and ");
}
