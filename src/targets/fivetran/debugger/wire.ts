/**
 * The SDK's protocol, `fivetran_sdk.v2.SourceConnector`: encodes the two requests and decodes the two answers. Written
 * by hand because rows come as maps of tagged unions: protobufjs takes four times as long for them, nearly as much as all the
 * rest of our work on a row. `test/bench/debugger.ts` measures both; the tests compare with protobufjs.
 */
import type { DeclaredColumn, DeclaredTable, Operation, WireType } from "../../../warehouse/warehouse.ts";
import { createReader, type Reader } from "./wire-reader.ts";
import { createRowReader, type RowReader } from "./wire-rows.ts";

export const SERVICE = "fivetran_sdk.v2.SourceConnector";

export type UpdateMessage =
  | { kind: "operations"; operations: Operation[] }
  | { kind: "checkpoint"; stateJson: string }
  /** `op.warning` and `op.error`: JSON texts with `message` and perhaps `trace`. */
  | { kind: "warning" | "error"; json: string }
  /** A piece of an uploaded file. */
  | { kind: "file"; path: string };

export function encodeSchemaRequest(configuration: Record<string, string>): Buffer {
  return encodeConfiguration(configuration);
}

export function encodeUpdateRequest(request: { configuration: Record<string, string>; stateJson: string }): Buffer {
  return Buffer.concat([encodeConfiguration(request.configuration), field(3, request.stateJson)]);
}

/** Undefined when the connector has no `schema()`. A table of schema `s` is named `s.table`, here and in operations. */
export function decodeSchemaResponse(bytes: Buffer): DeclaredTable[] | undefined {
  const reader = createReader(bytes);
  const tables: DeclaredTable[] = [];
  let supported = true;
  reader.fields((number, wire) => {
    if (number === 1) supported = reader.varint() === 0;
    else if (number === 2)
      reader.message(() =>
        reader.fields((inner, type) => (inner === 1 ? readSchema(reader, tables) : reader.skip(type))),
      );
    else if (number === 3) reader.message(() => readTables(reader, { field: 1, schema: "", tables }));
    else reader.skip(wire);
  });
  return supported ? tables : undefined;
}

/** Decodes the messages of one Update stream; it learns the form of rows, so use one per stream. */
export function createUpdateDecoder(declared: readonly DeclaredTable[]): (bytes: Buffer) => UpdateMessage[] {
  const rows = createRowReader(declared);
  return (bytes) => {
    const reader = createReader(bytes);
    const messages: UpdateMessage[] = [];
    reader.fields((number, wire) => {
      if (wire !== 2) reader.skip(wire);
      else readUpdate(reader, { number, rows, messages });
    });
    return messages;
  };
}

function readUpdate(
  reader: Reader,
  { number, rows, messages }: { number: number; rows: RowReader; messages: UpdateMessage[] },
): void {
  switch (number) {
    case 1:
      messages.push({ kind: "operations", operations: [rows.readRecord(reader)] });
      return;
    case 3:
      messages.push({ kind: "checkpoint", stateJson: readText(reader, 1) });
      return;
    case 4:
    case 5:
      messages.push({ kind: number === 4 ? "warning" : "error", json: readText(reader, 1) });
      return;
    case 6: {
      const operations: Operation[] = [];
      reader.message(() =>
        reader.fields((inner, wire) => {
          if (inner === 1) operations.push(rows.readRecord(reader));
          else reader.skip(wire);
        }),
      );
      messages.push({ kind: "operations", operations });
      return;
    }
    case 7:
      messages.push({ kind: "file", path: readText(reader, 3) });
      return;
    case 8:
      // A truncate outside of the records; the pinned SDK knows it and does not send it.
      messages.push({ kind: "operations", operations: [rows.readTruncate(reader)] });
      return;
    default:
      reader.skip(2);
  }
}

const WIRE_TYPES: readonly WireType[] = [
  "unspecified",
  "boolean",
  "short",
  "int",
  "long",
  "decimal",
  "float",
  "double",
  "naive_date",
  "naive_datetime",
  "utc_datetime",
  "binary",
  "xml",
  "string",
  "json",
];

function readSchema(reader: Reader, tables: DeclaredTable[]): void {
  reader.message(() => {
    const schema = reader.peekText(1);
    readTables(reader, { field: 2, schema, tables });
  });
}

function readTables(
  reader: Reader,
  { field: wanted, schema, tables }: { field: number; schema: string; tables: DeclaredTable[] },
): void {
  reader.fields((number, wire) => {
    if (number !== wanted || wire !== 2) return reader.skip(wire);
    const table: DeclaredTable = { name: "", columns: [] };
    reader.message(() =>
      reader.fields((inner, type) => {
        if (inner === 1) table.name = schema === "" ? reader.text() : `${schema}.${reader.text()}`;
        else if (inner === 2) table.columns.push(readColumn(reader));
        else reader.skip(type);
      }),
    );
    tables.push(table);
  });
}

function readColumn(reader: Reader): DeclaredColumn {
  const column: DeclaredColumn = { name: "", type: "unspecified", primaryKey: false };
  reader.message(() =>
    reader.fields((number, wire) => {
      if (number === 1) column.name = reader.text();
      else if (number === 2) column.type = WIRE_TYPES[reader.varint()] ?? "string";
      else if (number === 3) column.primaryKey = reader.varint() !== 0;
      else if (number === 4) reader.message(() => readParameters(reader, column));
      else reader.skip(wire);
    }),
  );
  return column;
}

function readParameters(reader: Reader, column: DeclaredColumn): void {
  reader.fields((number, wire) => {
    if (number !== 1) return reader.skip(wire);
    column.precision = 0;
    column.scale = 0;
    reader.message(() =>
      reader.fields((inner, type) => {
        if (inner === 1) column.precision = reader.varint();
        else if (inner === 2) column.scale = reader.varint();
        else reader.skip(type);
      }),
    );
  });
}

/** One text field of a small message. */
function readText(reader: Reader, wanted: number): string {
  let text = "";
  reader.message(() =>
    reader.fields((number, wire) => {
      if (number === wanted && wire === 2) text = reader.text();
      else reader.skip(wire);
    }),
  );
  return text;
}

function encodeConfiguration(configuration: Record<string, string>): Buffer {
  return Buffer.concat(
    Object.entries(configuration).map(([key, value]) => field(1, Buffer.concat([field(1, key), field(2, value)]))),
  );
}

/** A length-delimited field. */
function field(number: number, value: string | Buffer): Buffer {
  const bytes = typeof value === "string" ? Buffer.from(value) : value;
  return Buffer.concat([Buffer.from([number * 8 + 2, ...varint(bytes.length)]), bytes]);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}
