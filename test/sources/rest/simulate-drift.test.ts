/** Rows of the stand-in in other forms, and many more of them, as plain requests see them. */
import { expect, test } from "vitest";
import type { Record_ } from "../../../src/sources/record.ts";
import { DRIFTS, type Drift } from "../../../src/sources/simulator.ts";
import { makeBlueprint } from "../../support/rest-blueprint.ts";
import { get, simulated } from "../../support/simulated.ts";

const ITEMS = makeBlueprint([
  {
    columns: {
      id: "integer",
      amount: { type: "decimal", precision: 20, scale: 2 },
      pieces: "integer",
      paid: "boolean",
      note: "string",
      updated_at: "timestamp",
    },
    advance: { kind: "cursor", column: "updated_at", param: "since", format: "iso8601", inclusive: true },
  },
]);

test("a row in another form is served so, later than all others, and takes its former form again", async () => {
  const simulator = await simulated(ITEMS);
  const { drift, restore } = simulator;
  if (drift === undefined || restore === undefined) throw new Error("Rows do not drift.");
  const before = new Map(simulator.truth("items").map((row) => [row.id, row]));
  const listed = async (row: Record_) => {
    const { text } = await get(simulator, "/items");
    return new RegExp(`\\{[^{}]*"id":${String(row.id)}(?:,[^{}]*(?:\\{[^{}]*\\})?[^{}]*)\\}`).exec(text)?.[0] ?? "";
  };
  const drifted = DRIFTS.map((form): [Drift, Record_] => [form, drift(form, "items", 1)[0] ?? {}]);
  const shown: { readonly [D in Drift]: RegExp } = {
    "new-field": /"came_later":"noted \d+ ü","came_later_count":900719925474\d{4}/,
    "absent-field": /"id"/,
    null: /:null/,
    "changed-type": /"amount":"[12]"/,
    nested: /:\{"text":"now an object, \d+","parts":\[1,2\.5,null\],"big":9007199254740993\}/,
    unicode: /文字 🧭/,
    "big-integer": /"pieces":900719925474\d{4}/,
    decimal: /"amount":\d+\.123456789/,
  };
  for (const [form, row] of drifted) {
    expect(await listed(row), form).toMatch(shown[form]);
    const then = before.get(row.id ?? null);
    expect(Object.keys(row).length - Object.keys(then ?? {}).length).toBe(
      form === "new-field" ? 2 : form === "absent-field" ? -1 : 0,
    );
    expect(row.updated_at).not.toEqual(then?.updated_at);
  }
  const [, first = {}] = drifted[0] ?? [];
  restore("items", first);
  for (const [form] of drifted.slice(1)) expect(drift(form, "items", 0)).toHaveLength(1);
  const after = simulator.truth("items");
  const still = ({ updated_at: _, ...row }: Record_) => row;
  expect(after.map(still)).toEqual([...before.values()].map(still));
});

test("so many times the rows are on as many more pages, which are heavy", async () => {
  const paged = makeBlueprint([
    {
      columns: { id: "integer", note: "string" },
      read: { pagination: { style: "page", page_param: "page", start: 1, size_param: "size", size: 100 } },
    },
  ]);
  const [one, many] = [await simulated(paged), await simulated(paged, { scale: 20 })];
  const ratio = many.truth("items").length / one.truth("items").length;
  expect(ratio).toBeGreaterThan(12);
  const { text, json } = await get(many, "/items?page=1&size=100");
  expect(json.data).toHaveLength(100);
  expect(text.length).toBeGreaterThan(80_000);
});

test("where rows are never updated, only new ones come in another form, and stay where they are", async () => {
  const advance = { kind: "cursor", column: "line", param: "from", format: "integer" };
  const columns = { book: "string", line: "bigint", amount: "decimal", open: "boolean" } as const;
  const simulator = await simulated(makeBlueprint([{ primary_key: ["book", "line"], columns, advance }]));
  const { drift, restore } = simulator;
  if (drift === undefined || restore === undefined) throw new Error("Rows do not drift.");
  expect(drift("nested", "items", 2)).toEqual([]);
  const added = simulator.change({ kind: "insert", table: "items", count: 3 });
  const before = simulator.truth("items");
  const [row, ...more] = drift("changed-type", "items", 1);
  if (row === undefined) throw new Error("No row drifted.");
  expect(more).toEqual([]);
  const same = added.find(({ line }) => line === row.line);
  expect(row).toMatchObject({ book: same?.book, line: same?.line });
  expect(row).not.toEqual(same);
  restore("items", row);
  expect(simulator.truth("items")).toEqual(before);
});
