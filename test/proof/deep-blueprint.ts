/** A table that is read on from a cursor, in pages of a hundred with a total, and one that is read whole. */
import { makeBlueprint } from "../support/rest-blueprint.ts";

export const ORDERS = makeBlueprint([
  {
    name: "orders",
    columns: {
      id: "integer",
      amount: { type: "decimal", precision: 20, scale: 4 },
      rate: "number",
      pieces: "integer",
      paid: "boolean",
      note: "string",
      updated_at: "timestamp",
    },
    read: {
      pagination: {
        style: "offset",
        offset_param: "offset",
        limit_param: "limit",
        limit: 100,
        total: "meta.total",
      },
    },
    advance: { kind: "cursor", column: "updated_at", param: "since", format: "iso8601", inclusive: true },
  },
  { name: "ports", primary_key: ["code"], columns: { code: "string", depth: "integer" }, deletes: { kind: "absence" } },
]);
