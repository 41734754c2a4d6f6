/** A GraphQL source with the same table in both styles of paging. */
import { type Blueprint, blueprintSchema } from "../../src/artifacts/blueprint.ts";

export function graphqlBlueprint(): Blueprint {
  const table = (name: string, paging: Record<string, unknown>, order = "unknown") => ({
    name,
    primary_key: ["id"],
    columns: [
      { name: "id", type: "integer", nullable: false },
      { name: "name", type: "string" },
      { name: "updated_at", type: "timestamp" },
    ],
    read: { kind: "graphql", field: name, paging: { size: 10, ...paging }, argument_types: { filter: "Filter" } },
    advance: { kind: "cursor", column: "updated_at", param: "filter.since", order },
    deletes: { kind: "none" },
  });
  return blueprintSchema.parse({
    version: 1,
    name: "example",
    title: "Example",
    source: { kind: "graphql", base_url: "https://api.example.com/graphql", auth: { kind: "none" } },
    configuration: [],
    tables: [
      table("by_connection", { style: "connection" }),
      table("by_offset", { style: "offset", records: "items" }, "ascending"),
    ],
    claims: {},
  });
}
