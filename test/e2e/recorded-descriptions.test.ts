/** A recording of traffic, built into a proven connector without a model. `npm run matrix` has a Postman collection. */
import { copyFile, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { reportSchema } from "../../src/artifacts/report.ts";
import { runHere, temporaryDirectory } from "../support/run-cli.ts";
import { verifies } from "../support/verifies.ts";

const FIXTURES = join(import.meta.dirname, "../fixtures");

describe(verifies("rest.recorded", "a connector from saved requests and answers"), () => {
  it.each([["har", "portal.har", ["customers", "events", "lines", "orders", "regions", "shelves"]]])(
    "%s: described, generated, proven on the simulated source, and without a secret",
    async (folder, name, tables) => {
      const workspace = await temporaryDirectory();
      await copyFile(join(FIXTURES, folder, name), join(workspace, name));
      const spec = join(workspace, "spec.yaml");
      await writeFile(spec, `name: recorded\nsource: { kind: rest, docs: [${name}] }\n`);
      const run = await runHere(["build", spec, "--model", "none"], { workspace });
      expect(run.code, run.stderr).toBe(0);
      const connector = join(workspace, "recorded");
      const report = reportSchema.parse(
        JSON.parse(await readFile(join(connector, ".syncsmith/reports/1.json"), "utf8")),
      );
      expect(report.tables.map((table) => table.name).sort()).toEqual(tables);
      expect(report.checks.filter(({ verdict }) => verdict === "fail")).toEqual([]);
      for (const path of await readdir(connector, { recursive: true })) {
        const full = join(connector, path);
        if ((await stat(full)).isFile()) expect((await readFile(full)).includes("planted-"), path).toBe(false);
      }
    },
  );
});
