/** One spec, two targets: two connectors from one blueprint, each judged, and held against each other after every sync. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type Report, reportSchema } from "../../src/artifacts/report.ts";
import { runHere, temporaryDirectory } from "../support/run-cli.ts";
import { SHOP_SECRET, writeShop } from "../support/shop.ts";
import { verifies } from "../support/verifies.ts";

const environment = { SHOP_TOKEN: SHOP_SECRET };
let workspace: string;
let directory: string;
let report: Report;

const lastReport = async (round: number) =>
  reportSchema.parse(JSON.parse(await readFile(join(directory, `.syncsmith/reports/${round}.json`), "utf8")));

beforeAll(async () => {
  workspace = await temporaryDirectory();
  const spec = await writeShop(workspace, "target: both\ntest: { mode: simulated }\n");
  const built = await runHere(["build", spec], { workspace, environment });
  expect(built.code, built.stderr).toBe(0);
  directory = join(workspace, "shop");
  report = await lastReport(1);
}, 120_000);

describe(verifies("square.both", "target: both"), () => {
  it("builds two connectors from one blueprint, each with its own documents, and no secret in any", async () => {
    const files = ["fivetran/connector.py", "fivetran/DEPLOYMENT.md", "fivetran/README.md", "lakeflow/shop.py"];
    const texts = await Promise.all(
      [...files, "lakeflow/README.md", "lakeflow/connector_spec.yaml", "shop_api_doc.md"].map((path) =>
        readFile(join(directory, path), "utf8"),
      ),
    );
    expect(texts.join("").includes(SHOP_SECRET)).toBe(false);
    // The part that talks to the source is the same in both.
    for (const module of ["api.py", "reading.py"]) {
      const [one, other] = ["fivetran", "lakeflow"].map((target) => readFile(join(directory, target, module), "utf8"));
      expect(await one).toBe(await other);
    }
  });

  it("judges each, and says of every table that it is the same with both after each sync", () => {
    expect(report).toMatchObject({ target: "both", green: true });
    const equal = report.checks.filter(({ check }) => check === "targets-equal");
    expect(equal.map(({ table, verdict }) => [table, verdict])).toEqual(
      report.tables.map(({ name }) => [name, "pass"]),
    );
    for (const { figures } of equal) {
      expect(figures).toMatchObject({ different: 0 });
      expect(Number(figures.syncs)).toBeGreaterThanOrEqual(3);
      expect(Number(figures.rows)).toBeGreaterThan(0);
    }
    for (const target of ["fivetran", "lakeflow"]) {
      const own = report.checks.filter((check) => check.target === target && check.verdict === "pass");
      expect(new Set(own.map(({ check }) => check))).toContain("initial-sync");
    }
  });

  it("answers questions to the warehouse of the first", async () => {
    const asked = await runHere(["query", "shop", "SELECT count(*) FROM tester.orders"], { workspace, environment });
    expect(asked.stdout).toContain(String(report.tables.find(({ name }) => name === "orders")?.rows));
  });
});
