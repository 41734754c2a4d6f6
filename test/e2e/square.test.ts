/**
 * A part of the square (`npm run matrix` is all of it): kinds of source that describe themselves, each with both targets,
 * built without a model from next to nothing.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { reportSchema } from "../../src/artifacts/report.ts";
import { readText } from "../../src/system/files.ts";
import { runHere, temporaryDirectory } from "../support/run-cli.ts";
import { verifies } from "../support/verifies.ts";

interface Cell {
  source: Record<string, unknown>;
  files?: Record<string, string>;
  mode: "simulated" | "live";
  layout?: "single";
  tables: string[];
}

const SCHEMA = `
CREATE TABLE "Order" ("group" INTEGER NOT NULL, "select" TEXT NOT NULL, amount DECIMAL(38,9), at DATETIME,
  updated_at DATETIME NOT NULL, doc JSON, bytes BLOB, PRIMARY KEY ("group", "select"));
CREATE INDEX changed ON "Order" (updated_at);
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
`;

const CELLS: Record<string, Cell> = {
  graphql: {
    source: {
      base_url: "https://api.depot.example/graphql",
      docs: [resolve(import.meta.dirname, "../fixtures/graphql/depot.graphql")],
      auth: { kind: "bearer", token: "${env:SQUARE_TOKEN}" },
    },
    mode: "simulated",
    tables: [],
  },
  database: {
    source: { engine: "sqlite", path: "shop.db", docs: ["schema.sql"] },
    files: { "schema.sql": SCHEMA },
    mode: "simulated",
    tables: ["Order", "customers"],
  },
  file: {
    source: { store: "local", path: "exports" },
    files: {
      "exports/orders_2026-01.csv": 'id,total,note\n1,2.50,"a ""quoted"", line\nand more"\n2,,\n',
      "exports/orders_2026-02.csv": "id,total,note\n3,9007199254740993.000000001,é\n",
    },
    mode: "live",
    layout: "single",
    tables: ["orders"],
  },
};

describe(verifies("square.matrix", "both targets, without a model"), () => {
  it.each(Object.entries(CELLS))(
    "%s",
    async (kind, { source, files = {}, mode, layout, tables }) => {
      const workspace = await temporaryDirectory();
      await mkdir(join(workspace, "exports"));
      for (const [path, content] of Object.entries(files)) await writeFile(join(workspace, path), content);
      const spec = join(workspace, "spec.yaml");
      const whole = {
        name: "Square",
        target: "both",
        source: { kind, ...source },
        test: { mode },
        ...(layout ? { layout } : {}),
      };
      await writeFile(spec, stringify(whole));
      const built = await runHere(["build", spec], { workspace, environment: { SQUARE_TOKEN: "square-token-1" } });
      expect(built.code, built.stderr).toBe(0);
      const report = reportSchema.parse(
        JSON.parse((await readText(join(workspace, "square/.syncsmith/reports/1.json"))) ?? ""),
      );
      expect(report.blockers).toEqual([]);
      expect(report.basis).toBe(mode);
      expect(report.tables.map(({ name }) => name)).toEqual(expect.arrayContaining(tables));
      const equal = report.checks.filter(({ check, verdict }) => check === "targets-equal" && verdict === "pass");
      expect(equal).toHaveLength(report.tables.length);
    },
    120_000,
  );
});
