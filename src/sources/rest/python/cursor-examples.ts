/** Two values of a cursor column, one later than the other, as records and as the state have them. */
import type { RestTable as Table } from "../../../artifacts/blueprint.ts";
import { type PythonValue, pythonLiteral } from "../../../python/python-literal.ts";
import { type CursorAdvance, type PlannedCursor, planCursor } from "../../http/python/cursors.ts";

export interface CursorExample {
  constant: string;
  param: string;
  /** Records with no more than the column. */
  early: string;
  late: string;
  without: string;
  early_cursor: string;
  late_cursor: string;
  timed: boolean;
}

const MOMENTS = [Date.UTC(2024, 0, 1), Date.UTC(2024, 2, 1, 12)] as const;

export function cursorExample(table: Table, constant: string): CursorExample | false {
  if (table.advance.kind !== "cursor") return false;
  const { advance } = table;
  const planned = planCursor(table, advance);
  return {
    constant,
    param: planned.param,
    early: pythonLiteral({ [planned.column]: readCursorValue(table, advance, 0) }),
    late: pythonLiteral({ [planned.column]: readCursorValue(table, advance, 1) }),
    without: pythonLiteral({ [planned.column]: null }),
    early_cursor: pythonLiteral(savedCursor(table, advance, 0)),
    late_cursor: pythonLiteral(savedCursor(table, advance, 1)),
    timed: planned.format !== "integer" && planned.format !== "string",
  };
}

/** The column's value in a record. */
export function readCursorValue(table: Table, advance: CursorAdvance, variant: 0 | 1): PythonValue {
  const planned = planCursor(table, advance);
  const column = table.columns.find((candidate) => candidate.name === planned.column);
  const value = valueAs(writtenFormat(planned), variant);
  if (column?.type === "date") return String(value).slice(0, 10);
  return column?.type === "string" ? String(value) : value;
}

/** The same value in the state. */
function savedCursor(table: Table, advance: CursorAdvance, variant: 0 | 1): string {
  const planned = planCursor(table, advance);
  if (planned.read === undefined) return String(readCursorValue(table, advance, variant));
  return String(valueAs(planned.format, variant));
}

function writtenFormat(planned: PlannedCursor): PlannedCursor["format"] {
  switch (planned.read) {
    case "parse_utc":
      return "iso8601";
    case "parse_epoch_seconds":
      return "epoch_seconds";
    case "parse_epoch_milliseconds":
      return "epoch_milliseconds";
    default:
      return planned.format;
  }
}

function valueAs(format: PlannedCursor["format"], variant: 0 | 1): string | number {
  const moment = MOMENTS[variant];
  const text = new Date(moment).toISOString();
  switch (format) {
    case "iso8601":
      return text.replace(".000Z", "Z");
    case "date":
      return text.slice(0, 10);
    case "epoch_seconds":
      return moment / 1000;
    case "epoch_milliseconds":
      return moment;
    case "integer":
      return 100 * (variant + 1);
    case "string":
      return ["a100", "b200"][variant] ?? "";
  }
}
