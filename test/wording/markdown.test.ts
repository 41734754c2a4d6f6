import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { address, block, bullets, clause, code, numbered, prose, table } from "../../src/wording/markdown.ts";
import { bytes, count, counted, duration, list, moment } from "../../src/wording/numbers.ts";

describe("markdown", () => {
  test.each([
    ["plain_name stays", "plain_name stays"],
    ["_emphasis_ and *more*", "\\_emphasis\\_ and \\*more\\*"],
    ["# heading", "\\# heading"],
    ["1. item", "1\\. item"],
    ["- item", "\\- item"],
    ["two\n\nlines", "two lines"],
    ["<b> &lt; AT&T", "\\<b\\> &amp;lt; AT&amp;T"],
  ])("prose: %j", (text, expected) => {
    expect(prose(text)).toBe(expected);
  });

  test("a clause has no full stop of its own", () => {
    expect(clause("It is so.")).toBe("It is so");
    expect(clause("It is so")).toBe("It is so");
  });

  test("prose never holds a line break, a tag or a link", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[<>[\]()`*_\\#a\n ]*$/)), (text) => {
        const made = prose(text);
        expect(made).not.toMatch(/[\n\r]/);
        // Each backslash of the result escapes what follows it, so escaped pairs are taken out whole.
        expect(made.replace(/\\./gs, "")).not.toMatch(/[<>[\]`*]/);
      }),
    );
  });

  test("a code span ends where it should, whatever backticks it holds", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[`a ]*$/), (text) => {
        const made = code(text);
        const trimmed = text.replace(/\s+/g, " ").trim();
        if (trimmed === "") {
          expect(made).toBe("(empty)");
          return;
        }
        const fence = /^`+/.exec(made)?.[0] ?? "";
        expect(made.startsWith(fence) && made.endsWith(fence)).toBe(true);
        expect(made.slice(fence.length, -fence.length).trim()).toBe(trimmed);
        expect((trimmed.match(/`+/g) ?? []).every((run) => run.length < fence.length)).toBe(true);
      }),
    );
  });

  test("blocks, tables and lists", () => {
    expect(block("sh", "a\n```\n")).toBe("````sh\na\n```\n````");
    expect(table(["a", "b"], [["x|y", "`p|q`"]])).toBe("| a | b |\n| --- | --- |\n| x\\|y | `p\\|q` |");
    expect(bullets(["a\nb", "c"])).toBe("- a\n  b\n- c");
    expect(numbered(["a\n\nb", "c"])).toBe("1. a\n\n   b\n2. c");
  });

  test("only http and https addresses become links", () => {
    expect(address("https://a.example/x?y=1")).toBe("<https://a.example/x?y=1>");
    expect(address("javascript:alert(1)")).toBe("`javascript:alert(1)`");
    expect(address("https://a.example/> <script>")).toBe("`https://a.example/> <script>`");
    expect(address("spec.yaml")).toBe("`spec.yaml`");
  });
});

describe("numbers", () => {
  test("read the same everywhere", () => {
    expect(count(1234567)).toBe("1,234,567");
    expect([counted(1, "row"), counted(0, "row"), counted(2, "day")]).toEqual(["1 row", "0 rows", "2 days"]);
    expect([0, 999, 1000, 59_940, 59_960, 185_000, 3_600_000, 7_800_000].map(duration)).toEqual([
      "0 ms",
      "999 ms",
      "1 s",
      "59.9 s",
      "1 min",
      "3 min 5 s",
      "1 h",
      "2 h 10 min",
    ]);
    expect([1, 999, 1000, 3420, 999_949, 999_950, 12_300_000].map(bytes)).toEqual([
      "1 byte",
      "999 bytes",
      "1 kB",
      "3.4 kB",
      "999.9 kB",
      "1 MB",
      "12.3 MB",
    ]);
    expect([list([]), list(["a"]), list(["a", "b"]), list(["a", "b", "c"])]).toEqual([
      "",
      "a",
      "a and b",
      "a, b and c",
    ]);
    expect(moment("2026-11-20T09:14:59.000Z")).toBe("2026-11-20 09:14 UTC");
  });
});
