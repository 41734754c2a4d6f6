/**
 * Reasons name pages and evidence by id: `P2`, `E36`. A reader of a README or a report has neither list, so ids become
 * addresses there. An id that is not known is left as it is: `P1` may as well be a priority.
 */
import type { Blueprint, Claim } from "../artifacts/blueprint.ts";
import type { Evidence } from "../artifacts/evidence.ts";
import { list } from "./numbers.ts";

export interface References {
  /** Without it, `E36` stays. */
  evidence?: readonly Pick<Evidence, "id" | "kind" | "address">[];
  /** Without it, `P2` stays, but for what can only be a page: `(P2)`, `page P2`. */
  pages?: readonly { id: string; address: string }[];
}

/** Addresses named of one run of ids before the rest is counted. */
const NAMED = 3;
const LONGEST_RANGE = 50;

/** The text with every known id put into words: a page by its address, a probe by its request. */
export function withoutIds(text: string, references: References): string {
  const { bracketed, bare } = patterns(references.evidence === undefined ? "P" : "PE");
  return text
    .replace(bracketed, (whole, run: string) => {
      const ids = idsOf(run);
      const lost = ids.filter((id) => wordsOf(id, references) === undefined);
      if (lost.some((id) => id.startsWith("E") || references.pages !== undefined)) return whole;
      // What a probe showed is told beside it.
      const places = ids.filter((id) => !isProbe(id, references)).flatMap((id) => wordsOf(id, references) ?? []);
      return places.length === 0 ? "" : ` (${shortened(places)})`;
    })
    .replace(bare, (whole, noun: string | undefined, run: string) => {
      const ids = idsOf(run);
      const words = ids.flatMap((id) => wordsOf(id, references) ?? []);
      const ofPages = noun?.toLowerCase().startsWith("page");
      if (words.length === ids.length) return `${ofPages ? `${noun} ` : ""}${shortened(words)}`;
      const nameless = ofPages && references.pages === undefined && ids.every((id) => id.startsWith("P"));
      return nameless ? (ids.length === 1 ? "a page" : "pages") : whole;
    });
}

/** Runs of ids (`P1, P2 and E3`, `P1-P4`): alone in brackets, and in a sentence with the noun before them. */
function patterns(letters: string): { bracketed: RegExp; bare: RegExp } {
  const joint = String.raw`(?:\s*[,;/&–-]\s*(?:(?:and|or)\s+)?|\s+(?:and|or|to|through)\s+)`;
  const run = String.raw`[${letters}]\d{1,5}(?:${joint}[${letters}]\d{1,5})*`;
  return {
    bracketed: new RegExp(String.raw`\s*\((?:see )?(?:[Pp]ages? |[Ee]vidence |[Pp]robes? )?(${run})\)`, "g"),
    // Not in quotation marks, code or addresses, and no part of a longer word.
    bare: new RegExp(
      String.raw`(?<![\w"'\`“=./-])(?:([Pp]ages?|[Ee]vidence|[Pp]robes?|[Qq]uotations?) )?(${run})(?![\w"'\`”=]|[-.]\w)`,
      "g",
    ),
  };
}

/** The blueprint with every reason, note and remark put through `say`. */
export function withReasons(blueprint: Blueprint, say: (text: string) => string): Blueprint {
  return {
    ...blueprint,
    skipped: blueprint.skipped.map((one) => ({ ...one, reason: say(one.reason) })),
    custom: blueprint.custom.map(say),
    claims: Object.fromEntries(Object.entries(blueprint.claims).map(([key, claim]) => [key, told(claim, say)])),
  };
}

function told(claim: Claim, say: (text: string) => string): Claim {
  if (claim.status === "unproven" || claim.status === "contradicted") return { ...claim, reason: say(claim.reason) };
  return claim.note === undefined ? claim : { ...claim, note: say(claim.note) };
}

/** `P1, P3` as they are; `P1 to P4` and `P1-P4` with what lies between. */
function idsOf(run: string): string[] {
  const ids: string[] = [];
  for (const [, joint = "", id = ""] of run.matchAll(/(.*?)([PE]\d+)/gs)) {
    const before = ids.at(-1);
    const [from, to] = [Number(before?.slice(1)), Number(id.slice(1))];
    if (/[–-]|to|through/.test(joint) && before?.[0] === id[0] && to - from < LONGEST_RANGE) {
      for (let between = from + 1; between < to; between += 1) ids.push(`${id[0]}${between}`);
    }
    ids.push(id);
  }
  return ids;
}

function wordsOf(id: string, { evidence, pages }: References): string | undefined {
  if (id.startsWith("P")) return pages?.find((page) => page.id === id)?.address;
  const entry = evidence?.find((one) => one.id === id);
  if (entry === undefined) return undefined;
  return entry.kind === "probe" ? `the request ${entry.address}` : entry.address;
}

function isProbe(id: string, { evidence }: References): boolean {
  return evidence?.find((one) => one.id === id)?.kind === "probe";
}

function shortened(all: readonly string[]): string {
  const places = [...new Set(all)];
  if (places.length <= NAMED) return list(places);
  return list([...places.slice(0, NAMED - 1), `${places.length - NAMED + 1} more`]);
}
