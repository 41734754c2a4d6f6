import { describe, expect, test } from "vitest";
import { describeDocument, get, listOf, query, reasonFor, tableNamed } from "../../support/describe-fixture.ts";

const id = { id: { type: "integer" } };
const integer = { type: "integer" };
const text = { type: "string" };

async function one(schema: object, operation: object = {}, rest: object = {}) {
  return describeDocument({ paths: { "/things": withOperation(schema, operation), ...rest } });
}

function withOperation(schema: object, operation: object): object {
  const { get: base } = get(schema) as { get: object };
  return { get: { ...base, ...operation } };
}

describe("records", () => {
  test.each([
    ["a bare list", listOf(id), ""],
    ["a known name", { type: "object", properties: { data: listOf(id), total: integer } }, "data"],
    ["the resource's name", { type: "object", properties: { things: listOf(id), colour: text } }, "things"],
    [
      "nested envelopes",
      {
        type: "object",
        properties: { response: { type: "object", properties: { docs: listOf(id), numFound: integer } } },
      },
      "response.docs",
    ],
    [
      "an unknown name in an envelope",
      { type: "object", properties: { widgets: listOf(id), count: integer } },
      "widgets",
    ],
    [
      "JSON:API",
      { type: "object", properties: { data: listOf(id), included: listOf(id), links: { type: "object" } } },
      "data",
    ],
    [
      "allOf",
      {
        allOf: [
          { type: "object", properties: { total: integer } },
          { type: "object", properties: { items: listOf(id) } },
        ],
      },
      "items",
    ],
    ["oneOf with null", { oneOf: [{ type: "null" }, { type: "object", properties: { rows: listOf(id) } }] }, "rows"],
  ])("%s", async (_, schema, path) => {
    expect(tableNamed(await one(schema), "things").read.records).toBe(path);
  });

  test.each([
    [
      "a record with lists of its own",
      { type: "object", properties: { id: integer, items: listOf(id) } },
      /single object/,
    ],
    [
      "two lists of equal rank",
      { type: "object", properties: { added: listOf(id), gone: listOf(id) } },
      /several lists \(added, gone\)/,
    ],
    ["a map", { type: "object", additionalProperties: { type: "object" } }, /map with free keys/],
    ["list or object", { oneOf: [listOf(id), { type: "object", properties: id }] }, /list or an object/],
    ["a list of anything", { type: "array", items: {} }, /fields of its records are not described/],
  ])("%s is no table", async (_, schema, reason) => {
    const found = await one(schema, {}, { "/others": get(listOf(id)) });
    expect(reasonFor(found, "/things")).toMatch(reason);
  });

  test("alternatives are merged: all their fields, none of them required", async () => {
    const cat = { type: "object", required: ["id", "lives"], properties: { ...id, lives: integer } };
    const dog = { type: "object", required: ["id"], properties: { id: text, bark: { type: "boolean" } } };
    const things = tableNamed(await one({ type: "array", items: { oneOf: [cat, dog] } }), "things");
    expect(things.columns.map(({ name, type, nullable }) => [name, type, nullable])).toEqual([
      ["id", "json", false],
      ["lives", "integer", true],
      ["bark", "boolean", true],
    ]);
  });
});

describe("pagination", () => {
  const wrapped = (fields: Record<string, object>) => ({
    type: "object",
    properties: { items: listOf(id), ...fields },
  });
  test.each([
    [
      "page with totals",
      wrapped({ total_pages: integer }),
      [query("page", integer), query("pageSize", { type: "integer", default: 20 })],
      { style: "page", page_param: "page", start: 1, size_param: "pageSize", size: 20, total_pages: "total_pages" },
    ],
    [
      "page from zero",
      listOf(id),
      [query("page", integer, { description: "Page number, zero-based" })],
      { style: "page", page_param: "page", start: 0 },
    ],
    [
      "offset; a count of the page is no total",
      wrapped({ count: integer }),
      [query("offset", integer), query("limit", { type: "integer", maximum: 100 })],
      { style: "offset", offset_param: "offset", limit_param: "limit", limit: 100 },
    ],
    [
      "offset; a count described as total is one",
      wrapped({ count: { type: "integer", description: "Total number of items" } }),
      [query("offset", integer)],
      { style: "offset", offset_param: "offset", total: "count" },
    ],
    [
      "page token",
      wrapped({ nextPageToken: text }),
      [query("pageToken", text), query("maxResults", integer, { description: "Maximum of 250." })],
      {
        style: "cursor",
        cursor_param: "pageToken",
        next: "nextPageToken",
        size_param: "maxResults",
        size: 250,
        cursor_only: false,
      },
    ],
    [
      "brackets and nested cursors",
      wrapped({
        meta: { type: "object", properties: { page: { type: "object", properties: { after: text, before: text } } } },
      }),
      [query("page[after]", text), query("page[size]", integer)],
      {
        style: "cursor",
        cursor_param: "page[after]",
        next: "meta.page.after",
        size_param: "page[size]",
        cursor_only: false,
      },
    ],
    [
      "an offset that is a token",
      {
        type: "object",
        properties: { items: listOf(id), next_page: { type: "object", properties: { offset: text, uri: text } } },
      },
      [query("offset", text, { description: "Offset token of the previous answer." })],
      { style: "cursor", cursor_param: "offset", next: "next_page.offset", cursor_only: false },
    ],
    [
      "a next address before an offset",
      wrapped({ next: { type: "string", format: "uri" }, count: integer }),
      [query("limit", integer), query("offset", integer)],
      { style: "next_url", next: "next", size_param: "limit" },
    ],
    [
      "a size over 1000 is cut",
      listOf(id),
      [query("page", integer), query("per_page", { type: "integer", maximum: 20000 })],
      { style: "page", page_param: "page", start: 1, size_param: "per_page", size: 1000 },
    ],
  ])("%s", async (_, schema, parameters, expected) => {
    const found = await one(schema, { parameters });
    expect(tableNamed(found, "things").read.pagination).toEqual(expected);
    expect(found.blueprint.claims["tables.things.read.pagination"]?.status).toBe("documented");
  });

  test("a cursor without a described next one is unproven, and nothing is taken as deleted", async () => {
    const found = await one(wrapped({}), { parameters: [query("cursor", text)] });
    const things = tableNamed(found, "things");
    expect([things.read.pagination, things.deletes]).toEqual([
      { style: "cursor", cursor_param: "cursor", next: "next_cursor", cursor_only: false },
      { kind: "none" },
    ]);
    expect(found.blueprint.claims["tables.things.read.pagination"]?.status).toBe("unproven");
    expect(found.blueprint.custom).toHaveLength(1);
  });

  test("a limit without a way on is sent at its maximum, and nothing is taken as deleted", async () => {
    const things = tableNamed(
      await one(listOf(id), { parameters: [query("limit", { type: "integer", maximum: 500 })] }),
      "things",
    );
    expect([things.read.pagination, things.read.params, things.deletes]).toEqual([
      { style: "none" },
      { limit: "500" },
      { kind: "none" },
    ]);
  });
});

describe("incremental reading", () => {
  const time = { type: "string", format: "date-time" };
  const changing = listOf({ ...id, createdAt: time, updatedAt: time });
  const cases: [string, object, object, object][] = [
    [
      "brackets with gte are inclusive",
      changing,
      query("updatedAt[gte]", time),
      { column: "updatedAt", param: "updatedAt[gte]", inclusive: true },
    ],
    ["gt is exclusive", changing, query("filter[updated_at][gt]", time), { column: "updatedAt", inclusive: false }],
    [
      "not inclusive",
      changing,
      query("updated_since", time, { description: "The time to start from (non-inclusive)." }),
      { column: "updatedAt", inclusive: false },
    ],
    [
      "camel case and a synonym",
      changing,
      query("modifiedAfter", time),
      { column: "updatedAt", param: "modifiedAfter", inclusive: false },
    ],
    [
      "words tell",
      changing,
      query("from", time, { description: "Rows modified since then (inclusive)." }),
      { column: "updatedAt", inclusive: true },
    ],
    ["since alone, with one time of change", changing, query("since", time), { column: "updatedAt", param: "since" }],
    [
      "epoch milliseconds",
      listOf({ ...id, updated: integer }),
      query("updated_since", integer, { description: "Unix time in milliseconds" }),
      { column: "updated", format: "epoch_milliseconds" },
    ],
    [
      "a date bound",
      changing,
      query("updated_from", { type: "string", format: "date" }),
      { column: "updatedAt", format: "date", inclusive: false },
    ],
  ];
  test.each(cases)("%s", async (_, schema, parameter, expected) => {
    expect(tableNamed(await one(schema, { parameters: [parameter] }), "things").advance).toMatchObject({
      kind: "cursor",
      ...expected,
    });
  });

  test.each([
    ["creation alone would miss changes", changing, query("created_after", time)],
    ["an upper bound", changing, query("updated_before", time)],
    ["a bound on ids", changing, query("since_id", integer)],
    ["no time in the record", listOf(id), query("updated_since", time)],
    [
      "a business date",
      listOf({ ...id, date: { type: "string", format: "date" } }),
      query("start_date", { type: "string", format: "date" }),
    ],
  ])("%s: all is read", async (_, schema, parameter) => {
    expect(tableNamed(await one(schema, { parameters: [parameter] }), "things").advance).toEqual({ kind: "full" });
  });

  test.each([
    [
      "a pair of parameters",
      [query("sort_by", { ...text, enum: ["updatedAt", "id"] }), query("order", { ...text, enum: ["asc", "desc"] })],
      { sort_by: "updatedAt", order: "asc" },
    ],
    ["a minus for descending", [query("sort", { ...text, enum: ["updated", "-updated"] })], { sort: "updated" }],
    ["no direction", [query("sort", { ...text, enum: ["updatedAt", "id"] })], undefined],
    ["another column", [query("sort", { ...text, enum: ["id:asc"] })], undefined],
  ])("order by %s", async (_, sort, params) => {
    const things = tableNamed(await one(changing, { parameters: [query("updated_since", time), ...sort] }), "things");
    expect(things.advance).toMatchObject(
      params ? { order: "ascending", sort_params: params } : { order: "unknown", sort_params: {} },
    );
  });

  test("a filter with a default makes the listing a window: missing rows are not deleted", async () => {
    const parameter = query("end_date", { type: "string", format: "date" }, { description: "Defaults to today." });
    expect(tableNamed(await one(changing, { parameters: [parameter] }), "things").deletes).toEqual({ kind: "none" });
  });
});

describe("keys", () => {
  test.each([
    ["the resource's id", { thing_id: integer, name: text }, ["thing_id"], "unproven"],
    ["a described id", { uuid: { ...text, description: "Unique identifier" } }, ["uuid"], "documented"],
    [
      "the one unique field",
      { label: { ...text, description: "A unique label" }, other: text },
      ["label"],
      "documented",
    ],
    ["a marked field", { name: { ...text, "x-primary-key": true }, id: text }, ["name"], "documented"],
    ["nothing", { name: text, size: integer }, [], "unproven"],
    ["a nullable id is none", { id: { ...integer, nullable: true }, name: text }, [], "unproven"],
    ["an object is none", { id: { type: "object" }, name: text }, [], "unproven"],
  ])("%s", async (_, properties, key, status) => {
    const found = await one(listOf(properties));
    expect(tableNamed(found, "things").primary_key).toEqual(key);
    expect(found.blueprint.claims["tables.things.primary_key"]?.status).toBe(status);
  });

  test("a slug is a key where records are addressed by it, unless there is an id", async () => {
    const detail = { "/things/{slug}": get({ type: "object", properties: { slug: text } }) };
    expect(tableNamed(await one(listOf({ slug: text }), {}, detail), "things").primary_key).toEqual(["slug"]);
    expect(tableNamed(await one(listOf({ slug: text }), {}, {}), "things").primary_key).toEqual([]);
    expect(tableNamed(await one(listOf({ slug: text, ...id }), {}, detail), "things").primary_key).toEqual(["id"]);
  });
});

describe("names and repeats", () => {
  const names = async (paths: Record<string, object>) =>
    (await describeDocument({ paths })).blueprint.tables.map((table) => [table.name, table.read.path]);

  test("the last segment, longer only where two would be the same", async () => {
    const paths = [
      "/v1/Users",
      "/food/enforcement.json",
      "/drug/enforcement.json",
      "/items",
      "/orders",
      "/orders/{order_id}/items",
      "/orders/{order_id}/shipLabels",
      "/USERS",
      "/2fa-codes",
    ];
    expect(await names(Object.fromEntries(paths.map((path) => [path, get(listOf(id))])))).toEqual([
      ["v1_users", "/v1/Users"],
      ["food_enforcement", "/food/enforcement.json"],
      ["drug_enforcement", "/drug/enforcement.json"],
      ["items", "/items"],
      ["orders", "/orders"],
      ["order_items", "/orders/{order_id}/items"],
      ["ship_labels", "/orders/{order_id}/shipLabels"],
      ["users", "/USERS"],
      ["_2fa_codes", "/2fa-codes"],
    ]);
  });

  test("the same records under the same name are taken once; under another name again", async () => {
    const task = { type: "array", items: { $ref: "#/components/schemas/Task" } };
    const found = await describeDocument({
      components: { schemas: { Task: { type: "object", properties: id } } },
      paths: {
        "/projects": get(listOf(id)),
        "/projects/{project_id}/tasks": get(task),
        "/tasks": get(task),
        "/tasks/search": get(task),
        "/tasks/{task_id}/subtasks": get(task),
        "/tasks/{task_id}": get({ $ref: "#/components/schemas/Task" }),
      },
    });
    expect(found.blueprint.tables.map((table) => table.name)).toEqual(["projects", "tasks", "subtasks"]);
    expect(reasonFor(found, "/projects/{project_id}/tasks")).toBe("Lists the same records as /tasks.");
    expect(reasonFor(found, "/tasks/search")).toBe("Lists the same records as /tasks.");
  });

  test("a parent may be found by its name, which is unproven", async () => {
    const found = await describeDocument({
      paths: {
        "/projects": get(listOf(id)),
        "/projects/{id}/sections": get(listOf(id)),
        "/sections/{section_id}/notes": get(listOf(id)),
      },
    });
    expect(tableNamed(found, "notes").read.parent).toEqual({
      table: "sections",
      bind: [{ placeholder: "section_id", parent_column: "id", column: "section_id" }],
    });
    expect(found.blueprint.claims["tables.notes.read.parent"]?.status).toBe("unproven");
    expect(tableNamed(found, "sections").primary_key).toEqual(["project_id", "id"]);
  });

  test("defaults fill what is required; what they leave open is named", async () => {
    const found = await describeDocument({
      paths: {
        "/{version}/things": get(listOf(id), {
          parameters: [
            { name: "version", in: "path", required: true, schema: { ...text, default: "v7" } },
            query("view", { ...text, default: "full" }, { required: true }),
            { name: "X-Version", in: "header", required: true, schema: { ...text, default: "3" } },
          ],
        }).valueOf(),
        "/others": withOperation(listOf(id), {
          parameters: [query("kind", { ...text, enum: ["a"], example: "a" }, { required: true })],
        }),
        "/strict": withOperation(listOf(id), { description: "You must specify a `project` or a `tag`." }),
      },
    });
    expect(found.blueprint.tables.map((table) => table.name)).toEqual(["things"]);
    expect(reasonFor(found, "/others")).toMatch(/parameter kind/);
    expect(reasonFor(found, "/strict")).toMatch(/You must specify/);
  });
});
