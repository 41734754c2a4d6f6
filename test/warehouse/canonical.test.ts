import { describe, expect, it } from "vitest";
import { canonicalJson, canonicalText, canonicalWire } from "../../src/warehouse/canonical.ts";
import { compareRows } from "../../src/warehouse/compare.ts";
import { canonicalJsonText } from "../../src/warehouse/json-text.ts";

describe("a source's values", () => {
  const CASES = [
    [1.5, "number", "1.5"],
    [1e21, "number", "1000000000000000000000"],
    [9007199254740993n, "bigint", "9007199254740993"],
    ["0012.50", "decimal", "12.5"],
    [5, "string", "5"],
    [true, "boolean", "true"],
    [null, "string", null],
    [undefined, "json", null],
    ["2026-01-01T01:00:00+01:00", "timestamp", "2026-01-01T00:00:00Z"],
    ["2026-01-01 00:00:00.1200", "local_timestamp", "2026-01-01T00:00:00.12"],
    ["2026-01-01T00:00:00Z", "date", "2026-01-01"],
    ["soon", "timestamp", "soon"],
    [{ b: 1, a: [9007199254740993n, null] }, "json", '{"a":[9007199254740993,null],"b":1}'],
    ["text", "json", '"text"'],
    [[1], "string", "[1]"],
  ] as const;
  // The runner cannot print a bigint in a test's name.
  it.each(CASES.map((_, index) => index))("case %i", (index) => {
    const [value, type, text] = CASES[index] as (typeof CASES)[number];
    expect(canonicalJson(value as Parameters<typeof canonicalJson>[0], type)).toBe(text);
  });

  it("reads epochs to the microsecond", () => {
    expect(canonicalJson(1700000000.123456, "timestamp", { format: "epoch_seconds" })).toBe(
      "2023-11-14T22:13:20.123456Z",
    );
    expect(canonicalJson("-1500", "timestamp", { format: "epoch_milliseconds" })).toBe("1969-12-31T23:59:58.5Z");
    expect(canonicalJson(1700000000000, "date", { format: "epoch_milliseconds" })).toBe("2023-11-14");
  });

  it("meet the warehouse's in the same text", () => {
    expect(canonicalWire({ type: "float", value: Math.fround(0.1) })).toBe(canonicalJson(0.1, "number"));
    expect(canonicalWire({ type: "float", value: 1049980.25 })).toBe(canonicalJson(1049980.25, "number"));
    expect(canonicalWire({ type: "float", value: Math.fround(0.123456789) })).not.toBe(
      canonicalJson(0.123456789, "number"),
    );
    expect(canonicalWire({ type: "double", value: 1e20 })).toBe(canonicalJson(100000000000000000000n, "bigint"));
    expect(canonicalWire({ type: "json", value: '{"b": 1.0, "a": 2}' })).toBe(canonicalJson({ a: 2, b: 1 }, "json"));
    expect(canonicalWire({ type: "utc_datetime", value: 0 })).toBe(
      canonicalJson("1970-01-01T00:00:00.000Z", "timestamp"),
    );
    expect(canonicalWire({ type: "binary", value: Uint8Array.of(1, 2) })).toBe("AQI=");
    expect(canonicalWire(null)).toBeNull();
    expect(canonicalText("2026-01-01 00:00:00+00", "timestamp")).toBe("2026-01-01T00:00:00Z");
  });
});

describe("comparing rows", () => {
  const key = ["id"];
  it("finds equal rows equal, whatever their order and absent columns", async () => {
    const expected = [
      { id: "1", a: "x", b: null },
      { id: "2", a: "y" },
    ];
    const actual = [
      { id: "2", a: "y", b: null },
      { a: "x", id: "1" },
    ];
    expect(await compareRows({ expected, actual, key })).toEqual({
      expected: 2,
      actual: 2,
      missing: 0,
      unexpected: 0,
      different: 0,
      examples: [],
    });
  });

  it("names what is missing, too many, doubled and different", async () => {
    const expected = [
      { id: "1", a: "x" },
      { id: "2", a: "y" },
      { id: "3", a: "z" },
    ];
    const actual = [
      { id: "1", a: "x" },
      { id: "1", a: "x" },
      { id: "2", a: "n" },
      { id: "9", a: "q" },
    ];
    expect(await compareRows({ expected, actual, key })).toEqual({
      expected: 3,
      actual: 4,
      missing: 1,
      unexpected: 2,
      different: 1,
      examples: ["more than once: id=1", "other values: id=2; a is n, not y", "not expected: id=9", "missing: id=3"],
    });
  });

  it("counts whole rows where there is no key", async () => {
    const row = { a: "x" };
    const result = await compareRows({ expected: [row, row, { a: "y" }], actual: [row, { a: "z" }], key: [] });
    expect(result).toMatchObject({ missing: 2, unexpected: 1, different: 0 });
  });

  it("reads actual values as the types given", async () => {
    const expected = [{ id: "1", at: "2026-01-01T00:00:00Z" }];
    const actual = [{ id: "1", at: "2026-01-01T01:00:00.000+01:00" }];
    expect((await compareRows({ expected, actual, key })).different).toBe(1);
    expect((await compareRows({ expected, actual, key, types: { at: "timestamp" } })).different).toBe(0);
  });

  it("finds one wrong row among very many", async () => {
    function* rows(wrong: number) {
      for (let i = 0; i < 150_000; i++) yield { id: String(i), a: i === wrong ? "wrong" : `value ${i}` };
    }
    const result = await compareRows({ expected: rows(-1), actual: rows(140_000), key });
    expect(result).toEqual({
      expected: 150_000,
      actual: 150_000,
      missing: 0,
      unexpected: 0,
      different: 1,
      examples: ["other values: id=140000"],
    });
  });
});

it("drops members that are null where structs are compared, and nothing else", () => {
  const drop = (text: string) => canonicalJsonText(text, { dropNulls: true });
  expect(drop('{"a":null,"b":[null,{"c":null}],"d":{"e":null},"f":"null"}')).toBe('{"b":[null,{}],"d":{},"f":"null"}');
  expect(drop('{"a":1,"a":null}')).toBe("{}");
  expect(drop("null")).toBe("null");
  expect(canonicalJsonText('{"a":null}')).toBe('{"a":null}');
});
