/** How deleted rows show: by a flag where changes are asked for, by absence where everything is read. */
import type { RestAdvance as Advance, Column } from "../../../artifacts/blueprint.ts";
import type { Deletes } from "../../../artifacts/reading.ts";
import { firstSentence, snake } from "../../http/describe/names.ts";
import { at, type Claimed, documented, type Listing, unproven } from "./draft.ts";
import { type StatedTable, statedAt } from "./stated-tables.ts";

export function deletesOf(
  { listing, stated }: { listing: Listing | undefined; stated: StatedTable | undefined },
  { advance, columns, partial }: { advance: Advance; columns: Column[]; partial: string | undefined },
): Claimed<Deletes> {
  if (stated?.table.deletes !== undefined)
    return { value: stated.table.deletes, claim: documented([statedAt(stated, "deletes")]) };
  if (advance.kind === "full") {
    if (partial !== undefined) {
      return {
        value: { kind: "none" },
        claim: unproven(`Rows that are missing from the answer need not be deleted: ${partial}.`),
      };
    }
    const reason =
      "Deletion is not described; everything is read at each sync, so a row that is gone is taken as deleted.";
    return { value: { kind: "absence" }, claim: unproven(reason, [at(listing?.operation.node)]) };
  }
  const flag = columns.find(
    ({ name, type }) =>
      /^(is_)?(deleted|removed)$|^(deleted|removed)_(at|on|date|time)$|^deletion_date$/.test(snake(name)) &&
      ["boolean", "timestamp", "local_timestamp", "date"].includes(type),
  );
  if (flag === undefined)
    return {
      value: { kind: "none" },
      claim: unproven("No field and no endpoint that shows deleted rows is described."),
    };
  const node = listing?.columns.find(({ column }) => column.name === flag.name)?.node;
  const value: Deletes = { kind: "flag", column: flag.name, values: [] };
  if (node === undefined && stated !== undefined) return { value, claim: documented([statedAt(stated, "columns")]) };
  return { value, claim: documented([at(node)], "deleted rows are taken to be listed with this field set") };
}

/** Endpoints that say themselves that they answer a selection. */
export function selectionOf(listing: Listing | undefined): string | undefined {
  const { summary, description } = listing?.operation ?? { summary: "", description: "" };
  const word = /\b(random(ly)?|sampled?|trending|popular)\b/i.exec(`${summary} ${firstSentence(description)}`)?.[0];
  return word === undefined ? undefined : `the endpoint is described with the word “${word}”`;
}
