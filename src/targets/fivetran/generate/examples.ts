/** Records and expectations for the tests that are generated beside a connector, in the source's form and the destination's. */

import type { Blueprint, Column, Table } from "../../../artifacts/blueprint.ts";
import { showsDeletes } from "../../../artifacts/reading.ts";
import type { ValueForm } from "../../../python/client-part.ts";
import { type PythonValue, pythonLiteral } from "../../../python/python-literal.ts";
import { unreservedColumnName } from "../../../warehouse/naming.ts";
import { allColumns } from "./columns.ts";
import { type Sample, sampleOf } from "./samples.ts";
import { strategyOf } from "./strategies.ts";

export interface ExamplesView {
  row: RowExample;
  /** What the tests take from the sync; what is not used is removed with other unused imports. */
  sync_functions: string[];
  /** Functions of the client part that the tests stand in for. */
  readers: string[];
  changes: TableExample | false;
  replaced: TableExample | false;
  whole: TableExample | false;
  flagged: TableExample | false;
  feed: TableExample | false;
}

interface RowExample {
  table: string;
  record: string;
  stored: string;
  key: string;
  columns: string;
  /** A record with a value that cannot be read. */
  unreadable: string | false;
}

/** Two records with no more than their keys. */
interface TableExample {
  name: string;
  first: string;
  second: string;
  second_key: string;
  deletes_entry: string;
}

type Values = { [name: string]: PythonValue };

export function examplesOf({ tables }: Blueprint, values: ValueForm): ExamplesView {
  const exampleOf = (test: (table: Table) => boolean): TableExample | false => {
    const table = tables.find(test);
    return table !== undefined && tableExample(table, values);
  };
  const ways = new Set(tables.map(strategyOf));
  const feed = exampleOf(({ deletes }) => deletes.kind === "feed");
  return {
    row: rowExample(tables, values),
    sync_functions: [
      ...["sync_tables", "write_page"],
      ...(ways.has("replace") ? ["replace_table"] : []),
      ...(ways.has("changes") ? ["sync_changes"] : []),
      ...(ways.has("whole") ? ["sync_whole"] : []),
      ...(feed ? ["apply_deletes"] : []),
    ],
    readers: [
      ...(ways.has("replace") || ways.has("whole") ? ["read_whole"] : []),
      ...(ways.has("changes") ? ["read_changes"] : []),
      ...(feed ? ["read_deletes"] : []),
    ],
    changes: exampleOf((table) => strategyOf(table) === "changes" && !showsDeletes(table)),
    replaced: exampleOf((table) => table.deletes.kind === "absence"),
    whole: exampleOf((table) => strategyOf(table) === "whole" && !showsDeletes(table)),
    flagged: exampleOf(showsDeletes),
    feed,
  };
}

function tableExample(table: Table, values: ValueForm): TableExample {
  const second = keyOf(table, { values, other: true });
  return {
    name: table.name,
    first: pythonLiteral(keyOf(table, { values, other: false }).sent),
    second: pythonLiteral(second.sent),
    second_key: pythonLiteral(second.stored),
    deletes_entry: `${table.name}:deletes`,
  };
}

/** The key columns of a record, as the source gives them and as the destination has them. */
function keyOf(
  table: Table,
  { values, other }: { values: ValueForm; other: boolean },
): { sent: Values; stored: Values } {
  const sent: Values = {};
  const stored: Values = {};
  for (const name of table.primary_key) {
    const sample = other ? varied(sampleIn(table, name, values)) : sampleIn(table, name, values);
    sent[name] = sample.sent;
    stored[unreservedColumnName(name)] = sample.stored;
  }
  return { sent, stored };
}

function sampleIn(table: Table, name: string, values: ValueForm): Sample {
  const column = table.columns.find((candidate) => candidate.name === name);
  return column === undefined ? { sent: 7, stored: 7 } : sampleOf(column, values);
}

/** Another value where that is easily made: an integer or a text that is stored as it is sent. */
function varied(sample: Sample): Sample {
  if (sample.sent !== sample.stored) return sample;
  if (typeof sample.sent === "number" && Number.isInteger(sample.sent)) return same(sample.sent + 1);
  return sample.sent === "text" ? same("other") : sample;
}

function same(value: PythonValue): Sample {
  return { sent: value, stored: value };
}

/** Types whose values cannot be any text. */
const READ: readonly Column["type"][] = ["timestamp", "local_timestamp", "date", "number", "decimal", "bigint"];

function rowExample(tables: readonly Table[], values: ValueForm): RowExample {
  const variety = (table: Table) => new Set(table.columns.map((column) => `${column.type} ${column.format}`)).size;
  const [table] = [...tables].sort((a, b) => variety(b) - variety(a));
  if (table === undefined) throw new Error("A blueprint has at least one table.");
  const record: Values = {};
  const stored: Values = {};
  for (const name of allColumns(table)) stored[name] = null;
  for (const column of table.columns) {
    const sample = sampleOf(column, values);
    record[column.name] = sample.sent;
    stored[unreservedColumnName(column.name)] = sample.stored;
  }
  // Key columns that come from elsewhere are filled in before a record is shaped.
  const loose = allColumns(table).filter(
    (name) => !table.columns.some((column) => unreservedColumnName(column.name) === name),
  );
  for (const name of loose) record[name] = stored[name] = 7;
  const keys = new Set([...table.primary_key, ...loose]);
  const unreadable = table.columns.find((column) => READ.includes(column.type));
  return {
    table: table.name,
    record: pythonLiteral(record),
    stored: pythonLiteral(stored),
    key: pythonLiteral(Object.fromEntries(Object.entries(record).filter(([name]) => keys.has(name)))),
    columns: pythonLiteral(allColumns(table)),
    unreadable: unreadable !== undefined && pythonLiteral({ ...record, [unreadable.name]: "yesterday" }),
  };
}
