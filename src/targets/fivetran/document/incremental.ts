/** The README's section on how tables advance. */
import { advanceInWords, deletesInWords } from "../../../wording/blueprint.ts";
import { code, table } from "../../../wording/markdown.ts";
import { seenInSyncs } from "../../../wording/testing.ts";
import type { DocumentInput } from "../../target.ts";

export function incrementalSync({ blueprint, report }: DocumentInput): string {
  const rows = blueprint.tables.map((t) => [code(t.name), advanceInWords(t.advance), deletesInWords(t.deletes)]);
  return [
    `Each table's progress is kept in the connector's state and saved by ${code("op.checkpoint")} after the rows it covers. A sync starts from the state of the last checkpoint; an empty state means a first sync.`,
    table(["Table", "How it advances", "How deletions show"], rows),
    ...seenInSyncs(blueprint.tables, report),
  ].join("\n\n");
}
