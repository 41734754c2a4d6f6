/** When contract tests are written beside a connector, and when they are taken away. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Blueprint } from "../../src/artifacts/blueprint.ts";
import { CONTRACT } from "../../src/artifacts/contract.ts";
import { sourceOfKind, targetOfName } from "../../src/frontends/session.ts";
import { hashCode } from "../../src/proof/prove.ts";
import { ensurePythonEnv, pythonParts } from "../../src/system/python-env.ts";
import { oneTarget } from "../../src/targets/targets.ts";
import { keepContract } from "../../src/workflow/contract.ts";
import { documentStep } from "../../src/workflow/document.ts";
import { writeGenerated } from "../../src/workflow/generate.ts";
import { readManifest } from "../../src/workflow/manifest.ts";
import type { StepContext } from "../../src/workflow/step.ts";
import { openStore } from "../../src/workflow/store.ts";
import { describeDdl } from "../sources/database/fixtures.ts";
import { greenReport } from "../support/kind-blueprints.ts";
import { temporaryDirectory } from "../support/run-cli.ts";
import { verifies } from "../support/verifies.ts";

const DDL = "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, updated_at DATETIME NOT NULL);";

test(verifies("contract.shipped", "tests come with the full proof of a code, and go with the code"), {
  timeout: 120_000,
}, async () => {
  const { blueprint, requirements } = await describeDdl("sqlite", DDL);
  const kind = await sourceOfKind("database");
  const targets = oneTarget(await targetOfName("fivetran", await ensurePythonEnv({ parts: pythonParts("database") })));
  const store = await openStore(join(await temporaryDirectory(), "shop"));
  const context = {
    store,
    services: { source: async () => kind, targets: async () => targets, environment: {}, now: () => new Date() },
    options: { force: false },
    emit: () => {},
    signal: new AbortController().signal,
    round: 1,
  } as unknown as StepContext;
  const client = (of: Blueprint) => kind.client(of, { single: true });
  await writeGenerated(context, await targets.generate(blueprint, { layout: "single", client }));
  const code_hash = await hashCode(store.directory);
  const report = { ...greenReport(blueprint), depth: "full" as const, code_hash };
  await store.write("requirements.json", requirements);
  await store.write("blueprint.json", blueprint);
  await store.write("reports/1.json", report);

  const { summary } = await documentStep.run(context);
  expect(summary).toContain(CONTRACT);
  expect(await hashCode(store.directory)).toBe(code_hash);
  expect(await readFile(join(store.directory, "README.md"), "utf8")).toContain("`python -m unittest`");
  const own = async () => Object.keys(await readManifest(store)).filter((path) => path.startsWith(`${CONTRACT}/`));
  expect((await own()).sort()).toEqual(
    ["__init__.py", "expected.json", "first.sql", "second.sql", "source.py", "syncs.py", "test_contract.py"].map(
      (name) => `${CONTRACT}/${name}`,
    ),
  );

  const quick = { ...report, depth: "quick" as const };
  expect(await keepContract(context, { blueprint, report: quick })).toBeUndefined();
  await writeFile(join(store.directory, CONTRACT, "expected.json"), "edited");
  const other = { ...quick, code_hash: "b".repeat(64) };
  expect(await keepContract(context, { blueprint, report: other })).toContain("quick");
  expect(await own()).toEqual([]);
  expect(await readdir(join(store.directory, CONTRACT))).toEqual(["expected.json"]);
});
