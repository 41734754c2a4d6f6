/**
 * Records of the Update stream as operations. Consecutive rows of a table nearly always have the same columns in the
 * same order and of the same types, so that names are compared as bytes with those of the row before, and rows share
 * their lists of names and types.
 */
import type { DeclaredTable, Operation, Row, WireScalar, WireType } from "../../../warehouse/warehouse.ts";
import { advance, type Reader, readVarint } from "./wire-reader.ts";
import { readRaw, readValue, type ValueHolder } from "./wire-values.ts";

export interface RowReader {
  readRecord(reader: Reader): Operation;
  readTruncate(reader: Reader): Operation;
}

/** Rows of one table with the same columns in the same order. */
interface Form {
  names: readonly string[];
  nameBytes: readonly Buffer[];
  types: readonly WireType[];
}

interface TableForms {
  name: string;
  types: ReadonlyMap<string, WireType>;
  /** The form of the row before. */
  last: Form;
  forms: Map<string, Form>;
}

/** A row as it is being read. */
interface Draft extends ValueHolder {
  table: TableForms;
  form: Form;
  names: string[] | undefined;
  types: readonly WireType[];
  ownTypes: boolean;
  values: WireScalar[];
}

const KINDS = ["upsert", "update", "delete", "truncate"] as const;
const EMPTY_FORM: Form = { names: [], nameBytes: [], types: [] };
const MAX_FORMS = 1000;

export function createRowReader(declared: readonly DeclaredTable[]): RowReader {
  const tables = new Map<string, TableForms>();
  const declaredTypes = new Map(
    declared.map(({ name, columns }) => [name, new Map(columns.map((column) => [column.name, column.type]))]),
  );

  const tableOf = (name: string): TableForms => {
    let table = tables.get(name);
    if (table === undefined) {
      table = { name, types: declaredTypes.get(name) ?? new Map(), last: EMPTY_FORM, forms: new Map() };
      tables.set(name, table);
    }
    return table;
  };

  const readRecord = (reader: Reader): Operation => {
    let schema = "";
    let name: string | undefined;
    let kind: (typeof KINDS)[number] = "upsert";
    let draft: Draft | undefined;
    const length = readVarint(reader);
    const outer = reader.end;
    const start = reader.at;
    advance(reader, length);
    reader.end = reader.at;
    reader.at = start;
    while (reader.at < reader.end) {
      const tag = readVarint(reader);
      // 0x22 is field 4, `data`; 0x2a is field 5, `row_data`.
      if (tag === 0x22 || tag === 0x2a) {
        if (draft === undefined) {
          // Fields come in order of their numbers, but nothing promises it.
          name ??= reader.peekText(2);
          const table = tableOf(qualify(schema, name));
          draft = {
            table,
            form: table.last,
            names: undefined,
            types: table.last.types,
            ownTypes: false,
            values: [],
            value: null,
          };
        }
        readEntry(reader, draft, tag === 0x2a);
      } else if (tag === 0x12) name = reader.text();
      else if (tag === 0x18) kind = KINDS[readVarint(reader)] ?? "upsert";
      else if (tag === 0x0a) schema = reader.text();
      else reader.skip(tag & 7);
    }
    reader.end = outer;
    const full = draft?.table.name ?? qualify(schema, name ?? "");
    if (kind === "truncate") return { kind, table: full };
    return { kind, table: full, row: draft === undefined ? EMPTY_ROW : finishRow(draft) };
  };

  const readTruncate = (reader: Reader): Operation => {
    let schema = "";
    let name = "";
    reader.message(() =>
      reader.fields((number, wire) => {
        if (number === 1) schema = reader.text();
        else if (number === 2) name = reader.text();
        else reader.skip(wire);
      }),
    );
    return { kind: "truncate", table: qualify(schema, name) };
  };
  return { readRecord, readTruncate };
}

const EMPTY_ROW: Row = { names: [], types: [], values: [] };

function qualify(schema: string, table: string): string {
  return schema === "" ? table : `${schema}.${table}`;
}

function finishRow(draft: Draft): Row {
  const { table, form, values } = draft;
  if (draft.names === undefined && values.length === form.names.length) {
    if (draft.types === form.types) return { names: form.names, types: form.types, values };
    table.last = { ...form, types: draft.types };
    table.forms.set(JSON.stringify(form.names), table.last);
    return { names: form.names, types: draft.types, values };
  }
  const names = draft.names ?? form.names.slice(0, values.length);
  const order = JSON.stringify(names);
  const known = table.forms.get(order);
  // A null takes the type its column had, so that it does not make another form.
  const types = draft.types
    .slice(0, values.length)
    .map((type, i) => (values[i] === null ? (known?.types[i] ?? "unspecified") : type));
  const same = known !== undefined && types.every((type, i) => type === known.types[i]);
  if (table.forms.size >= MAX_FORMS) table.forms.clear();
  table.last = {
    names: known?.names ?? names,
    nameBytes: known?.nameBytes ?? names.map((name) => Buffer.from(name)),
    types: same ? known.types : types,
  };
  table.forms.set(order, table.last);
  return { names: table.last.names, types: table.last.types, values };
}

/** One entry of a row's map: key, then value, as every serialiser writes them. */
function readEntry(reader: Reader, draft: Draft, raw: boolean): void {
  const length = readVarint(reader);
  const outer = reader.end;
  const end = reader.at + length;
  if (end > outer) throw new RangeError("a message of the connector is cut short");
  reader.end = end;
  const index = draft.values.length;
  const name = readName(reader, draft, index);
  let type: WireType = "unspecified";
  let value: WireScalar = null;
  if (reader.at < end && reader.bytes[reader.at] === 0x12) {
    reader.at++;
    const size = readVarint(reader);
    const stop = reader.at + size;
    if (stop > end) throw new RangeError("a message of the connector is cut short");
    if (raw)
      [type, value] = readRaw(
        reader.bytes.subarray(reader.at, stop),
        draft.table.types.get(name ?? draft.form.names[index] ?? ""),
      );
    else if (size > 0) {
      type = readValue(reader, draft, stop);
      value = draft.value;
    }
  }
  reader.at = end;
  reader.end = outer;
  draft.values.push(value);
  setType(draft, index, value === null ? undefined : type);
}

/** Reads the key. Returns undefined while the row follows the form of the one before. */
function readName(reader: Reader, draft: Draft, index: number): string | undefined {
  const { bytes } = reader;
  const expected = draft.names === undefined ? draft.form.nameBytes[index] : undefined;
  if (bytes[reader.at] !== 0x0a) return leaveForm(draft, index, reader.peekText(1));
  reader.at++;
  const length = readVarint(reader);
  const start = reader.at;
  advance(reader, length);
  if (expected !== undefined && expected.length === length) {
    let i = 0;
    while (i < length && bytes[start + i] === expected[i]) i++;
    if (i === length) return undefined;
  }
  return leaveForm(draft, index, bytes.toString("utf8", start, start + length));
}

function leaveForm(draft: Draft, index: number, name: string): string {
  if (draft.names === undefined) {
    draft.names = draft.form.names.slice(0, index);
    draft.types = draft.types.slice(0, index);
    draft.ownTypes = true;
  }
  draft.names.push(name);
  return name;
}

function setType(draft: Draft, index: number, type: WireType | undefined): void {
  if (draft.names === undefined && (type === undefined || draft.types[index] === type)) return;
  if (!draft.ownTypes) {
    draft.types = [...draft.types];
    draft.ownTypes = true;
  }
  (draft.types as WireType[])[index] = type ?? "unspecified";
}
