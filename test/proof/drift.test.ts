/** Rows in forms that nobody announced: what a connector may do with them, and what the check must find out. */
import { describe, expect, test } from "vitest";
import type { CheckResult } from "../../src/artifacts/report.ts";
import { checkDrift } from "../../src/proof/checks/drift.ts";
import { stagesOf } from "../support/stages.ts";
import { ORDERS } from "./deep-blueprint.ts";

async function drifted(
  target: "fivetran" | "lakeflow",
  defect?: { file: string; from: string; to: string },
): Promise<CheckResult> {
  const stages = await stagesOf({ blueprint: ORDERS, target, ...(defect === undefined ? {} : { defect }) });
  const result = (await checkDrift(stages)).find(({ table }) => table === "orders");
  if (result === undefined) throw new Error("There is no result for orders.");
  return result;
}

describe("a correct connector passes", () => {
  test("of Fivetran, which keeps a new field, and stops at what a declared type cannot hold", async () => {
    const { verdict, summary, details } = await drifted("fivetran");
    expect(verdict, summary).toBe("pass");
    expect(summary).toContain("arrived as they are: a new field, a field less, null,");
    expect(summary).toMatch(/the sync stops, and names table and column: .*nine digits after the point, in amount/);
    expect(details.join("\n")).toMatch(/orders\.amount: cannot read .*123456789.* as DECIMAL/);
  }, 120_000);

  test("of Lakeflow, which leaves a new field out and logs it", async () => {
    const { verdict, summary } = await drifted("lakeflow");
    expect(verdict, summary).toBe("pass");
    expect(summary).toContain("a new field has no column and stays behind, as the log says");
  }, 120_000);
});

describe("a connector is found out", () => {
  test.each([
    [
      "cuts numbers off",
      "fivetran",
      {
        file: "models.py",
        from: "else lossless(value)",
        to: "else lossless(int(value) if isinstance(value, Decimal) else value)",
      },
      /nine digits after the point, in pieces: it arrived with other values/,
    ],
    [
      "takes null for what it cannot read",
      "fivetran",
      {
        file: "models.py",
        from: '        raise ValueError(f"{table.name}.{column}: cannot read {value!r:.80} as {name}") from error\n',
        to: "        return None\n",
      },
      /an object in place of a value, in amount: it arrived with other values/,
    ],
    [
      "leaves out rows that look odd",
      "fivetran",
      {
        file: "sync.py",
        from: "    for position, record in enumerate(page, start=1):\n",
        to: "    for position, record in enumerate(page, start=1):\n        if 'came_later' in record:\n            continue\n",
      },
      /a new field: it arrived with other values/,
    ],
    [
      "drops a new field without a word",
      "lakeflow",
      {
        file: "schemas.py",
        from: "    warn_of_unknown(table, record.keys() - TABLE_SCHEMAS[table].names)\n",
        to: "",
      },
      /a new field: came_later, came_later_count was dropped without a word/,
    ],
  ] as const)(
    "that %s",
    async (_, target, defect, says) => {
      const { verdict, summary } = await drifted(target, defect);
      expect(verdict).toBe("fail");
      expect(summary).toMatch(says);
    },
    120_000,
  );
});
