/**
 * Values end to end: a real source on this machine, the connectors of both targets, and the warehouse read by DuckDB itself
 * and held against what is written here, so that no mistake of our own reading hides one of theirs.
 */
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { execa } from "execa";
import { buildSchema, GraphQLScalarType, graphql } from "graphql";
import { LosslessNumber, parse, stringify } from "lossless-json";
import { afterAll, describe, expect, test } from "vitest";
import type { Blueprint } from "../../src/artifacts/blueprint.ts";
import type { Requirements } from "../../src/artifacts/requirements.ts";
import { specSchema } from "../../src/artifacts/spec.ts";
import { fileSource } from "../../src/sources/file/file.ts";
import { graphqlSource } from "../../src/sources/graphql/graphql.ts";
import type { DescribeContext, SourceKind } from "../../src/sources/kind.ts";
import { restSource } from "../../src/sources/rest/rest.ts";
import { ensurePythonEnv, pythonParts } from "../../src/system/python-env.ts";
import { makeBlueprint } from "../support/rest-blueprint.ts";
import { temporaryDirectory } from "../support/run-cli.ts";
import { type Arrived, type Rows, syncBoth } from "../support/sync-both.ts";
import { thorough } from "../support/thorough.ts";
import { verifies } from "../support/verifies.ts";

const LONG = "x".repeat(5_000_000);
/** Beyond what Python's reader of delimited text takes unless it is told otherwise. */
const LONG_FIELD = "x".repeat(300_000);
const EURO = "12345678901234567890123456789.123456789";
const TEXT = "naïve 🚢 e\u0301 שלום";

/** In JSON, where numbers have no limits. `nested`: objects, lists of objects, and digits that no float has. */
const RECORDS = `[
  {"id": 1, "order": "${TEXT}", "group": "", "Select": "a", "Mixed Case": "m", "amount": ${EURO}, "big": 9007199254740993,
   "huge": 18446744073709551616, "rate": 0.1, "at": "1969-12-31T23:59:59.999999+05:30", "local": "1900-01-01T00:00:00.000001",
   "day": "1582-10-04", "nested": {"City name": "Åbo", "big": 9007199254740993, "exact": 0.12345678901234567890, "half": 0.50,
   "text": "0.50", "list": [{"a": 1}, {"a": null, "b": [1, "2"]}], "order": ""}, "lines": [{"sku": "a", "n": 9007199254740993}, {}]},
  {"id": 2, "order": "", "group": null, "Select": "", "Mixed Case": "null", "amount": -0.000000001, "big": -9223372036854775808,
   "huge": 0, "rate": 1.7976931348623157e308, "at": "9999-12-31T23:59:59.999999Z", "local": "2024-02-29 12:30:00", "day": "0001-01-01",
   "nested": {}, "lines": []},
  {"id": 3, "order": "${LONG}"}
]`;

/** What both warehouses hold of them, in the source's names. */
const STORED: Rows = [
  {
    id: "1",
    order: TEXT,
    group: "",
    Select: "a",
    "Mixed Case": "m",
    amount: EURO,
    big: "9007199254740993",
    huge: "18446744073709551616",
    rate: "0.1",
    at: "1969-12-31 18:29:59.999999+00",
    local: "1900-01-01 00:00:00.000001",
    day: "1582-10-04",
  },
  {
    id: "2",
    order: "",
    group: null,
    Select: "",
    "Mixed Case": "null",
    amount: "-0.000000001",
    big: "-9223372036854775808",
    huge: "0",
    rate: "1.7976931348623157e+308",
    at: "9999-12-31 23:59:59.999999+00",
    local: "2024-02-29 12:30:00",
    day: "0001-01-01",
  },
];

/** `exact` as each platform's JSON can have it: as a number, or as text. No digit is lost. */
const nestedAt = (target: string) =>
  `{"City name":"Åbo","big":9007199254740993,"exact":${target === "fivetran" ? '"0.12345678901234567890"' : "0.12345678901234567890"},` +
  `"half":0.5,"text":"0.50","list":[{"a":1},{"a":null,"b":[1,"2"]}],"order":""}`;

/** Platforms name columns and keep times without a zone in their own ways. */
function asSource(row: Rows[number]): Rows[number] {
  const names: Record<string, string> = { select: "Select", mixed_case: "Mixed Case" };
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      names[name] ?? name,
      name === "local" && value !== null
        ? (value?.replace("T", " ").replace(/\.000000$/, "") ?? null)
        : (value ?? null),
    ]),
  );
}

/** JSON text without its spaces and escapes, numbers as they are written; `0.50` and `0.5` are one number. */
function plainJson(text: string | null | undefined): string {
  return (
    stringify(parse(text ?? "null", undefined, (digits) => new LosslessNumber(digits === "0.50" ? "0.5" : digits))) ??
    ""
  );
}

function expectRecords(arrived: readonly Arrived[], tables: Record<string, Rows>): void {
  for (const { target } of arrived) {
    const rows = (tables[target] ?? []).map(asSource);
    expect(rows).toHaveLength(3);
    expect(rows.slice(0, 2), target).toMatchObject(STORED);
    expect(rows[2]?.order === LONG, "five megabytes of text").toBe(true);
    expect(
      Object.entries(rows[2] ?? {}).filter(([name, value]) => name in (STORED[0] ?? {}) && value !== null).length,
    ).toBe(2);
    expect(plainJson(rows[0]?.nested)).toBe(nestedAt(target));
    expect(plainJson(rows[0]?.lines)).toBe('[{"sku":"a","n":9007199254740993},{}]');
    expect([rows[1]?.nested, rows[1]?.lines, rows[2]?.nested]).toEqual(["{}", "[]", null]);
  }
}

/** Each sync succeeded, nothing of it differs from the live reader's rows, and both targets' tables are the same. */
function expectEqual(arrived: readonly Arrived[]): void {
  for (const { target, result, differences } of arrived) {
    expect(result.reason, target).toBeUndefined();
    expect(differences, target).toEqual([]);
  }
  expect(arrived[0]?.digests).toEqual(arrived[1]?.digests);
}

async function rowsOf(arrived: readonly Arrived[], table: string): Promise<Record<string, Rows>> {
  const pairs = await Promise.all(arrived.map(async (one) => [one.target, await one.rows(table, "id")] as const));
  return Object.fromEntries(pairs);
}

async function described(
  kind: SourceKind,
  spec: object,
  configuration: Record<string, string> = {},
): Promise<Blueprint> {
  const requirements: Requirements = {
    version: 1,
    name: "exact",
    spec: specSchema.parse({ name: "Exact", ...spec }),
    spec_address: "/specs/exact.yaml",
  };
  const context = {
    baseDirectory: "/",
    now: () => new Date(0),
    signal: AbortSignal.timeout(30_000),
    configuration,
  } as unknown as DescribeContext;
  return (await kind.describe(requirements, context)).blueprint;
}

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close().closeAllConnections();
});

async function serve(answer: (body: string) => Promise<string>): Promise<string> {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    response.writeHead(200, { "content-type": "application/json" }).end(await answer(body));
  }).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const COLUMNS = {
  id: "integer",
  order: "string",
  group: "string",
  Select: "string",
  "Mixed Case": "string",
  amount: { type: "decimal", precision: 38, scale: 9 },
  big: "integer",
  huge: "bigint",
  rate: "number",
  at: "timestamp",
  local: "local_timestamp",
  day: "date",
  nested: "json",
  lines: "json",
} as const;

describe(verifies("square.values", "what a source holds is what both warehouses hold"), () => {
  test("REST, with reserved and mixed-case names of tables", async () => {
    const base_url = await serve(async () => `{"data": ${RECORDS}}`);
    const blueprint = makeBlueprint([{ name: "order", columns: COLUMNS }], { base_url });
    const arrived = await syncBoth(blueprint, { base_url });
    expectEqual(arrived);
    expectRecords(arrived, await rowsOf(arrived, "order"));
  }, 60_000);

  test("REST keeps digits inside of objects, whether or not a column is a decimal", async () => {
    const blueprint = makeBlueprint([{ columns: { id: "integer", any: "json" } }]);
    const { modules } = await restSource.client(blueprint, { single: false });
    expect(modules.find(({ name }) => name === "api")?.content).toContain("parse_float=Decimal");
  });

  test("GraphQL", async () => {
    const sdl = `
      scalar BigInt
      scalar BigDecimal
      scalar Long
      scalar DateTime
      scalar LocalDateTime
      scalar Date
      scalar JSON
      type Thing { id: Long!, order: String, group: String, Select: String, amount: BigDecimal, big: Long, huge: BigInt,
        rate: Float, at: DateTime, local: LocalDateTime, day: Date, nested: JSON, lines: JSON }
      type Query { order(offset: Int, limit: Int): [Thing!]! }`;
    const schema = buildSchema(sdl);
    for (const type of Object.values(schema.getTypeMap()))
      if (type instanceof GraphQLScalarType && /^(Big|Long|DateT|Local|Date|JSON)/.test(type.name))
        type.serialize = (value) => value;
    const records = parse(RECORDS) as Record<string, unknown>[];
    const base_url = await serve(async (body) => {
      const { query, variables } = JSON.parse(body);
      const rootValue = {
        order: ({ offset = 0, limit = 10 }) =>
          records
            .slice(offset, offset + limit)
            .map((record) => ({ ...record, rate: record.rate && Number(record.rate) })),
      };
      return stringify(await graphql({ schema, source: query, variableValues: variables, rootValue })) ?? "";
    });
    const path = join(await temporaryDirectory(), "schema.graphql");
    await writeFile(path, sdl);
    const spec = {
      source: { kind: "graphql", base_url, docs: [path] },
      tables: [{ name: "order", primary_key: ["id"] }],
    };
    const blueprint = await described(graphqlSource, spec);
    const types = Object.fromEntries(blueprint.tables[0]?.columns.map(({ name, type }) => [name, type]) ?? []);
    const { "Mixed Case": _, ...known } = COLUMNS;
    expect(types).toEqual({ ...known, amount: "decimal" });
    const arrived = await syncBoth(blueprint, { base_url });
    expectEqual(arrived);
    const tables = await rowsOf(arrived, "order");
    for (const rows of Object.values(tables))
      for (const [index, row] of rows.entries()) row["Mixed Case"] = STORED[index]?.["Mixed Case"] ?? null;
    expectRecords(arrived, tables);
  }, 60_000);

  test.runIf(thorough)(
    "files: CSV, NDJSON and Parquet",
    async () => {
      const path = join(await temporaryDirectory(), "exports");
      await mkdir(path);
      const lines = (parse(RECORDS) as object[]).map((record) => stringify(record));
      await writeFile(join(path, "order.ndjson"), `${lines.join("\n")}\n`);
      await writeFile(join(path, "Group.csv"), csv());
      await writeFile(join(path, "select.csv"), '\ufeffid;note\r\n1;\\N\r\n2;\r\n3;""\r\n4;NULL\r\n');
      const { python } = await ensurePythonEnv({ parts: pythonParts("file") });
      await execa(python, ["-c", PARQUET, join(path, "things.parquet")]);
      const nulls = {
        name: "select",
        pattern: "select.csv",
        content: { format: "csv", delimiter: ";", nulls: ["\\N"] },
      };
      const blueprint = await described(
        fileSource,
        { source: { kind: "file", path }, tables: [nulls, "order", "group", "things"] },
        { path },
      );
      const arrived = await syncBoth(blueprint, { path });
      expectEqual(arrived);
      expectRecords(arrived, await rowsOf(arrived, "order"));
      for (const one of arrived) {
        // Delimited text has no null of its own: blank is null but in columns of text, unless a mark of it is stated.
        expect((await one.rows("select", "id")).map(({ note }) => note)).toEqual([null, "", "", "NULL"]);
        const [first, second] = (await one.rows("group", "id")).map(asSource);
        expect(first).toMatchObject({ ...STORED[0], Select: 'a "quoted", line\nand more' });
        expect(second).toMatchObject({ ...STORED[1], group: "", "Mixed Case": "null", note: LONG_FIELD });
        await expectParquet(one);
      }
    },
    90_000,
  );
});

function csv(): string {
  const [, small] = STORED;
  return [
    "id,order,group,Select,Mixed Case,amount,big,huge,rate,at,local,day,note",
    `1,${TEXT},"","a ""quoted"", line\nand more",m,${EURO},9007199254740993,18446744073709551616,0.1,1969-12-31T23:59:59.999999+05:30,1900-01-01 00:00:00.000001,1582-10-04,`,
    `2,,,,null,${small?.amount},${small?.big},0,1.7976931348623157e308,9999-12-31 23:59:59.999999Z,2024-02-29T12:30:00,0001-01-01,${LONG_FIELD}`,
    "",
  ].join("\n");
}

/** Written by what is neither the connector's nor our reader's description of it: types stated one by one. */
const PARQUET = `
import datetime as d, math, sys
from decimal import Decimal
import pyarrow as pa, pyarrow.parquet as pq
schema = pa.schema([
    ("id", pa.int64()), ("order", pa.large_string()), ("Group", pa.string()), ("amount", pa.decimal128(38, 9)),
    ("big", pa.int64()), ("huge", pa.uint64()), ("rate", pa.float64()), ("single", pa.float32()),
    ("at", pa.timestamp("us", "UTC")), ("zoned", pa.timestamp("ms", "Europe/Berlin")), ("local", pa.timestamp("us")),
    ("nanos", pa.timestamp("ns")), ("day", pa.date32()), ("clock", pa.time64("us")), ("blob", pa.binary()),
    ("nested", pa.struct([("City name", pa.string()), ("rent", pa.decimal128(20, 4)), ("rates", pa.list_(pa.float64()))])),
    ("lines", pa.list_(pa.struct([("sku", pa.string()), ("n", pa.int64())]))), ("tags", pa.map_(pa.string(), pa.int64())),
    ("wide", pa.struct([("euro", pa.decimal128(38, 9))])),
])
rows = [
    dict(id=1, order="${TEXT}", Group="", amount=Decimal("${EURO}"), big=9007199254740993, huge=18446744073709551615,
        rate=0.1, single=0.1, at=d.datetime(1969, 12, 31, 23, 59, 59, 999999, d.timezone.utc),
        zoned=d.datetime(2026, 3, 29, 1, 30, 0, 123000, d.timezone.utc), local=d.datetime(1900, 1, 1, 0, 0, 0, 1),
        nanos=d.datetime(2026, 1, 1, 0, 0, 0, 123456), day=d.date(1582, 10, 4), clock=d.time(23, 59, 59, 500000),
        blob=b"\\x00\\xff", nested={"City name": "Åbo", "rent": Decimal("1200.5000"), "rates": [0.1, math.nan, -math.inf]},
        lines=[{"sku": "a", "n": 9007199254740993}, {"sku": None, "n": None}], tags=[("x", 1)],
        wide={"euro": Decimal("${EURO}")}),
    dict(id=2, order="", amount=Decimal("-0.000000001"), big=-9223372036854775808, huge=0, rate=math.nan, single=math.inf,
        lines=[], tags=[]),
    dict(id=3, rate=-math.inf, nested={}),
    dict(id=4, order="x" * ${LONG.length}),
]
pq.write_table(pa.Table.from_pylist(rows, schema), sys.argv[1])
`;

async function expectParquet({ target, rows }: Arrived): Promise<void> {
  const found: Rows = (await rows("things", "id")).map((row) => ({
    ...asSource(row),
    Group: row.Group ?? row.group ?? null,
  }));
  const [full, odd, other, long] = found;
  expect(full).toMatchObject({
    order: TEXT,
    Group: "",
    amount: EURO,
    big: "9007199254740993",
    huge: "18446744073709551615",
    rate: "0.1",
    // What 32 bits hold of 0.1.
    single: "0.10000000149011612",
    at: "1969-12-31 23:59:59.999999+00",
    zoned: "2026-03-29 01:30:00.123+00",
    local: "1900-01-01 00:00:00.000001",
    day: "1582-10-04",
    clock: "23:59:59.500000",
    blob: "\\x00\\xFF",
  });
  expect(full?.nanos?.replace("T", " ")).toBe("2026-01-01 00:00:00.123456");
  const nested = JSON.parse(full?.nested ?? "null");
  expect(nested).toEqual({ "City name": "Åbo", rent: 1200.5, rates: [0.1, "NaN", "-Infinity"] });
  expect(full?.wide).toContain(EURO);
  expect(plainJson(full?.lines).replaceAll("null", "")).toContain('"n":9007199254740993');
  expect(JSON.parse(full?.tags ?? "null")).toEqual([{ key: "x", value: 1 }]);
  expect(odd).toMatchObject({ order: "", Group: null, amount: "-0.000000001", big: "-9223372036854775808", huge: "0" });
  expect([odd?.rate, odd?.single, odd?.at, odd?.lines, other?.rate]).toEqual(["nan", "inf", null, "[]", "-inf"]);
  expect(long?.order === LONG, `five megabytes of text at ${target}`).toBe(true);
}
