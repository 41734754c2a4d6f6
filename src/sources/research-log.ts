/** The research log and the list of sources of an API document, rendered from evidence. */
import type { Blueprint } from "../artifacts/blueprint.ts";
import type { Evidence } from "../artifacts/evidence.ts";
import { address, bullets, code, table } from "../wording/markdown.ts";
import { counted } from "../wording/numbers.ts";

type Kind = Evidence["kind"];

/** By the order of precedence: what was seen, what the maker says, what others' working code says. */
const KINDS: { readonly [K in Kind]: { words: string; confidence: "High" | "Medium" | "Low" } } = {
  probe: { words: "Probe", confidence: "High" },
  introspection: { words: "Introspection", confidence: "High" },
  "official-docs": { words: "Official docs", confidence: "High" },
  "api-description": { words: "API description", confidence: "High" },
  "reference-implementation": { words: "Reference implementation", confidence: "Medium" },
  user: { words: "Stated by the user", confidence: "Medium" },
  other: { words: "Other page", confidence: "Low" },
};

/** One row per source: entries of one kind and address are one visit. */
export function researchLog(evidence: readonly Evidence[], blueprint: Blueprint): string {
  if (evidence.length === 0) return "TBD: no evidence was recorded.";
  const rows = grouped(evidence).map((entries) => {
    const [first] = entries;
    const ids = entries.map((entry) => entry.id);
    const confirmed = Object.entries(blueprint.claims)
      .filter(([, claim]) => claim.status === "documented" || claim.status === "probed")
      .filter(([, claim]) => claim.evidence.some((id) => ids.includes(id)))
      .map(([key]) => key);
    return [
      KINDS[first.kind].words,
      address(first.address),
      first.time.slice(0, 10),
      KINDS[first.kind].confidence,
      confirmed.length === 0 ? "nothing by itself" : summary(confirmed),
      summarized(ids),
    ];
  });
  return table(["Source type", "Address", "Accessed (UTC)", "Confidence", "What it confirmed", "Evidence"], rows);
}

/** Every address once, with the start of its hash, so that a changed page is told from the one that was read. */
export function sourceList(evidence: readonly Evidence[]): string {
  if (evidence.length === 0) return "None.";
  return bullets(
    grouped(evidence).map(([first, ...rest]) => {
      return `${address(first.address)}: ${KINDS[first.kind].words.toLowerCase()}, ${counted(rest.length + 1, "quotation")}, SHA-256 ${code(first.hash.slice(0, 12))}`;
    }),
  );
}

function grouped(evidence: readonly Evidence[]): [Evidence, ...Evidence[]][] {
  const groups = new Map<string, [Evidence, ...Evidence[]]>();
  for (const entry of evidence) {
    const key = JSON.stringify([entry.kind, entry.address, entry.hash]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [entry]);
    else group.push(entry);
  }
  return [...groups.values()];
}

/** `tables.a.columns`, `tables.a.advance`, `source.auth` as `a: columns, advance; auth`. */
function summary(keys: readonly string[]): string {
  const byTable = new Map<string, string[]>();
  for (const key of keys) {
    const [, table = "", field = ""] = /^tables\.(.+?)\.(read\.\w+|\w+)$/.exec(key) ?? [
      "",
      "",
      key.replace(/^source\./, ""),
    ];
    byTable.set(table, [...(byTable.get(table) ?? []), field.replace(/^read\./, "").replaceAll("_", " ")]);
  }
  return [...byTable]
    .map(([table, fields]) => `${table === "" ? "" : `${code(table)}: `}${fields.join(", ")}`)
    .join("; ");
}

function summarized(ids: readonly string[]): string {
  return ids.length <= 4 ? ids.join(", ") : `${ids.slice(0, 3).join(", ")} … ${ids.at(-1)} (${ids.length})`;
}
