/** A connector of one file: nothing of the client part may stand in the shell's way. */
import { expect, test } from "vitest";
import { fileBlueprint } from "../../support/file-blueprint.ts";
import { proveGenerated } from "../../support/prove-generated.ts";

test.each([
  ["fivetran", "http"],
  ["lakeflow", "sftp"],
] as const)(
  "%s in one file, files at %s",
  async (target, store) => {
    const blueprint = fileBlueprint({ store, credentials: "password" }, [
      { deletes: { kind: "files" } },
      { name: "k", pattern: "k/*.csv", key: ["id"] },
      { name: "p", pattern: "p/*.parquet", content: { format: "parquet" }, deletes: { kind: "files" } },
    ]);
    const report = await proveGenerated({ blueprint, target, layout: "single" });
    const failed = report.checks.filter(({ verdict }) => verdict === "fail");
    expect(failed.map(({ check, table, summary, details }) => [check, table, summary, ...details.slice(0, 2)])).toEqual(
      [],
    );
    expect(report.green).toBe(true);
  },
  120_000,
);
