import { join } from "node:path";
import { loadSync } from "@grpc/proto-loader";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createUpdateDecoder,
  decodeSchemaResponse,
  encodeSchemaRequest,
  encodeUpdateRequest,
  type UpdateMessage,
} from "../../../src/targets/fivetran/debugger/wire.ts";
import type { Operation, Row } from "../../../src/warehouse/warehouse.ts";

const definition = loadSync(join(import.meta.dirname, "wire.proto"), { longs: String, keepCase: true });
const service = definition["fivetran_sdk.v2.SourceConnector"] as unknown as {
  [method in "Schema" | "Update"]: {
    requestDeserialize(bytes: Buffer): object;
    responseSerialize(message: object): Buffer;
  };
};

const seconds = fc.bigInt({ min: -62135596800n, max: 253402300799n });
const nanos = fc.integer({ min: 0, max: 999_999 }).map((micros) => micros * 1000);
const moment = fc.record({ seconds: seconds.map(String), nanos });
const int32 = fc.integer();
const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(
    0n,
    -1n,
    127n,
    128n,
    2n ** 28n - 1n,
    2n ** 28n,
    2n ** 31n,
    2n ** 53n,
    2n ** 53n - 1n,
    -(2n ** 53n),
    2n ** 56n,
    2n ** 63n - 1n,
    -(2n ** 63n),
  ),
);
const text = fc.oneof(fc.string({ unit: "grapheme", maxLength: 20 }), fc.constantFrom("", "é".repeat(200)));

/** A value for the encoder, and what the decoder is to make of it. */
const value: fc.Arbitrary<{ sent: object; type: string; expected: unknown }> = fc.oneof(
  fc.constant({ sent: { null: true }, type: "null", expected: null }),
  fc.constant({ sent: {}, type: "null", expected: null }),
  fc.boolean().map((bool) => ({ sent: { bool }, type: "boolean", expected: bool })),
  int32.map((short) => ({ sent: { short }, type: "short", expected: short })),
  int32.map((int) => ({ sent: { int }, type: "int", expected: int })),
  int64.map((long) => ({ sent: { long: String(long) }, type: "long", expected: exact(long) })),
  fc.float().map((float) => ({ sent: { float }, type: "float", expected: float })),
  fc.double().map((double) => ({ sent: { double }, type: "double", expected: double })),
  moment.map((at) => ({ sent: { naive_date: at }, type: "naive_date", expected: micros(at) })),
  moment.map((at) => ({ sent: { naive_datetime: at }, type: "naive_datetime", expected: micros(at) })),
  moment.map((at) => ({ sent: { utc_datetime: at }, type: "utc_datetime", expected: micros(at) })),
  text.map((decimal) => ({ sent: { decimal }, type: "decimal", expected: decimal })),
  fc.uint8Array().map((bytes) => ({ sent: { binary: Buffer.from(bytes) }, type: "binary", expected: bytes })),
  text.map((string) => ({ sent: { string }, type: "string", expected: string })),
  text.map((json) => ({ sent: { json }, type: "json", expected: json })),
  text.map((xml) => ({ sent: { xml }, type: "xml", expected: xml })),
);
const KINDS = ["UPSERT", "UPDATE", "DELETE"] as const;
const record = fc.record({
  table: fc.constantFrom("orders", "größe", ""),
  schema: fc.constantFrom(undefined, "eu"),
  kind: fc.constantFrom(...KINDS),
  cells: fc.dictionary(fc.constantFrom("a", "b", "cc", "ccc", "日本", ""), value, { noNullPrototype: true }),
});
type Sent = typeof record extends fc.Arbitrary<infer T> ? T : never;

function exact(long: bigint): number | bigint {
  return Number.isSafeInteger(Number(long)) ? Number(long) : long;
}

function micros({ seconds: whole, nanos: rest }: { seconds: string; nanos: number }): number | bigint {
  return exact(BigInt(whole) * 1_000_000n + BigInt(rest / 1000));
}

function send({ table, schema, kind, cells }: Sent): object {
  const data = Object.fromEntries(Object.entries(cells).map(([name, { sent }]) => [name, sent]));
  return { table_name: table, type: kind, data, ...(schema === undefined ? {} : { schema_name: schema }) };
}

function check(operation: Operation | undefined, { table, schema, kind, cells }: Sent): void {
  expect(operation).toMatchObject({
    kind: kind.toLowerCase(),
    table: schema === undefined ? table : `${schema}.${table}`,
  });
  const { names, types, values } = (operation as { row: Row }).row;
  const got = Object.fromEntries(names.map((name, i) => [name, { type: types[i], value: values[i] }]));
  expect(Object.keys(got).sort()).toEqual(Object.keys(cells).sort());
  for (const [name, { type, expected }] of Object.entries(cells)) {
    expect(got[name]?.value).toEqual(expected);
    if (expected !== null) expect(got[name]?.type).toBe(type);
  }
}

function operationsOf(messages: UpdateMessage[]): Operation[] {
  return messages.flatMap((message) => (message.kind === "operations" ? message.operations : []));
}

describe("rows", () => {
  it("are decoded as protobufjs encodes them, whatever came before them", () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 12 }), (records) => {
        const decode = createUpdateDecoder([]);
        const batch = service.Update.responseSerialize({
          structured_records: { structured_records: records.map(send) },
        });
        const decoded = operationsOf(decode(batch));
        expect(decoded).toHaveLength(records.length);
        records.forEach((sent, i) => {
          check(decoded[i], sent);
          check(operationsOf(decode(service.Update.responseSerialize({ structured_record: send(sent) })))[0], sent);
        });
      }),
      { numRuns: 200 },
    );
  });

  it("of one form share their names and types", () => {
    const decode = createUpdateDecoder([]);
    const rows = [{ long: "1" }, { null: true }, { long: "2" }].map((b) => ({
      table_name: "t",
      data: { a: { string: "x" }, b },
    }));
    const [first, second, third] = operationsOf(
      decode(service.Update.responseSerialize({ structured_records: { structured_records: rows } })),
    ).map((operation) => (operation as { row: Row }).row);
    expect(second?.names).toBe(first?.names);
    expect(third?.types).toBe(first?.types);
    expect(second?.types).toBe(first?.types);
  });

  it("cut short are refused", () => {
    const whole = service.Update.responseSerialize({
      structured_record: { table_name: "t", data: { a: { string: "long text" } } },
    });
    for (let length = 1; length < whole.length; length++) {
      expect(() => createUpdateDecoder([])(whole.subarray(0, length))).toThrow(RangeError);
    }
  });
});

it("decodes the other messages in their order", () => {
  const decode = createUpdateDecoder([]);
  const sent: [object, UpdateMessage][] = [
    [{ checkpoint: { state_json: '{"é":1}' } }, { kind: "checkpoint", stateJson: '{"é":1}' }],
    [{ warning: { message: "w" } }, { kind: "warning", json: "w" }],
    [{ task: { message: "t" } }, { kind: "error", json: "t" }],
    [{ unstructured_record: { file_path: "a/b", chunk_data: Buffer.alloc(10) } }, { kind: "file", path: "a/b" }],
    [
      { structured_record: { table_name: "t", type: "TRUNCATE" } },
      { kind: "operations", operations: [{ kind: "truncate", table: "t" }] },
    ],
    [
      { truncate: { schema_name: "s", table_name: "t" } },
      { kind: "operations", operations: [{ kind: "truncate", table: "s.t" }] },
    ],
    [
      { structured_record: { table_name: "t" } },
      { kind: "operations", operations: [{ kind: "upsert", table: "t", row: { names: [], types: [], values: [] } }] },
    ],
  ];
  for (const [message, expected] of sent) expect(decode(service.Update.responseSerialize(message))).toEqual([expected]);
});

it("encodes requests that protobufjs reads", () => {
  fc.assert(
    fc.property(fc.dictionary(text, text, { noNullPrototype: true }), text, (configuration, stateJson) => {
      expect(service.Schema.requestDeserialize(encodeSchemaRequest(configuration))).toEqual(
        Object.keys(configuration).length === 0 ? {} : { configuration },
      );
      expect(service.Update.requestDeserialize(encodeUpdateRequest({ configuration, stateJson }))).toMatchObject({
        state_json: stateJson,
      });
    }),
  );
});

describe("the answer to Schema", () => {
  const columns = [
    { name: "id", primary_key: true },
    { name: "total", type: "DECIMAL", params: { decimal: { precision: 10, scale: 2 } } },
    { name: "at", type: "UTC_DATETIME", primary_key: true },
  ];
  const expected = [
    { name: "id", type: "unspecified", primaryKey: true },
    { name: "total", type: "decimal", primaryKey: false, precision: 10, scale: 2 },
    { name: "at", type: "utc_datetime", primaryKey: true },
  ];
  it("gives tables, keys and types", () => {
    const bytes = service.Schema.responseSerialize({
      without_schema: { tables: [{ name: "t", columns }, { name: "u" }] },
    });
    expect(decodeSchemaResponse(bytes)).toEqual([
      { name: "t", columns: expected },
      { name: "u", columns: [] },
    ]);
  });
  it("names tables of schemas by both names", () => {
    const schemas = [
      { name: "eu", tables: [{ name: "t", columns }] },
      { name: "", tables: [{ name: "t" }] },
    ];
    expect(
      decodeSchemaResponse(service.Schema.responseSerialize({ with_schema: { schemas } }))?.map((table) => table.name),
    ).toEqual(["eu.t", "t"]);
  });
  it("is nothing without a schema()", () => {
    expect(
      decodeSchemaResponse(service.Schema.responseSerialize({ schema_response_not_supported: true })),
    ).toBeUndefined();
    expect(decodeSchemaResponse(Buffer.alloc(0))).toEqual([]);
  });
});
