/** Nested values of a stated shape, as the stand-in serves them. */
import { expect, test } from "vitest";
import { type Blueprint, blueprintOf } from "../../../src/artifacts/blueprint.ts";
import type { Json } from "../../../src/sources/record.ts";
import { makeBlueprint } from "../../support/rest-blueprint.ts";
import { get, simulated } from "../../support/simulated.ts";
import { verifies } from "../../support/verifies.ts";

const shape = {
  kind: "object",
  fields: [
    { name: "label", shape: { kind: "value", type: "string" } },
    { name: "count", shape: { kind: "value", type: "integer" } },
    {
      name: "lines",
      shape: {
        kind: "list",
        items: { kind: "object", fields: [{ name: "sku", shape: { kind: "value", type: "string" } }] },
      },
    },
  ],
};
const columns = { id: "integer", inside: { type: "json", nullable: false, shape } } as const;
const blueprint: Blueprint = makeBlueprint([{ columns }]);

function insideOf(row: Json): { [name: string]: Json } {
  return (row as { inside: { [name: string]: Json } }).inside;
}

test(verifies("rest.simulated", "members of a shape are there, null or absent, and nothing else is"), async () => {
  const simulator = await simulated(blueprintOf(blueprint, "rest"), { seed: 3 });
  const { json } = await get(simulator, "/items");
  const values = (json.data as Json[]).map(insideOf);
  expect(values.length).toBeGreaterThan(20);
  const names = new Set(values.flatMap((value) => Object.keys(value)));
  expect([...names].sort()).toEqual(["count", "label", "lines"]);
  expect(Object.keys(values[0] ?? {})).toEqual(["label", "count", "lines"]);
  expect(values.some((value) => !("label" in value))).toBe(true);
  expect(values.some((value) => value.label === null)).toBe(true);
  expect(values.some((value) => Array.isArray(value.lines) && value.lines.length > 1)).toBe(true);
  const truth = simulator.truth("items").map((row) => JSON.stringify(Object.keys(insideOf(row))));
  expect(truth.sort()).toEqual(values.map((value) => JSON.stringify(Object.keys(value))).sort());
});
