/** Connectors for a REST source, generated, run against its stand-in, and judged by the checks that judge all. */

import { expect, test } from "vitest";
import type { Report } from "../../../src/artifacts/report.ts";
import { kindBlueprint } from "../../support/kind-blueprints.ts";
import { proveGenerated } from "../../support/prove-generated.ts";
import { makeBlueprint, type TableInput } from "../../support/rest-blueprint.ts";
import { thorough } from "../../support/thorough.ts";

const pages = { style: "page", page_param: "page", size_param: "per_page", size: 20 };
const cursor = { kind: "cursor", column: "updated_at", param: "updated_since", inclusive: true, lookback: 60 };

const TABLES: TableInput[] = [
  {
    name: "orders",
    columns: {
      id: { type: "integer", nullable: false },
      total: { type: "decimal", precision: 20, scale: 4 },
      group: "string",
      updated_at: { type: "timestamp", nullable: false },
      address: {
        type: "json",
        shape: { kind: "object", fields: [{ name: "city", shape: { kind: "value", type: "string" } }] },
      },
    },
    read: { pagination: pages },
    advance: { ...cursor, order: "ascending", sort_params: { sort: "updated_at" } },
  },
  {
    name: "customers",
    columns: {
      id: "string",
      gone: "boolean",
      updated_at: { type: "timestamp", format: "epoch_seconds" },
      tags: "json",
    },
    read: { pagination: pages },
    advance: { ...cursor, format: "epoch_seconds" },
    deletes: { kind: "flag", column: "gone" },
  },
  {
    name: "payments",
    columns: { id: "bigint", at: "local_timestamp", updated_at: { type: "timestamp", nullable: false } },
    read: { pagination: pages },
    advance: cursor,
    deletes: {
      kind: "feed",
      path: "/payments/deleted",
      records: "data",
      keys: { id: "id" },
      column: "deleted_at",
      param: "since",
    },
  },
  {
    name: "ports",
    columns: { id: "integer", name: "string" },
    read: { pagination: pages },
    deletes: { kind: "absence" },
  },
  {
    name: "items",
    primary_key: ["order_id", "sku"],
    columns: { order_id: "integer", sku: "string", weight: "number" },
    read: {
      path: "/orders/{order_id}/items",
      pagination: pages,
      parent: { table: "orders", bind: [{ placeholder: "order_id", parent_column: "id", column: "order_id" }] },
    },
  },
  { name: "events", primary_key: [], columns: { kind: "string", on: "date" }, read: { pagination: pages } },
];

function failures(report: Report): string[] {
  const failed = report.checks.filter(({ verdict }) => verdict === "fail");
  return failed.map(
    ({ check, table, summary, details }) => `${check} ${table ?? ""}: ${summary} ${details.join("; ")}`,
  );
}

/** What the layout changes is the imports, which `lakeflow/sync.test.ts` runs in both. */
const layouts = thorough ? (["modular", "single"] as const) : (["modular"] as const);

test.each(layouts)("all ways of reading, in %s layout", async (layout) => {
  const report = await proveGenerated({ blueprint: makeBlueprint(TABLES), target: "lakeflow", layout });
  expect(failures(report)).toEqual([]);
  expect(report.blockers).toEqual([]);
});

test("a forbidden table of children may be named by the path that was asked, with the parent's key in it", async () => {
  const helpDesk = kindBlueprint("rest");
  const report = await proveGenerated({
    blueprint: { ...helpDesk, tables: helpDesk.tables.slice(0, 3) },
    target: "lakeflow",
  });
  expect(report.blockers).toEqual([]);
  const refused = report.checks.filter(
    ({ check, case: trial }) => check === "refusal" && /forbidden/.test(trial ?? ""),
  );
  expect(refused.map(({ case: trial }) => trial)).toContain("ticketComments forbidden");
});
