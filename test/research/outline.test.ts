import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ToolError } from "../../src/errors.ts";
import { outlineOf, readPart, SHOWN, sectionsOf } from "../../src/research/outline.ts";

const TEXT = `Intro

# Guide
text

## Pagination
about pages

\`\`\`
# a comment, no heading
\`\`\`

### \`cursor\` and [next](https://x.example/)
deep

## Errors
| a |
| --- |

Old style
=========
under

## Errors
again
`;

describe("sections", () => {
  test("headings outside of code, with what is in them", () => {
    expect(sectionsOf(TEXT).map(({ number, level, title }) => [number, level, title])).toEqual([
      [1, 1, "Guide"],
      [2, 2, "Pagination"],
      [3, 3, "cursor and next"],
      [4, 2, "Errors"],
      [5, 1, "Old style"],
      [6, 2, "Errors"],
    ]);
    const pagination = readPart(TEXT, { section: "Pagination" });
    expect(pagination.text).toMatch(/^## Pagination\nabout pages[\s\S]*deep\n\n$/);
    expect(TEXT.slice(pagination.start, pagination.end)).toBe(pagination.text);
  });

  test("by number, title or anchor; the same title twice says so", () => {
    expect(readPart(TEXT, { section: "3" }).text).toContain("deep");
    expect(readPart(TEXT, { section: "cursor-and-next" }).text).toContain("deep");
    const errors = readPart(TEXT, { section: "errors" });
    expect([errors.text.split("\n")[1], errors.others]).toEqual(["| a |", [6]]);
  });

  test("a section that is not there names the nearest", () => {
    expect(() => readPart(TEXT, { section: "Paginaton" })).toThrow(/Did you mean “Pagination”/);
    expect(() => readPart(TEXT, { section: "99" })).toThrow(ToolError);
    expect(() => readPart("plain", { section: "x" })).toThrow(/no headings/);
    expect(() => readPart("plain", { offset: 99 })).toThrow(/ends at 5/);
  });
});

test("any text is read whole by going on where the last part ended", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 4000 }), { maxLength: 12 }), (lines) => {
      const text = lines.join("\n");
      let whole = "";
      for (let next: number | undefined = 0; next !== undefined && text !== ""; ) {
        const part = readPart(text, { offset: next });
        expect(part.text.length).toBeLessThanOrEqual(SHOWN);
        whole += part.text;
        next = part.next;
      }
      expect(whole).toBe(text);
    }),
    { numRuns: 50 },
  );
});

test("an outline stays short, whatever the page", () => {
  const many = Array.from(
    { length: 300 },
    (_, index) => `${index % 10 === 0 ? "##" : "####"} Part ${index}\ntext\n`,
  ).join("\n");
  const outline = outlineOf(many).split("\n");
  expect(outline.length).toBeLessThanOrEqual(101);
  expect(outline[1]).toContain("11. Part 10 (offset");
  expect(outline.at(-1)).toBe("270 more headings: find them with search_pages.");
  expect(outlineOf("x\n".repeat(20_000))).toContain("offset 10000: x");
});
