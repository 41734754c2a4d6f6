/** The second route to the rows, the battery of probes, and single looks: against the stand-in. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Blueprint, blueprintOf } from "../../../src/artifacts/blueprint.ts";
import { graphqlSource } from "../../../src/sources/graphql/graphql.ts";
import type { ProbeFinding } from "../../../src/sources/live.ts";
import type { Record_ } from "../../../src/sources/record.ts";
import type { Simulator } from "../../../src/sources/simulator.ts";
import { describeSchema } from "./fixture.ts";

const signal = new AbortController().signal;
const keyed = (blueprint: Blueprint, name: string) => {
  const key = blueprint.tables.find((one) => one.name === name)?.primary_key ?? [];
  return (rows: Record_[]) => rows.map((row) => key.map((column) => String(row[column])).join("|")).sort();
};

async function readWhole(blueprint: Blueprint, simulator: Simulator, table: string): Promise<Record_[]> {
  const rows: Record_[] = [];
  for await (const row of graphqlSource.read(blueprint, table, { configuration: simulator.configuration, signal }))
    rows.push(row);
  return rows;
}

async function probed(blueprint: Blueprint, simulator: Simulator): Promise<ProbeFinding[]> {
  const findings: ProbeFinding[] = [];
  const options = { configuration: simulator.configuration, signal, onProgress: () => {} };
  for await (const finding of graphqlSource.probe(blueprint, options)) findings.push(finding);
  return findings;
}

describe.each(["shop", "forge", "tracker", "depot"])("%s", (name) => {
  let blueprint: Blueprint;
  let simulator: Simulator;
  beforeAll(async () => {
    ({ blueprint } = await describeSchema({ docs: [`${name}.graphql`] }));
    simulator = await graphqlSource.simulate(blueprint, { seed: 3 });
  });
  afterAll(() => simulator.close());

  test("the live reader finds every row", async () => {
    for (const { name: table } of blueprint.tables) {
      const rows = (await readWhole(blueprint, simulator, table)).filter(
        (row) => table !== "tickets" || row.deletedAt === null,
      );
      const truth = simulator.truth(table);
      expect(truth.length).toBeGreaterThan(0);
      expect(keyed(blueprint, table)(rows), table).toEqual(keyed(blueprint, table)(truth));
    }
  });

  test("probes refute nothing that is true", async () => {
    const findings = await probed(blueprint, simulator);
    // The stand-in gives smaller pages than are asked for, on purpose.
    const refuted = findings.filter(
      ({ verdict, question }) => verdict === "refutes" && question !== "Is the page size honoured?",
    );
    expect(refuted.map(({ key, says }) => `${key}: ${says}`)).toEqual([]);
    expect(findings.filter(({ verdict }) => verdict === "confirms").length).toBeGreaterThan(blueprint.tables.length);
    expect(JSON.stringify(findings, (_, value) => (typeof value === "bigint" ? String(value) : value))).not.toContain(
      simulator.configuration.api_token,
    );
  });
});

describe("what is not as the blueprint says", () => {
  async function served(
    change: (blueprint: Blueprint) => Blueprint,
  ): Promise<{ told: Blueprint; simulator: Simulator }> {
    const { blueprint } = await describeSchema({ docs: ["shop.graphql"], tables: ["orders", "products"] });
    const simulator = await graphqlSource.simulate(change(blueprint), { seed: 3 });
    return { told: blueprint, simulator };
  }
  const changed = (blueprint: Blueprint, values: object): Blueprint => {
    const known = blueprintOf(blueprint, "graphql");
    return {
      ...blueprint,
      tables: known.tables.map((one) =>
        one.advance.kind === "cursor" ? { ...one, advance: { ...one.advance, ...values } } : one,
      ),
    };
  };

  test("an exclusive filter that is said to be inclusive is found out", async () => {
    const { told, simulator } = await served((blueprint) => changed(blueprint, { inclusive: false }));
    const findings = (await probed(told, simulator)).filter(({ key }) => key === "tables.orders.advance");
    await simulator.close();
    const filter = findings.find(({ question }) => /equal/.test(question));
    expect(filter).toMatchObject({ verdict: "refutes", instead: "inclusive: false" });
  });

  test("an order that is not kept to is found out", async () => {
    const { told, simulator } = await served((blueprint) => changed(blueprint, { order: "unknown", sort_params: {} }));
    const findings = await probed(told, simulator);
    await simulator.close();
    const order = findings.find(({ question }) => /order of the cursor/.test(question));
    expect(order?.verdict).toBe("refutes");
  });

  test("partial data with errors is no data for the live reader", async () => {
    const { told, simulator } = await served((blueprint) => blueprint);
    simulator.deny("orders", 403);
    await expect(readWhole(told, simulator, "orders")).rejects.toThrow(/with errors: FORBIDDEN/);
    const why = await graphqlSource.reach(told, { configuration: simulator.configuration, signal });
    expect(why).toMatch(/orders: FORBIDDEN/);
    simulator.deny("orders", undefined);
    expect(await graphqlSource.reach(told, { configuration: simulator.configuration, signal })).toBeUndefined();
    await simulator.close();
  });

  test("a look sends queries and nothing else", async () => {
    const { told, simulator } = await served((blueprint) => blueprint);
    const options = { configuration: simulator.configuration, signal };
    const look = (query: string, credentials: "given" | "wrong" = "given") =>
      graphqlSource.look?.(told.source, { method: "GET", path: "/", params: { query }, credentials }, options);
    expect((await look("{ orders(first: 2) { edges { node { id } } } }"))?.status).toBe(200);
    expect((await look("{ __typename }", "wrong"))?.status).toBe(401);
    await expect(look("mutation { drop }")).rejects.toThrow(/Only queries/);
    await simulator.close();
  });
});
