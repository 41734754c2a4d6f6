/** How many rows may come again: counted in the rows' own numbers, also where floating point has no room for them. */
import { expect, it } from "vitest";
import { allowedAgain } from "../../src/proof/cursor.ts";
import { makeBlueprint } from "../support/rest-blueprint.ts";

function table(advance: Record<string, unknown>) {
  const columns = { id: "integer", line: "bigint" } as const;
  const [only] = makeBlueprint([
    { columns, advance: { kind: "cursor", column: "line", param: "from", format: "integer", ...advance } },
  ]).tables;
  if (only === undefined) throw new Error("There is no table.");
  return only;
}

const rowsAt = (...lines: bigint[]) => lines.map((line, id) => ({ id, line }));

it.each([1000n, 10n ** 16n, 2n ** 70n])("counts rows on the edge of integers of the size of %s", (base) => {
  const rows = rowsAt(base, base + 1n, base + 2n, base + 3n, base + 3n);
  expect(allowedAgain(table({}), rows)).toBe(2);
  expect(allowedAgain(table({ inclusive: false }), rows)).toBe(3);
  expect(allowedAgain(table({ lookback: 2 }), rows)).toBe(4);
});
