import { DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonicalJsonText } from "../../src/warehouse/json-text.ts";
import { parseMoment, plainNumber, shortestFloat, timestampText, toWhole } from "../../src/warehouse/text.ts";
import { castSql, joinTypes, type StoredType } from "../../src/warehouse/types.ts";
import { binder, converter, duckType, MISFIT, type Value, valueText } from "../../src/warehouse/values.ts";

const MICROS = fc.bigInt({ min: -62135596800000000n, max: 253402300799999999n }).map(toWhole);
const VALUES: { [type in Exclude<StoredType, "JSON">]?: fc.Arbitrary<Value> } = {
  BOOLEAN: fc.boolean(),
  SMALLINT: fc.integer({ min: -32768, max: 32767 }),
  INTEGER: fc.integer(),
  BIGINT: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(toWhole),
  FLOAT: fc.float(),
  DOUBLE: fc.oneof(
    fc.double(),
    fc.integer().map((n) => n / 100),
    fc.constantFrom(1e15, 1e16, 123456789012345680, 1e-5, 0.0001, -0),
  ),
  "DECIMAL(18,4)": fc.bigInt({ min: -(10n ** 18n - 1n), max: 10n ** 18n - 1n }).map(toWhole),
  DATE: MICROS.map((micros) => toWhole((BigInt(micros) / 86_400_000_000n) * 86_400_000_000n)),
  TIMESTAMP: MICROS,
  "TIMESTAMP WITH TIME ZONE": MICROS,
  BLOB: fc.uint8Array({ maxLength: 12 }),
  VARCHAR: fc.string({ unit: "binary", maxLength: 12 }).filter((text) => !text.includes("\0")),
};
const TYPES = Object.keys(VALUES) as StoredType[];

describe("conversions in memory are those of DuckDB", () => {
  let instance: DuckDBInstance;
  beforeAll(async () => {
    instance = await DuckDBInstance.create(":memory:");
  });
  afterAll(() => instance.closeSync());

  const pairs = TYPES.flatMap((from) =>
    TYPES.filter((to) => to !== from && joinTypes(from, to) === to && !(isFloat(from) && to === "VARCHAR")).map(
      (to) => [from, to] as const,
    ),
  );
  it.each(pairs)("from %s to %s", async (from, to) => {
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    const statement = await connection.prepare(
      `SELECT ${castSql("v", from, to)} IS NOT DISTINCT FROM $2, $2 FROM (SELECT $1 AS v)`,
    );
    const convert = converter(from, to, () => expect.unreachable("nothing is rounded when a type widens"));
    await fc.assert(
      fc.asyncProperty(VALUES[from as "BOOLEAN"] as fc.Arbitrary<Value>, async (value) => {
        const converted = convert === undefined ? value : convert(value);
        expect(converted).not.toBe(MISFIT);
        statement.bind([binder(from)(value), binder(to)(converted as Value)], [duckType(from), duckType(to)]);
        const [row] = (await statement.runAndReadAll()).getRows();
        expect(row?.[0], `${String(value)} became ${String(converted)}`).toBe(true);
      }),
      { numRuns: 60 },
    );
    connection.closeSync();
  });
});

/** DuckDB's texts of floats read back the same, but are not always the shortest; compared as numbers, then. */
it.each(["FLOAT", "DOUBLE"] as const)("writes a %s no longer than DuckDB does, with the same meaning", async (type) => {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const statement = await connection.prepare(`SELECT ${castSql("v", type, "VARCHAR")} FROM (SELECT $1 AS v)`);
  await fc.assert(
    fc.asyncProperty(VALUES[type] as fc.Arbitrary<number>, async (value) => {
      statement.bind([value], [duckType(type)]);
      const theirs = String((await statement.runAndReadAll()).getRows()[0]?.[0]);
      const ours = valueText(value, type);
      if (ours === theirs) return;
      expect(ours.length).toBeLessThanOrEqual(theirs.length);
      expect(ours.includes("e")).toBe(theirs.includes("e"));
      const read = type === "FLOAT" ? Math.fround : Number;
      expect(read(Number(ours))).toBe(read(Number(theirs)));
    }),
    { numRuns: 500 },
  );
  connection.closeSync();
  instance.closeSync();
});

function isFloat(type: StoredType): boolean {
  return type === "FLOAT" || type === "DOUBLE";
}

describe("the lattice of types", () => {
  const type = fc.constantFrom<StoredType>(...TYPES, "JSON", "DECIMAL(38,0)", "DECIMAL(5,5)");
  it("joins whatever the order, and is as wide as both", () => {
    fc.assert(
      fc.property(type, type, (a, b) => {
        const joined = joinTypes(a, b);
        expect(joinTypes(b, a)).toBe(joined);
        expect(joinTypes(joined, a)).toBe(joined);
        expect(joinTypes(joined, b)).toBe(joined);
      }),
    );
  });
  it.each([
    ["BOOLEAN", "BIGINT", "BIGINT"],
    ["BIGINT", "FLOAT", "DOUBLE"],
    ["SMALLINT", "FLOAT", "FLOAT"],
    ["DECIMAL(10,2)", "BIGINT", "DECIMAL(21,2)"],
    ["DECIMAL(38,0)", "DECIMAL(5,5)", "VARCHAR"],
    ["DATE", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITH TIME ZONE"],
    ["DATE", "BIGINT", "VARCHAR"],
    ["JSON", "VARCHAR", "VARCHAR"],
    ["BLOB", "VARCHAR", "VARCHAR"],
  ] as const)("%s and %s are %s", (a, b, joined) => {
    expect(joinTypes(a, b)).toBe(joined);
  });
});

describe("values that are cast to a declared type", () => {
  const cast = (value: Value, from: StoredType, to: StoredType) => {
    let rounded = false;
    const result = (
      converter(from, to, () => {
        rounded = true;
      }) ?? ((same: Value) => same)
    )(value);
    return result === MISFIT ? "misfit" : rounded ? { rounded: result } : result;
  };
  it.each([
    ["1.005", "VARCHAR", "DECIMAL(5,2)", { rounded: 101 }],
    ["-1.005", "VARCHAR", "DECIMAL(5,2)", { rounded: -101 }],
    ["-0.5", "VARCHAR", "DECIMAL(5,2)", -50],
    ["1E+3", "VARCHAR", "DECIMAL(5,0)", 1000],
    ["999.995", "VARCHAR", "DECIMAL(5,2)", "misfit"],
    ["NaN", "VARCHAR", "DECIMAL(5,2)", "misfit"],
    ["12345678901234567890123456789012345.678", "VARCHAR", "DECIMAL(38,3)", 12345678901234567890123456789012345678n],
    [70000, "SMALLINT", "SMALLINT", "misfit"],
    [1.5, "DOUBLE", "BIGINT", "misfit"],
    [2, "DOUBLE", "BIGINT", 2],
    ["2026-01-01T00:00:00Z", "VARCHAR", "TIMESTAMP", "misfit"],
    ["2026-01-01", "VARCHAR", "DATE", 1767225600000000],
    ["x", "VARCHAR", "BOOLEAN", "misfit"],
    ["-Infinity", "VARCHAR", "DOUBLE", Number.NEGATIVE_INFINITY],
  ] as const)("%s of %s in %s", (value, from, to, expected) => {
    expect(cast(value, from, to)).toEqual(expected);
  });
});

describe("text", () => {
  it("writes numbers in plain digits that read back the same", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const plain = plainNumber(String(value));
        expect(plain).toMatch(/^-?\d+(\.\d*[1-9])?$/);
        expect(Number(plain)).toBe(value === 0 ? 0 : value);
      }),
    );
    expect(["1.50", "+00.10", "-0.0", "1e3", "12.5e-3", ".5", "", ".", "1e99999", "abc"].map(plainNumber)).toEqual([
      "1.5",
      "0.1",
      "0",
      "1000",
      "0.0125",
      "0.5",
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
  it("finds the shortest text of a 32-bit float", () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Math.fround(shortestFloat(value)) === value).toBe(true);
        expect(
          shortestFloat(value)
            .toExponential()
            .replace(/e.*|[-.]/g, "").length,
        ).toBeLessThanOrEqual(9);
      }),
    );
    expect(shortestFloat(Math.fround(0.1))).toBe(0.1);
  });
  it("reads back every moment it writes", () => {
    fc.assert(fc.property(MICROS, (micros) => parseMoment(timestampText(micros))?.micros === micros));
  });
  it.each([
    ["2026-03-01T01:00:00.000001+02:00", 1772319600000001],
    ["2026-03-01 01:00Z", 1772326800000000],
    ["2026-03-01T01:00:00,5-0130", 1772332200500000],
    ["2026-02-29", undefined],
    ["2026-01-01T24:00:00Z", undefined],
    ["yesterday", undefined],
  ])("reads %s", (text, micros) => {
    expect(parseMoment(text)?.micros).toBe(micros);
  });
  it("brings JSON into one form without rounding", () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const canonical = canonicalJsonText(json);
        expect(JSON.parse(canonical ?? "")).toEqual(JSON.parse(json));
        expect(canonicalJsonText(canonical ?? "")).toBe(canonical);
      }),
    );
    expect(canonicalJsonText('{"b": 1.50, "a": [9007199254740993, -0.0, 1E2], "b": "\\u00e9"}')).toBe(
      '{"a":[9007199254740993,0,100],"b":"é"}',
    );
    expect(["{", "[1,]", '{"a" 1}', "01x", '"\\q"', "1 2", "", "nul"].map((text) => canonicalJsonText(text))).toEqual(
      Array(8).fill(undefined),
    );
  });
});
