import { describe, expect, it } from "vitest";
import type { ColumnType, Shape } from "../../src/artifacts/blueprint.ts";
import { canonicalJson, canonicalText, canonicalWire } from "../../src/warehouse/canonical.ts";
import { compareRows } from "../../src/warehouse/compare.ts";
import { canonicalShaped } from "../../src/warehouse/shaped-json.ts";

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

describe("nested values of a known shape", () => {
  const leaf = (type: ColumnType): Shape => ({ kind: "value", type });
  const shape: Shape = {
    kind: "object",
    fields: [
      { name: "total", shape: leaf("decimal") },
      { name: "at", shape: leaf("timestamp") },
      { name: "note", shape: leaf("string") },
      {
        name: "lines",
        shape: { kind: "list", items: { kind: "object", fields: [{ name: "n", shape: leaf("integer") }] } },
      },
    ],
  };
  const same = (a: string, b: string) => canonicalShaped(a, shape) === canonicalShaped(b, shape);

  it.each([
    ["a field that is null and one that is absent", '{"note":null,"total":1}', '{"total":1}'],
    ["a decimal as text and as a number", '{"total":"149.3910"}', '{"total":149.391}'],
    ["one moment written in two ways", '{"at":"2024-01-01T01:00:00+01:00"}', '{"at":"2024-01-01 00:00:00.000000Z"}'],
    ["the order of fields", '{"total":1,"note":"a"}', '{"note":"a","total":1}'],
  ])("takes %s for the same", (_, a, b) => expect(same(a, b)).toBe(true));

  it.each([
    ["another digit beyond a double", '{"total":9007199254740993.1}', '{"total":9007199254740993.2}'],
    ["a text that is a number in a field of text", '{"note":"1"}', '{"note":"01"}'],
    ["a field that the shape does not know", '{"total":1,"more":2}', '{"total":1}'],
    ["null in a list", '{"lines":[null]}', '{"lines":[]}'],
    ["an empty text and none", '{"note":""}', "{}"],
    ["the order of a list", '{"lines":[{"n":1},{"n":2}]}', '{"lines":[{"n":2},{"n":1}]}'],
  ])("tells %s apart", (_, a, b) => expect(same(a, b)).toBe(false));
});
