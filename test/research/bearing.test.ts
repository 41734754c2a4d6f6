import { describe, expect, test } from "vitest";
import { type Claim, requiredClaims, tableSchema } from "../../src/artifacts/blueprint.ts";
import type { Evidence } from "../../src/artifacts/evidence.ts";
import { bearingProblem, bearingProblems, columnsNamed } from "../../src/research/bearing.ts";
import { bearingOf } from "../../src/research/bearing-words.ts";
import { fingerprint, settleClaims } from "../../src/research/findings.ts";
import type { Finding } from "../../src/research/notebook.ts";
import { verifies } from "../support/verifies.ts";
import { evidence, orders, proposal } from "./bearing-fixture.ts";

const about = (...cited: Evidence[]) => ({ evidence: cited, findings: [] });
const FINDING: Finding = {
  key: "tables.orders.read.path",
  question: "Does it?",
  verdict: "refutes",
  says: "It does not.",
  evidence: "E7",
  value: "",
};

describe(verifies("research.cites", "evidence must be about the field"), () => {
  const cases: [string, string, boolean][] = [
    ["source.base_url", "All requests go to https://api.shop.example/rest.", true],
    ["source.base_url", "All requests go to our servers.", false],
    ["source.auth", "Send the header X-Shop-Key.", true],
    ["source.auth", "Each client has a secret key.", true],
    ["source.auth", "There are many monkeys.", false],
    ["source.rate_limit", "1,000 requests a minute.", true],
    ["source.rate_limit", "A thousand requests are let through each minute.", true],
    ["source.rate_limit", "21000 requests a day", false],
    ["tables.orders.read.path", "GET /v1/orders lists them", true],
    ["tables.orders.read.path", "the `orders` endpoint", true],
    ["tables.orders.read.path", "reorders are rare", false],
    ["tables.orders.read.records", 'the array "items"', true],
    ["tables.orders.read.records", '{"data": {', true],
    ["tables.orders.read.records", "the answer is wrapped", false],
    ["tables.orders.read.pagination", "page counts from one", true],
    ["tables.orders.read.pagination", "`per\\_page` is at most 100", true],
    ["tables.orders.read.pagination", "pages are nice", false],
    ["tables.orders.primary_key", "| order_no | the number of the order |", true],
    ["tables.orders.primary_key", "my_order_no is something else", false],
    ["tables.orders.columns", "| state | string |", true],
    ["tables.orders.columns", "| status | string |", false],
    ["tables.orders.advance", "`changed_since` filters", true],
    ["tables.orders.advance", "sorted by changed_at", true],
    ["tables.orders.advance", "unchanged rows", false],
    ["tables.orders.deletes", "Deleted orders stay listed", true],
    ["tables.orders.deletes", "`voided` is true then", true],
    ["tables.orders.deletes", "an order has lines", false],
  ];
  test.each(cases)("%s: %s: %s", (key, quotation, fine) => {
    const problem = bearingProblem(proposal, key, about(evidence("E1", quotation)));
    if (fine) expect(problem).toBeUndefined();
    else
      expect(problem).toMatch(
        new RegExp(`^${key.replaceAll(".", "\\.")}: what E1 quotes is not about it\\. Quote a passage with one of: `),
      );
  });

  test("every field that needs a claim has words", () => {
    for (const key of requiredClaims(proposal)) {
      const found = bearingOf(proposal, key);
      expect([...(found?.names ?? []), ...(found?.words ?? [])].length, key).toBeGreaterThan(0);
    }
  });

  test("one quotation of several is enough; what a program cited by a pointer is its own judgement", () => {
    const cited = about(evidence("E1", "nothing"), evidence("E2", "order_no is unique"));
    expect(bearingProblem(proposal, "tables.orders.primary_key", cited)).toBeUndefined();
    const pointed = evidence("E1", '{"type":"string"}', { pointer: "/a", kind: "api-description" });
    expect(bearingProblem(proposal, "tables.orders.primary_key", about(pointed))).toBeUndefined();
  });

  const probe = (id: string, path: string) =>
    evidence(id, "Page 2 differs.", { kind: "probe", address: `GET https://api.shop.example/rest${path}` });
  const lines = tableSchema.parse({
    ...orders,
    name: "lines",
    read: {
      ...orders.read,
      path: "/v1/orders/{order}/lines",
      parent: { table: "orders", bind: [{ placeholder: "order", parent_column: "order_no", column: "order_no" }] },
    },
    deletes: { kind: "feed", path: "/v1/gone", records: "", keys: { order_no: "no" } },
  });
  const both = { ...proposal, tables: [orders, lines] };

  test.each([
    ["orders", "/v1/orders?page=2", true],
    ["orders", "/v1/orders/", true],
    ["orders", "/v1/Orders/A%2017", true],
    ["orders", "/v1/buyers?page=2", false],
    ["orders", "/v1/buyers?expand=orders", false],
    ["orders", "/v1/orders/17/lines", false],
    ["lines", "/v1/orders/17/lines", true],
    ["lines", "/v1/orders", true],
    ["lines", "/v1/gone", true],
    ["lines", "/v1/buyers/17/lines", false],
  ])("a probe cited for %s that asked for %s: %s", (table, path, fine) => {
    const problem = bearingProblem(both, `tables.${table}.advance`, about(probe("E7", path)));
    if (fine) expect(problem).toBeUndefined();
    else expect(problem).toContain(`E7 is about /rest${path.replace(/\?.*/, "")}, not about /v1/orders`);
    expect(bearingProblem(both, "source.auth", about(probe("E7", path)))).toBeUndefined();
  });

  test("every probe is about the table, and it is said which one is not", () => {
    const cited = about(probe("E7", "/v1/orders"), probe("E8", "/v1/trees"), evidence("E9", "changed_since filters"));
    expect(bearingProblem(proposal, "tables.orders.advance", cited)).toBe(
      "tables.orders.advance: E8 is about /rest/v1/trees, not about /v1/orders. Cite probes of this table.",
    );
  });

  test("what a program asked about the table bears on it, whatever address answered", () => {
    const finding = (key: string): Finding => ({ ...FINDING, key });
    const cited = { evidence: [probe("E7", "/elsewhere")], findings: [finding("tables.orders.read.path")] };
    expect(bearingProblem(both, "tables.orders.advance", cited)).toBeUndefined();
    expect(bearingProblem(both, "tables.lines.advance", cited)).toBeUndefined();
    const others = { ...cited, findings: [finding("tables.lines.read.path")] };
    expect(bearingProblem(both, "tables.orders.advance", others)).toContain("E7 is about /rest/elsewhere");
  });

  test("claims are judged when the proposal comes, whatever their status", () => {
    const claims: Record<string, Claim> = {
      "tables.orders.primary_key": { status: "documented", evidence: ["E1"] },
      "tables.orders.columns": { status: "documented", evidence: ["E2"] },
      "tables.orders.advance": { status: "contradicted", reason: "the probe was taken", evidence: ["E1", "E3"] },
      "tables.orders.read.path": { status: "contradicted", reason: "the probe was taken", evidence: ["E1", "E4"] },
      "tables.orders.read.pagination": { status: "probed", evidence: ["E3"] },
      "tables.orders.deletes": { status: "unproven", reason: "nothing says it", evidence: ["E3"] },
      "tables.later.primary_key": { status: "documented", evidence: ["E1"] },
    };
    const all = about(
      evidence("E1", "nothing of use"),
      evidence("E2", "state, id"),
      probe("E3", "/v1/trees"),
      probe("E4", "/v1/orders"),
    );
    expect(bearingProblems(proposal, claims, all)).toEqual([
      expect.stringContaining("tables.orders.primary_key: what E1 quotes"),
      expect.stringContaining("tables.orders.advance: E3 is about /rest/v1/trees"),
      expect.stringContaining("tables.orders.read.pagination: E3 is about /rest/v1/trees"),
    ]);
    expect(bearingProblems({ ...proposal, tables: [] }, claims, all)).toEqual([]);
  });

  test("claims that programs made contradicted stand", () => {
    const key = "tables.orders.advance";
    const wrong = { ...proposal, tables: [{ ...orders, advance: { ...orders.advance, inclusive: false } as never }] };
    const refuted: Finding = { ...FINDING, key, evidence: "E2", value: fingerprint(proposal, key) };
    const confirmed: Finding = {
      ...FINDING,
      key,
      verdict: "confirms",
      evidence: "E3",
      value: fingerprint(wrong, key),
    };
    const findings = [refuted, confirmed];
    const settled = settleClaims(wrong, { [key]: { status: "documented", evidence: ["E1"] } }, findings);
    expect(settled[key]).toMatchObject({ status: "contradicted", evidence: ["E1", "E2", "E3"] });
    const all = [evidence("E1", "rows on or after it"), probe("E2", "/moved"), probe("E3", "/v1/orders")];
    expect(bearingProblems(wrong, settled, { evidence: all, findings })).toEqual([]);
  });
});

test("columns that a text names", () => {
  expect(columnsNamed(orders, "`order_no`, state_of_things, ID")).toEqual({
    named: ["order_no", "id"],
    missing: ["state"],
  });
});
