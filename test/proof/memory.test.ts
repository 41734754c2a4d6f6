/** Twenty times the rows: a connector that holds them all, and a state that grows with them, are found out. */
import { expect, test } from "vitest";
import type { CheckResult } from "../../src/artifacts/report.ts";
import { checkMemory } from "../../src/proof/checks/memory.ts";
import { stagesOf } from "../support/stages.ts";
import { ORDERS } from "./deep-blueprint.ts";

async function measured(
  target: "fivetran" | "lakeflow",
  defect?: { file: string; from: string; to: string },
): Promise<CheckResult> {
  const stages = await stagesOf({ blueprint: ORDERS, target, ...(defect === undefined ? {} : { defect }) });
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
