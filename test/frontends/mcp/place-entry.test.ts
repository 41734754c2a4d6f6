import fc from "fast-check";
import { parse } from "jsonc-parser";
import { describe, expect, it } from "vitest";
import { type Place, placeEntry } from "../../../src/frontends/mcp/place-entry.ts";

const ENTRY = { type: "stdio", command: "node", args: ["/p/main.js"] } as const;
const PLACE: Place = {
  path: "mcp.json",
  section: "servers",
  name: "syncsmith",
  entry: { ...ENTRY, args: [...ENTRY.args] },
  comments: true,
  force: false,
};

function added(text: string, place: Partial<Place> = {}): string {
  const placed = placeEntry(text, { ...PLACE, ...place });
  if (placed.outcome !== "added") throw new Error(`it was ${placed.outcome}`);
  return placed.text;
}

describe("merging", () => {
  it("keeps comments where they are, unknown keys, and trailing commas", () => {
    const text = `// mine
{
    "inputs": [], // asked once
    "servers": {
        /* the first */
        "a": { "command": "x", "odd": 1.0 }, // behind a
        "b": { "command": "y" }, // behind b
        // at the end
    },
}
`;
    expect(added(text)).toBe(
      text.replace(
        "        // at the end\n",
        `        // at the end
        "syncsmith": {
            "type": "stdio",
            "command": "node",
            "args": [
                "/p/main.js"
            ]
        },
`,
      ),
    );
  });

  it("sets the comma before a comment behind the last server, so that the comment stays with it", () => {
    const text = '{\n\t"servers": {\n\t\t"a": {} // behind a\n\t}\n}\n';
    const entry =
      '\t\t"syncsmith": {\n\t\t\t"type": "stdio",\n\t\t\t"command": "node",\n\t\t\t"args": [\n\t\t\t\t"/p/main.js"\n\t\t\t]\n\t\t}\n';
    expect(added(text)).toBe(`{\n\t"servers": {\n\t\t"a": {}, // behind a\n${entry}\t}\n}\n`);
  });

  it("keeps line ends", () => {
    const text = '{\r\n  "servers": {\r\n    "a": {}\r\n  }\r\n}';
    const result = added(text);
    expect(result.replaceAll("\r\n", "")).not.toContain("\n");
    expect(parse(result)).toEqual({ servers: { a: {}, syncsmith: ENTRY } });
    expect(result.endsWith("}")).toBe(true);
  });

  it.each([
    ["a file of one line", '{"servers":{"a":{}}}', `{"servers":{"a":{}, "syncsmith": ${JSON.stringify(ENTRY)}}}`],
    [
      "a comment with a comma in it",
      '{"servers":{"a":{} /* a, b */}}',
      `{"servers":{"a":{}, /* a, b */ "syncsmith": ${JSON.stringify(ENTRY)}}}`,
    ],
  ])("leaves %s on one line", (_, text, result) => {
    expect(added(text)).toBe(result);
  });

  it.each([
    ["{}"],
    ['{ "inputs": [] }'],
    ['{"servers":{}}'],
    ['{\n  "servers": { }\n}'],
    ['{\n  "servers": {\n  }\n}\n'],
    ["{ // empty\n}"],
    [""],
    [" \n"],
  ])("finds a place in %j", (text) => {
    const result = added(text);
    expect(parse(result)).toEqual({ ...parse(text), servers: { ...parse(text)?.servers, syncsmith: ENTRY } });
    if (!text.includes("//")) expect(JSON.parse(result)).toBeDefined();
  });

  it("adds what it should and changes nothing else, whatever is there", () => {
    const name = fc.string().filter((key) => key !== "syncsmith" && key !== "__proto__");
    const file = fc.record(
      { other: fc.jsonValue(), servers: fc.dictionary(name, fc.jsonValue()) },
      { requiredKeys: [] },
    );
    const indents = fc.constantFrom(undefined, 2, 3, "\t");
    fc.assert(
      fc.property(file, indents, fc.boolean(), (value, indent, windows) => {
        const plain = JSON.stringify(value, null, indent);
        const text = windows ? plain.replaceAll("\n", "\r\n") : plain;
        const result = added(text, { comments: false });
        const old = JSON.parse(text);
        const wanted = { ...old, servers: { ...old.servers, syncsmith: ENTRY } };
        expect(JSON.stringify(JSON.parse(result))).toBe(JSON.stringify(wanted));
        // What was there is there still, in its order: the new text is the old one with pieces put in.
        expect(isWithin(text, result)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it("leaves a file alone in which the entry stands already, with what a person added to it", () => {
    const text = JSON.stringify({ servers: { syncsmith: { ...ENTRY, env: { A: "${A}" } } } });
    expect(placeEntry(text, PLACE)).toEqual({ outcome: "unchanged" });
    const { type: _, ...untyped } = ENTRY;
    expect(placeEntry(JSON.stringify({ servers: { syncsmith: untyped } }), PLACE)).toEqual({ outcome: "unchanged" });
  });
});

/** Whether all characters of `old` are in `now` in their order. */
function isWithin(old: string, now: string): boolean {
  let at = 0;
  for (const character of now) if (old.startsWith(character, at)) at += character.length;
  return at === old.length;
}
