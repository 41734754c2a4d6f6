/** What is drafted from schemas that are made in the manner of well-known public APIs. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buildSchema, graphqlSync, introspectionFromSchema } from "graphql";
import { describe, expect, onTestFinished, test } from "vitest";
import { graphqlSource } from "../../../src/sources/graphql/graphql.ts";
import type { Description } from "../../../src/sources/kind.ts";
import { http } from "../../../src/system/http.ts";
import { verifies } from "../../support/verifies.ts";
import { describeSchema, FIXTURES } from "./fixture.ts";

const names = ({ blueprint }: Description) => blueprint.tables.map(({ name }) => name);
const table = ({ blueprint }: Description, name: string) => {
  const found = blueprint.tables.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no table ${name}`);
  return found;
};
const column = (description: Description, name: string, of: string) =>
  table(description, of).columns.find((one) => one.name === name);
const reasons = ({ blueprint }: Description) =>
  Object.fromEntries(blueprint.skipped.map(({ name, reason }) => [name, reason]));

describe("a code host", () => {
  test("connections at the root and inside of records become tables", async () => {
    const forge = await describeSchema({ docs: ["forge.graphql"] });
    expect(names(forge)).toEqual([
      "repositories",
      "repository_issues",
      "repository_issue_comments",
      "repository_repository_topics",
      "topics",
    ]);
    expect(table(forge, "repository_issues").read).toMatchObject({
      field: "issues",
      paging: { style: "connection", first: "first", after: "after", size: 50, nodes: "nodes", total: "totalCount" },
      lookup: { field: "node", argument: "id", type: "ID!", on: "Repository" },
      parent: { table: "repositories", bind: [{ placeholder: "id", parent_column: "id", column: "repository_id" }] },
    });
    expect(table(forge, "repository_issues").primary_key).toEqual(["repository_id", "id"]);
    expect(table(forge, "topics").read).toMatchObject({ paging: { nodes: "edges.node" } });
  });

  test("what is left out is said, with the reason", async () => {
    expect(reasons(await describeSchema({ docs: ["forge.graphql"] }))).toMatchObject({
      search: expect.stringMatching(/union/),
      "viewer.repositories": "It lists Repository, as repositories does.",
      "repositories.file": "It needs the argument path.",
      "repositories.parent": expect.stringMatching(/only id .*inside of itself/i),
    });
  });

  test("nested objects are json columns with a shape, scalars have types", async () => {
    const forge = await describeSchema({ docs: ["forge.graphql"] });
    expect(column(forge, "license", "repositories")).toMatchObject({
      type: "json",
      shape: {
        kind: "object",
        fields: [
          { name: "key", shape: { kind: "value", type: "string" } },
          { name: "name", shape: { kind: "value", type: "string" } },
          { name: "conditions", shape: { kind: "list", items: { kind: "object" } } },
        ],
      },
    });
    expect(column(forge, "languages", "repositories")).toMatchObject({ type: "json", shape: { kind: "list" } });
    expect(column(forge, "databaseId", "repositories")).toMatchObject({ type: "bigint" });
    expect(column(forge, "visibility", "repositories")).toMatchObject({ values: ["PUBLIC", "PRIVATE", "INTERNAL"] });
  });
});

describe("a shop", () => {
  test("a search text that is documented narrows, and sorting by it lets the cursor move", async () => {
    const shop = await describeSchema({ docs: ["shop.graphql"] });
    const { read, advance } = table(shop, "orders");
    expect(read).toMatchObject({
      search: "updated_at:>='{value}'",
      argument_types: { query: "String", sortKey: "OrderSortKeys" },
    });
    expect(advance).toMatchObject({
      kind: "cursor",
      column: "updatedAt",
      param: "query",
      inclusive: true,
      order: "ascending",
      sort_params: { sortKey: "UPDATED_AT", reverse: "false" },
    });
    expect(shop.blueprint.claims["tables.orders.advance"]).toMatchObject({ status: "documented" });
  });

  test("lists by name spaces, money and lists inside of records", async () => {
    const shop = await describeSchema({ docs: ["shop.graphql"] });
    expect(table(shop, "locations").read).toMatchObject({ field: "shop.locations", paging: { style: "list" } });
    expect(column(shop, "unitPrice", "order_line_items")).toMatchObject({ type: "decimal", precision: 38, scale: 9 });
    expect(table(shop, "order_transactions").read).toMatchObject({ field: "transactions", paging: { style: "list" } });
    expect(table(shop, "order_line_items").read).toMatchObject({
      lookup: { field: "order", argument: "id", type: "ID!" },
    });
    expect(table(shop, "currencies").primary_key).toEqual([]);
  });

  test("the spec's statements win", async () => {
    const stated = {
      name: "sales",
      field: "orders",
      primary_key: ["name"],
      incremental: "none",
      columns: { note: "json" },
    };
    const shop = await describeSchema({ docs: ["shop.graphql"], tables: [stated] });
    expect(table(shop, "sales")).toMatchObject({
      primary_key: ["name"],
      advance: { kind: "full" },
      deletes: { kind: "absence" },
    });
    expect(column(shop, "note", "sales")).toMatchObject({ type: "json" });
    expect(shop.evidence.filter(({ kind }) => kind === "user").map(({ pointer }) => pointer)).toContain(
      "/tables/0/primary_key",
    );
  });
});

describe("an issue tracker", () => {
  test("filter objects and orders by an enumeration", async () => {
    const tracker = await describeSchema({ docs: ["tracker.graphql"] });
    expect(table(tracker, "tickets").advance).toMatchObject({
      param: "filter.updatedAt.gte",
      inclusive: true,
      order: "ascending",
      sort_params: { orderBy: "UPDATED_AT_ASC" },
    });
    expect(table(tracker, "tickets").deletes).toEqual({ kind: "flag", column: "deletedAt", values: [] });
    expect(tracker.blueprint.claims["tables.tickets.deletes"]).toMatchObject({ status: "unproven" });
  });

  test("what is not said about a bound is taken the safe way", async () => {
    const tracker = await describeSchema({ docs: ["tracker.graphql"] });
    expect(table(tracker, "users").advance).toMatchObject({
      param: "updatedSince",
      format: "epoch_seconds",
      inclusive: false,
      order: "unknown",
    });
    expect(tracker.blueprint.claims["tables.users.advance"]).toMatchObject({
      status: "unproven",
      reason: expect.stringMatching(/equal the value/),
    });
    expect(column(tracker, "updated", "users")).toMatchObject({ type: "timestamp", format: "epoch_seconds" });
  });

  test("a field that needs an argument is left out, until the spec gives it", async () => {
    expect(reasons(await describeSchema({ docs: ["tracker.graphql"] })).sprints).toBe("It needs the argument teamId.");
    const tables = [{ name: "sprints", arguments: { teamId: "T1" } }];
    const given = await describeSchema({ docs: ["tracker.graphql"], tables });
    expect(table(given, "sprints").read).toMatchObject({
      arguments: { teamId: "T1" },
      argument_types: { teamId: "ID!" },
    });
    await expect(describeSchema({ docs: ["tracker.graphql"], tables: ["sprints"] })).rejects.toMatchObject({
      message: expect.stringMatching(/needs the argument teamId/),
    });
    await expect(
      describeSchema({ docs: ["tracker.graphql"], tables: [{ name: "sprints", arguments: { team: "T1" } }] }),
    ).rejects.toMatchObject({ message: expect.stringMatching(/no argument team/) });
  });
});

test("lists by offset, in envelopes, and those that cannot be read whole", async () => {
  const depot = await describeSchema({ docs: ["depot.graphql"] });
  expect(table(depot, "parcels").read.kind === "graphql" && table(depot, "parcels").read).toMatchObject({
    paging: { style: "offset", offset: "offset", limit: "limit", size: 50, records: "" },
  });
  expect(table(depot, "depots").read).toMatchObject({
    paging: { style: "offset", offset: "skip", limit: "take", size: 30, records: "items", total: "totalCount" },
  });
  expect(reasons(depot)).toMatchObject({
    "depots.bays": expect.stringMatching(/further pages/),
    drivers: expect.stringMatching(/by number/),
    newest: expect.stringMatching(/a part of the records/),
  });
});

describe("without a file", () => {
  async function endpoint(sdl: string | undefined): Promise<{ address: string; seen: (string | undefined)[] }> {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        seen.push(request.headers.authorization);
        const { query } = JSON.parse(Buffer.concat(chunks).toString()) as { query: string };
        const answer =
          sdl === undefined
            ? { errors: [{ message: "Introspection is disabled." }] }
            : graphqlSync({ schema: buildSchema(sdl), source: query });
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`, seen };
  }

  test("the endpoint is introspected with the spec's credentials, and gives the same tables as its SDL", async () => {
    const sdl = await readFile(join(FIXTURES, "shop.graphql"), "utf8");
    const { address, seen } = await endpoint(sdl);
    const asked = await describeSchema({
      source: { base_url: address },
      context: { configuration: { api_token: "planted-1" } },
    });
    const written = await describeSchema({ docs: ["shop.graphql"] });
    expect(seen).toEqual(["Bearer planted-1"]);
    expect(asked.blueprint.tables).toEqual(written.blueprint.tables);
    expect(new Set(asked.evidence.map(({ kind }) => kind))).toEqual(new Set(["user", "introspection"]));
  });

  test("an endpoint that does not tell its schema is named, with what to do", async () => {
    const { address } = await endpoint(undefined);
    await expect(describeSchema({ source: { base_url: address } })).rejects.toMatchObject({
      name: "UserError",
      message: expect.stringMatching(/does not tell its schema: Introspection is disabled/),
      hint: expect.stringMatching(/docs/),
    });
  });

  test("a saved introspection answer gives the same tables, too", async () => {
    const schema = buildSchema(await readFile(join(FIXTURES, "tracker.graphql"), "utf8"));
    const text = JSON.stringify({ data: introspectionFromSchema(schema) });
    const get = async (address: string) => ({ address, status: 200, contentType: "application/json", text });
    const asked = await describeSchema({
      docs: ["https://x.example/schema.json"],
      context: { http: { ...http, get } },
    });
    expect(asked.blueprint.tables).toEqual((await describeSchema({ docs: ["tracker.graphql"] })).blueprint.tables);
  });
});

test(
  verifies("sources.unknown-types", "GraphQL: scalars of the source's own are kept as JSON, and named"),
  async () => {
    const text = `type Query { parts(first: Int, after: String): PartConnection! }
    type PartConnection { nodes: [Part!]! pageInfo: PageInfo! }
    type PageInfo { hasNextPage: Boolean! endCursor: String }
    type Part { id: ID! flavour: Quark torque: Newton spins: [Quark!] }
    scalar Quark
    "A force, as a string with its unit."
    scalar Newton`;
    const get = async (address: string) => ({ address, status: 200, contentType: "text/plain", text });
    const parts = await describeSchema({
      docs: ["https://x.example/schema.graphql"],
      context: { http: { ...http, get } },
    });
    const types = table(parts, "parts").columns.map(({ name, type }) => [name, type]);
    expect(Object.fromEntries(types)).toEqual({ id: "string", flavour: "json", torque: "string", spins: "json" });
    expect(parts.blueprint.claims["tables.parts.columns"]).toMatchObject({
      status: "unproven",
      reason: expect.stringMatching(
        /Quark is a scalar of the source's own, so its values are kept as JSON; Newton is taken as text by its description/,
      ),
    });
  },
);

test.each([
  ["operations.graphql", /operations, not a schema/],
  ["broken.graphql", /not a valid GraphQL schema at line 2/],
])("%s is refused", async (name, message) => {
  await expect(describeSchema({ docs: [name] })).rejects.toMatchObject({
    name: "UserError",
    message: expect.stringMatching(message),
  });
});

test("an outline for those who look for tables", async () => {
  const context = { http, baseDirectory: FIXTURES, now: () => new Date(), signal: new AbortController().signal };
  const outline = await graphqlSource.outline("shop.graphql", context);
  expect(outline).toMatchObject({ format: "a GraphQL schema", drafted: true, kind: "api-description" });
  expect(outline?.entries.map(({ name }) => name)).toContain("Query.orders");
});
