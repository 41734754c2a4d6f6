/** Everything the templates ask of a blueprint, decided here so that the templates only write. */
import type { Blueprint, Table } from "../../../artifacts/blueprint.ts";
import type { ClientPart, TimestampName } from "../../../python/client-part.ts";
import { docText, type PythonValue, pythonTuple, wrap } from "../../../python/python-literal.ts";
import { DEFAULT_BATCH_ROWS, type Ingestion, ingestionOf } from "../ingestion.ts";
import { type PlannedColumn, planColumn, WRITERS, type Writer } from "./columns.ts";

/** `all`: every table that it could be is; false: none. */
type Share = "all" | "some" | false;

interface Field {
  name: string;
  type: string;
  nullable: boolean;
}

interface TableView {
  name: string;
  fields: Field[];
  /** Columns of the source's own that must have a value. */
  required: string[];
  metadata: PythonValue;
  written: { name: string; write: string }[];
}

export interface View {
  title_line: string;
  description: string[];
  class_name: string;
  client_module: string;
  reading_imports: string[];
  time_readers: TimestampName[];
  native: boolean;
  tables: TableView[];
  writer_tables: TableView[];
  writers_everywhere: boolean;
  writers: Record<Writer, boolean>;
  saved_doc: string[];
  batch_rows: string;
  /** Some table is read whole; some is read incrementally. */
  whole: boolean;
  incremental: boolean;
  deletes: boolean;
  flag_whole: boolean;
  flag_incremental: boolean;
  flag_deletes: boolean;
  feed_deletes: boolean;
  feed_tables: string;
  /** Of the tables that are read whole, which can have rows twice although they have a key. */
  repeated: Share;
  keyed_by_hash: Share;
  row_keys: PythonValue;
  sequenced: Share;
  sequence_columns: PythonValue;
  upserts_argument: string;
}

/** A table with what was decided about it. */
interface Planned {
  table: Table;
  ingestion: Ingestion;
  columns: PlannedColumn[];
}

export function viewOf(blueprint: Blueprint, client: ClientPart): View {
  const planned = blueprint.tables.map((table): Planned => {
    const columns = table.columns.map((column) => planColumn(column, client.values));
    return { table, ingestion: ingestionOf(table), columns };
  });
  const tables = planned.map(tableView);
  const columns = planned.flatMap((plan) => plan.columns);
  const writerTables = tables.filter(({ written }) => written.length > 0);
  const reading = readingView(planned, client);
  return {
    title_line: wrap(docText(blueprint.title), 60).join("\n"),
    description: wrap(docText(blueprint.description), 95),
    class_name: className(blueprint.name),
    client_module: client.clientModule,
    reading_imports: readingImports(reading),
    time_readers: timeReaders(planned),
    native: client.values === "native",
    tables,
    writer_tables: writerTables,
    writers_everywhere: writerTables.length === tables.length,
    writers: Object.fromEntries(WRITERS.map((name) => [name, columns.some(({ writer }) => writer === name)])) as Record<
      Writer,
      boolean
    >,
    saved_doc: client.savedDoc,
    batch_rows: DEFAULT_BATCH_ROWS.toLocaleString("en").replaceAll(",", "_"),
    ...reading,
  };
}

/** What the module `timestamps` has to offer to the shell. */
export function timeReaders(planned: readonly Pick<Planned, "columns">[]): TimestampName[] {
  return [...new Set(planned.flatMap(({ columns }) => columns.flatMap(({ reads }) => reads ?? [])))].sort();
}

/** `help_desk` -> `HelpDesk`. */
export function className(name: string): string {
  const words = name.split("_").filter((word) => word !== "");
  const joined = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return /^[A-Z]/.test(joined) ? joined : `Source${joined}`;
}

function tableView({ table, ingestion, columns }: Planned): TableView {
  const { cursorField, addedKey, addedSequence } = ingestion;
  const identifying = new Set([...ingestion.primaryKeys, ...(cursorField === undefined ? [] : [cursorField])]);
  const added: Field[] = [
    ...(addedKey === undefined ? [] : [{ name: addedKey, type: "StringType()", nullable: false }]),
    ...(addedSequence === undefined ? [] : [{ name: addedSequence, type: "LongType()", nullable: false }]),
  ];
  return {
    name: table.name,
    fields: [...columns.map(({ name, type }) => ({ name, type, nullable: !identifying.has(name) })), ...added],
    required: columns.map(({ name }) => name).filter((name) => identifying.has(name)),
    metadata: {
      ingestion_type: ingestion.type,
      primary_keys: ingestion.primaryKeys,
      ...(cursorField === undefined ? {} : { cursor_field: cursorField }),
    },
    written: columns.flatMap(({ name, write, writer }) => {
      if (write === undefined) return [];
      return [{ name, write: writer === "nested_value" ? nestedWrite(table.name, name) : write }];
    }),
  };
}

function nestedWrite(table: string, column: string): string {
  const type = `TABLE_SCHEMAS[${JSON.stringify(table)}][${JSON.stringify(column)}].dataType`;
  return `partial(nested_value, ${JSON.stringify(`${table}.${column}`)}, ${type})`;
}

type Reading = Pick<
  View,
  | "whole"
  | "incremental"
  | "deletes"
  | "flag_whole"
  | "flag_incremental"
  | "flag_deletes"
  | "feed_deletes"
  | "feed_tables"
  | "repeated"
  | "keyed_by_hash"
  | "row_keys"
  | "sequenced"
  | "sequence_columns"
  | "upserts_argument"
>;

function readingView(planned: readonly Planned[], { repeats = false }: ClientPart): Reading {
  const whole = planned.filter(({ ingestion }) => ingestion.type === "snapshot");
  const incremental = planned.filter(({ ingestion }) => ingestion.type !== "snapshot");
  const deletes = planned.filter(({ ingestion }) => ingestion.type === "cdc_with_deletes");
  const flagged = ({ table }: Planned) => table.deletes.kind === "flag";
  const fed = deletes.filter((plan) => !flagged(plan));
  return {
    whole: whole.length > 0,
    incremental: incremental.length > 0,
    deletes: deletes.length > 0,
    flag_whole: whole.some(flagged),
    flag_incremental: incremental.some(flagged),
    flag_deletes: deletes.some(flagged),
    feed_deletes: fed.length > 0,
    feed_tables: pythonTuple(fed.map(({ table }) => table.name)),
    repeated: repeats && shareOf(whole, ({ table }) => table.primary_key.length > 0),
    keyed_by_hash: shareOf(whole, ({ ingestion }) => ingestion.addedKey !== undefined),
    row_keys: named(whole, ({ ingestion }) => ingestion.addedKey),
    sequenced: shareOf(incremental, ({ ingestion }) => ingestion.addedSequence !== undefined),
    sequence_columns: named(incremental, ({ ingestion }) => ingestion.addedSequence),
    upserts_argument: deletes.length > 0 ? "upsert_pages, " : "",
  };
}

function shareOf(planned: readonly Planned[], test: (plan: Planned) => boolean): Share {
  if (planned.every(test)) return planned.length > 0 && "all";
  return planned.some(test) && "some";
}

function named(planned: readonly Planned[], of: (plan: Planned) => string | undefined): PythonValue {
  const names: { [table: string]: string } = {};
  for (const plan of planned) {
    const name = of(plan);
    if (name !== undefined) names[plan.table.name] = name;
  }
  return names;
}

/** `is_deleted` cannot be asked of a table without a flag: the part says so of none. */
function readingImports(reading: Reading): string[] {
  return [
    ...(reading.flag_whole || reading.flag_incremental ? ["is_deleted"] : []),
    ...(reading.incremental ? ["read_changes"] : []),
    ...(reading.feed_deletes ? ["read_deletes"] : []),
    ...(reading.whole ? ["read_whole"] : []),
  ];
}
