/** Defects planted into a connector for a database: the judgement has to find each of them. */
import { beforeAll, describe, expect, it } from "vitest";
import type { Blueprint } from "../../../src/artifacts/blueprint.ts";
import type { Report } from "../../../src/artifacts/report.ts";
import { DATABASE_DEFECTS } from "../../bench/verifier/defects/kinds.ts";
import { proveGenerated } from "../../support/prove-generated.ts";
import { describeDdl } from "./fixtures.ts";

const DDL = `
CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT, amount REAL, updated_at DATETIME NOT NULL);
`;

/** Of the verifier's own defects those that the quick checks find, by the check that has to find them. */
const FOUND: Readonly<Record<string, string>> = {
  "leaves out rows that equal the saved value": "changes",
  "saves the value of the first row of a portion": "second-sync",
  "reads the first portion only": "initial-sync",
  "reads rows in an order that says nothing of the saved value": "second-sync",
};
const DEFECTS = DATABASE_DEFECTS.filter(({ connector, what }) => connector === "database sqlite" && what in FOUND);

/** Checks of rows and requests, besides those of the code as a text. */
const failed = ({ checks }: Report) => [
  ...new Set(
    checks
      .filter(({ verdict, check, severity }) => verdict === "fail" && severity !== "warning" && check !== "lint")
      .map(({ check }) => check),
  ),
];

describe("a defect in a connector for a database", () => {
  let blueprint: Blueprint;
  beforeAll(async () => {
    const described = await describeDdl("sqlite", DDL);
    const tables = described.blueprint.tables.map((table) => ({ ...table, read: { ...table.read, batch: 7 } }));
    blueprint = { ...described.blueprint, tables: tables as Blueprint["tables"] };
  });

  it("does not show where there is none", async () => {
    expect(failed(await proveGenerated({ blueprint }))).toEqual([]);
  }, 60_000);

  it("is each of those that are meant", () => {
    expect(DEFECTS.map(({ what }) => what).sort()).toEqual(Object.keys(FOUND).sort());
  });

  it.each(DEFECTS)(
    "is found: a connector that $what",
    async (defect) => {
      const report = await proveGenerated({ blueprint, defect });
      expect(failed(report)).toContain(FOUND[defect.what]);
    },
    60_000,
  );
});
