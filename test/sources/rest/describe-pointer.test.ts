import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  below,
  type DescriptionDocument,
  follow,
  type JsonObject,
  parsePointer,
  rootOf,
  valueAt,
} from "../../../src/sources/http/describe/pointer.ts";
import { isQuoted, MAX_QUOTATION, quote, textOf } from "../../../src/sources/http/describe/quotation.ts";
import { shapeOf } from "../../../src/sources/rest/describe/schema.ts";

const documentOf = (root: JsonObject): DescriptionDocument => ({ address: "a", text: "", hash: "h", root });
const key = fc.oneof(
  fc.string(),
  fc.constantFrom("a/b", "~", "~1", "%41", "__proto__", "constructor", "0", "é", "toString"),
);

test("a pointer made on the way down leads back to the value", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.array(key, { maxLength: 4 }), (leaf, path) => {
      const value = path.reduceRight<unknown>((inner, name) => Object.fromEntries([[name, inner]]), leaf);
      const located = below({ document: documentOf({}), pointer: "", value }, ...path);
      expect(located.value).toEqual(leaf);
      expect(valueAt(value, located.pointer)).toEqual(leaf);
      expect(parsePointer(located.pointer)).toEqual(path);
    }),
  );
});

test("what is not there is undefined, members of prototypes too", () => {
  const root = rootOf(documentOf({ list: [1], text: "abc" }));
  for (const path of [
    ["toString"],
    ["__proto__"],
    ["list", "length"],
    ["list", "01"],
    ["list", "1"],
    ["text", "0"],
    ["x", "y"],
  ]) {
    expect(below(root, ...path).value).toBeUndefined();
  }
  expect([parsePointer("a"), parsePointer("/~2"), valueAt({}, "no")]).toEqual([undefined, undefined, undefined]);
});

/** Any graph of schemas: each refers to others by number, itself included, or to nothing. */
const graph = fc.integer({ min: 1, max: 12 }).chain((size) => {
  const ref = fc.integer({ min: 0, max: size }).map((index) => ({ $ref: `#/schemas/${index}` }));
  const schema = fc.oneof(
    ref,
    fc.constant({ type: "string" }),
    fc.array(ref, { minLength: 1, maxLength: 3 }).map((allOf) => ({ allOf })),
    fc.array(ref, { minLength: 1, maxLength: 3 }).map((oneOf) => ({ oneOf, nullable: true })),
    fc.dictionary(fc.constantFrom("a", "b", "c"), ref).map((properties) => ({ type: "object", properties })),
    ref.map((items) => ({ type: "array", items })),
  );
  return fc.array(schema, { minLength: size, maxLength: size });
});

describe("references in any graph of schemas, circles included", () => {
  test("end at a value that is no reference, or are broken exactly when the chain is a circle or leads nowhere", () => {
    fc.assert(
      fc.property(graph, (schemas) => {
        const root = rootOf(documentOf({ schemas }));
        for (const start of schemas.keys()) {
          const end = follow(below(root, "schemas", start));
          const seen = new Set<number>();
          let index = start;
          let schema: unknown = schemas[index];
          while (schema !== undefined && !seen.has(index) && Object.hasOwn(schema as object, "$ref")) {
            seen.add(index);
            index = Number((schema as { $ref: string }).$ref.split("/").at(-1));
            schema = schemas[index];
          }
          if (schema === undefined || seen.has(index)) expect(end).toHaveProperty("broken");
          else expect(end).toMatchObject({ pointer: `/schemas/${index}`, value: schema });
        }
      }),
    );
  });

  test("give a shape in finite time, and their properties theirs", () => {
    fc.assert(
      fc.property(graph, (schemas) => {
        const root = rootOf(documentOf({ schemas }));
        for (const start of schemas.keys()) {
          const shape = shapeOf(below(root, "schemas", start));
          for (const ref of shape.properties.values()) expect(shapeOf(ref).types).toBeInstanceOf(Set);
          if (shape.items) expect(shapeOf(shape.items).types).toBeInstanceOf(Set);
        }
      }),
    );
  });
});

test("references are percent-decoded, and what leads outside or nowhere says so", () => {
  const root = rootOf(
    documentOf({ "a b": { "c/d": 1 }, "100%": 2, ref: { $ref: "#/a%20b/c~1d" }, bare: { $ref: "#/100%" } }),
  );
  expect(follow(below(root, "ref"))).toMatchObject({ value: 1, pointer: "/a b/c~1d" });
  expect(follow(below(root, "bare"))).toMatchObject({ value: 2 });
  const outside = { document: root.document, pointer: "/x", value: { $ref: "b.yaml#/c" } };
  expect(follow(outside)).toEqual({ broken: "the reference b.yaml#/c leads into another file" });
});

describe("quotations", () => {
  test("are the beginning of the JSON text, or the text itself, and are found again", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 1, max: 400 }), (value, limit) => {
        const text = typeof value === "string" ? value : JSON.stringify(value);
        const short = textOf(value, limit);
        expect(text.startsWith(short)).toBe(true);
        expect(short.length).toBeGreaterThanOrEqual(Math.min(limit, text.length) - 1);
        expect(isQuoted({ at: value }, "/at", quote(value))).toBe(true);
      }),
    );
  });

  test("hold the words they are about, also late in a long text, and never more than 300 characters", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 900 }),
        fc.string({ unit: "binary", maxLength: 900 }),
        (before, after) => {
          const text = `${before}60 requests per minute${after}`;
          const quotation = quote(text, "60 requests per minute");
          expect(quotation).toContain("60 requests per minute");
          expect(quotation.length).toBeLessThanOrEqual(MAX_QUOTATION);
          expect(isQuoted(text, "", quotation)).toBe(true);
        },
      ),
    );
  });

  test("end for values that contain themselves", () => {
    const loop: JsonObject = {};
    loop.self = [loop];
    expect(textOf(loop, 20)).toBe('{"self":[{"self":[{"');
    expect(isQuoted(loop, "", "something else")).toBe(false);
  });
});
