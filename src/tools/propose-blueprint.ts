/** propose_blueprint: what is known of the source so far, held against the schema, the claims and the source itself. */

import { defineTool, type Tool } from "../agent/tool.ts";
import { messageOf, ToolError, UserError } from "../errors.ts";
import { type BatteryResult, type Correction, runBattery } from "../research/battery.ts";
import { unaskedTables } from "../research/findings.ts";
import { researchProblems } from "../research/gate.ts";
import type { Finding, Proposal } from "../research/notebook.ts";
import { applyChange, type ProposalChange, proposalChangeSchema, proposalProblems } from "../research/proposal.ts";
import type { ResearchDesk } from "./desk.ts";
import { dropOutdatedClaims, type Guarded, refuseWhatStands } from "./propose-guard.ts";

export interface ProposeDesk extends Guarded {
  /** Why nothing may be proposed now; undefined when it may. */
  closed?: () => string | undefined;
  /** Why the source is not asked; undefined when it is. */
  notAsked: () => Promise<string | undefined>;
}

const ASKED_OF_PAGES = "page 2, page size, filter, edge of the filter, order, hidden rows, credentials";
const ASKED_OF_ROWS = "columns, types against the values, the key, what it advances by";

export function proposeBlueprint(desk: ProposeDesk): Tool {
  return defineTool<ProposalChange>({
    name: "propose_blueprint",
    title: "Propose blueprint",
    description:
      "Say how the source is read: tables with read, columns, primary_key, advance, deletes. Merged into " +
      "what is there, by table name; `set` changes single fields, however deep. Holds the result against the source by read-only " +
      `probes (${desk.kind.look === undefined ? ASKED_OF_ROWS : ASKED_OF_PAGES}), corrects what the source shows, and ` +
      "returns what is missing, undecided or refuted. Call it early and with all tables at once.",
    input: proposalChangeSchema,
    effect: "network",
    describe: ({ tables, set, remove_tables }) =>
      [
        ...(tables ?? []).map(({ name }) => name),
        ...Object.keys(set ?? {}),
        ...(remove_tables ?? []).map((name) => `without ${name}`),
      ].join(", ") || "the source",
    run: async (change, { signal }) => {
      const closed = desk.closed?.();
      if (closed !== undefined) throw new ToolError(closed);
      const before = desk.notebook.proposal() ?? startingPoint(desk);
      refuseWhatStands(desk, { change, before });
      const merged = applyChange(before, change);
      const proposal = { ...merged, ...desk.kind.complete(merged.source) };
      await desk.notebook.setProposal(proposal);
      await dropOutdatedClaims(desk.notebook, before, proposal);
      const wrong = proposalProblems(proposal, desk.requirements);
      if (wrong.length > 0) {
        return { text: `Kept, but it does not hold together:\n${bullets(wrong)}`, outcome: `${wrong.length} mistakes` };
      }
      const probed = await askSource(desk, { before, after: proposal, signal });
      const problems = await researchProblems(desk.notebook, desk.requirements);
      return {
        text: [...probed.lines, standing(problems)].join("\n\n"),
        outcome: `${proposal.tables.length} tables; ${probed.words}; ${problems.length === 0 ? "nothing missing" : `${problems.length} open`}`,
        data: { problems },
      };
    },
  });
}

function standing(problems: readonly string[]): string {
  return problems.length === 0
    ? "Nothing is missing: call finish_step, unless you know of something that is still wrong."
    : `Before finish_step passes:\n${bullets(problems)}`;
}

/** Before anything is proposed: what the spec says of the source. */
function startingPoint({ requirements, source }: ResearchDesk): Proposal {
  const { spec, name } = requirements;
  return {
    version: 1,
    name,
    title: spec.name,
    description: "",
    source: source() ?? { kind: "rest", base_url: "https://unknown.invalid", auth: { kind: "none" }, headers: {} },
    configuration: [],
    tables: [],
    skipped: [],
    custom: [],
  };
}

interface Asking {
  before: Proposal;
  after: Proposal;
  signal: AbortSignal;
}

/** Tables that changed are asked about again, and those that never were as they are; all when the source itself changed. */
async function askSource(
  desk: ProposeDesk,
  { before, after, signal }: Asking,
): Promise<{ lines: string[]; words: string }> {
  const why = await desk.notAsked();
  if (why !== undefined) return { lines: [`The source was not asked: ${why}`], words: "source not asked" };
  const known = new Map(before.tables.map((table) => [table.name, JSON.stringify(table)]));
  const all = JSON.stringify(before.source) !== JSON.stringify(after.source) || desk.notebook.findings().length === 0;
  const unasked = unaskedTables(after, desk.notebook.findings());
  const tables = after.tables.filter(
    (table) => all || unasked.includes(table.name) || known.get(table.name) !== JSON.stringify(table),
  );
  if (tables.length === 0) return { lines: [], words: "nothing new to ask" };
  try {
    const result = await runBattery({
      ...desk,
      configuration: await desk.configuration(),
      tables: tables.map(({ name }) => name),
      signal,
    });
    return { lines: [describeBattery(result)], words: countWords(result) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { lines: [`The source could not be asked: ${desk.redact(messageOf(error))}`], words: "source not reached" };
  }
}

function countWords({ findings, corrections }: BatteryResult): string {
  const having = (verdict: string) => findings.filter((finding) => finding.verdict === verdict).length;
  return `${having("confirms") - corrections.length} confirmed, ${having("refutes")} refuted, ${corrections.length} corrected`;
}

/** Confirmed fields in one line; what was refuted or left open in full. */
export function describeBattery({ findings, corrections, instead }: BatteryResult): string {
  const corrected = new Set(corrections.map(({ evidence }) => evidence));
  const refuted = findings.filter(({ verdict, evidence }) => verdict === "refutes" && !corrected.has(evidence));
  return [
    "What the source says:",
    `confirmed (nothing need be recorded for it): ${confirmedWords(findings, new Set(refuted.map(({ key }) => key)))}`,
    ...corrections.map((one) => {
      const says = findings.find(({ evidence }) => evidence === one.evidence)?.says ?? "";
      return `corrected (${one.evidence}): ${one.key} ${changed(one.from, one.to)}. ${says}`;
    }),
    ...afterCorrections(corrections),
    ...refuted.map(({ key, says, evidence }) => {
      const better = instead.get(evidence);
      return `refuted (${evidence}): ${key}: ${says}${better ? ` Instead: ${better}.` : ""}`;
    }),
    ...undecidedLines(findings.filter(({ verdict }) => verdict === "silent")),
  ].join("\n");
}

/** What a claim key is about: its table, or the source; and which field of it. */
function partsOf(key: string): { subject: string; field: string } {
  const field = /(?:read\.(?:path|records|pagination|field|paging|parent)|[^.]+)$/.exec(key)?.[0] ?? key;
  return { subject: key.startsWith("tables.") ? key.slice("tables.".length, -field.length - 1) : "the source", field };
}

/** `everything asked about berths, vessels; of port_calls all but advance; of crews only read.path`. */
function confirmedWords(findings: readonly Finding[], refuted: ReadonlySet<string>): string {
  const asked = new Map<string, Set<string>>();
  const fine = new Map<string, Set<string>>();
  for (const { key, verdict } of findings) {
    const { subject, field } = partsOf(key);
    asked.set(subject, (asked.get(subject) ?? new Set()).add(field));
    if (verdict === "confirms" && !refuted.has(key)) fine.set(subject, (fine.get(subject) ?? new Set()).add(field));
  }
  const lines = new Map<string, string[]>();
  for (const [subject, fields] of asked) {
    const good = [...(fine.get(subject) ?? [])];
    const left = [...fields].filter((field) => !good.includes(field));
    if (good.length === 0) continue;
    const what = good.length < left.length ? `only ${good.join(", ")}` : `all but ${left.join(", ")}`;
    const line = left.length === 0 ? "" : what;
    lines.set(line, [...(lines.get(line) ?? []), subject]);
  }
  const words = [...lines].sort(([a], [b]) => Number(b === "") - Number(a === ""));
  const said = words.map(([what, subjects]) =>
    what === "" ? `everything asked about ${subjects.join(", ")}` : `of ${subjects.join(", ")} ${what}`,
  );
  return said.join("; ") || "nothing";
}

/** What holds after corrections, and whether anything is left to do. */
function afterCorrections(corrections: readonly Correction[]): string[] {
  const mistaken = corrections.filter(({ contradicts }) => contradicts);
  const [first] = mistaken;
  if (corrections.length === 0) return [];
  if (first === undefined) return ["The corrected values hold now and are confirmed: nothing to do."];
  const which =
    mistaken.length === corrections.length
      ? "What was quoted for these fields"
      : `What was quoted for ${mistaken.map(({ key }) => key).join(", ")}`;
  return [
    `The corrected values hold now. ${which} is recorded as a mistake of the documentation: nothing to do, unless your page says what the source does; then record that claim again with its probe, as probes: ["${first.evidence}"] for ${first.key}.`,
  ];
}

/** Questions on one field with one reason are one line, and so are fields with one question and reason. */
function undecidedLines(findings: readonly Finding[]): string[] {
  const asked = new Map<string, { key: string; text: string }>();
  for (const { key, question, says } of findings) {
    const known = asked.get(`${key} ${says}`)?.text.slice(0, -says.length) ?? "";
    asked.set(`${key} ${says}`, { key, text: `${known}${question} ${says}` });
  }
  const lines = new Map<string, { key: string; text: string; others: string[] }>();
  for (const { key, text } of asked.values()) {
    const sentence = text.replace(/\d+/g, "0");
    const line = lines.get(sentence);
    if (line === undefined) lines.set(sentence, { key, text, others: [] });
    else line.others.push(`${key}${line.text === text ? "" : ` (${otherFigures(text, line.text)})`}`);
  }
  return [...lines.values()].map(({ key, text, others }) => {
    const same = others.length === 0 ? "" : ` The same of ${others.join(", ")}.`;
    return `undecided: ${key}: ${text}${same}`;
  });
}

/** Figures of a sentence that are others than those of the same sentence before. */
function otherFigures(text: string, before: string): string {
  const known = before.match(/\d+/g) ?? [];
  return (text.match(/\d+/g) ?? []).filter((figure, index) => figure !== known[index]).join(", ");
}

/** The parts of a value that differ, as `inclusive true -> false`. */
function changed(from: unknown, to: unknown): string {
  if (Array.isArray(from) && Array.isArray(to)) {
    const names = (list: unknown[]) => list.map((item) => JSON.stringify(item));
    const added = names(to).filter((item) => !names(from).includes(item));
    return `now has ${added.slice(0, 12).join(", ")}`;
  }
  if (typeof from !== "object" || typeof to !== "object" || from === null || to === null) {
    return `${JSON.stringify(from)} -> ${JSON.stringify(to)}`;
  }
  const old = from as Record<string, unknown>;
  const now = to as Record<string, unknown>;
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((name) => JSON.stringify(old[name]) !== JSON.stringify(now[name]))
    .map((name) => `${name} ${JSON.stringify(old[name])} -> ${JSON.stringify(now[name])}`)
    .join(", ");
}

function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join("\n");
}
