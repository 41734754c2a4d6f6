/**
 * The battery: a proposal held against the real source, question by question, before any code is written. What the source
 * says overrules what pages say; where the right value can be read off its answer, the proposal is corrected on the spot.
 */
import { type SourceField, sourceFieldOf, TABLE_FIELDS, type Table, withFieldOf } from "../artifacts/blueprint.ts";
import type { SourceKind } from "../sources/kind.ts";
import type { Exchange, ProbeFinding } from "../sources/live.ts";
import { fieldAt, fingerprint, settleClaims } from "./findings.ts";
import type { Finding, Notebook, Proposal } from "./notebook.ts";

export interface BatteryRequest {
  notebook: Notebook;
  kind: SourceKind;
  /** Values per configuration key, secrets included. */
  configuration: Record<string, string>;
  /** Only these tables; default all. */
  tables?: readonly string[];
  redact: (text: string) => string;
  progress: (text: string) => void;
  signal: AbortSignal;
}

export interface BatteryResult {
  findings: Finding[];
  corrections: Correction[];
  /** Evidence -> what the blueprint should say instead, in words, where the right value could not be read off. */
  instead: ReadonlyMap<string, string>;
}

/** `tables.sales.advance: inclusive true -> false`, as values before and after. */
export interface Correction {
  key: string;
  from: unknown;
  to: unknown;
  evidence: string;
  /** Whether pages were quoted for the field, and now count as mistaken about it. */
  contradicts: boolean;
}

/** Characters of an answer's body that evidence keeps. */
const KEPT = 20_000;

/** Throws `UserError` when the source cannot be reached. */
export async function runBattery(request: BatteryRequest): Promise<BatteryResult> {
  const { notebook, kind, configuration, tables, redact, progress, signal } = request;
  const asked = notebook.proposal();
  if (asked === undefined) throw new Error("there is no proposal to hold against the source");
  const instead = new Map<string, string>();
  const result: BatteryResult = { findings: [], corrections: [], instead };
  const options = { configuration, signal, onProgress: progress, ...(tables ? { tables } : {}) };
  for await (const found of kind.probe({ ...asked, claims: {} }, options)) {
    const evidence = await enter(found, { notebook, redact });
    const { key, question } = found;
    const says = redact(found.says);
    const before = notebook.proposal() ?? asked;
    const after = found.corrected === undefined ? before : withField(before, key, found.corrected);
    const corrects = fingerprint(before, key) !== fingerprint(after, key);
    // A page size that is cut down loses nothing, but what was stated is not what the source does.
    const verdict = corrects ? "refutes" : found.verdict;
    result.findings.push({ key, question, verdict, says, evidence, value: fingerprint(asked, key) });
    if (found.instead !== undefined) instead.set(evidence, redact(found.instead));
    if (!corrects) continue;
    await notebook.setProposal(after);
    result.corrections.push({ key, from: fieldAt(before, key), to: fieldAt(after, key), evidence, contradicts: false });
    result.findings.push({ key, question, verdict: "confirms", says, evidence, value: fingerprint(after, key) });
  }
  await notebook.setFindings(merged(notebook.findings(), result.findings));
  return { ...result, corrections: withContradictions(notebook, result.corrections) };
}

function withContradictions(notebook: Notebook, corrections: readonly Correction[]): Correction[] {
  const claims = notebook.claims();
  const proposal = notebook.proposal();
  const settled = proposal === undefined ? {} : settleClaims(proposal, claims, notebook.findings());
  return corrections.map((one) => ({
    ...one,
    contradicts: claims[one.key]?.status === "documented" && settled[one.key]?.status === "contradicted",
  }));
}

/**
 * What is found again keeps its place: it was so before anything that was tried since. A confirmation keeps its evidence as
 * well, which tells what was cited before it and what after.
 */
function merged(known: readonly Finding[], found: readonly Finding[]): Finding[] {
  const kept = known.flatMap((old) => {
    const now = found.find((finding) => same(old, finding));
    if (now === undefined) return [old];
    if (now.verdict !== old.verdict) return [];
    return [now.verdict === "confirms" ? old : now];
  });
  return [...kept, ...found.filter((now) => !known.some((old) => same(old, now) && old.verdict === now.verdict))];
}

function same(a: Finding, b: Finding): boolean {
  return a.key === b.key && a.question === b.question && a.value === b.value;
}

async function enter(
  { question, says, exchanges }: ProbeFinding,
  { notebook, redact }: Pick<BatteryRequest, "notebook" | "redact">,
): Promise<string> {
  const quotation = redact(says).slice(0, 300);
  const exchange = redact(exchangeText({ question, says, exchanges }));
  const address = redact(exchanges[0] ? `${exchanges[0].method} ${exchanges[0].address}` : question);
  return (await notebook.addProbe({ address, quotation, exchange })).id;
}

/** What was sent and what came back, for a reader; bodies cut. */
export function exchangeText({
  question,
  says,
  exchanges,
}: Pick<ProbeFinding, "question" | "says" | "exchanges">): string {
  const one = ({ method, address, status, headers, body, cut }: Exchange) =>
    [
      `${method} ${address}`,
      `status ${status}`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      "",
      body.length > KEPT || cut ? `${body.slice(0, KEPT)}\n[cut]` : body,
    ].join("\n");
  return [question, says, ...exchanges.map(one)].join("\n\n");
}

/** One field taken over from another blueprint. */
function withField(proposal: Proposal, key: string, from: Omit<Proposal, "claims">): Proposal {
  if (key.startsWith("source.")) {
    const field = key.slice("source.".length) as SourceField;
    const value = sourceFieldOf(from.source, field);
    const source = value === from.source ? from.source : { ...proposal.source, [field]: value };
    return { ...proposal, source: source as Proposal["source"] };
  }
  const tables = proposal.tables.map((table): Table => {
    const field = TABLE_FIELDS.find((name) => key === `tables.${table.name}.${name}`);
    const other = from.tables.find(({ name }) => name === table.name);
    if (field === undefined || other === undefined) return table;
    return withFieldOf(table, field, other);
  });
  return { ...proposal, tables };
}
