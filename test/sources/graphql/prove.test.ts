/** Whole proofs of generated connectors against the GraphQL stand-in, and of what a proof must find out. */
import { describe, expect, test } from "vitest";
import { proveGenerated } from "../../support/prove-generated.ts";
import { thorough } from "../../support/thorough.ts";
import { describeSchema } from "./fixture.ts";

function failures(report: Awaited<ReturnType<typeof proveGenerated>>): string[] {
  return report.checks
    .filter(({ verdict, severity }) => verdict === "fail" && severity !== "warning")
    .map(({ check, table, summary, details }) => `${check} ${table ?? ""}: ${summary} ${JSON.stringify(details)}`);
}

describe("a generated connector", () => {
  const described: [string, string[]][] = [
    ["shop.graphql", ["orders", "order_line_items", "order_transactions", "locations"]],
    ["tracker.graphql", ["tickets", "ticket_labels", "users"]],
  ];
  test.each(described.slice(0, thorough ? undefined : 1))(
    "of %s is proven",
    async (name, tables) => {
      const { blueprint } = await describeSchema({ docs: [name], tables });
      const report = await proveGenerated({ blueprint });
      expect(failures(report)).toEqual([]);
      expect(report.blockers).toEqual([]);
      expect(report.green).toBe(true);
      expect(report.tables.map(({ name: table, trust }) => [table, trust])).toEqual(
        tables.map((table) => [table, "simulated"]),
      );
    },
    120_000,
  );

  test.each([
    [
      "drops further pages of nested lists",
      {
        file: "reading.py",
        from: "inner.more, {key: record[name]}, answer)",
        to: "inner.more, {key: record[name]}, answer | {'pageInfo': {'hasNextPage': False}})",
      },
      /order_line_items/,
    ],
    [
      "takes partial data as rows",
      { file: "api.py", from: 'if body.get("errors"):', to: 'if body.get("errors") and not body.get("data"):' },
      /refusal/,
    ],
  ])(
    "that %s is found out",
    async (_, defect, where) => {
      const { blueprint } = await describeSchema({ docs: ["shop.graphql"], tables: ["orders", "order_line_items"] });
      const report = await proveGenerated({ blueprint, defect });
      expect(report.green).toBe(false);
      expect(failures(report).join("\n")).toMatch(where);
    },
    120_000,
  );
});
