/** A blueprint with the evidence it rests on, and the sentences that say so beside every fact. */
import { type Blueprint, claimKey, type Table, type TableField } from "../../artifacts/blueprint.ts";
import type { Evidence } from "../../artifacts/evidence.ts";
import { claimInWords } from "../../wording/blueprint.ts";
import { code, table } from "../../wording/markdown.ts";

/** Claims with what they cite, at hand for every section. */
export interface Known {
  blueprint: Blueprint;
  evidence: readonly Evidence[];
}

/** What a field of a table rests on, for a cell. */
export function claim({ blueprint, evidence }: Known, of: Table, field: TableField): string {
  return claimInWords(blueprint.claims[claimKey(of.name, field)], evidence);
}

/** The claim as a sentence of its own. */
export function stated({ blueprint, evidence }: Known, key: string): string {
  const words = claimInWords(blueprint.claims[key], evidence);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

/** One row per table: its name, a fact in words, what that rests on. */
export function perTable(
  known: Known,
  [title, words]: readonly [string, (of: Table) => string],
  field: (of: Table) => TableField,
): string {
  return table(
    ["Object", title, "Rests on"],
    known.blueprint.tables.map((t) => [code(t.name), words(t), claim(known, t, field(t))]),
  );
}

/** The claim that says where a table's rows are. */
export function placeField({ read }: Table): TableField {
  if (read.kind === "rest") return "read.path";
  return read.kind === "graphql" ? "read.field" : "read";
}

/** The claim that says how a table's rows come, piece by piece. */
export function piecesField({ read }: Table): TableField {
  if (read.kind === "rest") return "read.pagination";
  return read.kind === "graphql" ? "read.paging" : "read";
}
