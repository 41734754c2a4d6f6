/** Twenty times the rows: a connector that holds them all, and a state that grows with them, are found out. */
import { expect, test } from "vitest";
import { type Blueprint, blueprintSchema } from "../../src/artifacts/blueprint.ts";
import type { CheckResult } from "../../src/artifacts/report.ts";
import { checkMemory } from "../../src/proof/checks/memory.ts";
import { describeDdl } from "../sources/database/fixtures.ts";
import { describeSchema } from "../sources/graphql/fixture.ts";
import { fileBlueprint } from "../support/file-blueprint.ts";
import { makeBlueprint } from "../support/rest-blueprint.ts";
import { stagesOf } from "../support/stages.ts";
import { thorough } from "../support/thorough.ts";
import { ORDERS } from "./deep-blueprint.ts";

async function measured(
  target: "fivetran" | "lakeflow",
  defect?: { file: string; from: string; to: string },
  blueprint: Blueprint = ORDERS,
): Promise<CheckResult> {
  const stages = await stagesOf({ blueprint, target, ...(defect === undefined ? {} : { defect }) });
  const [result] = await checkMemory(stages);
  if (result === undefined) throw new Error("There is no result.");
  return result;
}

test.each(["fivetran", "lakeflow"] as const)(
  "a correct connector of %s takes hardly more",
  async (target) => {
    const { verdict, summary, figures } = await measured(target);
    expect(verdict, summary).toBe("pass");
    expect(summary).toMatch(/rows, each as it should be; .* at its peak, .* more than with a 20th of the rows;/);
    expect(summary).not.toContain("too little");
    expect(Number(figures.requests)).toBeGreaterThan(Number(figures.requests_before) * 5);
  },
  120_000,
);

test.each([
  [
    "collects rows before it sends the first",
    {
      file: "sync.py",
      from: "in read_changes(client, table, state.get(table.name, {})):",
      to: "in list(read_changes(client, table, state.get(table.name, {}))):",
    },
    /rows seem to be collected/,
  ],
  [
    "keeps every id in its state",
    {
      file: "sync.py",
      from: "        state[table.name] = saved\n",
      to: "        state[table.name] = saved\n        state.setdefault('seen', []).extend(record['id'] for record in page)\n",
    },
    /it grows with the rows/,
  ],
])(
  "a connector that %s fails",
  async (_, defect, says) => {
    const { verdict, summary } = await measured("fivetran", defect);
    expect(verdict).toBe("fail");
    expect(summary).toMatch(says);
  },
  120_000,
);

test.runIf(thorough)(
  "a connector that collects rows is blamed, too, where it does not come through the second time",
  async () => {
    // The clean one, 20 times the rows, 40 times, and then it is looked at again.
    const from = "in read_changes(client, table, state.get(table.name, {})):";
    const to = [
      "in list(read_changes(client, table, state.get(table.name, {}))):",
      '        if "COUNTED" not in globals():',
      '            runs = __import__("pathlib").Path(__file__).with_name("runs.txt")',
      '            globals()["COUNTED"] = len(runs.read_text()) if runs.exists() else 0',
      '            runs.write_text("x" * (COUNTED + 1))',
      "        if COUNTED == 3:",
      '            raise RuntimeError("not again")',
    ].join("\n");
    const { verdict, summary } = await measured("fivetran", { file: "sync.py", from, to });
    expect([verdict, summary]).toEqual(["fail", expect.stringContaining("rows seem to be collected")]);
  },
  120_000,
);

/** Light rows, of which many more are needed until a heap shows them. */
test.runIf(thorough)(
  "a connector that collects light rows fails",
  async () => {
    const { blueprint } = await describeDdl(
      "sqlite",
      "CREATE TABLE marks (id INTEGER PRIMARY KEY, updated_at TIMESTAMP NOT NULL)",
    );
    const from = "in read_changes(client, table, state.get(table.name, {})):";
    const to = "in list(read_changes(client, table, state.get(table.name, {}))):";
    const [table] = blueprint.tables;
    const tables = [{ ...table, read: { ...table?.read, batch: 100 } }];
    const light = blueprintSchema.parse({ ...blueprint, tables });
    const { verdict, summary } = await measured("fivetran", { file: "sync.py", from, to }, light);
    expect([verdict, summary]).toEqual(["fail", expect.stringContaining("rows seem to be collected")]);
  },
  120_000,
);

test.runIf(thorough)(
  "a connector is not blamed for a file that has to be there whole",
  async () => {
    const shape = { pattern: "{part}.parquet", content: { format: "parquet" as const } };
    const { verdict, summary } = await measured("fivetran", undefined, fileBlueprint({ store: "local" }, [shape]));
    expect([verdict, summary]).toEqual(["pass", expect.stringContaining("more than with a 20th of the rows")]);
  },
  120_000,
);

/** Few rows in a page, each the heavier: many bytes of them are soon made. */
const NOTES = makeBlueprint([
  {
    name: "notes",
    columns: { id: "integer", note: "string", updated_at: "timestamp" },
    read: { pagination: { style: "offset", offset_param: "offset", limit_param: "limit", limit: 20, total: "total" } },
    advance: { kind: "cursor", column: "updated_at", param: "since" },
  },
]);

test.runIf(thorough)(
  "what is filled up once is not blamed, however much it is",
  async () => {
    const buffer = {
      file: "sync.py",
      from: "        state[table.name] = saved\n",
      // No page is so heavy in the first sync, so that it has no buffer.
      to: "        state[table.name] = saved\n        if len(str(page)) > 50_000:\n            globals().setdefault('BUFFER', bytes(range(250)) * 48_000)\n",
    };
    const { verdict, summary } = await measured("fivetran", buffer, NOTES);
    expect(verdict, summary).toBe("pass");
    expect(summary).toMatch(/and with \d+ times the rows .* more again: it does not grow with them/);
  },
  120_000,
);

test.runIf(thorough)(
  "micro-batches of several tables lie on disk: what one leaves in the heap is in nobody's way",
  async () => {
    const { blueprint } = await describeSchema({ docs: ["tracker.graphql"] });
    const { verdict, summary, figures } = await measured("lakeflow", undefined, { ...blueprint, name: "tracker" });
    expect(verdict, summary).toBe("pass");
    expect(Number(figures.growth_bytes)).toBeLessThan(0.75 * Number(figures.allowed_bytes));
  },
  180_000,
);
