/**
 * The blueprint in words, in no target's terms: the same sentence in the API document and in a connector's README. What
 * differs by the kind of source is in `kinds.ts`.
 * Everything returned is Markdown for the middle of a paragraph or a table cell, without a full stop.
 */
import type { Blueprint, Claim, Column, Table } from "../artifacts/blueprint.ts";
import type { Evidence } from "../artifacts/evidence.ts";
import type { Advance, CursorFormat, Deletes } from "../artifacts/reading.ts";
import { disagreementInWords, isOverruled } from "./contradictions.ts";
import { clause, code, codes } from "./markdown.ts";
import { count, counted } from "./numbers.ts";

/** What is done about rows that equal the cursor where the source's filter leaves them out. */
const TAKEN_OFF: { readonly [F in CursorFormat]: string } = {
  iso8601: "so one second is taken off before asking",
  epoch_seconds: "so one second is taken off before asking",
  epoch_milliseconds: "so one millisecond is taken off before asking",
  date: "so one day is taken off before asking",
  integer: "so 1 is taken off before asking",
  string: "and nothing can be taken off a text: later rows that equal the last one seen are not asked for",
};

/** How the table moves from one sync to the next, as one or more clauses. */
export function advanceInWords(advance: Advance): string {
  switch (advance.kind) {
    case "full":
      return "every row is read at every sync";
    case "column":
      return [
        `rows whose ${code(advance.column)} is at or after the last one seen are selected in its order`,
        advance.lookback > 0
          ? `${count(advance.lookback)} seconds (for a number: units) before it are read again for rows that are committed late`
          : "nothing before it is read again",
        "the first sync selects everything",
      ].join("; ");
    case "files":
      return advance.by === "modified"
        ? "files that are new, or whose time or size has changed, are read whole; the others are passed over"
        : "files whose name was not seen before are read whole; a file that was read is never read again, also when it changes";
    case "steps":
      return `ranges of ${code(advance.column)} are asked for with ${code(advance.from_param)} and ${code(advance.to_param)}, ${count(advance.step)} at a time from ${count(advance.start)}, until ${counted(advance.empty_steps, "range")} in a row ${advance.empty_steps === 1 ? "is" : "are"} empty; the next sync goes on from there`;
    case "cursor":
      return [
        `rows whose ${code(advance.column)} is at or after the last one seen are asked for with ${code(advance.param)} (${advance.format})`,
        ...(advance.inclusive ? [] : [`the filter leaves out equal values, ${TAKEN_OFF[advance.format]}`]),
        advance.lookback > 0
          ? `${counted(advance.lookback, advance.format === "integer" ? "unit" : "second")} before the cursor are read again for rows that arrive late`
          : "nothing before the cursor is read again",
        ...(advance.window
          ? [`ranges of ${counted(advance.window.days, "day")} end with ${code(advance.window.end_param)}`]
          : []),
        advance.order === "ascending"
          ? "pages come in ascending order, so the cursor moves with every page"
          : "the order of pages is not known, so the cursor moves only after the last page",
        advance.start === undefined
          ? "the first sync asks for everything"
          : `the first sync starts at ${code(advance.start)}`,
      ].join("; ");
  }
}

export function deletesInWords(deletes: Deletes): string {
  switch (deletes.kind) {
    case "none":
      return "the source does not show deletions; a deleted row stays in the destination";
    case "absence":
      return "a row that is gone from the complete listing is marked deleted";
    case "flag":
      return `a row is marked deleted when ${code(deletes.column)} ${deletes.values.length > 0 ? `is ${deletes.values.map(code).join(" or ")}` : "is set: true, or any value other than null, false, 0 and an empty text"}`;
    case "feed":
      return `deleted keys are read from ${code(deletes.path)}${deletes.column && deletes.param ? `, from the last ${code(deletes.column)} on, with ${code(deletes.param)}` : ", whole at every sync"}`;
    case "files":
      return "rows of a file that is gone or has become shorter are marked deleted";
  }
}

export function keyInWords(table: Table): string {
  return table.primary_key.length === 0 ? "none" : codes(table.primary_key);
}

/** `documented (E1, E2)`, `TBD: <reason>`, … Without `evidence` no contradiction counts as settled by a probe. */
export function claimInWords(
  claim: Claim | undefined,
  evidence: readonly Pick<Evidence, "id" | "kind" | "address">[] = [],
): string {
  if (claim === undefined) return "TBD: no claim is recorded for this field";
  const ids = claim.evidence.length === 0 ? "" : ` (${claim.evidence.join(", ")})`;
  switch (claim.status) {
    case "documented":
    case "probed":
      return `${claim.status}${ids}${claim.note === undefined ? "" : `; ${clause(claim.note)}`}`;
    case "unproven":
      return `TBD: ${clause(claim.reason)}${ids}`;
    case "contradicted":
      return isOverruled(claim, evidence)
        ? `probed against the documentation${ids}`
        : `${disagreementInWords(claim, { reason: clause(claim.reason), evidence })}${ids}`;
  }
}

/**
 * The blueprint as a model reads it: compact JSON, one table a line, without what it cannot use. Of the claims, those that
 * are unproven and those on which sources disagree.
 */
export function blueprintForModel({ source, tables, skipped, custom, claims }: Blueprint): string {
  const having = (status: "unproven" | "contradicted") =>
    Object.entries(claims).flatMap(([key, claim]) =>
      claim.status === status && "reason" in claim ? [`- ${key}: ${claim.reason}`] : [],
    );
  const [unproven, contradicted] = [having("unproven"), having("contradicted")];
  return [
    `source: ${JSON.stringify(source)}`,
    ...tables.map(
      (table) => `table ${table.name}: ${JSON.stringify({ ...table, columns: table.columns.map(columnForModel) })}`,
    ),
    ...skipped.map(({ name, reason }) => `skipped ${name}: ${reason}`),
    ...custom.map((note) => `custom: ${note}`),
    ...(unproven.length > 0 ? ["unproven:", ...unproven] : []),
    ...(contradicted.length > 0 ? ["sources disagree, each with what was taken:", ...contradicted] : []),
  ].join("\n");
}

function columnForModel({ name, type, nullable, format }: Column): string {
  return `${name} ${type}${nullable ? "" : " not null"}${format ? ` ${format}` : ""}`;
}
