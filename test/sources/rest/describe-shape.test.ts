/** What is inside of nested values, where a description says all of it. */
import { describe, expect, test } from "vitest";
import type { Column } from "../../../src/artifacts/blueprint.ts";
import { describeDocument, get, listOf, tableNamed } from "../../support/describe-fixture.ts";
import { verifies } from "../../support/verifies.ts";

const text = { type: "string" };
const integer = { type: "integer" };
const street = { type: "object", properties: { street: text, number: integer } };

async function columnOf(schema: object, components: object = {}): Promise<Column> {
  const listed = get(listOf({ id: integer, inside: schema }));
  const { blueprint } = await describeDocument({ paths: { "/things": listed }, components: { schemas: components } });
  const found = tableNamed({ blueprint } as never, "things").columns.find(({ name }) => name === "inside");
  if (found === undefined) throw new Error("there is no such column");
  return found;
}

const value = (type: string) => ({ kind: "value", type });

describe("a nested value of which everything is said has a shape", () => {
  test(verifies("rest.nested-shapes", "objects, lists of objects, and what JSON makes of values"), async () => {
    const column = await columnOf({
      type: "object",
      nullable: true,
      properties: {
        at: { type: "string", format: "date-time" },
        total: { type: "number" },
        price: { type: "string", format: "decimal" },
        rank: { type: "integer", format: "uint64" },
        done: { type: ["boolean", "null"] },
        secret: { ...text, writeOnly: true },
        lines: { type: "array", items: street },
        grid: { type: "array", items: { type: "array", items: integer } },
      },
    });
    expect(column.type).toBe("json");
    expect(column.shape).toEqual({
      kind: "object",
      fields: [
        { name: "at", shape: value("timestamp") },
        { name: "total", shape: value("number") },
        { name: "price", shape: value("string") },
        { name: "rank", shape: value("bigint") },
        { name: "done", shape: value("boolean") },
        {
          name: "lines",
          shape: {
            kind: "list",
            items: {
              kind: "object",
              fields: [
                { name: "street", shape: value("string") },
                { name: "number", shape: value("integer") },
              ],
            },
          },
        },
        { name: "grid", shape: { kind: "list", items: { kind: "list", items: value("integer") } } },
      ],
    });
  });

  test(
    verifies("rest.described", "merged parts, references, an alternative of null, one schema used twice"),
    async () => {
      const column = await columnOf(
        {
          anyOf: [{ $ref: "#/components/schemas/Both" }, { type: "null" }],
        },
        {
          Street: street,
          Both: {
            allOf: [
              { type: "object", properties: { home: { $ref: "#/components/schemas/Street" } } },
              { type: "object", properties: { work: { $ref: "#/components/schemas/Street" } } },
            ],
          },
        },
      );
      const inner = {
        kind: "object",
        fields: [
          { name: "street", shape: value("string") },
          { name: "number", shape: value("integer") },
        ],
      };
      expect(column.shape).toEqual({
        kind: "object",
        fields: [
          { name: "home", shape: inner },
          { name: "work", shape: inner },
        ],
      });
    },
  );
});

test(
  verifies("sources.unknown-types", "OpenAPI: kept as JSON, and named; an unknown format leaves the type"),
  async () => {
    const properties = {
      id: integer,
      picture: { type: "blob" },
      at: { type: ["datetime", "null"] },
      anything: {},
      size: { type: "integer", format: "int7" },
      mark: { type: "string", format: "x-mark" },
    };
    const { blueprint } = await describeDocument({ paths: { "/things": get(listOf(properties)) } });
    const { columns } = tableNamed({ blueprint } as never, "things");
    expect(Object.fromEntries(columns.map(({ name, type }) => [name, type]))).toEqual({
      id: "integer",
      picture: "json",
      at: "json",
      anything: "json",
      size: "integer",
      mark: "string",
    });
    const claim = blueprint.claims["tables.things.columns"];
    const note = claim?.status === "documented" ? claim.note : undefined;
    expect(note).toContain("picture is of a type that no description has (blob), so its values are kept as JSON");
    expect(note).toContain("at is of a type that no description has (datetime)");
    expect(note).not.toMatch(/anything|size|mark/);
  },
);

describe("a nested value that may have more than is said has none", () => {
  const open: [string, object][] = [
    ["free keys", { ...street, additionalProperties: true }],
    ["keys of a schema", { type: "object", additionalProperties: text }],
    ["any key at all", { ...street, additionalProperties: {} }],
    ["keys by pattern", { ...street, patternProperties: { "^x-": text } }],
    ["an object without properties", { type: "object" }],
    ["a list of anything", { type: "array" }],
    ["a tuple", { type: "array", items: text, prefixItems: [integer] }],
    ["alternatives", { oneOf: [street, { type: "object", properties: { box: integer } }] }],
    ["a field of several types", { type: "object", properties: { a: { type: ["string", "integer"] } } }],
    ["a field of any type", { type: "object", properties: { a: {} } }],
    ["free keys further in", { type: "object", properties: { a: { type: "object", additionalProperties: true } } }],
    ["a reference that leads nowhere", { type: "object", properties: { a: { $ref: "#/components/schemas/Gone" } } }],
    ["itself inside", { $ref: "#/components/schemas/Node" }],
  ];
  test.each(open)("%s", async (_, schema) => {
    const node = {
      type: "object",
      properties: { name: text, children: { type: "array", items: { $ref: "#/components/schemas/Node" } } },
    };
    const column = await columnOf(schema, { Node: node });
    expect(column.type).toBe("json");
    expect(column.shape).toBeUndefined();
  });
});
