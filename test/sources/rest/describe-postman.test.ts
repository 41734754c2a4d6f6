import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { describeFixture, describeText, reasonFor, tableNamed } from "../../support/describe-fixture.ts";
import { verifies } from "../../support/verifies.ts";

const POSTMAN = join(import.meta.dirname, "../../fixtures/postman");
const fixture = (name: string, rest: object = {}) => describeFixture({ docs: [name], directory: POSTMAN, ...rest });

function collection(item: object[], rest: object = {}): string {
  const info = { name: "C", schema: "https://schema.getpostman.com/json/collection/v2.1.0/collection.json" };
  return JSON.stringify({ info, item, ...rest });
}

function saved(url: unknown, body: unknown, rest: object = {}): object {
  const response = body === undefined ? [] : [{ code: 200, header: [], body: JSON.stringify(body) }];
  return { name: "R", request: { method: "GET", url, ...rest }, response };
}

describe(verifies("rest.recorded", "a Postman collection of version 2.1"), async () => {
  const harbour = await fixture("harbour.json");
  const { blueprint } = harbour;

  test("gives tables from its GET requests and names what is left out", () => {
    expect(blueprint.tables.map((table) => [table.name, table.read.path, table.read.records])).toEqual([
      ["berths", "/berths", "data"],
      ["moorings", "/berths/{berthId}/moorings", ""],
      ["tides", "/tides", "tides"],
    ]);
    expect(reasonFor(harbour, "/berths/{berth_id}")).toBe("No answer with JSON is saved with it.");
    expect(reasonFor(harbour, "POST /graphql")).toMatch(/asks with GraphQL/);
    expect(reasonFor(harbour, "/now")).toMatch(/served from https:\/\/weather\.example/);
  });

  test("resolves variables in variables, and reads authentication, headers and the limit", () => {
    expect(blueprint.source).toEqual({
      kind: "rest",
      base_url: "https://harbour.example/api/v3",
      auth: { kind: "bearer", token: "api_token" },
      headers: { "X-Harbour-Version": "3" },
      rate_limit: { requests: 60, per_seconds: 60 },
    });
    expect(blueprint.claims["source.auth"]).toMatchObject({ status: "documented" });
  });

  test("merges all saved answers into types, and takes no value for an enumeration", () => {
    expect(tableNamed(harbour, "berths").columns).toEqual([
      { name: "id", type: "integer", nullable: false },
      { name: "name", type: "string", nullable: true },
      { name: "length_m", type: "number", nullable: true },
      { name: "price", type: "decimal", precision: 38, scale: 9, nullable: true },
      { name: "status", type: "string", nullable: true },
      { name: "updated_at", type: "timestamp", nullable: true },
      { name: "closed_on", type: "date", nullable: true },
      { name: "tags", type: "json", nullable: true },
      { name: "owner", type: "json", nullable: true },
    ]);
    expect(blueprint.claims["tables.berths.columns"]).toMatchObject({
      status: "unproven",
      reason: expect.stringMatching(/^Inferred from 2 recorded answers: fields and types that were not in it may come/),
    });
  });

  test("drafts paging and the filter where parameters show them, and leaves out what is switched off", () => {
    const berths = tableNamed(harbour, "berths");
    expect(berths.read.pagination).toMatchObject({
      style: "cursor",
      cursor_param: "cursor",
      next: "paging.next_cursor",
      has_more: "paging.has_more",
      size: 200,
    });
    expect(berths.advance).toMatchObject({ kind: "cursor", param: "updated_since", inclusive: true });
    expect(JSON.stringify([berths, blueprint.custom])).not.toContain("colour");
    expect(tableNamed(harbour, "moorings").read.parent?.bind).toEqual([
      { placeholder: "berthId", parent_column: "id", column: "berth_id" },
    ]);
    expect(blueprint.claims["tables.tides.read.pagination"]?.status).toBe("unproven");
  });

  test("quotes the collection as it is stored, down to the field of a saved answer", () => {
    const cited = (key: string) =>
      harbour.evidence.filter(({ id }) => blueprint.claims[key]?.evidence.includes(id)).map((one) => one);
    expect(cited("source.base_url")).toMatchObject([
      { pointer: "/variable/0/value", quotation: "https://{{host}}/api/v3" },
    ]);
    expect(cited("tables.berths.primary_key")).toMatchObject([
      { pointer: "/item/0/item/0/response/0/body", quotation: '"id": 7001' },
      { pointer: "/item/0/item/1/request/url/variable/0" },
    ]);
  });

  test("keeps no secret, whatever place it was in", async () => {
    const given = await readFile(join(POSTMAN, "harbour.json"), "utf8");
    expect(new Set(given.match(/planted-[\w-]+/g))).toEqual(
      new Set(["planted-collection-variable", "planted-in-script", "planted-body-password"]),
    );
    expect(JSON.stringify(harbour) + [...harbour.pages.values()].join("")).not.toContain("planted-");
  });
});

test("version 2.0: auth as an object, headers as text, requests that are only an address", async () => {
  const old = await fixture("old-harbour.json");
  expect(old.blueprint.source).toMatchObject({
    base_url: "https://old.harbour.example",
    auth: { kind: "api_key", in: "header", name: "X-Harbour-Key" },
    headers: { "X-Tenant": "west" },
  });
  const boats = tableNamed(old, "boats");
  expect(boats.primary_key).toEqual(["boat_id"]);
  expect(boats.read.pagination).toEqual({
    style: "offset",
    offset_param: "offset",
    limit_param: "limit",
    limit: 20,
    total: "total",
  });
  expect([...old.pages.values()].join("")).not.toContain("planted-");
});

describe("what a request inherits and carries", () => {
  const rows = [{ id: 1, name: "a" }];
  const key = (value: string) => [
    { key: "key", value: "X-Key" },
    { key: "value", value },
    { key: "in", value: "header" },
  ];

  test.each([
    ["the collection's", { collection: { type: "basic", basic: [] } }, { kind: "basic" }],
    [
      "the nearest folder's",
      { collection: { type: "basic" }, folder: { type: "apikey", apikey: key("s3cretkey") } },
      { kind: "api_key", name: "X-Key" },
    ],
    ["the request's own", { folder: { type: "basic" }, request: { type: "bearer", bearer: [] } }, { kind: "bearer" }],
    ["none, if it says so", { collection: { type: "basic" }, request: { type: "noauth" } }, { kind: "none" }],
    [
      "client credentials",
      {
        request: {
          type: "oauth2",
          oauth2: [
            { key: "grant_type", value: "client_credentials" },
            { key: "accessTokenUrl", value: "https://api.example/token" },
            { key: "scope", value: "read write" },
            { key: "clientSecret", value: "planted-client" },
          ],
        },
      },
      { kind: "oauth2_client_credentials", token_url: "/token" },
    ],
  ])("auth: %s", async (_, given: { collection?: object; folder?: object; request?: object }, expected) => {
    const item = saved("https://api.example/things", rows, given.request === undefined ? {} : { auth: given.request });
    const folder = { name: "F", item: [item], ...(given.folder === undefined ? {} : { auth: given.folder }) };
    const text = collection([folder], given.collection === undefined ? {} : { auth: given.collection });
    const found = await describeText("c.json", text);
    expect(found.blueprint.source.auth).toMatchObject(expected);
    expect([...found.pages.values()].join("")).not.toMatch(/planted-client|s3cretkey/);
  });

  test("a credential in a header or a parameter counts as one, and is no parameter of the table", async () => {
    const inHeader = saved("https://api.example/things", rows, {
      header: [{ key: "Authorization", value: "Token abc12345" }],
    });
    expect((await describeText("c.json", collection([inHeader]))).blueprint.source.auth).toMatchObject({
      kind: "api_key",
      name: "Authorization",
      prefix: "Token ",
    });
    const found = await describeText(
      "c.json",
      collection([saved("https://api.example/things?api_key=abc12345&x=1", rows)]),
    );
    expect(found.blueprint.source.auth).toMatchObject({ kind: "api_key", in: "query", name: "api_key" });
    expect(found.blueprint.custom).toEqual([
      "things: the saved requests send x=1, the connector does not. If the source needs it, state it under `params`.",
    ]);
    expect(tableNamed(found, "things").deletes).toEqual({ kind: "none" });
  });

  test("a short name is a credential where it holds one: a filter called key is a filter", async () => {
    const filter = await describeText("c.json", collection([saved("https://api.example/things?key=PROJ-1", rows)]));
    expect(filter.blueprint.source.auth).toEqual({ kind: "none" });
    const credential = saved("https://api.example/things?key=A1b2C3d4E5f6G7h8", rows);
    const found = await describeText("c.json", collection([credential]));
    expect(found.blueprint.source.auth).toMatchObject({ kind: "api_key", in: "query", name: "key" });
  });

  test("a request to an address that no variable gives is left out, not put below another", async () => {
    const items = [saved("https://api.example/things", rows), saved("{{unset}}/others", rows)];
    const found = await describeText("c.json", collection(items));
    expect(found.blueprint.tables.map(({ name }) => name)).toEqual(["things"]);
    expect(reasonFor(found, "GET /others")).toBe("R has a variable without a value in its address.");
  });

  test("path variables: `:id`, `{{id}}`, a version, a static variable", async () => {
    const url = "https://api.example/{{version}}/{{area}}/things/:thing/parts/{{partId}}.json";
    const text = collection([saved(url, rows)], {
      variable: [
        { key: "version", value: "v2" },
        { key: "area", value: "eu" },
        { key: "partId", value: "12" },
      ],
    });
    const error = await describeText("c.json", text).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain("/v2/eu/things/{thing}/parts/{partId}.json");
  });

  test("two saved requests of one endpoint are one table with the columns of both", async () => {
    const items = [
      saved("https://api.example/things?a=1", rows),
      saved("https://api.example/things", [{ id: 2, size: 3 }]),
    ];
    const found = await describeText("c.json", collection(items));
    expect(tableNamed(found, "things").columns.map(({ name }) => name)).toEqual(["id", "name", "size"]);
    expect(found.blueprint.custom).toEqual([]);
  });

  test("numbers beyond 2^53, whole amounts of money, epochs and mixed values", async () => {
    const body =
      '[{"id":1,"wide":12345678901234567890,"amount":10,"exact":10.00,"created_at":1767225600,"mixed":1,"when":"2026-01-01"},' +
      '{"id":2,"wide":1,"amount":11,"exact":2,"created_at":1767225601,"mixed":"x","when":"soon"}]';
    const item = { name: "R", request: "https://api.example/things", response: [{ code: 200, header: null, body }] };
    const found = await describeText("c.json", collection([item]));
    expect(tableNamed(found, "things").columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      "id integer",
      "wide bigint",
      "amount decimal",
      "exact number",
      "created_at timestamp",
      "mixed json",
      "when string",
    ]);
  });
});

describe("collections that cannot be used", () => {
  test.each([
    [
      "version-1.json",
      /version-1\.json is not a description of an API/,
      /version 1: export it from Postman as Collection v2\.1/,
    ],
    [
      "environment.json",
      /environment\.json is not a description of an API/,
      /Postman environment: export the collection/,
    ],
    ["version-3.json", /Postman collection that has version 3\.0, which cannot be read/, /v2\.1/],
    ["no-items.json", /without a list of requests at \/item/, /Export/],
    ["broken-item.json", /\/item\/0\/item\/0 has neither a request nor a list of items/, /Export/],
    ["no-server.json", /names no complete address/, /base_url/],
  ])("%s", async (name, message, hint) => {
    const error = await fixture(name).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: "UserError",
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
    expect(String(error)).not.toContain("planted-");
  });

  test("the spec may state the address that no variable has", async () => {
    const found = await fixture("no-server.json", { source: { base_url: "https://api.example" } });
    expect(found.blueprint.tables.map(({ name }) => name)).toEqual(["boats"]);
  });
});
