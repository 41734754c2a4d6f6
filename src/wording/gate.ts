/**
 * Parts of the gate of a target's documents: sections in their order, names that must be there, and no claim of proof
 * beyond what the report carries. Whoever wrote the documents, the same is asked of them.
 */
import type { Blueprint } from "../artifacts/blueprint.ts";
import type { Report } from "../artifacts/report.ts";
import { prose } from "./markdown.ts";
import { standingOf } from "./standing.ts";

/** Sections that are missing, empty or out of order, one sentence each. Further headings may stand between them. */
export function missingSections(path: string, text: string, required: readonly string[]): string[] {
  const sections = sectionsOf(text);
  const problems: string[] = [];
  let after = -1;
  for (const title of required) {
    const at = sections.findIndex((section) => section.title.toLowerCase() === title.toLowerCase());
    const section = sections[at];
    if (section === undefined) problems.push(`${path} has no section “${title}”.`);
    else if (section.body.trim() === "") problems.push(`${path}: the section “${title}” is empty.`);
    else if (at < after)
      problems.push(`${path}: the section “${title}” stands too early; the order is ${required.join(", ")}.`);
    after = Math.max(after, at);
  }
  return problems;
}

/** Level-two headings with the text below them; headings inside fenced blocks are code. */
export function sectionsOf(text: string): { title: string; body: string }[] {
  const sections: { title: string; body: string }[] = [];
  let fence: string | undefined;
  for (const line of text.split("\n")) {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (mark !== undefined && fence === undefined) fence = mark;
    else if (mark !== undefined && fence !== undefined && mark.startsWith(fence)) fence = undefined;
    const title = fence === undefined ? /^##\s+(.+?)\s*#*$/.exec(line)?.[1] : undefined;
    const last = sections.at(-1);
    if (title !== undefined) sections.push({ title, body: "" });
    else if (last !== undefined) last.body += `${line}\n`;
  }
  return sections;
}

/** The name as a word of its own: `id` is not named by `ticket_id`. */
export function mentions(text: string, name: string): boolean {
  const literal = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\s+/g, "\\s+");
  return new RegExp(`(?<![\\p{L}\\p{N}_])${literal}(?![\\p{L}\\p{N}_])`, "u").test(text);
}

/** A claim of proof, unless the same statement denies it. */
const CLAIM = /\b(proven|verified|validated|(?:fully|thoroughly|successfully) tested)\b/i;
const DENIAL = /\b(not|never|no|nothing|none|neither|cannot|without|until|unless|unproven|whether)\b|n't\b/i;
const EVERYTHING = /\b(all|every|each)\b[^.|]{0,40}\btables?\b|\b(the|this) connector\b|\beverything\b/i;
const ALL_PASS = /\b(all|every)\b[^.|]{0,30}\bchecks?\b[^.|]{0,15}\b(pass|passes|passed|green)\b/i;

/** Claims of proof that the report does not carry, one sentence each. */
export function claimsBeyond(
  path: string,
  text: string,
  { blueprint, report }: { blueprint: Blueprint; report: Report },
): string[] {
  const problems = new Set<string>();
  // What the report itself says of claims is its own: `verified by a probe` there is about a page, not about rows.
  const own = new Set([...report.unproven, ...report.overruled].map((item) => `- ${prose(item)}`));
  const written = text
    .split("\n")
    .filter((line) => !own.has(line))
    .join("\n");
  const standings = blueprint.tables.map((table) => ({ name: table.name, ...standingOf(report, table.name) }));
  for (const statement of statementsOf(written)) {
    if (DENIAL.test(statement)) continue;
    if (ALL_PASS.test(statement) && !report.green)
      problems.add(`${path} says that all checks passed; the report is not green.`);
    if (!CLAIM.test(statement)) continue;
    const live = /\b(live|production|real)\b/i.test(statement);
    const named = standings.filter(({ name }) => mentions(statement, name));
    const meant = named.length > 0 ? named : EVERYTHING.test(statement) || live ? standings : [];
    for (const { name, proven, words, trust } of meant) {
      if (!proven) problems.add(`${path} calls ${name} proven; by the report it is ${words}.`);
      else if (live && trust !== "live")
        problems.add(`${path} says that ${name} was proven live; by the report it is ${words}.`);
    }
  }
  return [...problems];
}

/** Sentences, list items and rows of tables, without fenced blocks and marks of emphasis. */
function statementsOf(text: string): string[] {
  const prose = text.replace(/^\s*(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\s*\1[`~]*\s*$/gm, "\n\n");
  const joined = prose.replace(/\n(?!\s*\n|\s*[-*+|#>]|\s*\d+[.)])/g, " ");
  return joined
    .split("\n")
    .flatMap((line) => (line.trimStart().startsWith("|") ? [line] : line.split(/(?<=[.!?;])\s+/)))
    .map((statement) =>
      statement
        .replace(/[*]{1,3}/g, "")
        .replace(/\s+/g, " ")
        .trim(),
    )
    .filter((statement) => statement !== "");
}
