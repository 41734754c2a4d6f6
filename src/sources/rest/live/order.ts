/**
 * Whether rows come in the order of the cursor, over all pages. A connector that believes it saves its place after each
 * page; where it is not so, a sync that is broken off and taken up again leaves out what it has not read.
 */
import type { RestTable as Table } from "../../../artifacts/blueprint.ts";
import { UserError } from "../../../errors.ts";
import type { Json, Record_ } from "../../record.ts";
import { compareMarks, cursorValues, type Mark } from "../probe/cursor-values.ts";
import { hasRecord } from "./ends.ts";

interface Place {
  mark: Mark;
  /** As the record has it. */
  text: string;
  page: number;
  record: number;
}

/** To be given each page of one listing in turn. Throws `UserError` with both values and their places. */
export function watchOrder({ advance, columns }: Table, path: string): (records: readonly Record_[]) => void {
  if (advance.kind !== "cursor" || advance.order !== "ascending") return () => {};
  const values = cursorValues(
    advance,
    columns.find(({ name }) => name === advance.column),
  );
  let highest: Place | undefined;
  /** The highest of the pages before: a place that a connector may have saved. */
  let saved: Place | undefined;
  let previous: readonly Record_[] = [];
  let page = 0;
  const refuse = (what: string, record: number, after: Place) => {
    throw new UserError(
      `${path} does not come in ascending order of ${advance.column}: ${what} (page ${page}, record ${record}) comes after ${after.text} (page ${after.page}, record ${after.record}).`,
    );
  };
  return (records) => {
    page += 1;
    for (const [index, record] of records.entries()) {
      const value = record[advance.column];
      const mark = values.mark(value);
      // Rows that arrive meanwhile push others on to the next page, where they come again.
      const again = () => hasRecord(previous, record);
      if (mark === undefined) {
        const blank = value === undefined || value === null || value === "";
        if (blank && saved !== undefined && !again()) refuse(`a row without ${advance.column}`, index + 1, saved);
        continue;
      }
      const seen = values.seen(mark);
      if (highest !== undefined && isBefore(seen, highest.mark) && !again()) refuse(textOf(value), index + 1, highest);
      if (highest === undefined || compareMarks(seen, highest.mark) >= 0)
        highest = { mark: seen, text: textOf(value), page, record: index + 1 };
    }
    previous = records;
    saved = highest;
  };
}

const ALPHABET = new Intl.Collator("en", { sensitivity: "base", numeric: true });

/** Texts have as many orders as there are sources: they go down when they do in each order that is known here. */
function isBefore(mark: Mark, highest: Mark): boolean {
  if (compareMarks(mark, highest) >= 0) return false;
  return typeof mark === "bigint" || typeof highest === "bigint" || ALPHABET.compare(mark, highest) < 0;
}

function textOf(value: Json | undefined): string {
  return String(value).slice(0, 60);
}
