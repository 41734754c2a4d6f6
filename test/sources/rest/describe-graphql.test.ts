import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readDocument } from "../../../src/sources/rest/describe/documents.ts";
import { outlineRest } from "../../../src/sources/rest/describe/outline.ts";
import { http } from "../../../src/system/http.ts";
import { describeFixture } from "../../support/describe-fixture.ts";

const GRAPHQL = join(import.meta.dirname, "../../fixtures/graphql");
const context = {
  http,
  baseDirectory: GRAPHQL,
  now: () => new Date("2026-01-02T03:04:05Z"),
  signal: new AbortController().signal,
};
const failure = (work: Promise<unknown>) => work.catch((error: unknown) => error);

describe("GraphQL schemas", () => {
  test.each(["library.graphql", "library.introspection.json"])(
    "%s is known, and no table is drafted from it",
    async (name) => {
      const error = await failure(describeFixture({ docs: [name], directory: GRAPHQL }));
      expect(error).toMatchObject({
        name: "UserError",
        message: `${name} is a GraphQL schema, and the spec says that the source is REST.`,
        hint: expect.stringMatching(/kind: graphql/),
      });
    },
  );

  test("written and introspected, the same schema has the same outline", async () => {
    const written = await outlineRest("library.graphql", context);
    const asked = await outlineRest("library.introspection.json", context);
    expect([written?.kind, asked?.kind]).toEqual(["api-description", "introspection"]);
    const entries = written?.entries.map(({ name, facts, summary }) => [name, facts, summary]);
    expect(entries?.slice(0, 4)).toEqual([
      ["Query.book", "Book (id)", "One book by its number."],
      ["Query.books", "list at nodes of BookConnection; pages by cursor (first, after)", ""],
      ["Query.shelves", "list of Shelf", ""],
      ["type Book", "", "A printed book."],
    ]);
    expect(asked?.entries.map(({ name, facts, summary }) => [name, facts, summary]).toSorted()).toEqual(
      entries?.toSorted(),
    );
    expect(written?.entries[1]?.detail()).toEqual([
      "argument first: Int, default 20",
      "argument after: String",
      "BookConnection:",
      "  nodes: [Book!]!",
      "  pageInfo: PageInfo!",
    ]);
  });

  test("text that begins with quotation marks without end costs nothing", async () => {
    const text = `${'"'.repeat(50_000)} type: x`;
    const began = performance.now();
    const { format } = await readDocument("https://x.example/page", {
      ...context,
      http: { get: async (address) => ({ address, status: 200, contentType: "text/plain", text }) },
    });
    expect(format).toBe("prose");
    expect(performance.now() - began).toBeLessThan(2000);
  });

  test("an address that cannot be fetched is named without its key", async () => {
    const address = "http://127.0.0.1:9/schema.graphql?api_key=planted-1234567";
    const error = await failure(readDocument(address, context));
    expect(String(error)).toMatch(/schema\.graphql\?api_key=\*\*\*\* could not be fetched/);
    expect(String(error)).not.toContain("planted");
  });

  test.each([
    ["broken.graphql", /broken\.graphql is not a valid GraphQL schema at line 2/],
    ["operations.graphql", /holds GraphQL operations, not a schema/],
  ])("%s cannot be used", async (name, message) => {
    expect(await failure(outlineRest(name, context))).toMatchObject({
      name: "UserError",
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/./),
    });
  });
});
