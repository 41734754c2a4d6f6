/** Defects planted into a connector for a database: the judgement has to find each of them. */
import { beforeAll, describe, expect, it } from "vitest";
import type { Blueprint } from "../../../src/artifacts/blueprint.ts";
import type { Report } from "../../../src/artifacts/report.ts";
import { proveGenerated } from "../../support/prove-generated.ts";
import { describeDdl } from "./fixtures.ts";

const DDL = `
CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT, amount REAL, updated_at DATETIME NOT NULL);
`;

const DEFECTS = {
  "rows that equal the saved value are left out": {
    file: "reading.py",
    from: '"updated_at" >= ?',
    to: '"updated_at" > ?',
    found: "changes",
  },
  "the saved value is that of the first row of a portion, so that the next sync reads too much again": {
    file: "reading.py",
    from: "value = rows[-1][-1]",
    to: "value = rows[0][-1]",
    found: "second-sync",
  },
  "only the first portion is read": {
    file: "database.py",
    from: "while rows := cursor.fetchmany(size):",
    to: "if rows := cursor.fetchmany(size):",
    found: "initial-sync",
  },
  "rows come in any order, so that the last one is not the latest": {
    file: "reading.py",
    from: '{table.select}{changes.order}", ()',
    to: '{table.select}ORDER BY id DESC", ()',
    found: "second-sync",
  },
};

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

  it.each(Object.entries(DEFECTS))(
    "is found: %s",
    async (_, defect) => {
      const report = await proveGenerated({ blueprint, defect });
      expect(failed(report)).toEqual(expect.arrayContaining([defect.found]));
    },
    60_000,
  );
});
