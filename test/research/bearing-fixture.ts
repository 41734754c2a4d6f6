/** A proposal of one table, and evidence for it. */
import { type Table, tableSchema } from "../../src/artifacts/blueprint.ts";
import type { Evidence } from "../../src/artifacts/evidence.ts";
import type { Proposal } from "../../src/research/notebook.ts";

export const orders: Table = tableSchema.parse({
  name: "orders",
  primary_key: ["order_no"],
  columns: [
    { name: "order_no", type: "string" },
    { name: "state", type: "string" },
    { name: "id", type: "integer" },
  ],
  read: {
    kind: "rest",
    path: "/v1/orders",
    records: "data.items",
    pagination: { style: "page", page_param: "page", size_param: "per_page", size: 100 },
  },
  advance: { kind: "cursor", column: "changed_at", param: "changed_since" },
  deletes: { kind: "flag", column: "voided" },
});

export const proposal: Proposal = {
  version: 1,
  name: "shop",
  title: "Shop",
  description: "",
  source: {
    kind: "rest",
    base_url: "https://api.shop.example/rest",
    auth: { kind: "api_key", in: "header", name: "X-Shop-Key", value: "api_key" },
    headers: {},
    rate_limit: { requests: 1000, per_seconds: 60 },
  },
  configuration: [],
  tables: [orders],
  skipped: [],
  custom: [],
};

export function evidence(id: string, quotation: string, rest: Partial<Evidence> = {}): Evidence {
  return {
    id,
    kind: "official-docs",
    address: "https://docs.example/a",
    time: "2026-01-01T00:00:00Z",
    quotation,
    hash: "0".repeat(64),
    ...rest,
  };
}
