import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, test } from "vitest";
import { docText, expression, pythonLiteral, pythonTuple, wrap } from "../../../src/python/python-literal.ts";
import { render, templateConstants } from "../../../src/python/render.ts";
import { python } from "./generated.ts";

test("Python reads every literal back as it was", { timeout: 30_000 }, async () => {
  const json = fc.jsonValue({ stringUnit: "binary", maxDepth: 3 });
  const values = fc.sample(json, { numRuns: 300, seed: 11 });
  // Keys that look like the marker of an expression are data as well.
  const tricky = [
    { expression: "__import__('os')" },
    { source: "1" },
    "\u2028\u202e\ufeff\u0000\u007f",
    true,
    null,
    1e300,
  ];
  const source = [...values, ...tricky].map((value) => pythonLiteral(value as Parameters<typeof pythonLiteral>[0]));
  const script = `import json, sys\nprint(json.dumps([${source.join(",\n")}]))`;
  const shown = await python(".", ["-c", script]);
  expect(JSON.parse(shown.output)).toEqual([...values, ...tricky]);
});

test("expressions, tuples and long integers are written as source", () => {
  expect(pythonLiteral({ a: expression("f(1)"), b: [1n, 2n ** 70n] })).toBe(
    '{"a": f(1), "b": [1, 1180591620717411303424]}',
  );
  expect([pythonTuple([]), pythonTuple(["a"]), pythonTuple([1, 2])]).toEqual(["()", '("a",)', "(1, 2)"]);
});

test("text for docstrings cannot end them", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(docText(text)).not.toMatch(/["\\\n\u202e]|\.$/);
    }),
  );
});

test("lines for comments keep all words", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme-ascii", minLength: 1 })), (words) => {
      const text = words.join(" ");
      expect(wrap(text, 20).join(" ").split(/\s+/).join(" ").trim()).toBe(text.split(/\s+/).join(" ").trim());
    }),
  );
});

test("a template that asks for what is not there fails", () => {
  const templates = fileURLToPath(new URL("../../../src/sources/rest/python/templates", import.meta.url));
  expect(() => render(templates, "api.py", { title: "x" })).toThrow(/Unknown in a template|could not|mistake/);
  expect(templateConstants(templates)).toContain("MAX_ATTEMPTS");
});
