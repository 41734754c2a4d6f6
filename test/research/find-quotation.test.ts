import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asQuoted, findQuotation, isWholeLine, nearestPassage, searchable } from "../../src/research/find-quotation.ts";
import { pageText } from "../../src/research/page-text.ts";
import { verifies } from "../support/verifies.ts";
import { pageFixture } from "./page-server.ts";

const PAGE = `# Listing orders

Send **\`updated_since\`** and _limit_ with [the request](https://docs.example/lists "Lists"); at most 250 are given &amp; no more.

1. First ask for page 1.
2. Then “follow” the cursor – until it is missing.

| Name | Type | Meaning |
| --- | :---: | --- |
| order\\_id | string | Identifies the order |
| page | integer | From 1 |

\`\`\`
limit=100
{"data": [...], "next": "abc"}
\`\`\`
`;

function found(quotation: string, text = PAGE): string | undefined {
  const place = findQuotation(searchable(text), quotation);
  return place && asQuoted(text, place);
}

describe(
  verifies("research.cites", "a quotation is found whatever marks were lost on the way, and kept as the page has it"),
  () => {
    test.each([
      [
        "Send updated_since and limit with the request; at most 250",
        'Send **`updated_since`** and _limit_ with [the request](https://docs.example/lists "Lists"); at most 250',
      ],
      ["at most 250 are given & no more.", "at most 250 are given &amp; no more."],
      ["250 are  given &", "250 are given &amp;"],
      ['Then "follow" the cursor - until it is missing', "Then “follow” the cursor – until it is missing"],
      ["First ask for page 1. Then follow the cursor", "First ask for page 1.\n2. Then “follow” the cursor"],
      ["1. First ask for page 1.\n2. Then follow", "1. First ask for page 1.\n2. Then “follow"],
      ["order_id string Identifies the order", "order\\_id | string | Identifies the order"],
      ["| order_id | string | Identifies the order |", "order\\_id | string | Identifies the order"],
      ["Name Type Meaning order_id", "Name | Type | Meaning |\n| --- | :---: | --- |\n| order\\_id"],
      ["send UPDATED_SINCE and limit", "Send **`updated_since`** and _limit"],
      ['{"data": [...], "next": "abc"}', '{"data": [...], "next": "abc"}'],
      ["with the\n   request", "with [the request"],
    ])("%s", (quotation, own) => {
      expect(found(quotation)).toBe(own);
    });

    test("the same case is found first", () => {
      expect(found("status is active", "The Status is Active. The status is active.")).toBe("status is active");
      expect(found("STATUS is active", "The Status is Active.")).toBe("Status is Active");
    });

    test("what says something else is not found", () => {
      for (const other of ["at most 500 are given", "Send updated_at and limit", "order_id integer", "***", "", "  "])
        expect(found(other)).toBeUndefined();
    });

    test("entities stand for their characters, in code of any page", () => {
      expect(found("a < b and c > d € ½ ...", "a &lt; b and c &gt; d &#8364; ½ &hellip;")).toBe(
        "a &lt; b and c &gt; d &#8364; ½ &hellip;",
      );
      expect(found("Tom & Jerry", "Tom &amp; Jerry")).toBe("Tom &amp; Jerry");
      expect(found("a&b=1", "x?a&b=1")).toBe("a&b=1");
    });

    test("a whole row or line may be short, a word may not", () => {
      const page = searchable(PAGE);
      const place = (quotation: string) => findQuotation(page, quotation) ?? { start: 0, end: 0 };
      expect(isWholeLine(PAGE, place("page integer From 1"))).toBe(true);
      expect(isWholeLine(PAGE, place("limit=100"))).toBe(true);
      expect(isWholeLine(PAGE, place("integer"))).toBe(false);
    });

    test("the nearest passage is named", () => {
      expect(
        nearestPassage(searchable(PAGE), "Send `updated_since` and limit with the request; at most 500 are returned"),
      ).toContain("at most 250 are given");
      expect(nearestPassage(searchable(PAGE), "zebras quack loudly")).toBeUndefined();
    });
  },
);

describe("on a real page", async () => {
  const read = await pageText({
    address: "https://d.example/x",
    status: 200,
    contentType: "text/html",
    text: pageFixture("reference.html"),
  });
  const text = read.kind === "page" ? read.text : "";
  const page = searchable(text);
  // What a reader sees: links without their targets, no marks.
  const seen = text.replace(/\]\([^)]*\)/g, "]").replace(/<br>/g, " ");
  const words = [...seen.matchAll(/[\p{L}\p{N}_]{3,}/gu)].map(([word]) => word);
  const cut = fc
    .tuple(fc.nat(seen.length - 60), fc.integer({ min: 20, max: 200 }))
    .map(([from, length]) => seen.slice(from, from + length))
    .filter((passage) => /[\p{L}\p{N}]{2}/u.test(passage));
  const noise = fc.array(fc.tuple(fc.nat(), fc.constantFrom(" ", "\n", "**", "`", "_", "\\", "\u00a0", "| ", "\t")), {
    maxLength: 8,
  });

  test("any passage is found, with white space and marks changed", () => {
    fc.assert(
      fc.property(cut, noise, fc.boolean(), (passage, marks, squeezed) => {
        let changed = squeezed ? passage.replace(/\s+/g, " ").replace(/[*`|]/g, "") : passage;
        for (const [at, mark] of marks) {
          // Never inside a number at the start of a line, which would make an item of a list of it.
          const place = at % (changed.length + 1);
          if (!/[\d.]/.test(changed.slice(place - 1, place + 1)))
            changed = changed.slice(0, place) + mark + changed.slice(place);
        }
        const place = findQuotation(page, changed);
        expect(place, JSON.stringify(changed)).toBeDefined();
        const own = asQuoted(text, place ?? { start: 0, end: 0 });
        // What is kept is in the page, and is found again.
        expect(findQuotation(page, own)).toBeDefined();
      }),
      { numRuns: 400 },
    );
  });

  test("a passage with one word changed to another is not", () => {
    fc.assert(
      fc.property(cut, fc.nat(), fc.constantFrom("zebra", "quokka", "4711", "never"), (passage, which, other) => {
        const inner = [...passage.matchAll(/(?<=[^\p{L}\p{N}_])[\p{L}\p{N}_]{2,}(?=[^\p{L}\p{N}_])/gu)];
        const word = inner[which % Math.max(1, inner.length)];
        fc.pre(word !== undefined && !words.includes(other));
        const at = word?.index ?? 0;
        const changed = passage.slice(0, at) + other + passage.slice(at + (word?.[0].length ?? 0));
        expect(findQuotation(page, changed)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });
});
