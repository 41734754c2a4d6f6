import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { authSchema } from "../../../src/artifacts/auth.ts";
import { configurationFromAuth, credentialReferences } from "../../../src/sources/http/describe/configuration.ts";
import {
  describeDocument,
  describeFixture,
  FIXTURES,
  get,
  listOf,
  reasonFor,
  tableNamed,
} from "../../support/describe-fixture.ts";
import { verifies } from "../../support/verifies.ts";

describe(verifies("rest.described", "a full OpenAPI 3.1 description"), async () => {
  const shop = await describeFixture({ docs: ["shop.yaml"] });
  const { blueprint } = shop;

  test("gives the tables in order, parents first, and names what is left out", () => {
    expect(blueprint.tables.map((table) => [table.name, table.read.path])).toEqual([
      ["orders", "/orders"],
      ["items", "/orders/{order_id}/items"],
      ["discounts", "/orders/{oid}/items/{item_id}/discounts"],
      ["countries", "/countries"],
      ["events", "/events"],
    ]);
    expect(Object.fromEntries(blueprint.skipped.map(({ name, reason }) => [name, reason]))).toEqual({
      "/orders/{order_id}": "Answers one record, not a list.",
      "/countries/{code}": "Answers one record, not a list.",
      "/tags": "Answers a list of strings, not of records.",
      "/settings": "Answers a single object, not a list.",
      "/anything": "Its answer is not described: any JSON is allowed.",
      "/export": "Answers text/csv, not JSON.",
      "/reports": "Needs the query parameter kind, which has no default.",
      "/invoices/{invoice_id}/items":
        "Needs a value for {invoice_id}, and no endpoint lists the values for {invoice_id}.",
    });
  });

  test("reads the source's address, limit and authentication", () => {
    expect(blueprint.source).toEqual({
      kind: "rest",
      base_url: "https://eu.shop.example/v2",
      auth: { kind: "bearer", token: "api_token" },
      headers: {},
      rate_limit: { requests: 120, per_seconds: 60 },
    });
    expect(blueprint.configuration).toEqual([
      {
        key: "base_url",
        description: "Base address of the source",
        secret: false,
        required: false,
        default: "https://eu.shop.example/v2",
      },
      { key: "api_token", description: "Access token of the source", secret: true, required: true },
    ]);
    const limit = blueprint.claims["source.rate_limit"];
    const evidence = shop.evidence.find((one) => limit?.evidence.includes(one.id));
    expect(evidence).toMatchObject({ pointer: "/info/description", kind: "api-description", address: "shop.yaml" });
    expect(evidence?.quotation).toContain("120 requests per minute");
  });

  test("types columns by what is stated, money exactly", () => {
    const columns = tableNamed(shop, "orders").columns.map(({ description: _, ...column }) => column);
    expect(columns).toEqual([
      { name: "id", type: "integer", nullable: false },
      { name: "status", type: "string", nullable: false, values: ["open", "paid", "sent"] },
      { name: "updated_at", type: "timestamp", nullable: false },
      { name: "placed_on", type: "date", nullable: true },
      { name: "total", type: "decimal", precision: 38, scale: 9, nullable: false },
      { name: "rating", type: "number", nullable: true },
      { name: "weight", type: "number", nullable: true },
      { name: "note", type: "string", nullable: true },
      { name: "deleted_at", type: "timestamp", nullable: true },
      { name: "checksum", type: "bigint", nullable: true },
      { name: "customer", type: "json", nullable: true },
    ]);
    expect(blueprint.claims["tables.orders.columns"]).toMatchObject({
      note: expect.stringContaining("total is taken as exact"),
    });
  });

  test("finds paging, cursor, order and the flag of deleted rows", () => {
    const orders = tableNamed(shop, "orders");
    expect(orders.read.records).toBe("data");
    expect(orders.read.pagination).toEqual({
      style: "cursor",
      cursor_param: "cursor",
      next: "meta.next_cursor",
      has_more: "meta.has_more",
      size_param: "limit",
      size: 200,
      cursor_only: false,
    });
    expect(orders.advance).toEqual({
      kind: "cursor",
      column: "updated_at",
      param: "updated_since",
      format: "iso8601",
      inclusive: true,
      order: "ascending",
      sort_params: { sort: "updated_at:asc" },
      lookback: 0,
    });
    expect(orders.deletes).toEqual({ kind: "flag", column: "deleted_at", values: [] });
    expect(orders.primary_key).toEqual(["id"]);
    expect(blueprint.claims["tables.orders.primary_key"]).toMatchObject({ status: "documented" });
  });

  test("binds children and grandchildren, and leaves a field of the same name alone", () => {
    const items = tableNamed(shop, "items");
    expect(items.read.parent).toEqual({
      table: "orders",
      bind: [{ placeholder: "order_id", parent_column: "id", column: "parent_order_id" }],
    });
    expect(items.primary_key).toEqual(["parent_order_id", "id"]);
    expect(items.columns.map((column) => `${column.name} ${column.type}`)).toEqual([
      "parent_order_id integer",
      "id string",
      "price decimal",
      "order_id string",
    ]);
    expect(items.read.pagination).toEqual({
      style: "page",
      page_param: "page",
      start: 1,
      size_param: "per_page",
      size: 1000,
    });
    expect([items.advance.kind, items.deletes.kind]).toEqual(["full", "absence"]);
    const discounts = tableNamed(shop, "discounts");
    expect(discounts.read.parent).toEqual({
      table: "items",
      bind: [
        { placeholder: "oid", parent_column: "parent_order_id", column: "oid" },
        { placeholder: "item_id", parent_column: "id", column: "item_id" },
      ],
    });
    expect(discounts.primary_key).toEqual([]);
    expect(blueprint.claims["tables.discounts.primary_key"]).toMatchObject({ status: "unproven" });
  });

  test("reads HAL, a code as key, Link headers and epochs", () => {
    const countries = tableNamed(shop, "countries");
    expect([countries.read.records, countries.primary_key]).toEqual(["_embedded.countries", ["code"]]);
    expect(countries.read.pagination).toEqual({ style: "next_url", next: "_links.next.href" });
    const events = tableNamed(shop, "events");
    expect(events.read.pagination).toEqual({ style: "link_header", rel: "next" });
    expect(events.columns[1]).toMatchObject({ name: "created", type: "timestamp", format: "epoch_seconds" });
    expect(events.advance).toMatchObject({
      kind: "cursor",
      column: "created",
      param: "created_after",
      format: "epoch_seconds",
      inclusive: false,
    });
    expect(blueprint.claims["tables.events.advance"]).toMatchObject({
      note: expect.stringContaining("one unit earlier"),
    });
  });
});

test("Swagger 2: host, offset paging, stated key, API key with a word before it, quotations in the text as it is", async () => {
  const legacy = await describeFixture({ docs: ["legacy.json"] });
  expect(legacy.blueprint.source).toMatchObject({
    base_url: "https://stock.example/api",
    auth: { kind: "api_key", in: "header", name: "Authorization", prefix: "Token ", value: "api_key" },
  });
  const warehouses = tableNamed(legacy, "warehouses");
  expect(warehouses.read.pagination).toEqual({
    style: "offset",
    offset_param: "$skip",
    limit_param: "$top",
    limit: 500,
    total: "total",
  });
  expect(warehouses.primary_key).toEqual(["site", "number"]);
  const movements = tableNamed(legacy, "movements");
  expect(movements.advance).toMatchObject({
    kind: "cursor",
    column: "last_modified",
    param: "modified_after",
    format: "date",
    inclusive: false,
    order: "unknown",
  });
  expect(movements.deletes).toEqual({ kind: "flag", column: "is_deleted", values: [] });
  expect(legacy.evidence.some((one) => one.pointer === "/definitions/Warehouse/x-primary-key")).toBe(true);
});

test("circular references: schemas that contain themselves are tables, circles of references are named", async () => {
  const trees = await describeFixture({ docs: ["circular.yaml"] });
  expect(trees.blueprint.tables.map((table) => table.name)).toEqual(["nodes", "knots"]);
  expect(tableNamed(trees, "nodes").columns.map((column) => column.type)).toEqual(["integer", "json", "json"]);
  expect(reasonFor(trees, "/loops")).toContain("runs in a circle");
  expect(reasonFor(trees, "/elsewhere")).toContain("leads into another file");
});

describe("descriptions that cannot be used", () => {
  const failure = (input: Parameters<typeof describeFixture>[0]) =>
    describeFixture(input).catch((error: unknown) => error);
  test.each([
    [["missing.yaml"], /missing\.yaml cannot be read: there is no such file/],
    [["broken.yaml"], /broken\.yaml is not valid YAML at line [45]/],
    [["broken.json"], /broken\.json is not valid JSON at line 3/],
    [["unknown.json"], /unknown\.json is not a description of an API/],
    [
      ["no-lists.yaml"],
      /no-lists\.yaml describes no list of records that can be read \(\/now: Answers a single integer, not a list\)/,
    ],
    [["no-server.yaml"], /no-server\.yaml names no complete address/],
    [["postman.json"], /postman\.json describes no list of records that can be read \(it has no GET endpoint\)/],
    [["notes.md"], /gives no API description and states no table/],
    [[], /gives no API description and states no table/],
    [["http://127.0.0.1:9/api.json"], /127\.0\.0\.1:9/],
  ])("%j", async (docs, message) => {
    const error = await failure({ docs });
    expect(error).toMatchObject({
      name: "UserError",
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/./),
    });
    expect((error as Error).message).not.toContain("\n");
  });

  test("an aborted run is no error of the description", async () => {
    const error = await failure({ docs: ["shop.yaml"], signal: AbortSignal.abort(new Error("stop")) });
    expect(error).toMatchObject({ message: "stop" });
  });
});

describe("over HTTP", () => {
  const server = createServer(async (request, response) => {
    if (request.url === "/docs/api.yaml") {
      const text = await readFile(join(FIXTURES, "no-server.yaml"), "utf8");
      response
        .setHeader("content-type", "application/yaml")
        .end(text.replace("paths:", "servers: [{ url: ../v3/ }]\npaths:"));
    } else if (request.url === "/guide") response.setHeader("content-type", "text/html").end("<h1>Guide</h1>");
    else response.writeHead(404).end("no");
  });
  let origin = "";
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  test("a relative server is resolved against the description's address; pages of prose are kept", async () => {
    const found = await describeFixture({ docs: [`${origin}/docs/api.yaml`, `${origin}/guide`, "notes.md"] });
    expect(found.blueprint.source.base_url).toBe(`${origin}/v3`);
    const prose = found.evidence.filter((one) => one.kind === "official-docs");
    expect(prose.map((one) => [one.address, one.quotation.slice(0, 8)])).toEqual([
      [`${origin}/guide`, "<h1>Guid"],
      ["notes.md", "# Notes "],
    ]);
  });

  test("an answer that is no success is an error", async () => {
    await expect(describeFixture({ docs: [`${origin}/gone.json`] })).rejects.toThrow(/gone\.json answered 404/);
  });
});

describe("credentials", () => {
  test("configuration keys and the references of a spec meet field by field", () => {
    const auth = authSchema.parse({
      kind: "oauth2_client_credentials",
      token_url: "/token",
      client_id: "${env:ID}",
      client_secret: "${env:SECRET}",
    });
    expect(credentialReferences(auth)).toEqual({ client_id: "${env:ID}", client_secret: "${env:SECRET}" });
    expect(configurationFromAuth(auth).map(({ key, secret }) => [key, secret])).toEqual([
      ["client_id", false],
      ["client_secret", true],
    ]);
  });

  test.each([
    [
      "api key in the query",
      { type: "apiKey", in: "query", name: "key" },
      { kind: "api_key", in: "query", name: "key", value: "api_key" },
    ],
    ["basic", { type: "http", scheme: "Basic" }, { kind: "basic", username: "username", password: "password" }],
    [
      "client credentials",
      {
        type: "oauth2",
        flows: { clientCredentials: { tokenUrl: "https://api.example/oauth/token", scopes: { read: "", write: "" } } },
      },
      {
        kind: "oauth2_client_credentials",
        token_url: "/oauth/token",
        client_id: "client_id",
        client_secret: "client_secret",
        scopes: ["read"],
        client_auth: "body",
      },
    ],
  ])("%s", async (_, scheme, auth) => {
    const found = await describeDocument({
      components: { securitySchemes: { main: scheme } },
      security: [{ main: ["read"] }],
      paths: { "/things": get(listOf({ id: { type: "integer" } })) },
    });
    expect(found.blueprint.source.auth).toEqual(auth);
    expect(found.blueprint.claims["source.auth"]?.status).toBe("documented");
  });

  test.each([
    [
      "a browser login",
      { login: { type: "oauth2", flows: { authorizationCode: { tokenUrl: "https://x/t" } } } },
      [{ login: [] }],
      /oauth2 authorizationCode/,
    ],
    ["a cookie", { login: { type: "apiKey", in: "cookie", name: "sid" } }, [{ login: [] }], /in a cookie/],
    [
      "two at once",
      { a: { type: "apiKey", in: "header", name: "A" }, b: { type: "apiKey", in: "header", name: "B" } },
      [{ a: [], b: [] }],
      /several credentials at once/,
    ],
  ])("%s is not supported and says so", async (_, securitySchemes, security, reason) => {
    const found = await describeDocument({
      components: { securitySchemes },
      security,
      paths: { "/things": get(listOf({ id: { type: "integer" } })) },
    });
    expect(found.blueprint.source.auth).toEqual({ kind: "none" });
    expect(found.blueprint.claims["source.auth"]).toMatchObject({
      status: "unproven",
      reason: expect.stringMatching(reason),
    });
    expect(found.blueprint.custom.join()).toMatch(reason);
  });

  test("open endpoints need no credentials, mixed ones the ones that some demand", async () => {
    const components = { securitySchemes: { key: { type: "apiKey", in: "header", name: "X-Key" } } };
    const open = get(listOf({ id: { type: "integer" } }), { security: [] });
    const closed = get(listOf({ id: { type: "integer" } }));
    const common = { components, security: [{ key: [] }] };
    expect((await describeDocument({ ...common, paths: { "/a": open } })).blueprint.source.auth).toEqual({
      kind: "none",
    });
    const mixed = await describeDocument({ ...common, paths: { "/a": open, "/b": closed } });
    expect(mixed.blueprint.source.auth).toEqual({ kind: "api_key", in: "header", name: "X-Key", value: "api_key" });
  });
});
